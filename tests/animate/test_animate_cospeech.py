"""Accents of head, brows, breath and hands: where they fall, how large they get, how smooth they are."""

from __future__ import annotations

import csv
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from avatar.animate import wording
from avatar.animate.accents import BREATH, BROW, CAPACITY, HEAD, KINDS, WIDTH, Accents
from avatar.animate.cospeech import BEAT_GAP, BEAT_NAMES, BROW_LIMIT, FIRST_BEAT, HEAD_LIMIT, plan
from avatar.animate.persona import Persona, load
from avatar.animate.syllables import from_sound
from avatar.types import Phone

SPEECH = Path(__file__).resolve().parents[3] / "shared" / "data" / "speech"
needs_speech = pytest.mark.skipif(not SPEECH.is_dir(), reason="needs ../shared/data/speech")
RATE = 24000
STEP = 1 / 480


def phones(row: str, gap: float = 0.3) -> tuple[Phone, ...]:
    """``"HH AH L OW1 | W ER1 L D"``: words divided by ``|``, a silence of ``gap`` seconds at ``_``; vowels 0.14 s when
    stressed, others 0.08."""
    out, t, word = [Phone("SIL", 0.0, 0.1)], 0.1, 0
    for part in row.split():
        if part == "|":
            word += 1
        elif part == "_":
            out.append(Phone("SIL", t, t + gap))
            t += gap
        else:
            value, stress = (part[:-1], int(part[-1])) if part[-1].isdigit() else (part, 0)
            length = 0.14 if stress else 0.08
            out.append(Phone(value, t, t + length, stress, word))
            t += length
    return (*out, Phone("SIL", t, t + 0.1))


GREETING = "The garden is lovely, and I never saw the river so quiet."
SAID = phones(
    "DH AH | G AA1 R D AH N | IH Z | L AH1 V L IY _ | AH N D | AY2 | N EH1 V ER | S AO1 | DH AH | R IH1 V ER | S OW1 | "
    "K W AY1 AH T"
)


def curve(a: Accents, start: float = -1.0, step: float = STEP) -> tuple[np.ndarray, np.ndarray]:
    t = np.arange(start, a.end + 1, step)
    out = np.empty(WIDTH, np.float32)
    return t, np.array([a.sample(float(x), out).copy() for x in t])


def kinds(a: Accents, *names: str) -> np.ndarray:
    """Strokes of the bumps of some kinds."""
    return np.array([a.stroke[k] for k in range(a.count) if KINDS[a.kind[k]] in names])


def heard(seconds: float, peaks: list[float]) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    envelope = sum(np.exp(-(((t - p) / 0.06) ** 2)) for p in peaks)
    return (0.3 * envelope * np.sin(2 * np.pi * 180 * t)).astype(np.float32)


def test_strokes_fall_on_the_stressed_vowels_of_content_words() -> None:
    a = plan(SAID, None, RATE, GREETING)
    words = wording.tokens(GREETING)
    vowels = {(p.start + p.end) / 2: p for p in SAID if p.stress and p.value in wording.VOWELS}
    assert len(kinds(a, "nod")) >= 2
    for stroke in [*kinds(a, "nod", "lift", "brow"), *(b.stroke for b in a.beats)]:
        t, phone = min(vowels.items(), key=lambda item: abs(item[0] - stroke))
        assert abs(t - stroke) < 0.020
        assert words[phone.word].content, words[phone.word]


def test_the_head_is_farthest_forward_on_the_vowel_itself() -> None:
    a = plan(SAID, None, RATE, GREETING)
    t, values = curve(a)
    for stroke in kinds(a, "nod"):
        near = np.abs(t - stroke) < 0.12
        assert abs(t[near][np.argmax(values[near, 0])] - stroke) <= 0.020


def test_a_word_that_denies_shakes_the_head_both_ways() -> None:
    a = plan(SAID, None, RATE, GREETING)
    never = next(p for p in SAID if p.value == "EH")
    first = kinds(a, "shake")[0]
    assert first == pytest.approx((never.start + never.end) / 2, abs=0.02)
    t, values = curve(a)
    near = (t > first - 0.3) & (t < first + 0.8)
    yaw = np.degrees(values[near, 1])
    assert yaw.max() > 1.0
    assert yaw.min() < -1.0


