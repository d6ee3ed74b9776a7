"""Scripts that are wrong: each mistake with line, column, rule and the nearest right word."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from avatar.ceremony import marked, meaning, reading
from avatar.ceremony.script import schema
from avatar.errors import CeremonyError

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "assets/ceremonies").glob("*.yaml"))

HEAD = """presence: 1
title: T
kind: other
statement: s
names: {person: Alex}
scenes:
- id: a
  title: t
  cues:
"""


def problems(cues: str, head: str = HEAD) -> list[str]:
    """What is wrong with a script of these cues, each as line:column: rule."""
    found, wrong = reading.shape(marked.read(head + cues, "f"))
    wrong = wrong or meaning.check(found)  # type: ignore[arg-type]
    return [p.told("f")[2:] for p in wrong]


SAID = '  - {id: said, do: [{say: "{statement}"}]}\n'


def test_the_least_script_is_right() -> None:
    assert problems(SAID) == []


@pytest.mark.parametrize(
    ("cues", "expected"),
    [
        ("  - {id: b, triger: go}\n", "10:13: unknown key 'triger' (did you mean 'trigger'?)"),
        ("  - id: b\n    do:\n    - sya: hi\n", "12:7: 'sya' is no verb (did you mean 'say'?)"),
        ("  - id: b\n    do:\n    - say: hi\n      gesture: bow\n", "12:7: one action with the verbs say and gesture"),
        ("  - id: b\n    do:\n    - say: hi\n      expresion: x\n", "13:7: unknown key 'expresion' (did you mean 'exp"),
        ("  - id: B\n", "10:9: 'B' for 'id': ids are small letters"),
        ("  - id: b\n    pre: -1\n", "11:10: pre: -1: input should be greater"),
        ("  - id: b\n    do: [{say: {en: 3}}]\n", "11:21: en: a text is needed"),
        ("  - id: b\n    do: [{light: wrm}]\n", "11:18: 'wrm' for 'light' (did you mean 'warm'?)"),
        ("  - id: b\n    timeout: {wait: 3}\n", "11:14: a timeout does one thing"),
        ("  - id: b\n    answer: {yes: {}, silence: {}}\n", "11:5: in 'answer', key 'no' is missing"),
        ("  - id: g\n    group: parallel\n    cues: []\n", "12:11: cues: there is nothing in it"),
        ("  - id: b\n    do: [{prop: ring, action: attach}]\n", "11:10: action 'attach' needs 'to'"),
        ("  - do: []\n", "10:5: in 'cues', key 'id' is missing"),
        (SAID + "  - {id: said}\n", "11:10: id 'said' is there twice, first in line 10"),
        (SAID + "  - {id: end}\n", "11:10: id 'end' has a meaning of its own"),
        (SAID + "  - {id: b, number: 3}\n  - {id: c, number: 3}\n", "12:21: number 3 is there twice"),
        (SAID + "  - {id: b, goto: siad}\n", "11:19: goto 'siad': there is no such cue, group or scene (did you mean"),
        (SAID + "  - {id: b, who: reader}\n", "11:18: 'reader' has no part in 'roles'"),
        (
            SAID + "  - id: b\n    do:\n    - say: |\n        Dear\n        {persn}, hello\n",
            "15:9: '{persn}' is not in",
        ),
        (SAID + "  - {id: b, do: [{say: '{'}]}\n", "11:25: a lone '{'"),
        (SAID + "  - {id: b, do: [{say: {en: a, ja: b}}]}\n", "11:32: 'ja' is not one of the languages"),
        ("  - {id: b}\n", "4:1: the statement is never said"),
        (SAID.replace("id: said", "id: said, required: false"), "4:1: the statement is never said"),
        (SAID + "  - id: b\n    timeout: {run: 3, skip: true}\n", "12:23: a required cue is not skipped"),
        (SAID + "  - id: b\n    timeout: {wait: 3, go: true}\n", "12:15: 'wait' is for a trigger that may not come"),
        (
            SAID + "  - id: b\n    answer: {yes: {}, no: {goto: end}, silence: {do: [{say: x}], goto: end}}\n",
            "12:23: 'no' says nothing",
        ),
        (
            SAID + "  - id: b\n    answer: {yes: {}, no: {do: [{say: x}]}, silence: {do: [{say: x}], goto: end}}\n",
            "12:23: 'no' has no 'goto'",
        ),
        (
            SAID + "  - id: b\n    answer: {yes: {}, no: {do: [{say: x}], goto: said}, silence: "
            "{do: [{say: x}], goto: end}}\n",
            "12:50: after 'no' the same question comes again",
        ),
        (
            SAID + "  - id: b\n    answer: {yes: {words: {en: [fine]}}, no: {words: {en: [Fine]}, do: [{say: x}], "
            "goto: end}, silence: {do: [{say: x}], goto: end}}\n",
            "12:60: 'Fine' would mean yes and no",
        ),
        ("  - {id: b, trigger: follow}\n" + SAID, "10:22: the first cue begins with 'trigger: go'"),
    ],
)
def test_a_mistake_is_told_with_its_place(cues: str, expected: str) -> None:
    assert any(p.startswith(expected) for p in problems(cues)), problems(cues)


@pytest.mark.parametrize("version", ["2", "true", "'1'", "[]", "a" * 5000], ids=["2", "true", "text", "list", "long"])
def test_another_version_is_refused(version: str) -> None:
    with pytest.raises(CeremonyError, match=r"^f:1:11: .*version 1") as told:
        reading.parse(HEAD.replace("presence: 1", f"presence: {version}") + SAID, "f")
    assert len(str(told.value)) < 150


def test_an_empty_name_is_to_be_written() -> None:
    assert "5:17: name 'person' is empty: write it between the quotes" in problems(
        SAID, HEAD.replace("person: Alex", 'person: ""')
    )


def test_numbers_stay_as_written() -> None:
    found = reading.parse(HEAD + "  - {id: b, number: 12.10}\n  - {id: c}\n" + SAID, "f")
    assert [step.number for step in found.plan.steps] == ["12.10", "1", "2"]


def test_the_schema_for_editors_is_the_models() -> None:
    kept = json.loads((ROOT / "docs/ceremony.schema.json").read_text(encoding="utf-8"))
    assert kept == schema(), "write docs/ceremony.schema.json anew from avatar.ceremony.script.schema()"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_the_house_ceremonies_are_right(path: Path) -> None:
    found = reading.parse(path.read_bytes(), path.name)
    assert [p.told(path.name) for p in meaning.check(found)] == []
    jsonschema.validate(found.source.value, schema())


def test_the_example_of_the_guide_is_right() -> None:
    text = (ROOT / "docs/CEREMONIES.md").read_text(encoding="utf-8")
    example = next(part.split("```")[0] for part in text.split("```yaml\n") if part.startswith("presence: 1"))
    found = reading.parse(example, "guide")
    assert [p.told("guide") for p in meaning.check(found)] == []
    jsonschema.validate(found.source.value, schema())
