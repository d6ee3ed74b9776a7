"""Volumes are gains that never leap, meters tell decibels, and the desk keeps both over a restart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.errors import OutputError
from avatar.io.voice.mixer import Mixer
from avatar.runtime import desk as module
from avatar.runtime.desk import FILE, Desk
from avatar.runtime.levels import MICROPHONE, MUSIC, VOICE, Levels, Meter
from avatar.runtime.music import Music
from avatar.types import FloatArray, Phone, Speech, VisemeTrack

RATE = 48000
BLOCK = 480


def tone(seconds: float, amplitude: float, hertz: float = 200.0) -> FloatArray:
    t = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


def speech(sound: FloatArray) -> Speech:
    weights = np.zeros((round(100 * len(sound) / RATE), 15), np.float32)
    return Speech("u", "word", sound, RATE, VisemeTrack(weights, 100.0, (Phone("AA", 0, len(sound) / RATE, 1, 0),)))


def pulled(mixer: Mixer, seconds: float) -> FloatArray:
    return np.concatenate([mixer.pull(BLOCK) for _ in range(round(seconds * RATE / BLOCK))])


@pytest.mark.parametrize("name", [VOICE, MUSIC])
def test_a_volume_is_turned_without_a_click_and_turns_that_sound_alone(name: str) -> None:
    mixer, music = Mixer(RATE), Music(RATE)
    levels = Levels(RATE, music.mix)
    mixer.beside = levels.mix
    sounds = {VOICE: tone(4.0, 0.4), MUSIC: np.zeros(4 * RATE, np.float32)}
    if name == MUSIC:
        sounds = {VOICE: np.zeros(4 * RATE, np.float32), MUSIC: tone(4.0, 0.4)}
    mixer.enqueue(speech(sounds[VOICE]))
    music.play(sounds[MUSIC], RATE, 1.0, 0.0, loop=True)
    before = pulled(mixer, 1.0)
    loud = np.abs(before[-RATE // 4 :]).max()
    steepest = np.abs(np.diff(before[-RATE // 4 :])).max()
    levels.set(name, 0.0)
    turned = pulled(mixer, 0.3)
    joined = np.concatenate([before[-1:], turned])
    # A step in the sound would be as steep as the sound is loud; a gain that glides adds next to nothing.
    assert np.abs(np.diff(joined)).max() < 1.05 * steepest + 0.001 * loud
    assert np.abs(turned[round(0.15 * RATE) :]).max() < 1e-6
    other = MUSIC if name == VOICE else VOICE
    assert levels.volumes() == {name: 0.0, other: 1.0}
    levels.set(name, 0.5)
    back = pulled(mixer, 0.5)[-RATE // 4 :]
    assert np.abs(back).max() == pytest.approx(0.5 * loud, rel=0.02)
    with pytest.raises(KeyError):
        levels.set("thunder", 1.0)


def test_the_other_sound_is_left_as_it_is() -> None:
    mixer, music = Mixer(RATE), Music(RATE)
    levels = Levels(RATE, music.mix)
    mixer.beside = levels.mix
    mixer.enqueue(speech(tone(2.0, 0.4)))
    music.play(tone(2.0, 0.4, 333.0), RATE, 1.0, 0.0, loop=True)
    levels.set(MUSIC, 0.0)
    heard = pulled(mixer, 1.0)[-RATE // 2 :]
    assert np.abs(heard).max() == pytest.approx(0.4, rel=0.01), "the voice alone, as loud as it was"


@pytest.mark.parametrize(("amplitude", "shown"), [(1.0, 1.0), (0.1, 2 / 3), (0.001, 0.0), (0.0, 0.0), (4.0, 1.0)])
def test_a_meter_is_even_in_decibels(amplitude: float, shown: float) -> None:
    meter = Meter()
    meter.feed(np.full(64, -amplitude, np.float32), RATE)
    assert meter.value == pytest.approx(shown, abs=1e-4)


def test_a_meter_falls_and_is_there_while_the_microphone_is() -> None:
    meter = Meter()
    meter.feed(np.ones(1, np.float32), RATE)
    meter.feed(np.zeros(RATE, np.float32), RATE)
    assert meter.value == pytest.approx(2 / 3, abs=1e-3), "20 dB in a second"
    meter.feed(np.zeros(0, np.float32), RATE)
    levels = Levels(RATE, lambda block, speaking: None)
    assert MICROPHONE not in levels.meters()
    levels.heard(np.full(160, 0.1, np.float32), 16000)
    assert levels.meters()[MICROPHONE] == pytest.approx(2 / 3, abs=1e-3)
    assert MICROPHONE not in levels.volumes()
    levels.deaf()
    assert MICROPHONE not in levels.meters()


def test_ticks_and_volumes_come_back_with_a_ceremony_that_goes_on(tmp_path: Path) -> None:
    told: list[str] = []
    levels = Levels(RATE, lambda block, speaking: None)
    desk = Desk(tmp_path, levels, False, told.append)
    desk.keep(["camera", "stop"])
    levels.set(VOICE, 0.4)
    again = Levels(RATE, lambda block, speaking: None)
    assert Desk(tmp_path, again, True, told.append).ticks == ["camera", "stop"]
    assert again.volumes() == {VOICE: 0.4, MUSIC: 1.0}
    anew = Levels(RATE, lambda block, speaking: None)
    assert Desk(tmp_path, anew, False, told.append).ticks == []
    assert anew.volumes() == {VOICE: 1.0, MUSIC: 1.0}
    assert told == []


@pytest.mark.parametrize(
    "damaged", ["", "[]", '{"ticks": 3, "volumes": []}', '{"ticks": [4], "volumes": {"voice": 7, "music": true}}']
)
def test_a_damaged_desk_begins_anew(tmp_path: Path, damaged: str) -> None:
    (tmp_path / FILE).write_text(damaged, encoding="utf-8")
    levels = Levels(RATE, lambda block, speaking: None)
    assert Desk(tmp_path, levels, True, lambda line: None).ticks == []
    assert levels.volumes() == {VOICE: 1.0, MUSIC: 1.0}


def test_a_disk_that_is_full_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, value: object) -> None:
        raise OutputError("no room")

    monkeypatch.setattr(module, "keep", full)
    told: list[str] = []
    levels = Levels(RATE, lambda block, speaking: None)
    desk = Desk(tmp_path, levels, False, told.append)
    desk.keep(["camera"])
    levels.set(VOICE, 0.5)
    assert told == ["note: no room"]
    assert levels.volumes()[VOICE] == 0.5, "it is set all the same"
