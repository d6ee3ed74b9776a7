"""Malformed events against the door: each gets one error of the contract or a documented close, none reaches the stage.

``python tests/fuzz/malformed.py --count 200000`` (``--sockets 20000`` of them through a real WebSocket, ``--seed``).
Ends with 1 when one did not, or when memory grew.

A frame is made from a valid event of any type by one or several changes to its fields, its text or its bytes, or from
nothing. What is still valid JSON of the contract after that is counted apart, and must be what was delivered; a field
given twice is: the last one counts.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import gc
import json
import math
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from avatar.clock import ManualClock, SystemClock
from avatar.events import messages
from avatar.events.codec import CODES, MAX_BYTES
from avatar.events.messages import INBOUND, SCOPES, Capabilities
from avatar.io.transports.hub import Delivery, Hub, Session
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox

VALID: Final[dict[str, dict[str, Any]]] = {
    "hello": {"client": "bot", "token": "t", "scopes": ["speak", "pose"], "visemes": True},
    "say": {"text": "Hello.", "utterance": "u", "expression": "happy", "intensity": 0.5, "interrupt": True, "at": 3.5},
    "say.delta": {"utterance": "u", "text": "Hel", "final": False},
    "speech.audio": {"utterance": "u", "encoding": "pcm_s16le", "rate": 24000, "channels": 1, "audio": "AAAA"},
    "speech.timing": {"utterance": "u", "unit": "phone", "alphabet": "ipa", "marks": [[0, 0.5, "a"], [0.5, 1, 3]]},
    "interrupt": {"utterance": "u"},
    "express": {"expression": "happy", "intensity": 0.5, "seconds": 2, "fade": 0.2},
    "gesture": {"name": "wave", "intensity": 0.5, "seconds": 2},
    "gaze": {"target": "point", "point": [0.1, 1.5, 2]},
    "weights": {"expressions": {"happy": 0.5, "aa": 0.25}},
    "move": {"anchor": "beside", "offset": [0, 0, 0], "turn": 0.5, "scale": 1, "seconds": 1},
    "prop": {"name": "ring", "action": "attach", "to": "ring-finger:left"},
    "caption": {"text": "Hello.", "speaker": "Hikari", "seconds": 2},
    "companion": {"model": "hikari", "persona": "calm"},
    **{f"cue.{verb}": {"ceremony": "c", "cue": "1"} for verb in ("go", "hold", "back", "goto")},
    "panic": {"fade": 0.1},
    "resume": {"fade": 0.1},
    "crisis": {},
    "goodbye": {},
}
CHARACTERS: Final = [
    "\0",
    "\x1b[2J",
    "\ud800",
    "\udfff",
    "\u202e",
    "\ufeff",
    "é",
    "\U0001f600",
    '"',
    "\\",
    "\n",
    "'",
    "<",
    "\x7f",
]
NUMBERS: Final = [
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e-999",
    "9" * 400,
    "-" + "9" * 5000,
    "0x10",
    "01",
    "+1",
]
NUMBERS += [".5", "1.", "1e", "--1", "-0", "1" + "0" * 18, str(1 << 64), "0.1e1e1"]
BYTES: Final = [
    b"\xff",
    b"\xfe\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\xf5\x80\x80\x80",
    b"\x80",
    b"\0",
    b"\xe2\x82",
    b"\xef\xbb\xbf",
]

Frame = str | bytes


def odd(rng: random.Random) -> Any:
    """A value that hardly fits anywhere."""
    return rng.choice(
        [
            *(None, True, False, 0, -1, 1.5, 1 << 31, 1 << 70, -1e308, 1e-320, "", "x", "x" * 300, "x" * 5000, [], {}),
            *([[]], [None], {"": {}}, [1, "a", None], {"a": 1, "b": [2]}, ["speak", "fly"], [0, 0], [0, 0, 0, 0]),
            rng.choice(CHARACTERS) * rng.randint(1, 40),
        ]
    )


def _places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        found.append((value, key))
        _places(value[key], found)
    return found


def in_fields(event: dict[str, Any], rng: random.Random) -> None:
    """One field put out, in or wrong, anywhere in it."""
    holder, key = rng.choice(_places(event, []))
    what = rng.randrange(6)
    if what == 0:
        del holder[key]
    elif what == 1 and isinstance(holder, dict):
        name = rng.choice(
            ["extra", "Text", "text ", "", "__proto__", "at", "token", "scope", "x" * 2000, rng.choice(CHARACTERS)]
        )
        holder[name] = odd(rng)
    elif what == 2 and isinstance(holder, dict):
        holder[f"{key}x"] = holder.pop(key)
    elif what == 3:
        holder[key] = [holder[key]] if rng.random() < 0.5 else {"value": holder[key]}
    else:
        holder[key] = odd(rng)


def in_text(text: str, rng: random.Random) -> str:
    """The text cut, doubled, deepened, or with numbers and characters that JSON has not."""
    at = rng.randrange(len(text) + 1)
    match rng.randrange(8):
        case 0:
            return text[:at]
        case 1:
            return text[:at] + rng.choice(CHARACTERS) * rng.randint(1, 3) + text[at:]
        case 2:
            return text[:at] + text[at + rng.randint(1, 9) :]
        case 3:
            deep = rng.choice([33, 40, 200, 3000])
            opening, closing = rng.choice([("[", "]"), ('{"a":', "}")])
            inner = opening * deep + "1" + closing * (deep if rng.random() < 0.7 else rng.randrange(deep))
            return text.replace('"data": {', f'"data": {{"deep": {inner}, ', 1)
        case 4:
            return text.replace(": ", f": {rng.choice(NUMBERS)}", rng.randint(1, 3))
        case 5:
            digits = [k for k, c in enumerate(text) if c.isdigit()]
            k = rng.choice(digits)
            return text[:k] + rng.choice(NUMBERS) + text[k + 1 :]
        case 6:
            return text[:-1] + ', "data": ' + json.dumps(odd(rng)) + ', "data": ' + json.dumps(odd(rng)) + "}"
        case _:
            return text + rng.choice([text, "}", "]", ",", "{}", "\0", "//", "null"])


def in_bytes(data: bytes, rng: random.Random) -> bytes:
    """Bytes turned, put in, or left out."""
    raw = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 8])):
        at = rng.randrange(len(raw) + 1)
        if rng.random() < 0.5:
            raw[at:at] = rng.choice(BYTES)
        elif raw:
            raw[min(at, len(raw) - 1)] ^= 1 << rng.randrange(8)
    return bytes(raw)


def frame(rng: random.Random) -> tuple[str, Frame]:
    """(how it was made, the frame)."""
    how = rng.choices(("fields", "text", "bytes", "noise", "plain", "huge"), (45, 25, 20, 6, 3, 0.3))[0]
    kind = rng.choice(list(VALID))
    envelope = {"specversion": "1.0", "id": f"f{rng.getrandbits(40)}", "source": "fuzz", "type": f"presence.{kind}"}
    event: dict[str, Any] = json.loads(json.dumps(envelope | {"data": VALID[kind]}))
    if how == "noise":
        return how, rng.randbytes(rng.choice([0, 1, 4, 60, 4000]))
    if how == "plain":
        return how, json.dumps(odd(rng))
    if how == "huge":
        return how, json.dumps(event | {"data": {"text": "x" * (MAX_BYTES + rng.randrange(-200, 1000))}})
    if how == "fields":
        for _ in range(rng.choice([1, 1, 1, 2, 4])):
            in_fields(event, rng)
    text = json.dumps(event, ensure_ascii=rng.random() < 0.5)
    if how == "text":
        return how, in_text(text, rng)
    if how == "bytes":
        return how, in_bytes(text.encode("utf-8", "surrogatepass"), rng)
    return how, text


def still_valid(sent: Frame) -> bool:
    """JSON by another reader than the door's, finite, with a type and the fields of the contract."""

    def finite(text: str) -> float:
        value = float(text)
        assert math.isfinite(value)
        return value

    def never(text: str) -> float:
        raise AssertionError(text)

    event = json.loads(sent, parse_constant=never, parse_float=finite)
    kind = INBOUND[event["type"]]
    return event["specversion"] == "1.0" and set(event.get("data", {})) <= set(kind.model_fields)


