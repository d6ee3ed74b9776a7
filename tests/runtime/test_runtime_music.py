"""Music under the voices: it comes and goes without a click, makes room for voices, and is in what is recorded."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar import paths
from avatar.ceremony import actions, orders, reading
from avatar.ceremony.director import Director
from avatar.clock import ManualClock
from avatar.errors import VoiceError
from avatar.events.messages import Capabilities
from avatar.io.transports.hub import Delivery
from avatar.io.voice.playback import open_device
from avatar.io.voice.sound_files import read_sound
from avatar.runtime.ceremony import Keep, Performance
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import CUES, HANDLED, Doors
from avatar.runtime.keeping import CHECKPOINT, kept
from avatar.runtime.mailbox import Inbox
from avatar.runtime.music import UNDER, Music, seamless
from avatar.runtime.speaking import Speaker
from avatar.types import FloatArray, Phone, Speech, VisemeTrack

RATE = 8000
HEAD = "presence: 1\ntitle: T\nkind: other\nstatement: A sign\nscenes:\n- id: all\n  title: t\n  cues:\n"
SAID = '  - {id: said, do: [{say: "{statement}"}]}\n'


def ones(seconds: float) -> FloatArray:
    return np.ones(round(seconds * RATE), np.float32)


def pulled(music: Music, seconds: float, speaking: bool = False, block: int = 160) -> FloatArray:
    out = []
    for _ in range(round(seconds * RATE / block)):
        part = np.zeros(block, np.float32)
        music.mix(part, speaking)
        out.append(part)
    return np.concatenate(out)


def step(sound: FloatArray) -> float:
    return float(np.abs(np.diff(sound)).max())


def test_it_comes_sinks_under_voices_and_goes() -> None:
    music = Music(RATE)
    music.play(ones(1), RATE, 0.5, 0.1, True)
    came = pulled(music, 0.2)
    assert came[0] < 0.001
    assert came[-1] == pytest.approx(0.5, abs=1e-5)
    under = pulled(music, 1.0, speaking=True)
    assert under[-1] == pytest.approx(0.5 * UNDER, abs=1e-5)
    assert -12 <= 20 * np.log10(UNDER) <= -9
    between = pulled(music, 0.6)
    assert between.max() < 0.5 * UNDER + 1e-5, "it stays down between two sentences"
    after = pulled(music, 2.0)
    assert after[-1] == pytest.approx(0.5, abs=1e-5)
    assert np.all(np.diff(after) >= -1e-6)
    assert step(np.concatenate([came, under, between, after])) < 0.002
    music.stop(1.0)
    gone = pulled(music, 1.1)
    assert step(gone) < 0.001
    assert gone[-1] == 0.0
    assert not music.playing


def test_it_makes_room_for_a_human_who_reads() -> None:
    music = Music(RATE)
    music.play(ones(1), RATE, 1.0, 0.0, True)
    assert pulled(music, 0.1)[-1] == 1.0
    music.attend(True)
    assert pulled(music, 1.0)[-1] == pytest.approx(UNDER, abs=1e-5)
    music.attend(False)
    assert pulled(music, 3.0)[-1] == pytest.approx(1.0, abs=1e-5)


def test_a_stop_at_once_takes_twenty_milliseconds_and_no_click() -> None:
    music = Music(RATE)
    music.play(ones(4), RATE, 1.0, 0.0, False)
    before = pulled(music, 0.1)
    music.stop(0.0)
    after = pulled(music, 0.1)
    assert step(np.concatenate([before, after])) < 2.5 / (0.02 * RATE)
    assert np.abs(after[round(0.021 * RATE) :]).max() == 0.0


def test_a_pause_holds_it_where_it_is() -> None:
    music = Music(RATE)
    line = np.linspace(0.2, 0.8, 4 * RATE).astype(np.float32)
    music.play(line, RATE, 1.0, 0.0, False)
    before = pulled(music, 0.5)
    music.freeze(True)
    held = pulled(music, 1.0)
    assert held[-1] == 0.0
    assert step(np.concatenate([before, held])) < 0.01
    music.freeze(False)
    again = pulled(music, 0.5)
    assert step(np.concatenate([held[-1:], again])) < 0.01
    assert again[-1] == pytest.approx(before[-1] + 0.5 * 0.6 / 4, abs=0.005)


def test_a_piece_takes_the_place_of_another_and_a_bell_does_not() -> None:
    music = Music(RATE)
    music.play(0.5 * ones(1), RATE, 1.0, 0.0, True)
    bed = pulled(music, 0.5)
    music.play(0.25 * ones(1), RATE, 1.0, 0.0, False, over=True)
    both = pulled(music, 0.9)
    assert both == pytest.approx(np.full(len(both), 0.75), abs=1e-5)
    assert pulled(music, 0.5)[-1] == pytest.approx(0.5)
    music.play(0.1 * ones(5), RATE, 1.0, 0.5, False)
    change = pulled(music, 1.5)
    assert change[-1] == pytest.approx(0.1, abs=1e-5)
    assert step(np.concatenate([bed[-1:], change])) < 0.002


def test_any_sound_goes_round_without_a_step() -> None:
    t = np.arange(RATE) / RATE
    sound = np.cos(2 * np.pi * 3.25 * t).astype(np.float32)
    assert abs(sound[0] - sound[-1]) > 0.9
    once = seamless(sound, 400)
    assert step(np.concatenate([once, once])) < 0.02
    assert np.array_equal(seamless(sound[:1000], 400), sound[:1000])


def test_a_file_is_read_once(tmp_path: Path) -> None:
    music = Music(48000)
    bell = music.read(paths.sounds()["chime"])
    assert music.read(paths.sounds()["chime"]) is bell
    with pytest.raises(VoiceError, match="no such file"):
        music.read(tmp_path / "none.ogg")


class Says:
    """A voice whose every line is two seconds of a steady tone of no frequency at all."""

    def warm(self) -> None:
        pass

    def speaks(self, language: str | None) -> bool:
        return True

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        phones = (Phone("AA", 0.0, 2.0, 1, 0),)
        return Speech(
            utterance,
            caption or text,
            np.full(48000, 0.1, np.float32),
            24000,
            VisemeTrack(np.zeros((200, 15), np.float32), 100.0, phones),
        )


class Show:
    """A performance with a voice and a line of sound that is listened to."""

    def __init__(self, folder: Path, script: str) -> None:
        self.clock = ManualClock()
        self.heard: list[FloatArray] = []
        self.device = open_device(self.clock, "none", lambda t, block: self.heard.append(block.copy()))
        self.speaker = Speaker(self.clock, self.device, lambda name: Says())
        inbox: Inbox[Delivery] = Inbox()
        doors = Doors(inbox, self.clock, Capabilities(), HANDLED | CUES)
        self.talk = Conversation(inbox, self.speaker, doors.publish, "Hikari", ["neutral"], ["bow"])
        director = Director(reading.parse(script, "f"))
        picture: Any = lambda: np.zeros((4, 4, 3), np.uint8)  # noqa: E731
        mixer, files = self.device.mixer, Keep(folder, folder)
        self.performance = Performance(director, doors, mixer, self.clock, picture, "f", files)

    def run(self, seconds: float, *inputs: orders.Input) -> None:
        for one in inputs:
            self.performance.give(one)
        for _ in range(round(60 * seconds)):
            self.clock.advance(1 / 60)
            self.performance.step(self.clock.now())
            self.talk.step(self.clock.now())
            time.sleep(0.0002)  # the voice is another thread

    def sound(self) -> FloatArray:
        return np.concatenate(self.heard)


def test_what_is_recorded_has_the_music_under_the_speech(tmp_path: Path) -> None:
    show = Show(tmp_path, HEAD + '  - {id: a, do: [{music: bell}, {wait: 1}, {say: "{statement}"}]}\n')
    try:
        show.run(5.0, orders.Go())
        heard = show.sound()
    finally:
        show.speaker.close()
    bell, rate = read_sound(paths.sounds()["bell"])
    assert rate == show.device.mixer.rate
    begins = int(np.flatnonzero(np.abs(heard) > 1e-6)[0])
    lag = int(np.argmax(np.correlate(heard[begins : begins + 4000], bell[:2000], "valid")))
    alone = heard[begins + lag :][: rate // 2]
    assert alone == pytest.approx(bell[: rate // 2], abs=0.003), "note for note"
    # The voice here is a constant: what moves is the bell.
    spoken = np.flatnonzero(np.abs(heard) > 0.08)
    later = int(spoken[-1]) - rate // 2
    offset = later - begins - lag
    part, whole = heard[later : later + rate // 4], bell[offset : offset + rate // 4]
    under = np.sqrt(np.var(part) / np.var(whole))
    assert part.mean() > 0.05
    assert 20 * np.log10(under) == pytest.approx(20 * np.log10(UNDER), abs=0.5)


@pytest.mark.parametrize("word", [orders.Panic(), orders.FadeAll(0.5)])
def test_it_is_silenced_with_everything_else(tmp_path: Path, word: orders.Input) -> None:
    show = Show(tmp_path, HEAD + "  - {id: a, do: [{music: vows, loop: true, fade: 0}, {wait: 60}]}\n" + SAID)
    try:
        show.run(1.5, orders.Go())
        asked = len(show.sound())
        show.run(1.0, word)
        heard = show.sound()
    finally:
        show.speaker.close()
    rate = show.device.mixer.rate
    assert np.abs(heard[asked - rate // 10 : asked]).max() > 0.01
    bound = 0.1 if isinstance(word, orders.Panic) else 0.6
    assert np.abs(heard[asked + round(bound * rate) :]).max() == 0.0
    assert step(heard[asked - 100 :]) < 1.5 * step(heard[asked - rate // 2 : asked])


def test_what_went_round_comes_back_after_a_restart(tmp_path: Path) -> None:
    from avatar.ceremony.restoring import restore

    script = HEAD + (
        "  - {id: a, do: [{music: vows, loop: true}, {music: bell, over: true}]}\n"
        "  - {id: b, do: [{wait: 60}]}\n  - {id: c, do: [{music: chime}]}\n" + SAID
    )
    show = Show(tmp_path, script)
    show.run(0.2, orders.Go())
    show.run(0.8, orders.Go())
    show.speaker.close()
    again = Show(tmp_path, script)
    try:
        restore(again.performance.director, kept(tmp_path / CHECKPOINT))
        again.performance.stand_again()
        again.run(2.0)
        heard = again.sound()
    finally:
        again.speaker.close()
    vows, rate = read_sound(paths.sounds()["vows"])
    bed = seamless(vows, rate // 20)
    assert heard[3 * rate // 2 :][:4800] == pytest.approx(bed[3 * rate // 2 :][:4800], abs=1e-4)
    assert np.abs(bed[3 * rate // 2 :][:4800]).max() > 0.01


def test_at_the_end_the_last_piece_is_waited_for(tmp_path: Path) -> None:
    show = Show(tmp_path, HEAD + '  - {id: a, do: [{say: "{statement}"}, {music: chime}], goto: end}\n')
    try:
        show.run(4.0, orders.Go())
        assert show.performance.over == "ended"
        now = show.clock.now()
        assert not show.performance.finished(now)
        show.run(5.0)
        assert show.performance.finished(show.clock.now())
    finally:
        show.speaker.close()


def test_a_piece_of_ones_own_is_half_as_loud_and_unknown_ones_are_told(tmp_path: Path) -> None:
    show = Show(tmp_path, HEAD + SAID)
    try:
        (tmp_path / "own.opus").write_bytes(paths.sounds()["chime"].read_bytes())
        show.performance.play(actions.Music(music="own.opus"))
        show.run(0.3)
        own = show.sound()
        show.performance.play(actions.Music(music="stop", fade=0))
        show.run(0.2)
        show.performance.play(actions.Music(music="chime"))
        show.run(0.3)
        house = show.sound()[len(own) + round(0.2 * show.device.mixer.rate) :]
        assert np.abs(own).max() == pytest.approx(0.5 * np.abs(house).max(), rel=0.02)
        assert "no such file" in show.performance.play(actions.Music(music="none.ogg"))
    finally:
        show.speaker.close()
