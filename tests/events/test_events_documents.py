"""The documents of the contract: they are the code's, they hold together, and they judge events as the codec does."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avatar import cli
from avatar.errors import EventError, UsageError
from avatar.events import describe, meanings, messages, schema
from avatar.events.codec import CODES, decode

DOCS = Path(__file__).resolve().parents[2] / "docs"
SCHEMA = json.loads((DOCS / "events.schema.json").read_text(encoding="utf-8"))
ASYNC = json.loads((DOCS / "asyncapi.json").read_text(encoding="utf-8"))


def validator(part: str = "in") -> jsonschema.Draft202012Validator:
    whole = {"$schema": SCHEMA["$schema"], "$ref": f"#/$defs/{part}", "$defs": SCHEMA["$defs"]}
    return jsonschema.Draft202012Validator(whole)


INWARD, OUTWARD = validator(), validator("out")
ONE = {kind: validator(f"in.{kind}") for kind in messages.INBOUND}


def accepted(event: Any) -> bool:
    try:
        decode(json.dumps(event))
    except EventError:
        return False
    return True


def both(event: Any) -> bool:
    """Whether the schema and the codec let an event in, which they must agree on."""
    kind = event.get("type") if isinstance(event, dict) else None
    judge = ONE.get(kind, INWARD) if isinstance(kind, str) else INWARD
    mine, theirs = accepted(event), judge.is_valid(event)
    assert mine == theirs, f"the codec says {mine}, the schema {theirs}: {json.dumps(event)}"
    return mine


@pytest.mark.parametrize("name", ["events.schema.json", "asyncapi.json"])
def test_the_documents_are_what_the_code_says(name: str) -> None:
    made = schema.json_schema() if name.startswith("events") else schema.asyncapi()
    kept = (DOCS / name).read_text(encoding="utf-8")
    assert kept == schema.text(made), f"docs/{name} is old: write it anew with 'avatar events --format …'"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert {f"in.{kind}" for kind in messages.INBOUND} < set(SCHEMA["$defs"])
    assert {f"out.{kind}" for kind in messages.OUTBOUND} < set(SCHEMA["$defs"])


def examples_in(text: str) -> Iterator[dict[str, Any]]:
    """Every JSON object in a text's code blocks that is an event."""
    for block in re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL):
        rest = block.strip()
        while rest:
            event, end = json.JSONDecoder().raw_decode(rest)
            rest = rest[end:].strip()
            if "specversion" in event:
                yield event


WRITTEN = [event for page in sorted(DOCS.glob("*.md")) for event in examples_in(page.read_text(encoding="utf-8"))]


def test_the_pages_have_examples() -> None:
    assert len(WRITTEN) >= 2


@pytest.mark.parametrize("event", WRITTEN, ids=lambda e: e["type"])
def test_every_example_in_the_pages_is_an_event(event: dict[str, Any]) -> None:
    if event["source"] == "presence":
        OUTWARD.validate(event)
    else:
        assert both(event)


@pytest.mark.parametrize("kind", messages.INBOUND)
def test_every_inbound_example_is_let_in_by_both(kind: str) -> None:
    event = schema.example("in", kind)
    assert both(event)
    INWARD.validate(event)
    assert event in SCHEMA["$defs"][f"in.{kind}"]["examples"]


@pytest.mark.parametrize("kind", messages.OUTBOUND)
def test_every_outbound_example_is_what_the_engine_sends(kind: str) -> None:
    event = schema.example("out", kind)
    OUTWARD.validate(event)
    data = messages.OUTBOUND[kind].model_validate_json(json.dumps(event["data"]))
    kept = json.loads(data.model_dump_json(exclude_unset=True))
    assert kept == event["data"]