def test_a_question_ends_with_raised_brows_more_so_for_yes_or_no() -> None:
    row = phones("D IH D | Y UW | S IY1 | DH AH | G AA1 R D AH N")
    asked, told = (plan(row, None, RATE, f"Did you see the garden{mark}") for mark in "?.")
    end = row[-1].start
    t, q = curve(asked)
    ts, s = curve(told)
    near = (t > end - 0.4) & (t < end)
    assert q[near, BROW].max() > 0.35
    assert s[(ts > end - 0.4) & (ts < end), BROW].max() < q[near, BROW].max()
    what = plan(phones("W AH T | D IH D | Y UW | S IY1"), None, RATE, "What did you see?")
    assert 0.1 < curve(what)[1][:, BROW].max() < q[:, BROW].max()


def test_a_question_that_ends_in_small_words_rises_on_them() -> None:
    row = phones("Y UW | S AO1 | DH AH | G AA1 R D AH N _ | D IH1 D | Y UW1")
    a = plan(row, None, RATE, "You saw the garden, did you?")
    you = next(p for p in row[-3:] if p.value == "UW")
    brow = max(range(a.count), key=lambda k: a.amount[k, BROW])
    assert a.stroke[brow] == pytest.approx((you.start + you.end) / 2, abs=0.02)


def test_emphasis_is_larger_on_the_average_of_seeds() -> None:
    row = phones("AY2 | R IY1 L IY | L OW1 V | M AH1 S IH K")
    plain, loud = (
        np.mean(
            [
                np.linalg.norm(a.amount[:, HEAD], axis=1).max()
                for a in (plan(row, None, RATE, text, seed=k) for k in range(40))
            ]
        )
        for text in ("I really love music.", "I REALLY love music!")
    )
    assert loud > 1.1 * plain


@pytest.mark.parametrize("name", ["calm", "warm", "lively", "default"])
def test_size_and_speed_stay_in_human_bounds(name: str) -> None:
    for seed in range(12):
        a = plan(SAID, None, RATE, "GARDEN! lovely, never not no NEVER river quiet?", load(name), seed)
        _, values = curve(a)
        assert np.linalg.norm(values[:, HEAD], axis=1).max() <= HEAD_LIMIT * 1.001
        assert values[:, BROW].max() <= BROW_LIMIT * 1.001
        assert values[:, [BROW, BREATH]].min() >= 0
        assert values[:, BREATH].max() <= 1.001
        speed = np.diff(values, axis=0) / STEP
        assert np.degrees(np.linalg.norm(speed[:, HEAD], axis=1)).max() < 75
        assert np.abs(speed[:, BROW]).max() < 10
        # a jump in the acceleration would be a step of speed from one sample to the next
        assert np.degrees(np.linalg.norm(np.diff(speed[:, HEAD], axis=0), axis=1)).max() < 6.0
        assert np.abs(values[0]).max() == 0
        assert np.abs(values[-1]).max() < 1e-6


def test_a_persona_sets_the_size() -> None:
    sizes = []
    for name in ("calm", "default", "lively"):
        each = [plan(SAID, None, RATE, GREETING, load(name), k) for k in range(30)]
        sizes.append(np.mean([np.linalg.norm(a.amount[:, HEAD], axis=1).max() for a in each]))
    assert sizes[0] < 0.9 * sizes[1] < sizes[2]
    still = plan(SAID, None, RATE, GREETING, Persona(accents=False))
    assert {KINDS[k] for k in still.kind[: still.count]} == {"breath"}


