"""Outfits: named parts of the companion, checked by name and place, worn again after a restart."""

from __future__ import annotations

from dataclasses import replace

from performance import HEAD, SAID, Stage

from avatar.ceremony import actions, orders, outfits, preflight, reading
from avatar.ceremony.director import Director
from avatar.ceremony.fitting import Means
from avatar.ceremony.preflight import World
from avatar.ceremony.restoring import restore, standing
from avatar.model.licence import Licence

PARTS = {"veil": frozenset((0, 1)), "jacket": frozenset((2,)), "skin": frozenset((3,))}
WORLD = World(
    files=frozenset(("evening.vrm",)), voices={"heart": ("en",)}, licence=Licence(users="everyone"), means=Means()
)
WARDROBE = """outfits:
  plain: {}
  veiled: {show: [veil]}
  warm: {hide: [skin], show: [jacket]}
  evening: {file: evening.vrm}
"""


def head(extra: str = WARDROBE, settings: str = "") -> str:
    return HEAD.replace("scenes:\n", f"{settings}{extra}scenes:\n")


def found(cues: str, start: str) -> list[str]:
    world = replace(WORLD, means=Means(parts=PARTS))
    problems = preflight.check(reading.parse(start + SAID + cues, "f"), world)
    return [f"{p.line}:{p.column}: {p.rule}" for p in problems if p.level == "error"]


def test_what_is_hidden_in_each() -> None:
    script = reading.parse(head() + SAID, "f").script
    assert outfits.hidden(script, None, PARTS) == {0, 1, 2}, "what is shown in one outfit only is not there before"
    assert outfits.hidden(script, "plain", PARTS) == {0, 1, 2}
    assert outfits.hidden(script, "veiled", PARTS) == {2}
    assert outfits.hidden(script, "warm", PARTS) == {0, 1, 3}


def test_right_outfits_have_no_problem() -> None:
    cues = "  - {id: a, do: [{outfit: veiled}, {outfit: plain, seconds: 0}]}\n"
    assert found(cues, head(settings="settings: {outfit: plain}\n")) == []
    assert found("", head(settings="settings: {outfit: evening.vrm}\n")) == []


def test_names_that_there_are_not() -> None:
    assert found("  - {id: a, do: [{outfit: veild}]}\n", head()) == [
        "16:27: there is no outfit 'veild' (did you mean 'veiled'?)"
    ]
    assert found("", head(settings="settings: {outfit: plan}\n")) == [
        "6:20: there is no outfit 'plan' (did you mean 'plain'?): name one of 'outfits' or a file"
    ]
    assert found("", head("outfits:\n  a: {hide: [vail]}\n")) == [
        "7:14: the companion has no part 'vail' (did you mean 'veil'?); 'avatar inspect' lists them"
    ]
    assert found("", head("outfits:\n  a: {hide: [veil, jacket, skin]}\n")) == [
        "7:3: outfit 'a' hides all of the companion"
    ]
    missing = found("", head("outfits:\n  a: {file: x.vrm}\n"))
    assert missing == [
        "7:13: 'x.vrm': there is no such file in the ceremony's folder (known: evening.vrm)",
    ]


EVENING = outfits.Body(
    "Hikari", frozenset(("happy",)), frozenset(("head", "spine")), {"train": frozenset((0,))}, Licence(users="everyone")
)


def changing(more: str, body: outfits.Body = EVENING, start: str = "", level: str = "error") -> list[str]:
    """What check says of a change into evening.vrm, with something else in its cue."""
    means = Means(parts=PARTS, bones=frozenset(("head", "spine", "rightUpperArm", "leftUpperArm")))
    world = replace(WORLD, name="Hikari", expressions=frozenset(("happy", "sad")), gestures=frozenset(("wave", "bow")))
    world = replace(world, means=replace(means, bodies={"evening.vrm": body}))
    text = (start or head()) + SAID + f"  - {{id: a, do: [{{outfit: evening}}{more}]}}\n"
    problems = preflight.check(reading.parse(text, "f"), world)
    return [f"{p.line}:{p.column}: {p.rule}" for p in problems if p.level == level]


