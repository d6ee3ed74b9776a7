"""Japanese phrases by our own ear: each is what it is, and what means something else is not it.

The voices are Kokoro's (Apache-2.0), kept as eight-bit mu-law at 16 kHz.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.runtime.answers import RATE, JapanesePhrases
from avatar.speech.ear import PHONES
from avatar.speech.keyphrases import Alone, japanese, refusal, written
from avatar.speech.spotting import LONGEST, Spotter, fit
from avatar.types import FloatArray

WANTED = {
    "yes": ("はい", "誓います（ちかいます）"),
    "no": ("いいえ",),
    "stop": ("止めてください（とめてください）",),
}
KEPT = np.load(Path(__file__).with_name("japanese_answers.npz"))


def line(name: str) -> FloatArray:
    x = KEPT[name].astype(np.float32) / 127.5 - 1
    sound = 0.6 * np.sign(x) * (256 ** np.abs(x) - 1) / 255
    whole = np.concatenate([np.zeros(RATE // 2), sound, np.zeros(RATE)])
    return (whole + np.random.default_rng(1).standard_normal(len(whole)) * 0.002).astype(np.float32)


def heard(sound: FloatArray, wanted: dict[str, tuple[str, ...]] = WANTED) -> list[str]:
    ear = JapanesePhrases(wanted)
    found = (ear.feed(sound[k : k + 480]) for k in range(0, len(sound), 480))
    return [answer for answer in found if answer]


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("jf_alpha|はい。", ["yes"]),
        ("jm_kumo|はい。", ["yes"]),
        ("jm_kumo|はい、誓います。", ["yes"]),
        ("jf_tebukuro|誓います。", ["yes"]),
        ("jf_alpha|いいえ。", ["no"]),
        ("jf_tebukuro|いいえ。", ["no"]),
        ("jm_kumo|誓いません。", ["no"]),
        ("jf_alpha|誓いません。", ["no"]),
        ("jm_kumo|止めてください。", ["stop"]),
        ("jm_kumo|待ってください。", []),
        ("jm_kumo|乾杯。", []),
        ("jf_alpha|早いですね。", []),
    ],
)
def test_each_answer_is_taken_for_what_it_is(name: str, answers: list[str]) -> None:
    assert heard(line(name)) == answers


def test_a_refusal_is_no_yes_even_where_there_is_no_way_to_say_no() -> None:
    assert heard(line("jm_kumo|誓いません。"), {"yes": WANTED["yes"]}) == []


def test_a_short_word_inside_longer_speech_is_no_answer() -> None:
    joined = np.concatenate(
        [line("jf_alpha|早いですね。")[: RATE + RATE // 4], line("jm_kumo|はい。")[RATE * 45 // 100 :]]
    ).astype(np.float32)
    assert heard(joined) == []


def test_what_is_read_stands_behind_what_is_written() -> None:
    assert written("誓います（ちかいます）") == ("誓います", "ちかいます")
    assert written("はい") == ("はい", "はい")
    assert japanese("誓います") == ()
    assert ("CH", "IY", "K", "AY", "M", "AA", "S") in japanese("誓います（ちかいます）")
    assert ("HH", "AY") in japanese("はい")
    assert refusal("誓います（ちかいます）") == "ちかいません"
    assert refusal("はい") is None
    assert JapanesePhrases({"yes": ("誓います", "はい")}).left_out == ["誓います"]


def test_who_speaks_and_for_how_long() -> None:
    rng = np.random.default_rng(2)
    quiet = rng.standard_normal(RATE).astype(np.float32) * np.float32(0.002)
    tone = np.sin(np.arange(RATE // 2) * 0.2).astype(np.float32) * np.float32(0.2)
    alone = Alone(RATE)
    alone.feed(quiet)
    assert alone.seconds == 0.0
    alone.feed(np.concatenate([tone, quiet[: RATE // 5], tone, quiet]))
    assert alone.seconds == pytest.approx(1.2, abs=0.05), "one breath, with a gap shorter than one"
    assert alone.quiet == pytest.approx(1.0, abs=0.05)


def test_the_right_sounds_fit_best_and_order_matters() -> None:
    scores = np.full((30, 40), -8.0, np.float32)
    for k, name in enumerate(("SIL", "HH", "AA", "IY", "SIL")):
        scores[6 * k : 6 * k + 6, PHONES.index(name)] = 0.0
    assert fit(scores, ("HH", "AA", "IY")) == pytest.approx(0.0, abs=0.05)
    assert fit(scores, ("IY", "AA", "HH")) < -1


def test_a_speech_without_an_end_is_not_weighed() -> None:
    rng = np.random.default_rng(3)
    spotter = Spotter({"はい": japanese("はい")})
    loud = (0.2 * rng.standard_normal(round(RATE * (LONGEST + 1)))).astype(np.float32)
    assert spotter.feed(np.zeros(RATE, np.float32)) == {}
    assert spotter.feed(loud) == {}
    assert spotter.feed(np.zeros(RATE, np.float32)) == {}
