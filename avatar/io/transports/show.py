"""Show control over OSC: a lighting desk's or QLab's messages as events of the contract, and the answers to them.

OSC has no token, so a sender is known by its address alone: the loopback one, or one that the person has listed.
Addresses are taken as they are written; patterns are not. No socket: datagrams in, datagrams out.
"""

from __future__ import annotations

import ipaddress
import json
import re
import uuid
from collections import OrderedDict
from collections.abc import Collection
from typing import Any, Final, TypeAlias

from ...errors import EventError, PortError
from ...events import messages
from ...events.messages import Scope
from . import osc
from .hub import Hub
from .osc import Message, Value

Address: TypeAlias = tuple[str, int]
"""Where a datagram comes from, or goes to."""
_SCOPES: Final[frozenset[Scope]] = frozenset(("speak", "pose", "direct"))
_QLAB: Final = re.compile(
    r"(?:/workspace/[^/]+)?/(go|hold|back|pause|resume|stop|hardStop|panic|panicInTime|alwaysReply"
    r"|playhead/previous|cue/([^/]+)/(?:start|(load)))"
)
_MEANT: Final = {
    **{name: f"/presence/{name}" for name in ("go", "hold", "back", "resume", "panic")},
    "pause": "/presence/hold",
    "playhead/previous": "/presence/back",
    "alwaysReply": "/presence/reply",
    **dict.fromkeys(("stop", "hardStop", "panicInTime"), "/presence/panic"),
}
"""What QLab's words mean here. Its stop ends all sound at once, which is what a panic is, and Resume ends."""
_REMEMBERED: Final = 256
_REPLIES: Final = 16
_LONGEST_FADE: Final = 60.0
Event: TypeAlias = tuple[str, dict[str, Any]]


def event_of(message: Message) -> Event | None:
    """(type, data) of a message; None for a button that is let go, which asks for nothing.

    Raises EventError: unknown_type for an address that there is not, missing_field and bad_value for its arguments.
    """
    address, args = message.address, message.args
    if (qlab := _QLAB.fullmatch(address)) is not None:
        if qlab[2] is not None:
            return f"presence.cue.{'goto' if qlab[3] else 'go'}", {"cue": qlab[2]}
        address = _MEANT[qlab[1]]
    match address.removeprefix("/presence/"):
        case "say":
            return "presence.say", {"text": _text(args, 0, "text")}
        case "interrupt":
            return None if _let_go(args) else ("presence.interrupt", {})
        case "express":
            intensity = _number(args, 1, "intensity") if len(args) > 1 else 1.0
            return "presence.express", {"expression": _text(args, 0, "expression"), "intensity": intensity}
        case "gesture":
            more = {"intensity": _number(args, 1, "intensity")} if len(args) > 1 else {}
            return "presence.gesture", {"name": _text(args, 0, "name"), **more}
        case "gaze":
            point = {"point": [_number(args, k, "point") for k in (1, 2, 3)]} if len(args) > 1 else {}
            return "presence.gaze", {"target": _text(args, 0, "target"), **point}
        case "go" | "hold" | "back" as word:
            named = {"cue": args[0]} if args and isinstance(args[0], str) else {}
            return None if _let_go(args) else (f"presence.cue.{word}", named)
        case "goto":
            return "presence.cue.goto", {"cue": _cue(args)}
        case "panic":  # acts whatever comes with it
            given = args[0] if args and isinstance(args[0], int | float) and not isinstance(args[0], bool) else -1
            return "presence.panic", {"fade": float(given)} if 0 <= given <= _LONGEST_FADE else {}
        case "resume" as word:
            fade = {"fade": _number(args, 0, "fade")} if args and not isinstance(args[0], bool) else {}
            return f"presence.{word}", fade
        case "crisis" | "goodbye" as word:
            return None if _let_go(args) else (f"presence.{word}", {})
    raise EventError("unknown_type", f"there is no OSC address '{message.address[:80]}'", "/type")


