"""A ceremony made one's own: every kind, in both languages or in one, is right once its names are written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from avatar.animate.library import GESTURES
from avatar.ceremony import preflight, reading
from avatar.ceremony.drafting import draft
from avatar.ceremony.preflight import World
from avatar.model.licence import Licence

HOUSE = sorted((Path(__file__).resolve().parents[2] / "assets/ceremonies").glob("*.yaml"))
WORLD = World(
    voices={"a": ("en", "ja")},
    gestures=frozenset(GESTURES),
    expressions=frozenset(("happy", "neutral", "relaxed", "sad", "smile", "surprised")),
    licence=Licence(users="everyone", politics_or_religion=True),
)


def problems(text: str) -> list[reading.Problem]:
    return [p for p in preflight.check(reading.parse(text), WORLD) if p.level != "note"]


def filled(text: str) -> str:
    """As a stranger fills it in: something between each pair of quotes below ``names:``."""
    head, names = text.split("\nnames:\n")
    names, tail = names.split("\nroles:")
    return f"{head}\nnames:\n" + names.replace('""', '"光 Light"') + "\nroles:" + tail


@pytest.mark.parametrize("language", [None, "en", "ja"])
@pytest.mark.parametrize("path", HOUSE, ids=lambda path: path.stem)
def test_unfilled_names_are_told_and_filled_ones_are_right(path: Path, language: str | None) -> None:
    text = draft(path.read_text(encoding="utf-8"), path.name, language)
    told = problems(text)
    assert told
    lines = text.split("\n")
    for problem in told:
        assert re.fullmatch(r"name '\w+' is empty: write it between the quotes", problem.rule)
        assert lines[problem.line - 1][problem.column - 1 :].startswith('""')
    assert problems(filled(text)) == []
    script = reading.parse(filled(text)).script
    assert script.languages == ([language] if language else ["en", "ja"])
    assert script.names["companion"] == "Hikari"


@pytest.mark.parametrize("path", HOUSE, ids=lambda path: path.stem)
def test_one_language_says_the_same_as_it_does_among_both(path: Path) -> None:
    both = reading.parse(path.read_bytes())
    for language in ("en", "ja"):
        one = reading.parse(filled(draft(path.read_text(encoding="utf-8"), path.name, language)))
        assert len(one.plan.steps) == len(both.plan.steps)
        for a, b in zip(one.plan.steps, both.plan.steps, strict=True):
            for x, y in zip(a.cue.do, b.cue.do, strict=True):
                said, among = getattr(x, "say", None), getattr(y, "say", None)
                if isinstance(among, dict):
                    assert said == {language: among[language]}
                else:
                    assert said == among


def test_it_guides_in_the_language_that_it_is_in() -> None:
    text = HOUSE[-1].read_text(encoding="utf-8")
    english, japanese = draft(text, "x.yaml"), draft(text, "x.yaml", "ja")
    assert english.startswith('# Write between the quotes ("")')
    assert "avatar ceremony check x.yaml" in english
    assert "  # your name, as it is to be said" in english
    assert japanese.startswith("# names: の")
    assert "  # あなたの名前" in japanese
    with pytest.raises(ValueError, match="it is written in en, ja"):
        draft(text, "x.yaml", "fr")


@pytest.mark.parametrize("path", HOUSE, ids=lambda path: path.stem)
def test_its_head_says_how_long_it_takes(path: Path) -> None:
    ceremony = reading.parse(path.read_bytes())
    said = re.search(r"About ([\d.]+) minutes?\b", path.read_text(encoding="utf-8").split("\n")[0])
    assert said is not None
    takes = max(preflight.seconds_of(ceremony, language) for language in ("en", "ja")) / 60
    assert abs(float(said[1]) - takes) <= 0.3
