"""Two whole weddings led from outside: one by OSC alone, one by a MIDI show control desk. And a stage set again after a
kill."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pythonosc.osc_message_builder import OscMessageBuilder
from test_runtime_ceremony import Scene

from avatar import paths
from avatar.ceremony import orders
from avatar.ceremony.restoring import restore
from avatar.io.transports.show import ShowDoor
from avatar.runtime.keeping import CHECKPOINT, kept
from avatar.runtime.midi_door import MidiDoor
from avatar.stage.wearing import Look

WEDDING = (paths.assets() / "ceremonies/wedding.yaml").read_text(encoding="utf-8").replace('""', '"Noa"')
GO, HOLD, RESUME = (bytes((0xF0, 0x7F, 0x7F, 2, 1, word, 0xF7, 0)) for word in (1, 2, 3))
MORE_S = 1.2
"""Seconds that somebody at a desk waits: a second GO within half of one is a slip, and one more after reading."""


class Led(Scene):
    """A wedding whose lines last as long as they last, with a nod of the person's when they are asked."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, WEDDING)
        self.ends: dict[str, float] = {}

    def frame(self) -> None:
        director, now = self.performance.director, self.clock.now()
        lines = {line.utterance: line for line in director.view().lines if not line.read}
        self.ends = {name: self.ends.get(name, now + line.seconds) for name, line in lines.items()}
        for name, end in self.ends.items():
            if end <= now:
                self.performance.give(orders.Spoken(name, "finished"))
        if director.view().asked is not None and not director.answers:
            self.performance.saw(["nod"])
        for delivery in self.inbox.drain():
            self.performance.directs(delivery.event)
        self.performance.step(now)
        self.clock.advance(1 / 30)

    def led(self, go: Callable[[], None]) -> int:
        """Give GO whenever a human would, until it is over; how often."""
        director, given, at = self.performance.director, 0, -10.0
        for _ in range(30 * 400):
            if director.mode in ("ended", "stopped"):
                return given
            view = director.view()
            step = director.plan.step(view.standby)
            reads = any(line.read for line in view.lines)
            waits = not view.running and step is not None and step.trigger == "go"
            if (reads or waits) and view.asked is None and self.clock.now() >= at + MORE_S:
                go()
                given, at = given + 1, self.clock.now()
            self.frame()
        raise AssertionError(f"never over: {director.view()}")


def performed(led: Led, given: int) -> None:
    director = led.performance.director
    assert director.mode == "ended"
    assert director.answers == {"question": "yes"}
    went = [entry for entry in director.log if entry.what == "go"]
    assert given > 8
    assert {entry.detail for entry in went} != {"auto"}
    unusual = {(e.what, e.cue) for e in director.log if e.what in ("trouble", "failed")}
    assert unusual == set()
    assert {"arrival", "statement", "person-vow", "companion-vow", "declaration", "thanks"} <= set(director.done)


def test_a_whole_wedding_is_led_by_osc_alone(tmp_path: Path) -> None:
    led, answers = Led(tmp_path), list[Any]()
    door = ShowDoor(led.doors.hub, ())
    led.frame()

    def send(address: str) -> None:
        answers.extend(door.take(OscMessageBuilder(address).build().dgram, ("127.0.0.1", 40000)))

    performed(led, led.led(lambda: send("/go")))
    assert not any(b"/presence/error" in data for data, _ in answers)
    door.close()


def test_a_whole_wedding_is_led_by_a_midi_desk_with_a_hold_in_between(tmp_path: Path) -> None:
    led, told = Led(tmp_path), list[str]()

    class Desk:
        name = "desk"

        def read(self) -> list[bytes]:
            return []

        def close(self) -> None:
            pass

    door = MidiDoor(led.doors.hub, Desk(), told.append)
    led.frame()

    def press(message: bytes) -> None:
        for k in range(0, len(message), 4):
            door.take(message[k : k + 4])

    press(HOLD)
    led.frame()
    led.frame()
    assert led.performance.director.view().held
    press(RESUME)
    led.frame()
    led.frame()
    assert not led.performance.director.view().held
    performed(led, led.led(lambda: press(GO)))
    assert (door.refused, told) == (0, [])
    door.close()


DRESSED = """presence: 1
title: T
kind: other
statement: "Symbolic."
roles: {officiant: {name: Robin}}
outfits: {plain: {hide: [pin]}, pinned: {}}
settings: {outfit: plain, props: [cup, ring]}
scenes:
- id: all
  title: t
  cues:
  - {id: said, do: [{say: "{statement}"}]}
  - id: dress
    do: [{outfit: pinned}, {light: gold}, {music: rain, loop: true, level: 0.4}, {prop: cup, action: hide},
         {prop: candle, action: attach, to: "tag:3"}]
  - {id: wait, who: officiant, do: [{say: "We are glad."}]}
"""
WORN = {"plain": Look(frozenset((4, 5))), "pinned": Look(), None: Look()}


def _dresses(folder: str) -> None:
    scene = Scene(Path(folder), DRESSED, outfits=WORN)
    scene.step()
    for _ in range(100_000):
        lines = [x for x in scene.performance.director.view().lines if not x.read]
        done = scene.performance.director.done
        go = [orders.Go()] if "dress" not in done else []
        scene.step(*(orders.Spoken(line.utterance, "finished") for line in lines), *go)
        time.sleep(0.001)


@pytest.mark.slow
def test_killed_the_outfit_the_light_the_music_and_the_props_are_as_they_were(tmp_path: Path) -> None:
    """A real process, and SIGKILL; what it says of the stage comes from the disk alone."""
    process = multiprocessing.get_context("spawn").Process(target=_dresses, args=(str(tmp_path),))
    process.start()
    end = time.monotonic() + 30
    while not ((tmp_path / CHECKPOINT).is_file() and "dress" in kept(tmp_path / CHECKPOINT)["done"]):
        assert process.is_alive()
        assert time.monotonic() < end
        time.sleep(0.005)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    again = Scene(tmp_path, DRESSED, outfits=WORN)
    assert again.performance.wearing.look == WORN["plain"], "as it begins"
    restore(again.performance.director, kept(tmp_path / CHECKPOINT))
    again.performance.stand_again()
    sent: Any = {(d.event.data.name, d.event.data.action, d.event.data.to) for d in again.inbox.drain()}
    assert sent == {("cup", "hide", None), ("candle", "attach", "tag:3")}
    for _ in range(60):
        again.performance.wearing.dressed([], again.clock.now())
        again.step()
    assert again.performance.wearing.look == WORN["pinned"]
    tint = again.performance.lights.tint(again.clock.now())
    assert tint[0] > 1.2 * tint[2], "gold"
    assert again.performance.music.playing
    assert again.mode() == "restored", "it waits for an explicit word"
    assert again.performance.director.view().standby == "wait"
