"""The contract as documents: JSON Schema 2020-12 and AsyncAPI 3, made from the classes that check every event."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from . import meanings, messages
from .codec import MAX_BYTES, MAX_DEPTH, SOURCE
from .messages import Data

VERSION: Final = "1.0.0"
SCHEMA_FILE: Final = "events.schema.json"
_TIME: Final = r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$"
"""RFC 3339, for validators that leave formats alone."""
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DIRECTIONS: Final[tuple[tuple[str, Mapping[str, type[Data]], Mapping[str, Any]], ...]] = (
    ("in", messages.INBOUND, meanings.INBOUND),
    ("out", messages.OUTBOUND, meanings.OUTBOUND),
)


def example(direction: str, type: str) -> dict[str, Any]:
    """One whole event of a type. direction : ``in`` or ``out``."""
    _, _, examples = _DIRECTIONS[direction == "out"]
    source = "my-bot" if direction == "in" else SOURCE
    event = {"specversion": "1.0", "id": "7f3c", "source": source, "type": type}
    if direction == "out":
        event["time"] = "2026-11-22T19:00:00Z"
    return {**event, "data": examples[type]}


def json_schema() -> dict[str, Any]:
    """Every event in either direction. ``#/$defs/in`` is what a client may send, ``#/$defs/out`` what it may hear,
    ``#/$defs/in.presence.say`` one type."""
    defs: dict[str, Any] = {}
    for direction, kinds, _ in _DIRECTIONS:
        names = [f"{direction}.{kind}" for kind in kinds]
        defs[direction] = {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in names]}
        for kind, data in kinds.items():
            defs[f"{direction}.{kind}"] = _event(direction, kind, data, defs)
    return {
        "$schema": _DIALECT,
        "$id": "urn:presence:events:1",
        "title": "Presence events, version 1",
        "description": f"CloudEvents 1.0, structured JSON, at most {MAX_BYTES} bytes and {MAX_DEPTH} levels deep. "
        "Numbers are finite; a repeated (source, id) is acknowledged and not acted on twice.",
        "anyOf": [{"$ref": "#/$defs/in"}, {"$ref": "#/$defs/out"}],
        "$defs": defs,
    }


def asyncapi() -> dict[str, Any]:
    """The doors: servers, channels, operations and messages, their schemas in ``events.schema.json`` beside it."""
    all_of = {
        d: {f"{d}.{kind}": {"$ref": f"#/components/messages/{d}.{kind}"} for kind in k} for d, k, _ in _DIRECTIONS
    }
    components = {
        f"{direction}.{kind}": _message(direction, kind, data)
        for direction, kinds, _ in _DIRECTIONS
        for kind, data in kinds.items()
    }
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for name, (servers, address, ways, words, bindings) in _CHANNELS.items():
        carried = {key: ref for way in ways for key, ref in all_of[way].items()}
        channels[name] = {"address": address, "description": words, "messages": carried} | bindings
        channels[name]["servers"] = [{"$ref": f"#/servers/{server}"} for server in servers]
        for way in ways:
            action = "receive" if way == "in" else "send"
            operations[f"{action}.{name}"] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{name}"},
                "summary": "What clients send to the engine." if way == "in" else "What the engine tells its clients.",
                "messages": [{"$ref": f"#/channels/{name}/messages/{key}"} for key in all_of[way]],
            }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Presence",
            "version": VERSION,
            "description": "Drives a 3D companion in a person's own camera view, and hears what happens. On a "
            "WebSocket the first event is presence.hello. Scopes: " + ", ".join(sorted(messages.SCOPES)) + ".",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": _SERVERS,
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": components,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Where the engine asks for one: in Authorization over HTTP, else in presence.hello.",
                }
            },
        },
        "x-error-codes": meanings.ERRORS,
    }