@pytest.mark.parametrize("kind", messages.INBOUND)
def test_what_is_wrong_is_refused_by_both(kind: str) -> None:
    good = schema.example("in", kind)
    wrong: list[Any] = [[good], None, {}]
    for name in ("specversion", "id", "source", "type"):
        wrong += [{k: v for k, v in good.items() if k != name}, good | {name: 7}, good | {name: ""}]
    wrong += [good | {"Extra": "x"}, good | {"nested": {}}, good | {"data": 7}, good | {"data": []}]
    wrong += [good | {"data": good["data"] | {"colour": 1}}, good | {"specversion": "0.3"}]
    wrong += [good | {"type": "presence.nothing"}, good | {"time": "yesterday"}]
    for name, field in messages.INBOUND[kind].model_fields.items():
        if field.is_required():
            wrong.append(good | {"data": {k: v for k, v in good["data"].items() if k != name}})
        values = [{"a": {"b": 1}}, [[]], "" if name == "turn" else -1.5e9]  # any number is a turn
        wrong += [good | {"data": good["data"] | {name: value}} for value in values]
    for event in wrong:
        assert not both(event), event


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 200000),
    st.floats(-2, 3, allow_nan=False).filter(lambda x: not x.is_integer()),
    st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=8),
    st.sampled_from(["user", "point", "wav", "phone", "hide", "speak", "", "x" * 200]),
)
ADDED = ["at", "utterance", "seconds", "final", "extra", "fade"]
VALUES = st.one_of(LEAVES, st.lists(LEAVES, max_size=3), st.dictionaries(st.sampled_from("abcd"), LEAVES, max_size=2))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place inside a value."""
    keys: Any = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*path, key)
        yield from places(value[key], (*path, key))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.data())
def test_schema_and_codec_agree_on_whatever_is_changed(data: st.DataObject) -> None:
    event = copy.deepcopy(schema.example("in", data.draw(st.sampled_from(list(messages.INBOUND)))))
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(sorted(places(event), key=str)))
        *way, last = path
        inner: Any = event
        for key in way:
            inner = inner[key]
        match data.draw(st.sampled_from(["set", "drop", "add"])):
            case "set":
                inner[last] = data.draw(VALUES)
            case "drop":
                del inner[last]
            case _ if isinstance(inner, dict):
                inner[data.draw(st.sampled_from(["at", "utterance", "seconds", "final", "extra", "fade"]))] = data.draw(
                    VALUES
                )
    both(event)


def resolve(pointer: str) -> Any:
    file, _, inner = pointer.partition("#/")
    found = SCHEMA if file else ASYNC
    assert file in ("", "events.schema.json")
    for part in inner.split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def refs(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for part in value.values():
            yield from refs(part)
    elif isinstance(value, list):
        for part in value:
            yield from refs(part)


def test_the_doors_document_holds_together() -> None:
    assert ASYNC["asyncapi"] == "3.0.0"
    assert set(ASYNC) >= {"info", "servers", "channels", "operations", "components"}
    for pointer in refs(ASYNC):
        assert resolve(pointer) is not None
    for name, operation in ASYNC["operations"].items():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        for message in operation["messages"]:
            # the standard asks that an operation's messages are its channel's own
            assert message["$ref"].startswith(f"{channel}/messages/"), name
    addresses = {c["address"] for c in ASYNC["channels"].values()}
    assert addresses == {"/v1/events", None, "presence.{stage}.in", "presence.{stage}.out.{kind}"}
    for channel in ASYNC["channels"].values():
        asked = set(re.findall(r"\{(\w+)\}", channel["address"] or ""))
        assert asked == set(channel.get("parameters", {}))


def test_the_doors_document_has_every_type_with_its_scope_and_every_error() -> None:
    for way, kinds in (("in", messages.INBOUND), ("out", messages.OUTBOUND)):
        for kind, data in kinds.items():
            message = ASYNC["components"]["messages"][f"{way}.{kind}"]
            assert message["x-scope"] == data.SCOPE
            assert message["payload"]["schema"]["$ref"].endswith(f"{way}.{kind}")
    assert tuple(ASYNC["x-error-codes"]) == CODES == tuple(meanings.ERRORS)


def test_every_field_has_a_meaning_and_no_meaning_is_left_over() -> None:
    used = set()
    for way, kinds in (("in", messages.INBOUND), ("out", messages.OUTBOUND)):
        for kind, data in kinds.items():
            for name in data.model_fields:
                meanings.meaning(way, kind, name)
                used |= {f"{way}/{kind}/{name}", f"{way}/{name}", name}
    assert set(meanings.FIELDS) <= used
    assert set(meanings.INBOUND) == set(messages.INBOUND)
    assert set(meanings.OUTBOUND) == set(messages.OUTBOUND)


@pytest.mark.parametrize("kind", sorted({*messages.INBOUND, *messages.OUTBOUND}))
def test_each_type_is_told_with_all_its_fields(kind: str) -> None:
    told = describe.describe(kind.removeprefix("presence."))
    assert told == describe.describe(kind)
    for kinds in (messages.INBOUND, messages.OUTBOUND):
        if kind in kinds:
            for name, field in kinds[kind].model_fields.items():
                assert re.search(rf"^  {name}{'' if field.is_required() else '[?]'} ", told, re.MULTILINE)
    assert kind in describe.table()


def test_an_unknown_type_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"did you mean 'presence\.say'"):
        describe.describe("sayy")


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def printed(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["avatar", "events", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code, capsys.readouterr().err
        return capsys.readouterr().out

    assert printed() == describe.table()
    assert json.loads(printed("--format", "schema")) == SCHEMA
    assert json.loads(printed("--format", "asyncapi")) == ASYNC
    assert printed("say") == describe.describe("presence.say")
