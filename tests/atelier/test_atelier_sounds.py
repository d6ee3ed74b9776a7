"""The house's music and bells: what the script writes, in tune, soft, without a click at its ends or its seam."""

from __future__ import annotations

import sys
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from avatar import paths
from avatar.ceremony.actions import HOUSE_SOUNDS
from avatar.io.voice.sound_files import read_sound
from avatar.runtime.music import seamless
from avatar.speech.sound import TARGET_LUFS, loudness, true_peak
from avatar.types import FloatArray

ATELIER = paths.assets() / "atelier"
LOOPS = ("rain", "vows")
BEDS = -30.0


@pytest.fixture(scope="module")
def script() -> Any:
    sys.path.insert(0, str(ATELIER))
    try:
        import sounds

        yield sounds
    finally:
        sys.path.remove(str(ATELIER))


@cache
def heard(name: str) -> tuple[FloatArray, int]:
    return read_sound(paths.sounds()[name])


def cents(sound: FloatArray, rate: int, hz: float, near: float = 45.0) -> float:
    """How far from ``hz`` the strongest tone within ``near`` cents of it is; inf where it does not stand out."""
    size = 1 << 17
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), size))
    f = np.fft.rfftfreq(size, 1 / rate)
    off = 1200 * np.log2(np.maximum(f, 1e-9) / hz)
    inside = np.abs(off) < near
    top = int(np.argmax(np.where(inside, power, 0)))
    beside = power[(np.abs(off) > near) & (np.abs(off) < 150)]
    return float(off[top]) if power[top] > 1.5 * np.median(beside) else float("inf")


def test_each_name_has_a_file_and_the_other_way_round(script: Any) -> None:
    assert sorted(paths.sounds()) == sorted(HOUSE_SOUNDS) == sorted(script.PIECES)
    assert sum(file.stat().st_size for file in paths.sounds().values()) < 1_500_000
    assert sorted(name for name, piece in script.PIECES.items() if piece.loop) == sorted(LOOPS)


@pytest.mark.parametrize("name", HOUSE_SOUNDS)
def test_it_is_soft_and_begins_and_ends_in_silence(name: str) -> None:
    sound, rate = heard(name)
    assert true_peak(sound) < -3.0
    assert abs(float(sound.mean())) < 1e-4
    loud = loudness(sound, rate)
    if name in LOOPS:
        assert loud == pytest.approx(BEDS, abs=2.5)
    else:
        assert TARGET_LUFS - 10 < loud < TARGET_LUFS - 5
        assert np.abs(sound[: rate // 2000]).max() < 0.012
        assert np.abs(sound[-rate // 100 :]).max() < 2e-4


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_goes_round_without_a_step(name: str) -> None:
    sound, rate = heard(name)
    once = seamless(sound, rate // 20)
    around = np.concatenate([once[-rate // 10 :], once[: rate // 10]])
    steps, bends = np.abs(np.diff(around)), np.abs(np.diff(around, 2))
    at = rate // 10 - 1
    assert steps[at] < np.quantile(steps, 0.99)
    assert bends[at - 1 : at + 1].max() < np.quantile(bends, 0.99)
    loud = [np.sqrt(np.mean(once[k : k + rate] ** 2)) for k in (0, len(once) - rate)]
    assert abs(20 * np.log10(loud[0] / loud[1])) < 6


@pytest.mark.parametrize("name", ["procession", "closing", "reeds", "cheer", "remembrance", "vows"])
def test_its_notes_are_those_of_the_score(script: Any, name: str) -> None:
    from sound_score import performed

    sound, rate = heard(name)
    off = []
    for note in performed(script.PIECES[name]):
        begin, end = note.at + 0.16, note.at + min(0.9, note.length)
        if note.instrument in ("flute", "chime", "koto", "harp") and end - begin > 0.25 and end * rate < len(sound):
            off.append(cents(sound[round(begin * rate) : round(end * rate)], rate, note.hz))
    assert len(off) > 10
    assert np.isfinite(off).mean() > 0.95
    assert np.quantile(np.abs(off), 0.9) < 14


def test_a_bowl_has_the_tones_of_a_bowl_and_the_higher_die_first(script: Any) -> None:
    from sound_tones import BOWL

    sound, rate = heard("bell")
    lowest = 391.995
    for ratio in BOWL[:3]:
        assert abs(cents(sound[: 2 * rate], rate, ratio * lowest)) < 8

    def falls(hz: float, begin: float, end: float) -> float:
        """dB a second, over whole beats of a pair."""
        size = round(rate / 0.55)
        parts = [sound[round(k * size + begin * rate) :][:size] for k in range(int((end - begin) * rate / size))]
        level = []
        for part in parts:
            power = np.abs(np.fft.rfft(part * np.hanning(size))) ** 2
            f = np.fft.rfftfreq(size, 1 / rate)
            level.append(10 * np.log10(power[np.abs(f - hz) < 12].sum()))
        return float(-np.polyfit(np.arange(len(level)) * size / rate, level, 1)[0])

    low, high = falls(lowest, 0.5, 10.0), falls(BOWL[1] * lowest, 0.5, 6.5)
    assert low == pytest.approx(60 / 14, rel=0.15)
    assert high == pytest.approx(60 / 8, rel=0.2)


def test_a_church_bell_has_its_hum_prime_minor_third_and_nominal(script: Any) -> None:
    from sound_score import performed
    from sound_tones import CHURCH

    sound, rate = heard("peal")
    last = performed(script.PIECES["peal"])[-1]
    assert last.hz == pytest.approx(587.33, abs=0.01)
    rung = sound[round((last.at + 0.3) * rate) : round((last.at + 2.3) * rate)]
    for ratio in (CHURCH[0], CHURCH[1], CHURCH[2], CHURCH[4]):
        assert abs(cents(rung, rate, ratio * last.hz, 20.0)) < 8


def test_ringers_never_move_by_more_than_one_place(script: Any) -> None:
    rows = [[word.split(":")[0] for word in bar.split()] for bar in script.PIECES["peal"].parts[0].bars[:5]]
    for before, after in pairwise(rows):
        assert sorted(before) == sorted(after)
        assert max(abs(before.index(bell) - after.index(bell)) for bell in before) <= 1


@pytest.mark.parametrize("name", ["chime", "bell"])
def test_the_file_is_the_one_the_script_makes(script: Any, name: str) -> None:
    piece = script.PIECES[name]
    made = script.mastered(piece)
    data = script.encoded(made, piece.kbps)
    assert script.encoded(script.mastered(piece), piece.kbps) == data, "twice the same bytes"
    sound, rate = heard(name)
    assert len(sound) == pytest.approx(len(made) * rate / script.RATE, abs=rate // 50)
    assert abs(len(data) - paths.sounds()[name].stat().st_size) < 2000
    half = sound[::2][: len(made)]
    wanted = made[: len(half)]
    error = np.sqrt(np.mean((half - wanted) ** 2)) / np.sqrt(np.mean(wanted**2))
    assert error < 0.2