def test_beats_keep_their_distance_and_rate() -> None:
    row = phones(" | ".join(["G AA1 R D AH N | IH Z | L AH1 V L IY"] * 25))
    text = " ".join(["garden is lovely"] * 25)
    seconds = row[-1].start
    for name in ("default", "lively"):
        persona = load(name)
        counts = []
        for seed in range(20):
            beats = plan(row, None, RATE, text, persona, seed).beats
            times = [b.stroke for b in beats]
            assert all(b - a >= BEAT_GAP for a, b in pairwise(times))
            assert all(t >= FIRST_BEAT for t in times)
            assert all(b.name in BEAT_NAMES and 0 < b.strength <= 1 for b in beats)
            counts.append(len(beats))
        assert max(counts) <= np.ceil(persona.beat_rate * seconds / 60)
        assert min(counts) >= 1
    assert plan(row, None, RATE, text, Persona(quiet=True, energy=1)).beats == ()


def test_breath_is_drawn_before_the_start_and_in_pauses_and_nowhere_else() -> None:
    a = plan(SAID, None, RATE, GREETING)
    pause = next(p for p in SAID[1:] if p.value == "SIL")
    t, values = curve(a)
    rising = np.flatnonzero(np.diff(values[:, BREATH]) > 1e-4)
    ok = (t[rising] < SAID[0].end) | ((t[rising] > pause.start - 0.02) & (t[rising] < pause.end + 0.02))
    assert ok.all()
    assert len(kinds(a, "breath")) == 2
    assert values[t < 0.1, BREATH].max() > 0.3
    short = plan(phones("G AA1 R D AH N _ G AA1 R D AH N", gap=0.1), None, RATE, "garden garden")
    assert len(kinds(short, "breath")) == 1


@pytest.mark.parametrize("lead", [0.0, 0.1, 0.5])
def test_nothing_begins_before_it_can_be_shown(lead: float) -> None:
    row = phones("G AA1 R D AH N")
    full, a = (curve(plan(row, None, RATE, "Garden!", seed=2, lead=x)) for x in (0.5, lead))
    assert np.abs(a[1][a[0] < -lead]).max() < 1e-5
    speed = np.abs(np.diff(a[1], axis=0)).max(0)
    assert (speed <= np.abs(np.diff(full[1], axis=0)).max(0) * 1.05 + 1e-6).all(), "less far, not quicker"
    assert a[1][:, 0].max() > 0.01


def test_silence_brings_nothing() -> None:
    for given in ((), (Phone("SIL", 0.0, 2.0),)):
        for sound in (None, np.zeros(2 * RATE, np.float32), np.zeros(0, np.float32)):
            a = plan(given, sound, RATE)
            assert a.count == 0
            assert a.beats == ()
            assert not a.sample(0.5, np.ones(WIDTH, np.float32)).any()
    long = phones("G AA1 R D AH N _ R IH1 V ER", gap=4.0)
    t, values = curve(plan(long, None, RATE, "Garden. River."))
    assert np.abs(values[(t > 1.6) & (t < 3.5)]).max() < 1e-6


def test_equal_seeds_are_equal_and_others_differ() -> None:
    def flat(a: Accents) -> bytes:
        return a.stroke.tobytes() + a.amount.tobytes() + a.rise.tobytes() + repr(a.beats).encode()

    one, same, other = (flat(plan(SAID, None, RATE, GREETING, seed=s)) for s in (3, 3, 4))
    assert one == same
    assert one != other
    assert flat(plan(SAID, None, RATE, GREETING, Persona(seed=4))) != flat(plan(SAID, None, RATE, GREETING))


def test_loudness_alone_tells_the_syllables() -> None:
    peaks = [0.5, 0.8, 1.1, 2.2, 2.5]
    sound = heard(3.0, peaks)
    found = from_sound(sound, RATE)
    assert found.middle == pytest.approx(peaks, abs=0.02)
    assert len(found.spans) == 2
    a = plan((), sound, RATE)
    strokes = kinds(a, "nod")
    assert len(strokes) >= 2, "one a phrase at least"
    assert all(min(abs(s - p) for p in peaks) < 0.02 for s in strokes)


def test_text_alone_gives_something() -> None:
    a = plan((), None, RATE, "Hello there. Is the garden lovely?")
    assert 2 <= len(kinds(a, "nod", "lift")) <= 4
    assert len(kinds(a, "breath")) == 2
    assert plan((), None, RATE, "").count == 0
    assert plan((), None, RATE, "…!?").count == 0


