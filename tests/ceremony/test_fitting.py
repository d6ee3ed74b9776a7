"""What this machine's stage, pictures and ears can take of a script, each shown with a script that is wrong in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from performance import HEAD, SAID

from avatar.ceremony import fitting, preflight, reading
from avatar.ceremony.fitting import Means
from avatar.ceremony.preflight import World
from avatar.model.licence import Licence

PHONES = {"i": "AY", "do": "D UW", "due": "D UW", "so": "S OW", "sew": "S OW", "no": "N OW", "thank": "TH AE NG K"}
MEANS = Means(phones=lambda word: PHONES.get(word, ""), bones=frozenset(("head", "spine")))
WORLD = World(
    files=frozenset(("big.glb", "torn.ogg", "torn.vrm")),
    gestures=frozenset(("nod", "wave")),
    voices={"heart": ("en",), "neutral": ("ja",)},
    licence=Licence(users="everyone"),
    means=MEANS,
)
ENDS = "no: {%s do: [{say: a}], goto: end}, silence: {do: [{say: a}], goto: end}"
STOP = HEAD.replace("scenes:", "stop: {words: {en: [thank so]}, do: [{say: bye}]}\nscenes:")


def found(cues: str, world: World = WORLD, head: str = HEAD, level: str = "warning") -> list[str]:
    ceremony = reading.parse(head + SAID + cues, "f")
    return [f"{p.line}:{p.column}: {p.rule}" for p in preflight.check(ceremony, world) if p.level == level]


def asked(yes: str, no: str, head: str = STOP) -> list[str]:
    branches = f"yes: {{words: {{en: [{yes}]}}, goto: end}}, " + ENDS % f"words: {{en: [{no}]}},"
    return found(f"  - {{id: q, answer: {{{branches}}}}}\n", head=head)


def test_each_letter_without_a_shape_is_told_once_for_a_text_with_its_place() -> None:
    world = replace(WORLD, means=Means(letters=lambda text: "".join(c for c in text if c in "𠮷☕")))
    assert found("  - {id: a, do: [{say: 𠮷野家の𠮷 ☕}]}\n", world) == [
        "11:24: there is no font here for '𠮷': it would be left out of the picture",
        "11:30: there is no font here for '☕': it would be left out of the picture",
    ]
    names = HEAD.replace("scenes:", "names: {person: 𠮷田}\nscenes:")
    assert found("", world, names)[0].startswith("6:17: ")


def test_what_japanese_is_drawn_with_is_said() -> None:
    world = replace(WORLD, means=Means(letters=lambda text: "", font="NotoSansCJK-Regular.ttc"))
    notes = found("  - {id: a, do: [{say: 誓い}]}\n", world, level="note")
    assert any("drawn with NotoSansCJK-Regular.ttc" in one for one in notes)
    assert not any("drawn with" in one for one in found("", world, level="note"))


def test_captions_that_break_off() -> None:
    world = replace(WORLD, means=Means(cut=lambda words, who: "too far…" if len(words) > 20 else ""))
    long = '  - {id: a, do: [{say: "x"}, {caption: "a caption that is far too long"}]}\n'
    assert found(long, world) == ["11:40: a sentence of it does not fit a caption in 'en': it breaks off at 'too far…'"]


def test_phrases_that_the_ear_does_not_know() -> None:
    assert asked("i do", "no thank") == []
    told = asked("i do hikari", "no thank")
    assert told == ["12:41: 'i do hikari' is not listened for: the ear does not know 'hikari'; use everyday words"]


@pytest.mark.parametrize(
    ("yes", "no", "alike"),
    [
        ("i do", "no thank", False),
        ("i do so", "i due sew", True),
        ("i do", "i do no", False),
        ("i do so", "do so", True),
        ("i do", "i due", True),
    ],
)
def test_answers_that_sound_alike(yes: str, no: str, alike: bool) -> None:
    assert any("sounds nearly as" in one for one in asked(yes, no)) == alike


def test_a_stop_that_sounds_as_an_answer() -> None:
    told = asked("thank sew", "no thank")
    assert len(told) == 1
    assert "'thank so' (stop) sounds nearly as 'thank sew' (yes)" in told[0]


def test_letters_stand_in_for_sounds_that_are_not_known() -> None:
    assert fitting.likeness("yes please", "yes pleas", None) > fitting.ALIKE
    assert fitting.likeness("yes please", "not today", None) < 0.5


def test_a_body_that_lacks_the_bones_of_a_gesture() -> None:
    assert found("  - {id: a, do: [{gesture: nod}]}\n") == []
    assert found("  - {id: a, do: [{gesture: wave}]}\n") == [
        "11:28: the companion has no 'rightUpperArm': of the gesture 'wave' nothing would be seen"
    ]


def test_sizes_and_number_of_props() -> None:
    head = HEAD.replace("scenes:", "settings: {props: [big.glb@tag]}\nscenes:")
    world = replace(WORLD, means=Means(sizes={"big.glb": 21.0}))
    assert found("", world, head)[0] == "6:20: 'big.glb' would be 21 m large on its tag: files count as metres"
    assert found("", replace(WORLD, means=Means(sizes={"big.glb": 0.2})), head) == []
    props = ["ring", "cup", "candle", "ring-pillow", "sake-cups", "bouquet", "scroll", "cake", "sakaki"]
    many = "".join(f"  - {{id: p{k}, do: [{{prop: {name}}}]}}\n" for k, name in enumerate(props))
    assert found(many, level="error") == ["19:26: 'sakaki' is one prop more than the 8 that a stage has"]


def test_files_that_cannot_be_used() -> None:
    world = replace(WORLD, means=Means(broken={"torn.ogg": "is no sound", "torn.vrm": "is no glTF"}))
    told = found("  - {id: a, do: [{say: x, file: torn.ogg}]}\n", world, level="error")
    assert told == ["11:33: 'torn.ogg': is no sound"]
    head = HEAD.replace("scenes:", "settings: {companion: torn.vrm}\nscenes:")
    assert found("", world, head, "error") == ["6:23: 'torn.vrm': is no glTF"]


def test_a_guest_action_needs_guests() -> None:
    alone = HEAD.replace("guests: {}", "reader: {}")
    cue = "  - {id: a, trigger: {guest: candles}, do: [{wait: 1}]}\n"
    assert found(cue, level="error") == []
    assert found(cue, head=alone, level="error") == [
        "11:30: 'candles' waits for guests, and there are none: add 'guests: {}' to 'roles'"
    ]


def test_lines_longer_than_their_time_out() -> None:
    line = "word " * 30
    cue = f'  - {{id: a, do: [{{say: "{line}"}}], timeout: {{run: 5, read: officiant}}}}\n'
    told = found(cue)
    assert len(told) == 1
    assert "the cue takes about 13 s in 'en', and is given up after 5 s" in told[0]
    assert found(cue.replace("run: 5", "run: 60")) == []


def test_tags_in_lines_that_mean_nothing() -> None:
    world = replace(WORLD, means=Means(tags=lambda words: ["hapy"] if "[hapy]" in words else []))
    told = found('  - {id: a, do: [{say: "Good [hapy] day"}]}\n', world)
    assert told == ["11:31: the tag 'hapy' means nothing to the companion: it is left out, and nothing is shown"]
