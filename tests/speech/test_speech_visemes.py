"""The mouth's physical truths: lips meet on p, b, m; teeth on lip for f, v; nothing jumps; silence is shut."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from avatar.speech.visemes import (
    IMPLIED,
    PARTS_OF_MOUTH,
    RATE,
    closed,
    of_rows,
    rows,
    sample,
    shown,
    track,
    vrm_matrix,
)
from avatar.types import VISEMES, Phone, VisemeTrack

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
LIPS = {"P": "PP", "B": "PP", "M": "PP", "F": "FF", "V": "FF"}
MOUTH = ["aa", "ih", "ou", "ee", "oh"]


def phones(*values: str, seconds: float = 0.08) -> list[Phone]:
    return [Phone(v, i * seconds, (i + 1) * seconds, stress=1) for i, v in enumerate(values)]


def weight(mouth, viseme: str, t: float) -> float:
    return float(sample(mouth, t, np.empty(15, np.float32))[VISEMES.index(viseme)])


@pytest.mark.parametrize("vowel", ["AA", "IY", "UW", "OW", "AE"])
@pytest.mark.parametrize("consonant", LIPS)
def test_lips_meet_between_any_two_vowels(vowel, consonant):
    mouth = track(phones(vowel, consonant, vowel))
    shape = VISEMES.index(LIPS[consonant])
    core = mouth.weights[(np.arange(len(mouth.weights)) >= 10) & (np.arange(len(mouth.weights)) <= 14)]
    assert np.all(core[:, shape] == 1.0)
    assert np.all(np.delete(core, shape, axis=1) == 0.0)
    if LIPS[consonant] == "PP":
        assert np.all(core @ vrm_matrix(MOUTH) == 0.0)


@pytest.mark.parametrize("length", [0.012, 0.02, 0.035, 0.05, 0.11])
@pytest.mark.parametrize("begin", [0.1, 0.1037, 0.1072])
def test_even_the_shortest_closure_is_seen_and_long_ones_last_40_ms(length, begin):
    mouth = track([Phone("AA", 0, begin), Phone("B", begin, begin + length), Phone("AA", begin + length, 0.4)])
    shut = np.flatnonzero(mouth.weights[:, VISEMES.index("PP")] == 1.0)
    assert len(shut) >= 1
    if length >= 0.05:
        assert (shut[-1] - shut[0]) / 100 >= 0.029  # samples inside a core of 40 ms
        assert weight(mouth, "PP", begin + length / 2) == pytest.approx(1.0)


def test_neighbouring_closures_do_not_blur():
    mouth = track(phones("AA", "V", "M", "F", "B", "AA"))
    for k, viseme in enumerate(["FF", "PP", "FF", "PP"], start=1):
        assert weight(mouth, viseme, 0.08 * k + 0.04) == pytest.approx(1.0)
    assert np.all(mouth.weights[9:40, [VISEMES.index("aa")]] < 0.6)


def test_weights_are_a_mixture_everywhere():
    rng = np.random.default_rng(4)
    names = ["SIL", "P", "AA", "IY", "F", "T", "S", "UW", "R", "HH", "OY", "M", "CH", "N", "W", "AX", "ZZ"]
    for _ in range(30):
        lengths = rng.uniform(0.015, 0.2, 20)
        ends = np.cumsum(lengths)
        said = [Phone(str(rng.choice(names)), float(e - n), float(e)) for e, n in zip(ends, lengths, strict=True)]
        mouth = track(said, float(ends[-1]) + 0.1)
        assert mouth.weights.dtype == np.float32
        assert mouth.weights.min() >= 0
        np.testing.assert_allclose(mouth.weights.sum(1), 1.0, atol=1e-5)
        assert mouth.seconds >= ends[-1] + 0.1


def test_the_mouth_moves_at_the_speed_of_lips():
    mouth = track(phones("AA", "B", "IY", "S", "UW", "M", "AA", "F", "OW", seconds=0.09))
    opening = mouth.weights @ vrm_matrix(MOUTH)
    assert np.abs(np.diff(opening, axis=0)).max() < 0.45  # fully open to shut takes 30 ms or more


def test_rounding_begins_120_ms_ahead_over_sounds_of_the_tongue():
    mouth = track(phones("IY", "S", "T", "UW", seconds=0.07))  # "ee-stew": UW begins at 0.21
    plain = track(phones("IY", "S", "T", "IY", seconds=0.07))
    assert weight(mouth, "ou", 0.21 - 0.12) > 0.04
    assert weight(mouth, "ou", 0.21 - 0.04) > 0.2
    assert weight(plain, "ou", 0.17) < 1e-3


def test_a_sound_of_the_tongue_leaves_the_lips_to_its_neighbours():
    open_lips = track(phones("AA", "N", "AA", seconds=0.06)).weights @ vrm_matrix(MOUTH)
    round_lips = track(phones("UW", "N", "UW", seconds=0.06)).weights @ vrm_matrix(MOUTH)
    assert open_lips[9, 0] > 0.35
    assert round_lips[9, 2] > 0.35
    assert open_lips[9, 2] < 0.05


def test_silence_shuts_the_mouth_smoothly_and_keeps_it_shut():
    mouth = track([*phones("AA", seconds=0.2), Phone("SIL", 0.2, 0.8)])
    opening = (mouth.weights @ vrm_matrix(MOUTH)).sum(1)
    assert opening[12] > 0.9
    assert opening[35] < 0.02
    assert np.all(np.diff(opening[20:]) <= 1e-6)
    assert np.abs(np.diff(opening)).max() < 0.35


def test_sampling_is_linear_between_samples_and_shut_outside():
    mouth = track(phones("AA", "P", "OW"))
    out = np.empty(15, np.float32)
    between = sample(mouth, 0.055, out).copy()
    np.testing.assert_allclose(between, mouth.weights[5:7].mean(0), atol=1e-5)
    shut = closed(np.empty(15, np.float32))
    assert shut[0] == 1.0
    assert shut.sum() == 1.0
    for t in (-0.01, mouth.seconds + 1):
        np.testing.assert_array_equal(sample(mouth, t, out), shut)


def test_a_companion_gets_what_it_has():
    plain, rich = vrm_matrix(MOUTH), vrm_matrix(["happy", *MOUTH, "lipPress", "lipBite"])
    assert plain.shape == (15, 5)
    assert np.all(plain[[0, 1]] == 0)
    assert rich[VISEMES.index("PP"), 6] == 1.0
    assert rich[VISEMES.index("FF"), 7] == 1.0
    assert np.all(rich[VISEMES.index("FF"), :7] == 0)
    assert np.all(rich[:, 0] == 0)
    assert np.all(plain.sum(1) <= 1.0)
    assert [MOUTH[k] for k in plain[[10, 11, 12, 13, 14]].argmax(1)] == ["aa", "ee", "ih", "oh", "ou"]


def test_without_phones_the_mouth_rests():
    assert np.all(track([], 0.3).weights[:, 0] > 0.999)


def test_against_aligned_speech():
    folder = SHARED / "data" / "speech"
    if not folder.is_dir():
        pytest.skip("the aligned recordings are not here")
    narrow = {"T": "DD", "D": "DD", "K": "kk", "G": "kk", "S": "SS", "Z": "SS", "N": "nn", "L": "nn", "SH": "CH"}
    clear = {**LIPS, **narrow, "SIL": "sil", "AA": "aa", "AO": "oh", "EH": "E", "IY": "ih", "UW": "ou"}
    seen: dict[str, list[bool]] = {}
    for file in sorted(folder.glob("*.csv")):
        rows = list(csv.reader(file.read_text().splitlines()))[1:]
        said = [Phone(value, float(a), float(b)) for a, b, value in rows]
        assert all(x.end <= y.start + 1e-6 for x, y in pairwise(said))
        mouth = track(said)
        for phone in said:
            if phone.value in clear:
                best = VISEMES[int(sample(mouth, (phone.start + phone.end) / 2, np.empty(15, np.float32)).argmax())]
                seen.setdefault(clear[phone.value], []).append(best == clear[phone.value])
    recall = {viseme: float(np.mean(hits)) for viseme, hits in seen.items()}
    assert recall["PP"] == 1.0
    assert recall["FF"] == 1.0
    assert np.mean(list(recall.values())) > 0.93, recall


def test_jaw_and_lips_go_their_own_ways():
    stew = track(phones("IY", "S", "T", "UW", seconds=0.07))
    plain = track(phones("IY", "S", "T", "IY", seconds=0.07))
    jaw, rounding, spreading = stew.channels.T
    assert stew.channels.shape == (len(stew.weights), len(PARTS_OF_MOUTH))
    assert np.all((stew.channels >= 0) & (stew.channels <= 1))
    # Rounding begins 120 ms ahead and is half done 50 ms before the vowel, across the tongue; the s keeps the jaw up.
    assert rounding[9] > 0.17
    assert rounding[16] > 0.5
    assert rounding[22] > 0.6
    assert plain.channels[16, 1] < 0.02
    assert jaw[10] < 0.2
    assert spreading[3] > 0.6 > 2 * spreading[16]


def test_a_jaw_need_not_shut_where_the_lips_do():
    mouth = track(phones("AA", "P", "AA"))
    assert mouth.weights[12, VISEMES.index("PP")] == 1.0
    assert 0.1 < mouth.channels[12, 0] < 0.7 < mouth.channels[4, 0]


def test_beside_the_weights_is_said_what_jaw_and_lips_do_otherwise():
    mouth = track(phones("UW", "T", "UW"))
    out = np.empty(18, np.float32)
    sample(mouth, 0.115, out)
    between = mouth.weights[11:13].mean(0)
    np.testing.assert_allclose(out[:15], between, atol=1e-5)
    np.testing.assert_allclose(out[15:], mouth.channels[11:13].mean(0) - between @ IMPLIED, atol=1e-5)
    assert out[16] > 0.25  # a t between two rounded vowels is rounder than a t
    assert np.all(sample(VisemeTrack(mouth.weights, mouth.rate), 0.1, out)[15:] == 0)
    assert np.all(closed(out)[1:] == 0)


def test_a_long_speech_is_the_same_as_its_parts():
    rng = np.random.default_rng(9)
    lengths = rng.uniform(0.04, 0.16, 400)
    ends = np.cumsum(lengths)
    names = rng.choice(["AA", "S", "UW", "T", "P", "IY", "R", "SIL", "M", "OW"], 400)
    said = [Phone(str(n), float(e - d), float(e), 1) for n, d, e in zip(names, lengths, ends, strict=True)]
    whole = track(said)
    # Sounds more than a second away are not felt: blocks leave no seam.
    for at in (100, 200, 300):
        near = said[at - 40 : at + 40]
        some = track(near)
        k = int(said[at].start * 100)
        np.testing.assert_allclose(some.weights[k - 20 : k + 20], whole.weights[k - 20 : k + 20], atol=2e-3)
        np.testing.assert_allclose(some.channels[k - 20 : k + 20], whole.channels[k - 20 : k + 20], atol=2e-2)


def test_lips_part_with_the_burst_and_not_after_the_sound():
    mouth = track([Phone("AA", 0, 0.2), Phone("P", 0.2, 0.31), Phone("AA", 0.31, 0.6)])
    assert weight(mouth, "PP", 0.28) > 0.9
    assert weight(mouth, "PP", 0.31) < 0.5
    assert weight(mouth, "PP", 0.33) < 0.05


def test_a_closure_that_ends_as_the_track_begins_is_not_seen_at_its_end():
    mouth = track([Phone("P", 0.0, 0.002), Phone("AA", 0.002, 0.16)], 0.16)
    pressed = mouth.weights[:, VISEMES.index("PP")]
    assert pressed[0] == 1.0
    assert (pressed[5:] < 0.01).all()


def test_a_lip_reaches_the_teeth_after_a_wide_or_round_vowel():
    for vowel in ("AA", "UW"):
        mouth = track([Phone(vowel, 0.0, 0.2), Phone("V", 0.2, 0.23), Phone(vowel, 0.23, 0.4)])
        out = sample(mouth, 0.21, np.empty(18, np.float32))
        assert out[VISEMES.index("FF")] > 0.99
        np.testing.assert_allclose(out[15:], 0.0, atol=0.01)


def test_rows_hold_a_whole_mouth():
    mouth = track([Phone("SH", 0.0, 0.1), Phone("UW", 0.1, 0.3)])
    again = of_rows(rows(mouth), mouth.phones, mouth.source)
    there, here = np.empty(18, np.float32), np.empty(18, np.float32)
    for k in range(0, 30, 3):
        sample(mouth, k / RATE, there)
        np.testing.assert_allclose(shown(rows(again)[k], here), there, atol=1e-6)
    assert abs(there[15:]).max() > 0.01