def text(document: Mapping[str, Any]) -> str:
    """A document as its file has it."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


_HOST: Final = "127.0.0.1:8765"
_SECURITY: Final = [{"$ref": "#/components/securitySchemes/token"}]
_SERVERS: Final[dict[str, Any]] = {
    "websocket": {"host": _HOST, "protocol": "ws", "description": "avatar run", "security": _SECURITY},
    "http": {"host": _HOST, "protocol": "http", "description": "avatar run", "security": _SECURITY},
    "nats": {"host": "127.0.0.1:4222", "protocol": "nats", "description": "avatar run --nats: many machines"},
    "stdio": {"host": "localhost", "protocol": "stdio", "description": "avatar run --stdio: a child process"},
}
_STAGE: Final = {"stage": {"description": "Name of the stage."}}
_KIND: Final = {"kind": {"description": "The event's type without 'presence.', as in speech.started."}}
_CHANNELS: Final[dict[str, tuple[tuple[str, ...], str | None, tuple[str, ...], str, dict[str, Any]]]] = {
    "websocket": (
        ("websocket",),
        "/v1/events",
        ("in", "out"),
        "One text frame is one event; a binary frame is the sound of a presence.speech.audio without 'audio'.",
        {},
    ),
    "http": (
        ("http",),
        "/v1/events",
        ("in", "out"),
        "POST one event: 202 with presence.ack, 4xx or 503 with presence.error. GET: server-sent events.",
        {},
    ),
    "stdio": (("stdio",), None, ("in", "out"), "A line in is one event; a line out too. No hello is needed.", {}),
    "natsIn": (("nats",), "presence.{stage}.in", ("in",), "One message is one event.", {"parameters": _STAGE}),
    "natsOut": (
        ("nats",),
        "presence.{stage}.out.{kind}",
        ("out",),
        "One message is one event.",
        {"parameters": _STAGE | _KIND},
    ),
}


def _message(direction: str, kind: str, data: type[Data]) -> dict[str, Any]:
    return {
        "name": kind,
        "title": kind,
        "summary": _words(data),
        "contentType": "application/cloudevents+json",
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"{SCHEMA_FILE}#/$defs/{direction}.{kind}"},
        },
        "x-scope": data.SCOPE,
        "examples": [{"payload": example(direction, kind)}],
    }


def _event(direction: str, kind: str, data: type[Data], defs: dict[str, Any]) -> dict[str, Any]:
    inner = _plain(data.model_json_schema(ref_template="#/$defs/{model}"))
    for name, shared in inner.pop("$defs", {}).items():
        defs[name] = _plain(shared)
    for name, field in inner.get("properties", {}).items():
        field["description"] = meanings.meaning(direction, kind, name)
    if kind == "presence.gaze":
        inner["if"] = {"properties": {"target": {"const": "point"}}, "required": ["target"]}
        inner["then"] = {"properties": {"point": {"type": "array"}}, "required": ["point"]}
    ident = {"type": "string", "minLength": 1, "maxLength": 256}
    required = ["specversion", "id", "source", "type"]
    needs_data = direction == "out" or "required" in inner
    return {
        "type": "object",
        "description": _words(data) + (f" Scope: {data.SCOPE}." if data.SCOPE else ""),
        "properties": {
            "specversion": {"const": "1.0"},
            "id": ident | {"description": "the sender's; with the source it names the event"},
            "source": ident if direction == "in" else {"const": SOURCE},
            "type": {"const": kind},
            "time": {
                "anyOf": [{"type": "string", "format": "date-time", "pattern": _TIME}, {"type": "null"}],
                "description": "wall clock",
            },
            "data": inner,
        },
        "patternProperties": {
            "^(?!(?:specversion|id|source|type|time|data)$)[a-z0-9]{1,32}$": {"type": ["string", "integer", "boolean"]}
        },
        "required": [*required, *(["data"] if needs_data else [])],
        "additionalProperties": False,
        "examples": [example(direction, kind)],
    }


def _words(data: type[Data]) -> str:
    """A class's first paragraph, on one line."""
    return " ".join((data.__doc__ or "").split("\n\n")[0].replace("``", "'").split())


def _plain(schema: Any) -> Any:
    """Without the titles, class descriptions and defaults of nothing that pydantic adds; no rule is changed."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    extra = {k for k in schema if k == "title" and isinstance(schema[k], str)}
    extra |= {k for k in schema if k == "default" and schema[k] is None}
    found = {k: _plain(v) for k, v in schema.items() if k not in extra}
    if "properties" in found and "description" in found:
        del found["description"]
    return found
