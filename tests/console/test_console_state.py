"""What the console shows of a director, and what it lets pages ask for: without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from console_demo import WEDDING, keeping, sounding

from avatar.ceremony import orders, reading
from avatar.ceremony.director import Director
from avatar.errors import EventError
from avatar.io.console import console as module
from avatar.io.console.console import PREVIEW_WIDTH, Console, small_jpeg
from avatar.io.console.state import guest_actions, guest_state, mark, state

FRAME = 1 / 32
GUESTS = """presence: 1
title: T
kind: other
statement: s
roles: {officiant: {}, guests: {}}
scenes:
- id: all
  title: t
  notes: secret notes
  cues:
  - {id: said, notes: for one pair of eyes, do: [{say: "{statement}"}]}
  - {id: lit, trigger: {guest: candles}, do: [{wait: 1}]}
  - {id: off, armed: false, do: [{wait: 1}]}
  - {id: last, do: [{wait: 1}]}
"""


class Played:
    """A director that speaks at once, and its console."""

    def __init__(self, script: str | None = None, **plugged: Any) -> None:
        text = script or WEDDING.read_text(encoding="utf-8")
        self.director = Director(reading.parse(text, "f"))
        self.inputs: list[orders.Input] = []
        self.console = Console()
        self.console.plug(self.director, self.inputs.append, **plugged)
        self.now = 0.0

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / FRAME)):
            given, self.inputs[:] = list(self.inputs), []
            for command in self.director.step(self.now, given):
                if isinstance(command, orders.Line) and not command.read:
                    self.inputs.append(orders.Spoken(command.utterance, "finished"))
            self.now += FRAME
            self.console.refresh()

    def shown(self, **more: Any) -> dict[str, Any]:
        found = self.console.get_state(**more)
        assert found is not None
        return found

    def states(self) -> dict[str, str]:
        return {cue["id"]: cue["state"] for scene in self.shown()["scenes"] for cue in scene["cues"]}


def test_the_state_is_plain_and_whole() -> None:
    it = Played()
    it.run(1)
    shown = it.shown()
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert shown["title"] == "The wedding of Alex and Hikari"
    assert shown["standby"] == "arrival"
    assert [len(scene["cues"]) for scene in shown["scenes"]] == [2, 1, 2, 1, 8, 4]
    assert "no feelings" in shown["statement"]
    assert shown["checklist"] is None, "nobody has checked, so nothing is called good"
    it.console.plug(it.director, it.inputs.append, [])
    assert it.shown()["checklist"] == []
    assert it.shown(language="ja")["title"] == "AlexとHikariの結婚式"
    assert it.shown(language="xx")["title"] == shown["title"]


def test_cues_go_from_next_to_now_to_done() -> None:
    it = Played()
    it.console.command("go", expect="arrival")
    it.run(0.5)
    assert it.states()["arrival"] == "running"
    assert it.states()["greeting"] == "standby"
    it.run(4)
    states = it.states()
    assert (states["arrival"], states["greeting"], states["statement"]) == ("done", "done", "standby")
    assert states["ring-on"] == "waiting"


def test_the_passing_of_time_alone_changes_nothing_but_t() -> None:
    it = Played()
    it.console.command("go")
    it.run(0.5)
    version, before = it.console.version, it.shown()
    marked = mark(it.director, it.director.view())
    it.run(1)
    after = it.shown()
    assert it.console.version == version
    assert mark(it.director, it.director.view()) == marked
    assert after["t"] == pytest.approx(before["t"] + 1)
    assert {**after, "t": 0} == {**before, "t": 0}
    now = state(it.director, it.director.view(), "en")
    assert [run["until"] for run in now["running"]] == pytest.approx([run["until"] for run in before["running"]])


def test_a_human_reads_and_go_says_that_it_was_read() -> None:
    it = Played()
    it.console.command("goto", cue="person-vow")
    it.run(1)
    it.console.command("go", expect="person-vow")
    it.run(1)
    (line,) = it.shown()["lines"]
    assert line["read"]
    assert line["vow"]
    assert line["speaker"] == "Alex"
    assert it.shown()["running"][0]["until"] is None, "a human takes the time it takes"
    it.console.command("go", expect="companion-vow")
    it.run(2)
    assert it.shown()["lines"] == []


@pytest.mark.parametrize(
    ("answer", "to"), [("yes", "ring-offered"), ("no", "flowers-offered"), ("silence", "flowers-offered")]
)
def test_each_answer_can_be_tapped(answer: str, to: str) -> None:
    it = Played()
    it.console.command("goto", cue="question")
    it.run(1)
    it.console.command("go")
    it.run(1)
    asked = it.shown()["awaiting"]
    assert asked["labels"] == {"yes": "I do", "no": "No"}
    assert "do you take this day" in asked["text"]
    with pytest.raises(EventError, match="nobody is being asked this"):
        it.console.command("answer", answer=answer, cue="another")
    it.console.command("answer", answer=answer, cue="question")
    it.run(1)
    assert it.director.answers == {"question": answer}
    assert it.shown()["standby"] == to
    assert it.shown()["awaiting"] is None


def test_a_go_that_came_too_late_begins_nothing() -> None:
    it = Played()
    it.console.command("go", expect="arrival")
    it.run(4)
    with pytest.raises(EventError, match="moved on") as refused:
        it.console.command("go", expect="arrival")
    assert refused.value.code == "not_ready"
    it.run(1)
    assert it.states()["statement"] == "standby"


def test_guests_see_what_is_said_and_do_what_is_waited_for() -> None:
    it = Played(GUESTS)
    it.run(0.1)
    seen = json.dumps(guest_state(it.director, it.director.view()))
    assert "secret" not in seen
    assert "eyes" not in seen
    assert "scenes" not in seen
    it.console.command("go")
    it.run(0.5)
    assert it.shown(guest=True)["guests"] == ["candles"]
    assert it.states()["off"] == "waiting" or it.states()["off"] == "off"
    it.console.command("hold")
    it.run(0.1)
    with pytest.raises(EventError, match="not asked for this now"):
        it.console.command("guest", action="candles")
    it.console.command("resume")
    it.run(0.1)
    it.console.command("guest", action="candles")
    it.run(0.5)
    assert it.states()["lit"] == "running"
    it.run(2)
    assert guest_actions(it.director, it.director.view()) == []
    assert it.states()["off"] in ("off", "passed")
    assert it.states()["last"] == "standby"


def test_what_stops_is_taken_and_shown() -> None:
    it = Played()
    for command, mode in (("pause", "paused"), ("resume", "running"), ("panic", "panic"), ("resume", "running")):
        if command == "pause":
            it.console.command("go")
            it.run(1)
        it.console.command(command)
        it.run(0.2)
        assert it.shown()["mode"] == mode
    assert it.shown()["held"], "after a panic nothing begins by itself"
    it.console.command("stop")
    it.run(1)
    assert it.shown()["mode"] == "stopped"


@pytest.mark.parametrize(
    ("command", "given", "code"),
    [
        ("dance", {}, "unknown_type"),
        ("goto", {"cue": "nowhere"}, "unknown_name"),
        ("goto", {"cue": 7}, "bad_value"),
        ("goto", {}, "bad_value"),
        ("level", {"name": "voice", "value": 2}, "bad_value"),
        ("level", {"name": "voice", "value": True}, "bad_value"),
        ("level", {"name": "thunder", "value": 1}, "unknown_name"),
        ("answer", {"answer": "yes", "cue": "question"}, "not_ready"),
        ("tick", {"item": "nothing", "done": True}, "unknown_name"),
        ("tick", {"item": "camera", "done": 1}, "bad_value"),
        ("guest", {"action": "fireworks"}, "not_ready"),
        ("keepsake", {}, "bad_value"),
        ("keepsake", {"keep": 0}, "bad_value"),
        ("keepsake", {"keep": False}, "not_ready"),
    ],
)
def test_what_makes_no_sense_is_refused(command: str, given: dict[str, Any], code: str) -> None:
    sound, kept = sounding(), list[Any]()
    it = Played(sound=sound, keep=kept.append)
    it.run(0.1)
    with pytest.raises(EventError) as refused:
        it.console.command(command, **given)
    assert refused.value.code == code
    assert it.inputs == kept == []
    assert sound.volumes() == {"voice": 1.0, "music": 1.0}


def test_a_level_is_set_and_told() -> None:
    sound = sounding()
    it = Played(sound=sound)
    version = it.console.version
    it.console.command("level", name="voice", value=0.25)
    assert it.shown()["levels"] == sound.volumes() == {"voice": 0.25, "music": 1.0}
    assert it.console.version > version
    meters = it.console.meters()
    assert set(meters) == {"voice", "music"}
    assert meters["voice"] > meters["music"] > 0


def test_what_is_ticked_is_kept_and_taken_up_again() -> None:
    kept: list[list[str]] = []
    it = Played(keep=kept.append)
    items = {one["id"]: one for one in it.shown()["items"]}
    assert list(items) == ["camera", "sound", "props", "readers", "answers", "stop"]
    assert items["props"]["of"] == "band, bouquet, ring, ring-pillow"
    assert items["stop"]["of"] == "stop please"
    version = it.console.version
    it.console.command("tick", item="stop", done=True)
    it.console.command("tick", item="camera", done=True)
    it.console.command("tick", item="stop", done=False)
    assert kept == [["stop"], ["camera", "stop"], ["camera"]]
    assert it.shown()["ticks"] == ["camera"]
    assert it.console.version > version, "every page hears of it"
    assert "ticks" not in it.shown(guest=True)
    again = Played(ticks=kept[-1])
    assert again.shown()["ticks"] == ["camera"]


def test_nothing_is_kept_on_the_directors_word_and_all_of_it_when_that_is_taken_back(tmp_path: Path) -> None:
    told: list[str] = []
    it = Played(keepsake=keeping(tmp_path / "ours", told.append))
    version = it.console.version
    assert it.shown()["keepsake"] == {"name": "ours", "film": True, "forgotten": False}
    it.console.command("keepsake", keep=False)
    assert it.shown()["keepsake"]["forgotten"] is True
    assert it.console.version > version, "every page hears of it"
    it.console.command("keepsake", keep=True)
    assert it.shown()["keepsake"]["forgotten"] is False
    assert [line.partition(":")[0] for line in told] == [
        "nothing of this ceremony will be kept",
        "this ceremony is kept after all",
    ], "the terminal says it too"
    assert it.inputs == [], "the ceremony goes on as it was"
    assert "keepsake" not in it.shown(guest=True)
    assert Played().shown()["keepsake"] is None


def test_a_word_on_the_terminal_is_seen_on_the_pages(tmp_path: Path) -> None:
    wish = keeping(tmp_path / "ours")
    it = Played(keepsake=wish)
    it.run(0.1)
    version = it.console.version
    wish.forget(True)
    it.run(0.1)
    assert it.console.version == version + 1
    assert it.shown()["keepsake"]["forgotten"] is True


def test_the_scripts_own_list_comes_in_place_of_ours() -> None:
    own = GUESTS.replace("scenes:", "checklist: [The rings are in the drawer, {en: Doors are open}]\nscenes:", 1)
    it = Played(own)
    assert [(one["id"], one["text"]) for one in it.shown()["items"]] == [
        ("own-1", "The rings are in the drawer"),
        ("own-2", "Doors are open"),
    ]
    assert "guests" in [one["id"] for one in Played(GUESTS).shown()["items"]]


def test_a_ticket_is_good_once() -> None:
    console = Console()
    tickets = [console.ticket(f"token {k}") for k in range(20)]
    assert console.redeem(tickets[-1]) == "token 19"
    assert console.redeem(tickets[-1]) is None
    assert console.redeem("") is None
    assert console.redeem(tickets[0]) is None, "sixteen are kept"


def test_the_preview_is_small_and_two_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    picture = np.zeros((720, 1280, 3), np.uint8)
    picture[..., 0] = 200

    def shoot() -> Any:
        asked.append(1)
        return picture

    now = [10.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    console = Console(picture=shoot)
    first = console.preview()
    now[0] += 0.4
    assert console.preview() is first
    assert len(asked) == 1
    now[0] += 0.2
    console.preview()
    assert len(asked) == 2
    assert first is not None
    seen = cv2.imdecode(np.frombuffer(first, np.uint8), cv2.IMREAD_COLOR)
    assert seen.shape == (180, PREVIEW_WIDTH, 3)
    assert seen[90, 160, 2] > 150 > 60 > seen[90, 160, 0], "red stays red"
    assert Console().preview() is None
    assert small_jpeg(picture[:10, :20]).startswith(b"\xff\xd8")


def test_nothing_is_shown_before_a_director_is_there() -> None:
    assert Console().get_state() is None
    with pytest.raises(EventError, match="no ceremony"):
        Console().command("go")
