"""What could fail on this machine is found before: files, motions, props, voices, letters, licence, loops, light."""

from __future__ import annotations

from pathlib import Path

import pytest
from performance import HEAD, SAID

from avatar.ceremony import preflight, reading
from avatar.ceremony.preflight import World
from avatar.model.licence import Licence
from avatar.spelling import PROPS

ROOT = Path(__file__).resolve().parents[2]
OPEN = Licence(users="everyone", commerce="corporation", politics_or_religion=True)
WORLD = World(
    files=frozenset(("vow.ogg", "sub/bells.wav", "cup.glb")),
    expressions=frozenset(("happy", "neutral", "relaxed")),
    gestures=frozenset(("bow", "wave", "offer_ring", "hand_on_heart")),
    voices={"heart": ("en",), "none": ("*",)},
    licence=OPEN,
)


def found(cues: str, world: World = WORLD, head: str = HEAD, level: str = "error") -> list[str]:
    ceremony = reading.parse(head + cues, "f")
    return [f"{p.line}:{p.column}: {p.rule}" for p in preflight.check(ceremony, world) if p.level == level]


def test_what_is_right_has_no_problem_but_is_measured() -> None:
    assert found(SAID) == []
    assert found(SAID, level="warning") == []
    assert found(SAID, level="note") == ["6:1: 1 scenes, 1 cues, about 1 s in 'en'"]


@pytest.mark.parametrize(
    "cues",
    [
        "  - {id: a, goto: nowhere}\n" + SAID,
        SAID + "  - id: b\n    answer: {of: person, yes: {goto: nowhere}, no: {do: [{say: x}], goto: end}, "
        "silence: {after: 9, do: [{say: x}], goto: end}}\n",
        "  - id: g\n    group: sequence\n    goto: nowhere\n    cues: [{id: a, do: [{wait: 1}]}]\n" + SAID,
    ],
    ids=["a cue", "a yes", "a group"],
)
def test_a_way_that_leads_nowhere_is_told_and_has_no_length(cues: str) -> None:
    (told,) = found(cues)
    assert "goto 'nowhere': there is no such cue, group or scene" in told
    assert found(cues, level="note") == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("vow.ogg", ""),
        ("sub/bells.wav", ""),
        ("vov.ogg", "there is no such file in the ceremony's folder (did you mean 'vow.ogg'?)"),
        ("../vow.ogg", "'..' leads out"),
        ("sub/../../vow.ogg", "'..' leads out"),
        ("/etc/passwd", "a path from elsewhere"),
        ("~/vow.ogg", "a path from elsewhere"),
        ("sub\\\\vow.ogg", "a path from elsewhere"),
        ("http://x.org/vow.ogg", "an address"),
        ("file:///etc/passwd", "an address"),
        ("C:vow.ogg", "an address or drive"),
        ("./vow.ogg", "no plain path"),
        ("picture.svg", "SVG"),
        ("vow.exe", "another kind"),
    ],
)
def test_files_are_in_the_ceremonys_own_folder(name: str, rule: str) -> None:
    got = found(f'  - {{id: a, do: [{{say: x, file: "{name}"}}]}}\n' + SAID)
    assert bool(got) == bool(rule)
    assert all(rule in one and one.startswith("10:33: ") for one in got)
    music = found(f'  - {{id: a, do: [{{music: "{name}"}}]}}\n' + SAID)
    assert bool(music) == bool(rule)


@pytest.mark.parametrize(
    ("does", "rule"),
    [
        ("{gesture: wavee}", "10:28: there is no gesture 'wavee' (did you mean 'wave'?)"),
        ("{express: hapy}", "10:28: the companion has no expression 'hapy' (did you mean 'happy'?)"),
        ("{say: x, expression: hapy}", "10:39: the companion has no expression 'hapy'"),
        ("{prop: rng}", "10:25: there is no prop 'rng' (did you mean 'ring'?)"),
        ("{prop: ring, action: attach, to: nose}", "10:51: place 'nose' of a prop"),
        ("{move: sofa}", "10:25: anchor 'sofa': one of"),
        ("{say: x, voice: hart}", "10:34: there is no voice 'hart' on this machine (did you mean 'heart'?)"),
    ],
)
def test_names_that_the_stage_has_not(does: str, rule: str) -> None:
    got = found(f"  - {{id: a, do: [{does}]}}\n" + SAID)
    assert len(got) == 1
    assert got[0].startswith(rule), got


