"""JSON text to a checked Event, and outbound data to JSON text (CloudEvents 1.0, structured mode).

One pass of pydantic's own JSON parser checks everything that a good event needs; only a refused one is looked at
again, to say exactly what is wrong and where. The schema itself bounds depth and numbers of whatever passes.
"""

from __future__ import annotations

import difflib
import re
from datetime import datetime
from functools import reduce
from math import isfinite
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic_core import ErrorDetails, from_json

from ..errors import EventError
from . import messages

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 32
SOURCE: Final = "presence"
CODES: Final[tuple[str, ...]] = get_args(messages.Code)

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*(?:"|\Z)', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_NOT_A_NUMBER = re.compile(rb"NaN|Infinity")


class Event(BaseModel):
    """One checked event. id, source : the sender's; type : one of ``messages.INBOUND``; data : an instance of that
    type's class, so that ``match event.data`` tells them apart; time : the sender's wall clock, or None.

    Other CloudEvents attributes (lower-case names) are let through as extras when they are text, whole numbers or
    booleans, as the standard asks.
    """

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, allow_inf_nan=False)
    __pydantic_extra__: dict[Annotated[str, Field(pattern=r"^[a-z0-9]{1,32}$")], str | int | bool]
    specversion: Literal["1.0"]
    id: messages.Ident
    source: messages.Ident
    type: str
    data: messages.Data
    time: AwareDatetime | None = None


def _event_class(data: type[messages.Data]) -> type[Event]:
    fields: dict[str, Any] = {"type": (Literal[data.TYPE], ...), "data": (data, ...)}
    if not any(field.is_required() for field in data.model_fields.values()):
        fields["data"] = (data, Field(default_factory=data))
    return create_model(f"{data.__name__}Event", __base__=Event, **fields)


_INBOUND: Final[TypeAdapter[Event]] = TypeAdapter(
    Annotated[
        reduce(lambda a, b: a | b, map(_event_class, messages.INBOUND.values())),  # type: ignore[arg-type,return-value]
        Field(discriminator="type"),
    ]
)


def decode(text: str | bytes) -> Event:
    """The event in one JSON text of at most 1 MiB.

    Raises EventError: code, JSON pointer to the field, and the event's id where it could still be read. The message
    names fields, never their contents.
    """
    try:
        raw = text.encode() if isinstance(text, str) else bytes(text)
    except UnicodeEncodeError:
        raise EventError("invalid_json", "the text is not valid Unicode") from None
    if len(raw) > MAX_BYTES:
        raise EventError("too_large", f"an event is at most {MAX_BYTES} bytes, this one has {len(raw)}")
    try:
        return _INBOUND.validate_json(raw)
    except ValidationError as refused:
        raise _explain(raw, refused) from None


def encode(data: messages.Data, id: str, time: datetime) -> str:
    """One outbound event as JSON text on one line. id : unique from this source; time : aware wall-clock time."""
    return _Outbound(id=id, type=data.TYPE, time=time, data=data).model_dump_json(exclude_none=data.TYPE != _ERROR)


_ERROR: Final = messages.Error.TYPE


class _Outbound(BaseModel):
    model_config = ConfigDict(frozen=True)
    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str = SOURCE
    type: str
    time: AwareDatetime
    data: SerializeAsAny[messages.Data]


def _explain(raw: bytes, refused: ValidationError) -> EventError:
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _depth_exceeds(raw, MAX_DEPTH):
        return EventError("too_deep", f"JSON may be {MAX_DEPTH} levels deep at most")
    errors = refused.errors(include_url=False, include_context=True)
    first = errors[0]
    if first["type"] == "json_invalid":
        if _NOT_A_NUMBER.search(_STRING.sub(b"", raw)):
            return EventError("not_finite", "NaN and Infinity are not JSON numbers")
        return EventError("invalid_json", first["msg"].replace("Invalid JSON", "not valid JSON"))
    parsed = from_json(raw)
    found = parsed.get("id") if isinstance(parsed, dict) else None
    event_id = found if isinstance(found, str) and 0 < len(found) <= 256 else None
    infinite = next((e for e in errors if isinstance(e["input"], float) and not isfinite(e["input"])), None)
    unknown = next((e for e in errors if e["type"] == "extra_forbidden"), None)
    code, pointer, message = _reason(infinite or unknown or first)
    return EventError(code, message, pointer, event_id)


def _depth_exceeds(raw: bytes, limit: int) -> bool:
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", raw)):
        depth += 1 if bracket.group() in b"[{" else -1
        if depth > limit:
            return True
    return False


def _reason(error: ErrorDetails) -> tuple[str, str, str]:
    kind, where = error["type"], list(error["loc"])
    data_type = str(where.pop(0)) if where else ""
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        tag = error["input"].get("type") if isinstance(error["input"], dict) else None
        if tag is None:
            return "missing_field", "/type", "the field 'type' is missing"
        if not isinstance(tag, str):
            return "bad_value", "/type", "'type' must be text"
        return "unknown_type", "/type", f"there is no event type '{_short(tag)}'{_nearest(tag, messages.INBOUND)}"
    if not where and kind != "missing":
        return "bad_value", "", "an event is a JSON object"
    if kind == "missing" and "field" in error.get("ctx", {}):
        where.append(error["ctx"]["field"])
    pointer = "".join(f"/{_escape(str(part))}" for part in _readable(where))
    name = _short(pointer[1:].replace("/", "."))
    if isinstance(error["input"], float) and not isfinite(error["input"]):
        return "not_finite", pointer, f"'{name}' must be a finite number"
    if kind == "missing":
        return "missing_field", pointer, f"the field '{name}' is missing"
    if kind == "extra_forbidden":
        known = messages.INBOUND[data_type].model_fields
        return "unknown_field", pointer, f"there is no field '{name}'{_nearest(str(where[-1]), known)}"
    if len(where) == 1 and where[0] not in Event.model_fields and kind == "string_pattern_mismatch":
        return "unknown_field", pointer, f"there is no field '{name}'"
    return "bad_value", pointer, f"'{name}': {error['msg'][:1].lower()}{error['msg'][1:200]}"


def _readable(where: list[str | int]) -> list[str | int]:
    """Without what pydantic adds for its own use: names of union members, and marks for keys."""
    kept = where[:]
    while len(kept) > 1 and isinstance(kept[-1], str) and (kept[-1] == "[key]" or kept[-1] in _UNION_MEMBERS):
        kept.pop()
    return kept


_UNION_MEMBERS: Final = frozenset(("str", "int", "bool"))


def _nearest(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), 1) if len(name) <= 64 else []
    return f": did you mean '{near[0]}'?" if near else ""


def _escape(part: str) -> str:
    return _short(part).replace("~", "~0").replace("/", "~1")


def _short(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text[:80])
