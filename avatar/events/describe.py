"""The contract for a person to read: a table of all types, and one type with its fields, their units and an example."""

from __future__ import annotations

import difflib
import json
import textwrap
from collections.abc import Mapping
from typing import Any, Final

from ..errors import UsageError
from . import meanings, messages, schema
from .messages import Data

_WIDTH: Final = 118
_WAYS: Final[tuple[tuple[str, str, Mapping[str, type[Data]]], ...]] = (
    ("in", "what a client sends", messages.INBOUND),
    ("out", "what the engine tells", messages.OUTBOUND),
)


def table() -> str:
    """All types: direction, type, scope, fields; those that may be left out end in ``?``."""
    lines = [f"{'':4}{'type':30}{'scope':9}fields"]
    for way, _, kinds in _WAYS:
        for kind, data in kinds.items():
            fields = " ".join(name if f.is_required() else f"{name}?" for name, f in data.model_fields.items())
            rows = textwrap.wrap(fields, _WIDTH - 43) or [""]
            lines.append(f"{way:4}{kind:30}{data.SCOPE or '-':9}{rows[0]}".rstrip())
            lines += [" " * 43 + row for row in rows[1:]]
    lines += ["", "One type with its fields, units and an example: avatar events presence.say"]
    return "\n".join(lines) + "\n"


def describe(type: str) -> str:
    """One type, in whichever direction it goes. type : ``presence.`` may be left out. Raises UsageError."""
    kind = type if type.startswith("presence.") else f"presence.{type}"
    ways = [(way, words, kinds[kind]) for way, words, kinds in _WAYS if kind in kinds]
    if not ways:
        known = [*messages.INBOUND, *messages.OUTBOUND]
        near = difflib.get_close_matches(kind, known, 1) if len(kind) <= 64 else []
        hint = f": did you mean '{near[0]}'?" if near else " (avatar events lists them)"
        raise UsageError(f"there is no event type '{kind[:80]}'{hint}")
    whole = schema.json_schema()["$defs"]
    parts = []
    for way, words, data in ways:
        scope = f"scope {data.SCOPE}" if data.SCOPE else "no scope needed"
        lines = [f"{kind}  ({way}: {words}; {scope})", whole[f"{way}.{kind}"]["description"].split(" Scope: ")[0], ""]
        properties = whole[f"{way}.{kind}"]["properties"]["data"].get("properties", {})
        for name, field in data.model_fields.items():
            rule = _rule(properties[name])
            rows = textwrap.wrap(meanings.meaning(way, kind, name), _WIDTH - 20)
            lines.append(f"  {name + ('' if field.is_required() else '?'):16}  {rows[0]}")
            lines += [f"{'':20}{row}" for row in [*rows[1:], rule]]
        if not data.model_fields:
            lines.append("  no fields")
        parts.append("\n".join([*lines, "", json.dumps(schema.example(way, kind), ensure_ascii=False)]))
    return "\n\n".join(parts) + "\n"


def _rule(field: Mapping[str, Any]) -> str:
    """What values a field may have, in a few words."""
    if "anyOf" in field:
        return " or ".join(_rule(part) for part in field["anyOf"] if part.get("type") != "null")
    if "enum" in field:
        return "one of " + " ".join(map(str, field["enum"]))
    if "const" in field:
        return f"always {field['const']}"
    if "$ref" in field:
        return "an object"
    match field.get("type"):
        case "array" if "prefixItems" in field:
            return f"a list of {len(field['prefixItems'])}: " + ", ".join(_rule(part) for part in field["prefixItems"])
        case "array":
            least, most = field.get("minItems"), field.get("maxItems")
            count = f"of {least} " if least is not None and least == most else f"of at most {most} " if most else ""
            return f"a list {count}(each {_rule(field['items'])})"
        case "object":
            return f"an object of names (each {_rule(field['additionalProperties'])})"
        case "string":
            most = field.get("maxLength")
            return f"text of at most {most} characters" if most else "text"
        case "boolean":
            return "true or false"
        case kind:
            word = "whole number" if kind == "integer" else "number"
            bounds = ((">=", "minimum"), (">", "exclusiveMinimum"), ("<=", "maximum"))
            limits = " and ".join(f"{sign} {field[key]:g}" for sign, key in bounds if key in field)
            return f"{word} {limits}".strip()