@pytest.mark.parametrize(
    ("themes", "licence", "refused"),
    [
        ("[religion]", OPEN, False),
        ("[religion]", Licence(users="everyone"), True),
        ("[politics]", Licence(users="everyone"), True),
        ("[violence]", OPEN, True),
        ("[commercial]", Licence(users="everyone"), True),
        ("[commercial]", Licence(users="everyone", commerce="personalProfit"), False),
        ("[company]", Licence(users="everyone", commerce="personalProfit"), True),
        ("[]", Licence(), False),
        ("[religion]", None, True),
    ],
)
def test_the_licence_of_the_companion_is_honoured(themes: str, licence: Licence | None, refused: bool) -> None:
    world = World(licence=licence, voices=WORLD.voices)
    got = found(SAID, world, HEAD.replace("kind: other\n", f"kind: other\nthemes: {themes}\n"))
    assert bool(got) == refused
    assert all("does not allow it for" in one for one in got)


def test_a_kind_can_ask_by_itself() -> None:
    head = HEAD.replace("kind: other", "kind: shinto-wedding")
    assert found(SAID, head=head) == []
    world = World(licence=Licence(users="everyone"), voices=WORLD.voices)
    assert found(SAID, world, head)[0].startswith("3:7: the licence")


def test_where_cues_lead() -> None:
    lost = found("  - {id: a, goto: said}\n  - {id: b}\n" + SAID, level="warning")
    assert lost == ["11:10: cue 'b' never comes by itself: nothing leads to it but the officiant's going there"]
    round_ = found(SAID + "  - {id: b, trigger: follow}\n  - {id: c, trigger: follow, goto: b}\n")
    assert any("round to 'b' for ever without a GO" in one for one in round_)
    assert any("no way leads to the end" in one for one in round_)
    assert (
        found(
            SAID + "  - {id: b}\n  - {id: c, answer: {yes: {goto: b}, no: {do: [{say: x}], goto: end}, "
            "silence: {do: [{say: x}], goto: end}}}\n"
        )
        == []
    )


def test_light_does_not_flash() -> None:
    quick = ", ".join(
        "{light: dark, seconds: 0}, {wait: 0.1}, {light: room, seconds: 0}, {wait: 0.1}" for _ in range(4)
    )
    got = found(f"  - {{id: a, do: [{quick}]}}\n" + SAID)
    assert len(got) == 1
    assert got[0].startswith("10:")
    assert "4 flashes within a second, between luminance 0.12 and 1.00: at most 3 are harmless" in got[0]
    slow = quick.replace("wait: 0.1", "wait: 0.5")
    assert found(f"  - {{id: a, do: [{slow}]}}\n" + SAID) == []


def test_letters_and_languages_that_cannot_be_shown_or_spoken() -> None:
    odd = found('  - {id: a, do: [{say: "Peace \U0001f54a"}]}\n' + SAID, level="warning")
    assert odd == ["10:31: there is no font here for '\U0001f54a': it would be left out of the picture"]
    assert preflight.undrawable("Grüße, 誓い、Привет — ΑΩ “ok”… 한국") == ""
    assert preflight.undrawable("人々、日々") == ""
    assert preflight.undrawable("سلام") == "سلام"
    head = HEAD.replace("kind: other\n", "kind: other\nlanguages: [en, fi]\n")
    mute = found(SAID.replace('"{statement}"', '{en: "{statement}", fi: "{statement}"}'), head=head, level="warning")
    assert mute == [
        "4:17: no voice on this machine speaks 'fi': performed in it, lines are shown and not heard "
        "('avatar voices --language fi')"
    ]


def test_the_house_wedding_is_ready_for_the_house_companion() -> None:
    from avatar import paths
    from avatar.animate.library import GESTURES
    from avatar.model.licence import read_licence
    from avatar.model.load import load

    model = load(paths.companion("hikari"))
    world = World(
        expressions=frozenset(model.expressions),
        gestures=frozenset(GESTURES),
        props=frozenset(PROPS),
        voices={"heart": ("en",), "none": ("*",)},
        licence=read_licence(model.meta),
    )
    for path in sorted((ROOT / "assets/ceremonies").glob("*.yaml")):
        ceremony = reading.parse(path.read_bytes(), path.name)
        wrong = [p.told(path.name) for p in preflight.check(ceremony, world) if p.level == "error"]
        assert wrong == []


@pytest.mark.parametrize(
    ("does", "rule"),
    [
        ("{music: bell}", ""),
        ("{music: vows, loop: true, level: 0.5, fade: 3}", ""),
        ("{music: chime, over: true}", ""),
        ("{music: stop, fade: 2}", ""),
        ("{music: sub/bells.wav}", ""),
        ("{music: belll}", "10:26: there is no music 'belll' in this house (did you mean 'bell'?)"),
        ("{music: waltz}", "10:26: there is no music 'waltz' in this house (known: bell, cheer, chime,"),
        ("{music: bells.wav}", "10:26: 'bells.wav': there is no such file"),
    ],
)
def test_music_is_the_house_s_by_name_or_a_file(does: str, rule: str) -> None:
    got = found(f"  - {{id: a, do: [{does}]}}\n" + SAID)
    assert len(got) == bool(rule)
    assert all(one.startswith(rule) for one in got), got