def test_another_file_is_changed_into_at_a_cue() -> None:
    assert changing("") == []
    assert changing("", level="warning") == []
    script = reading.parse(head(settings="settings: {outfit: evening}\n") + SAID, "f").script
    assert outfits.file_of(script) == "evening.vrm"
    assert outfits.file_of(reading.parse(head(settings="settings: {outfit: plain}\n") + SAID, "f").script) is None
    assert outfits.body_of(script, "evening") == "evening.vrm"
    assert outfits.body_of(script, "plain") == "", "parts of the companion's own file"
    direct = reading.parse(head(settings="settings: {outfit: evening.vrm}\n") + SAID, "f").script
    assert outfits.body_of(direct, "plain") == "evening.vrm", "parts of the file that is worn from the start"
    missing = found("  - {id: a, do: [{outfit: evening}]}\n", head(WARDROBE.replace("evening.vrm", "x.vrm")))
    assert missing == ["10:19: 'x.vrm': there is no such file in the ceremony's folder (known: evening.vrm)"]


def test_what_the_other_file_has_not_is_found_before_the_guests_come() -> None:
    assert changing(", {express: sad}") == ["16:47: 'evening.vrm' has no expression 'sad' (known: happy)"]
    assert changing(", {express: happy}") == []
    (told,) = changing(", {gesture: wave}", level="warning")
    assert told == "16:47: 'evening.vrm' has no 'rightUpperArm': of the gesture 'wave' nothing would be seen"
    assert changing(", {gesture: bow}", level="warning") == []
    wardrobe = WARDROBE.replace("{file: evening.vrm}", "{file: evening.vrm, hide: [train, veil]}")
    (first, second) = changing("", start=head(wardrobe))
    assert first.endswith("outfit 'evening' hides all of the companion")
    assert "'evening.vrm' has no part 'veil'" in second
    tags = replace(EVENING, tags=lambda words: ["hapyy"] if "[hapyy]" in words else [])
    (told,) = changing(', {say: "[hapyy] x"}', tags, level="warning")
    assert "the tag 'hapyy' means nothing to 'evening.vrm'" in told


def test_its_licence_and_its_name_are_looked_at_like_the_companions_own() -> None:
    violent = head().replace("kind: other\n", "kind: other\nthemes: [violence]\n")
    told = changing("", start=violent)
    assert ["'hikari' does not allow" in told[1], "'evening.vrm' does not allow" in told[0]] == [True, True]
    (told,) = changing("", replace(EVENING, licence=Licence(users="onlyAuthor")), level="warning")
    assert told == "10:19: only its author may use the companion 'evening.vrm' (VRM meta)"
    (told,) = changing("", replace(EVENING, licence=None), level="warning")
    assert told == "10:19: the file of 'evening.vrm' states no licence: ask its author what is allowed"
    (told,) = changing("", replace(EVENING, name="Mina"), level="warning")
    assert told == "10:19: the companion 'evening.vrm' is 'Mina' by its file, and 'Hikari' before: is it the same one?"


def test_it_is_worn_again_after_a_restart() -> None:
    cues = "  - {id: a, do: [{outfit: veiled}]}\n  - {id: b, do: [{outfit: plain}]}\n  - {id: c, do: [{wait: 9}]}\n"
    ceremony = reading.parse(head() + SAID + cues, "f")
    stage = Stage(Director(ceremony))
    for _ in range(3):
        stage.run(3.0, orders.Go())
    worn = [c.action.outfit for _, c in stage.out if isinstance(c, orders.Do) and isinstance(c.action, actions.Outfit)]
    assert worn == ["veiled", "plain"]
    again = Director(ceremony)
    restore(again, stage.machine.checkpoint())
    assert [d.action.outfit for d in standing(again) if isinstance(d.action, actions.Outfit)] == ["plain"]
