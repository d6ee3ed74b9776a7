"""What a person allows to leave this machine: one entry a purpose and a destination, in a versioned file.

Absent, unreadable or of another version = no. Nothing is allowed by default, nothing is asked for on the way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import UsageError
from ..paths import write_whole

FILE: Final = "consent.json"
VERSION: Final = 1
PURPOSES: Final = {
    "remote-voice": "the text that is spoken is sent there, and its sound comes back",
    "remote-chat": "what you type, what was said and the persona's prompt are sent there, and its words come back",
    "remote-pose": "how you move, as the companion mirrors it, is sent there",
    "remote-adapter": "a program there is told what the companion says and shows, and may drive it; never of you",
    "remote-display": "what the companion says and does is told there, never a picture or sound of you",
    "remote-observe": "when you come, go, wave, nod … is told there (with --observe), never a picture or sound of you",
}
"""Name -> what is allowed with it."""
LARGEST: Final = 256 << 10
_HOST: Final = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]{2,39}")


@dataclass(frozen=True, slots=True, order=True)
class Consent:
    """purpose : of ``PURPOSES``; host : name or address, lower case; granted : when, UTC, as ISO 8601."""

    purpose: str
    host: str
    granted: str = ""


def read(path: Path) -> frozenset[Consent]:
    """What is allowed; nothing where the file is not there or not right."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        table = json.loads(data) if len(data) <= LARGEST else None
    except (OSError, ValueError, RecursionError):
        return frozenset()
    match table:
        case {"version": int(version), "granted": list(rows)} if version == VERSION:
            found = []
            for row in rows:
                match row:
                    case {"purpose": str(purpose), "host": str(host), "granted": str(when)} if purpose in PURPOSES:
                        found.append(Consent(purpose, host, when))
                    case _:
                        return frozenset()
            return frozenset(found)
    return frozenset()


def allowed(path: Path, purpose: str, host: str) -> bool:
    """May this go to that host?"""
    return any(c.purpose == purpose and c.host == host.lower() for c in read(path))


def grant(path: Path, purpose: str, host: str, when: str) -> Consent:
    """Allow it, from now on. when : UTC, as ISO 8601. Raises UsageError for an unknown purpose or what is no host;
    OutputError where it cannot be kept."""
    wanted = Consent(*checked(purpose, host), when)
    others = {c for c in read(path) if (c.purpose, c.host) != (wanted.purpose, wanted.host)}
    _write(path, others | {wanted})
    return wanted


def revoke(path: Path, purpose: str, host: str | None = None) -> int:
    """Allow it no longer, to that host or to any; how many entries that were. Raises as ``grant`` does."""
    purpose, host = checked(purpose, host or "any")[0], host.lower() if host else None
    before = read(path)
    left = {c for c in before if c.purpose != purpose or host not in (None, c.host)}
    _write(path, left)
    return len(before) - len(left)


def checked(purpose: str, host: str) -> tuple[str, str]:
    """Both as they are kept. Raises UsageError."""
    if purpose not in PURPOSES:
        raise UsageError(f"there is no purpose '{purpose}' to consent to (purposes: {', '.join(PURPOSES)})")
    host = host.strip().lower().removeprefix("[").removesuffix("]")
    if not _HOST.fullmatch(host):
        raise UsageError(f"'{host[:60]}' is no host: write its name or address alone, as in speech.example.org")
    return purpose, host


def _write(path: Path, entries: Iterable[Consent]) -> None:
    rows = [{"purpose": c.purpose, "host": c.host, "granted": c.granted} for c in sorted(entries)]
    text = json.dumps({"version": VERSION, "granted": rows}, indent=1) + "\n"
    write_whole(path, text)