def test_garbage_is_survived() -> None:
    bad = (Phone("AA", float("nan"), 1.0), Phone("IY", 2.0, 1.0), Phone("ZZ", 0.0, 0.1), Phone("AA", 0.2, 0.4, 9, 999))
    a = plan(bad, np.full(100, np.nan, np.float32), 0, "x" * 50 + " 1984 ½ 你好")
    assert np.isfinite(curve(a)[1]).all()
    for t in (float("nan"), float("inf"), -1e30):
        assert not a.sample(t, np.ones(WIDTH, np.float32)).any()
    long = phones(" | ".join(["G AA1 R D AH N _"] * 150))
    assert plan(long, None, RATE, "garden, " * 150).count <= CAPACITY


def test_written_words_are_found_though_others_are_spoken() -> None:
    text = "Dr. Smith saw 1984 and smiled."
    row = phones("D AA1 K T ER | S M IH1 TH | S AO1 | N AY2 N T IY1 N | EY1 D IY | F AO1 R | AE N D | S M AY1 L D")
    words = wording.tokens(text)
    owner = wording.assign(row, words)
    said = {words[owner[i]].text for i, p in enumerate(row) if p.value == "AE"}
    assert said == {"and"}
    assert {words[k].text for k in owner if k >= 0} >= {"smith", "saw", "and", "smiled"}


def test_numbers_that_start_again_are_new_words() -> None:
    row = (Phone("AA", 0, 0.1, 1, 0), Phone("SIL", 0.1, 0.3), Phone("AA", 0.3, 0.4, 1, 0), Phone("IY", 0.4, 0.5, 1, 1))
    assert wording.groups(row).tolist() == [0, -1, 1, 2]


def recording(path: Path) -> tuple[tuple[Phone, ...], np.ndarray, int, str]:
    with path.open() as file:
        rows = tuple(Phone(r["phone"], float(r["start"]), float(r["end"])) for r in csv.DictReader(file))
    with wave.open(str(path.with_suffix(".wav"))) as file:
        rate = file.getframerate()
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768
    return rows, sound, rate, path.with_suffix(".txt").read_text()


@needs_speech
def test_read_speech_gets_a_human_number_of_accents() -> None:
    for name, low, high in (("calm", 8, 30), ("default", 12, 36), ("lively", 15, 40)):
        seconds, count = 0.0, 0
        for path in sorted(SPEECH.glob("*.csv")):
            row, sound, rate, text = recording(path)
            a = plan(row, sound, rate, text, load(name))
            shakes = len(kinds(a, "shake")) // 3
            seconds += sum(p.end - p.start for p in row if p.value != "SIL")
            count += len(kinds(a, "nod", "lift")) + shakes
        assert low <= count / seconds * 60 <= high, name


@needs_speech
def test_every_stretch_of_read_speech_has_an_accent_on_a_word_that_matters() -> None:
    for path in sorted(SPEECH.glob("*.csv")):
        row, sound, rate, text = recording(path)
        words = wording.tokens(text)
        owner = wording.assign(row, words)
        a = plan(row, sound, rate, text)
        strokes = kinds(a, "nod", "lift")
        first_shakes = kinds(a, "shake")[::3]
        for stroke in [*strokes, *first_shakes]:
            k = next(i for i, p in enumerate(row) if p.start - 1e-4 <= stroke <= p.end + 1e-4)
            assert row[k].value in wording.VOWELS
            assert abs((row[k].start + row[k].end) / 2 - stroke) <= 0.02
            assert words[owner[k]].content or words[owner[k]].negative, (path.stem, words[owner[k]])
        ends = [i for i, p in enumerate(row) if p.value == "SIL" and p.end - p.start >= 0.15]
        for i, j in zip([-1, *ends], [*ends, len(row)], strict=True):
            part = range(i + 1, j)
            if not any(owner[k] >= 0 and words[owner[k]].content and row[k].value in wording.VOWELS for k in part):
                continue
            start, end = row[part[0]].start, row[part[-1]].end
            assert any(start <= s <= end for s in [*strokes, *first_shakes]), (path.stem, start)
