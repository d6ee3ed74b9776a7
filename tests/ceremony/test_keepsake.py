"""What is kept of a ceremony says what it is; times of chapters are those of WebVTT."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.ceremony import reading
from avatar.ceremony.keepsake import Chapter, Vow, album, clock_words, webvtt

WEDDING = Path(__file__).resolve().parents[2] / "assets" / "ceremonies" / "wedding.yaml"


@pytest.mark.parametrize("language", ["en", "ja"])
def test_it_says_plainly_what_it_is_in_both_languages(language: str) -> None:
    script = reading.parse(WEDDING.read_bytes()).script
    kept = album(script, language, vows=[Vow("person-vow", "person", "I am glad.")], pictures=[("picture-01.png", "x")])
    other = kept.other
    assert other is not None
    assert {kept.language, other.language} == {"en", "ja"}
    english = kept if language == "en" else other
    assert english.labels["symbolic"] == "A symbolic ceremony"
    assert english.labels["made"] == "Made with an AI companion"
    assert "an AI, not a person" in english.not_real
    assert "Alex felt, chose, and said" in english.real
    assert kept.vows[0][0] == "Alex"
    assert "Hikari" in kept.pictures[0].alt
    assert not any(" " in text and "、 " in text for text in (kept.statement,))


def test_a_ceremony_that_was_stopped_says_so_kindly_and_claims_no_more() -> None:
    script = reading.parse(WEDDING.read_bytes()).script
    assert "ended before" not in album(script, log=[{"what": "started"}, {"what": "ended"}]).held
    assert "ended before" in album(script, log=[{"what": "started"}, {"what": "stop"}, {"what": "stopped"}]).held


def test_names_of_other_roles_come_from_the_script() -> None:
    script = reading.parse(WEDDING.read_bytes()).script
    assert album(script, "ja", vows=[Vow("c", "officiant", "t")]).vows[0][:2] == ("司式者", "司式者")


def test_chapters_as_webvtt() -> None:
    text = webvtt([Chapter("Vows --> now\nand <b>", 61.25), Chapter("Welcome", 0.0)], 3725.0)
    assert text.startswith("WEBVTT\n\n1\n00:00:00.000 --> 00:01:01.250\nWelcome\n\n2\n00:01:01.250 --> 01:02:05.000\n")
    assert text.count("-->") == 2
    assert "<b>" not in text
    assert webvtt([], 5.0) == "WEBVTT\n"
    assert clock_words(59.9996, True) == "00:00:59.999"
    assert clock_words(3599.9) == "59:59"