class ShowDoor:
    """The door. allowed : sender addresses besides the loopback one; ignored : datagrams from others."""

    def __init__(self, hub: Hub, allowed: Collection[str] = ()) -> None:
        session = hub.open(scopes=_SCOPES, patient=True)
        if session is None:
            raise PortError("the OSC door cannot open: too many clients are connected")
        self._hub, self._session = hub, session
        self._allowed = frozenset(str(ipaddress.ip_address(a)) for a in allowed)
        self._ports: OrderedDict[str, int] = OrderedDict()
        self._asked: OrderedDict[str, tuple[Address, str]] = OrderedDict()
        self.ignored = 0

    def take(self, data: bytes, sender: Address) -> list[tuple[bytes, Address]]:
        """Act on a datagram; the datagrams to answer with. Never raises for what one can hold."""
        if not self._known(sender[0]):
            self.ignored += 1
            return []
        try:
            found = osc.decode(data).messages
        except EventError as error:
            return [(_error(error, ""), sender)]
        return [answer for each in found for answer in self._one(each, sender)]

    def later(self) -> list[tuple[bytes, Address]]:
        """What could not be done after all, since the last call."""
        out = []
        for _, text in iter(self._session.pop, None):
            if '"presence.error"' not in text:
                continue
            data = json.loads(text)["data"]
            if (asked := self._asked.get(data.get("id") or "")) is not None:
                out.append((_refused(data["code"], data["pointer"], data["message"], asked[1]), asked[0]))
        return out

    def close(self) -> None:
        """Leave."""
        self._hub.close(self._session)

    def _known(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        return address.is_loopback or str(address) in self._allowed

    def _one(self, message: Message, sender: Address) -> list[tuple[bytes, Address]]:
        try:
            if message.address in ("/presence/reply", "/alwaysReply") or message.address.endswith("/alwaysReply"):
                return self._reply(message.args, sender)
            asked = event_of(message)
        except EventError as error:
            return [(_error(error, message.address), sender)]
        if asked is None:
            return []
        event_id = f"osc-{uuid.uuid4().hex}"
        event = {"specversion": "1.0", "id": event_id, "source": "osc", "type": asked[0], "data": asked[1]}
        port = self._ports.get(sender[0])
        back = (sender[0], port) if port else sender
        self._asked[event_id] = (back, message.address)
        if len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)
        answer = self._session.receive(json.dumps(event))
        if isinstance(answer, messages.Error):
            return [(_refused(answer.code, answer.pointer or "", answer.message, message.address), back)]
        return [(osc.message("/presence/ack", message.address, event_id), back)] if port is not None else []

    def _reply(self, args: tuple[Value, ...], sender: Address) -> list[tuple[bytes, Address]]:
        """0 = answers only to mistakes; 1 = also acks, to the port each message comes from; else to that port."""
        port = int(_number(args, 0, "port")) if args else 1
        if not 0 <= port <= 65535:
            raise EventError("bad_value", "the port to reply to is 0 to 65535", "/data/port")
        if port == 0:
            self._ports.pop(sender[0], None)
        else:
            self._ports[sender[0]] = 0 if port == 1 else port
            if len(self._ports) > _REPLIES:
                self._ports.popitem(last=False)
        return []


def _error(error: EventError, address: str) -> bytes:
    return _refused(error.code, error.pointer, str(error), address)


def _refused(code: str, pointer: str, words: str, address: str) -> bytes:
    return osc.message("/presence/error", address, code, pointer, words)


def _let_go(args: tuple[Value, ...]) -> bool:
    """A desk's button sends 1 when it is pressed and 0 when it is let go."""
    return bool(args) and not isinstance(args[0], str) and not args[0]


def _text(args: tuple[Value, ...], k: int, field: str) -> str:
    if len(args) <= k:
        raise EventError("missing_field", f"the argument '{field}' is missing", f"/data/{field}")
    value = args[k]
    if not isinstance(value, str):
        raise EventError("bad_value", f"the argument '{field}' is a text", f"/data/{field}")
    return value


def _number(args: tuple[Value, ...], k: int, field: str) -> float:
    if len(args) <= k:
        raise EventError("missing_field", f"the argument '{field}' is missing", f"/data/{field}")
    value = args[k]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EventError("bad_value", f"the argument '{field}' is a number", f"/data/{field}")
    return float(value)


def _cue(args: tuple[Value, ...]) -> str:
    """A cue's number may come as a number."""
    if args and isinstance(args[0], int | float) and not isinstance(args[0], bool):
        return f"{args[0]:g}"
    return _text(args, 0, "cue")