class Tally:
    """What came of the frames."""

    def __init__(self) -> None:
        self.codes: collections.Counter[str] = collections.Counter()
        self.faults: list[tuple[str, Frame, str]] = []

    @property
    def refused(self) -> int:
        """How many were malformed, and told so."""
        return sum(n for code, n in self.codes.items() if code != "still valid")

    def judge(self, how: str, sent: Frame, answer: messages.Data, delivered: list[Delivery]) -> None:
        """One answer to one frame."""
        if isinstance(answer, messages.Error):
            self.codes[answer.code] += 1
            if answer.code not in CODES or answer.code == "internal":
                self.faults.append((how, sent, f"code {answer.code}: {answer.message}"))
            if delivered:
                self.faults.append((how, sent, f"{answer.code}, and yet it was delivered"))
            if not answer.message or "\n" in answer.message or len(answer.message) > 1000:
                self.faults.append((how, sent, f"its message: {answer.message[:100]!r}"))
        else:
            self.codes["still valid"] += 1
            if not still_valid(sent):
                self.faults.append((how, sent, f"taken as {answer}"))


class Target:
    """A hub that takes everything; sessions that greeted and such that did not."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.taken: list[Delivery] = []
        self.hub = Hub(self.taken.append, self.clock, Capabilities())

    def session(self, known: bool) -> Session:
        """A new one; a closed one is the door's to replace."""
        session = self.hub.open(scopes=SCOPES if known else None, binary=True)
        assert session is not None
        return session


