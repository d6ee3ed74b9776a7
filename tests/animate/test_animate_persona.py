"""Personas: what the traits mean, the house's own, and every way a file can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from avatar.animate import persona
from avatar.animate.persona import TRAITS, Persona
from avatar.errors import AssetError, ModelError


def test_a_half_everywhere_changes_nothing() -> None:
    p = Persona()
    ones = (p.gesture_amplitude, p.idle_amplitude, p.pace, p.head_accent, p.brow_accent, p.blink_rate)
    assert (*ones, p.fixation_seconds) == pytest.approx([1.0] * 7)
    assert (p.gaze_share(False), p.gaze_share(True)) == pytest.approx((0.75, 0.40))


@pytest.mark.parametrize("trait", TRAITS)
def test_every_trait_moves_something_and_stays_in_bounds(trait: str) -> None:
    low, high = Persona(**{trait: 0.0}), Persona(**{trait: 1.0})

    def numbers(p: Persona) -> list[float]:
        return [
            *(p.gesture_amplitude, p.idle_amplitude, p.pace, p.beat_rate, p.head_accent, p.brow_accent, p.blink_rate),
            *(p.gaze_share(True), p.gaze_share(False)),
        ]

    assert any(b > a + 0.05 for a, b in zip(numbers(low), numbers(high), strict=True))
    assert all(b >= a - 1e-9 for a, b in zip(numbers(low), numbers(high), strict=True)), "more of a trait is more"
    for p in (low, high):
        assert 0.7 <= p.gesture_amplitude <= 1.2
        assert 0.8 - 1e-9 <= p.pace <= 1.25 + 1e-9
        assert 0 < p.gaze_share(True) < p.gaze_share(False) < 1


def test_looks_at_and_away_keep_the_share() -> None:
    for p in (Persona(gaze=g, tempo=t) for g in (0.0, 0.3, 1.0) for t in (0.0, 1.0)):
        for speaking in (False, True):
            on, off = p.contact_seconds(speaking), p.aversion_seconds(speaking)
            assert on / (on + off) == pytest.approx(p.gaze_share(speaking))
            assert off > 0.3, "a look away that short would be a twitch"


def test_a_quiet_one_makes_no_beats() -> None:
    assert Persona(quiet=True, energy=1, expressivity=1).beat_rate == 0
    assert Persona(beats=False).beat_rate == 0
    assert Persona(accents=False).head_accent == Persona(accents=False).brow_accent == 0


def test_the_house_personas_differ() -> None:
    assert persona.names() == ["calm", "default", "lively", "warm"]
    calm, warm, lively, default = (persona.load(n) for n in ("calm", "warm", "lively", "default"))
    assert default == Persona()
    assert calm.beat_rate < warm.beat_rate < lively.beat_rate
    assert calm.pace < lively.pace
    assert warm.gaze_share(False) > lively.gaze_share(False)
    assert calm.name == "calm"
    assert calm.about


def test_an_own_file_takes_defaults_for_the_rest(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text('energy = 1\nquiet = true\nseed = 9\nabout = "mine"\n', encoding="utf-8")
    assert persona.load(str(own)) == Persona("mine", energy=1.0, quiet=True, seed=9, about="mine")


def test_its_words_for_tags_and_its_prompt(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(
        '[tags.emotions]\nSmug = "relaxed"\nthink = ""\n[tags.motions]\n"dance now" = "beat_both"\n'
        '[chat]\nprompt = """\nYou are a lighthouse keeper.\n"""\nlanguage = "pt-BR"\n',
        encoding="utf-8",
    )
    mine = persona.load(own)
    assert mine.tags.emotions == (("smug", "relaxed"), ("think", ""))
    assert mine.tags.motions == (("dance now", "beat_both"),)
    assert (mine.chat.prompt, mine.chat.language) == ("You are a lighthouse keeper.", "pt-BR")
    assert hash(mine) == hash(persona.load(own))


@pytest.mark.parametrize(
    ("text", "where", "rule"),
    [
        ("enrgy = 1", "/enrgy", "is not a key"),
        ('energy = "high"', "/energy", "must be a number"),
        ("energy = true", "/energy", "must be a number"),
        ("gaze = 1.5", "/gaze", "from 0 to 1"),
        ("gaze = -0.1", "/gaze", "from 0 to 1"),
        ("tempo = nan", "/tempo", "finite"),
        ("tempo = inf", "/tempo", "finite"),
        ("articulation = 0.3", "/articulation", "from 0.4 to 1.5"),
        ("articulation = nan", "/articulation", "finite"),
        ('articulation = "clear"', "/articulation", "must be a number"),
        ("quiet = 1", "/quiet", "true or false"),
        ("seed = 0.5", "/seed", "whole number"),
        ("seed = -1", "/seed", "from 0"),
        ("about = 3", "/about", "line of text"),
        ('about = "a\\nb"', "/about", "line of text"),
        (f'name = "{"x" * 300}"', "/name", "line of text"),
        ("energy = ", "", "is not TOML"),
        ("energy = 1\nenergy = 1", "", "is not TOML"),
        ("a = " + "[" * 30000, "", "is not TOML"),
        ("# " + "x" * 70000, "", "larger than 64 KiB"),
        ("[energy]\nx = 1", "/energy", "must be a number"),
        ("tags = 3", "/tags", "must be a table"),
        ("[tags]\njoy = 'happy'", "/tags/joy", "is not one of emotions, motions"),
        ("[tags.emotions]\njoy = 3", "/tags/emotions/joy", "must be a name"),
        ("[tags]\nmotions = 'wave'", "/tags/motions", "must be a table"),
        (f"[tags.motions]\n{'w' * 70} = 'wave'", f"/tags/motions/{'w' * 40}", "at most 64"),
        ("[tags.emotions]\n" + "\n".join(f"w{n} = ''" for n in range(257)), "/tags/emotions", "at most 256"),
        ("[chat]\nprompt = 3", "/chat/prompt", "must be a text"),
        ("[chat]\nprompt = '" + "x" * 16001 + "'", "/chat/prompt", "at most 16000"),
        ("[chat]\nlanguage = 'English please'", "/chat/language", "as in en, ja"),
        ("[chat]\nmodel = 'x'", "/chat/model", "is not one of prompt, language"),
    ],
)
def test_a_wrong_file_is_told_by_file_key_and_rule(tmp_path: Path, text: str, where: str, rule: str) -> None:
    own = tmp_path / "wrong.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        persona.load(own)
    assert caught.value.path == str(own)
    assert caught.value.pointer == where
    assert rule in caught.value.rule
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(own))


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    own = tmp_path / "wrong.toml"
    own.write_bytes(b"\xff\xfe\x00energy")
    with pytest.raises(ModelError, match="UTF-8"):
        persona.load(own)


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(AssetError, match="calm, default, lively, warm"):
        persona.load("grumpy")
    with pytest.raises(AssetError, match="no persona"):
        persona.load("../personas/calm")
    with pytest.raises(AssetError, match="no such file"):
        persona.load("nowhere.toml")