def through_sessions(
    count: int, seed: int, tally: Tally, each: Callable[[int], None] = lambda k: None, every: int = 2000
) -> None:
    """Frames until ``count`` malformed ones were refused. each : called after ``every`` frames with how many."""
    rng, target = random.Random(seed), Target()
    sessions = {known: target.session(known) for known in (True, False)}
    turn = 0
    while tally.refused < count:
        turn += 1
        target.clock.advance(1.0)
        known = rng.random() < 0.9
        how, sent = frame(rng)
        if rng.random() < 0.02:
            answer: messages.Data | None = sessions[known].receive_bytes(
                sent.encode("utf-8", "ignore") if isinstance(sent, str) else sent
            )
            if answer is not None:
                tally.judge("binary", sent, answer, target.taken)
        else:
            tally.judge(how, sent, sessions[known].receive(sent), target.taken)
        target.taken.clear()
        session = sessions[known]
        if session.closed or session.greeted != known or session.scopes not in (SCOPES, frozenset()):
            target.hub.close(session)
            sessions[known] = target.session(known)
        if turn % every == 0:
            sent, answer = b"", None
            each(tally.refused)


def through_a_socket(count: int, seed: int, tally: Tally) -> None:
    """The same over a real port: each frame one answer, or the close that the standard or the contract has."""
    inbox: Inbox[Delivery] = Inbox(1 << 20)
    doors = Doors(inbox, SystemClock())
    doors.listen(0)
    rng = random.Random(seed)
    socket: ClientConnection | None = None
    refused = 0
    stack = contextlib.ExitStack()
    try:
        while refused < count:
            if socket is None:
                stack.close()
                socket = stack.enter_context(connect(doors.url, proxy=None, compression=None, close_timeout=0.2))
                socket.send(
                    json.dumps(
                        {
                            "specversion": "1.0",
                            "id": "h",
                            "source": "f",
                            "type": "presence.hello",
                            "data": {"client": "f"},
                        }
                    )
                )
                assert "presence.welcome" in str(socket.recv(timeout=5))
            how, sent = frame(rng)
            if isinstance(sent, str):
                sent = sent.encode("utf-8", "surrogatepass")
            binary = rng.random() < 0.05
            inbox.drain()
            try:
                socket.send(sent, text=not binary)
                answer = json.loads(socket.recv(timeout=10))
            except ConnectionClosed as closing:
                code = closing.rcvd.code if closing.rcvd else 0
                tally.codes[f"closed with {code}"] += 1
                refused += 1
                proper = {1007: not _is_text(sent), 1008: True, 1009: len(sent) > MAX_BYTES}
                if not proper.get(code):
                    tally.faults.append((how, sent, f"closed with {code}"))
                socket = None
                continue
            if answer["type"] == "presence.error":
                refused += 1
                tally.judge(how, sent, messages.Error(**answer["data"]), inbox.drain())
            elif not binary:
                tally.judge(how, sent, messages.Ack(id=answer["data"].get("id", "")), inbox.drain())
    finally:
        stack.close()
        doors.stop()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def resident() -> int:
    """Bytes of memory that this process holds (Linux), after a collection."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--sockets", type=int, default=20_000, help="how many of them go through a real WebSocket")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    tally, start = Tally(), time.perf_counter()
    held: list[tuple[int, int]] = []
    through_sessions(options.count - options.sockets, options.seed, tally, lambda k: held.append((k, resident())))
    took = time.perf_counter() - start
    if options.sockets:
        through_a_socket(options.sockets, options.seed + 1, tally)
    print(
        f"{tally.refused} malformed frames refused, {options.sockets} of them through a WebSocket; seed {options.seed}"
    )
    print(f"{took:.0f} s for those without, {time.perf_counter() - start - took:.0f} s for those with a socket")
    for code, number in tally.codes.most_common():
        print(f"  {code:18} {number}")
    grown = 0.0
    if len(held) > 8:
        settled = held[len(held) // 4 :]
        (k0, first), (k1, last) = settled[0], settled[-1]
        grown = (last - first) / (1 << 20)
        sizes = f"{first / (1 << 20):.1f} MiB after {k0} frames, {last / (1 << 20):.1f} MiB after {k1}"
        print(f"memory {sizes}: {grown:+.2f} MiB")
    for how, sent, fault in tally.faults[:20]:
        print(f"FAULT ({how}) {fault}: {sent[:300]!r}")
    print(f"{len(tally.faults)} faults")
    return int(bool(tally.faults) or grown > 4)


if __name__ == "__main__":
    sys.exit(main())
