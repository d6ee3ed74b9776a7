"""Who may come in by the network: a token a client, with scopes, kept as its hash alone; and one of the user's own.

``tokens.json`` holds name, SHA-256 and scopes of each; a token is 256 random bits, so that a plain hash is enough. What
``add`` returns is nowhere kept. ``local-token`` is this user's own, in the clear, readable by nobody else (0600): the
programs of the same user on the same machine come in with it, a web page or another user cannot read it. Both are read
again whenever they change, so that a grant and its end hold at once, also for an engine that runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, cast

from ...errors import UsageError
from ...events.messages import SCOPES, Scope
from ...paths import config_folder, write_whole

FILE: Final = "tokens.json"
LOCAL_FILE: Final = "local-token"
LOCAL: Final = "local"
"""The name that the user's own token is listed by."""
VERSION: Final = 1
VARIABLE: Final = "PRESENCE_TOKEN"
MOST: Final = 256
_LARGEST: Final = 256 << 10
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOKEN: Final = re.compile(r"presence_[A-Za-z0-9_-]{43}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token is worth. name : as listed; scopes : what its client may do; key : of what is kept about it, ""
    where none was needed; created : UTC, as ISO 8601."""

    name: str
    scopes: frozenset[Scope]
    key: str
    created: str = ""


EVERYBODY: Final = Grant("", SCOPES, "")


class Keys(Protocol):
    """Who may come in."""

    def grant(self, token: str | None, near: bool = True) -> Grant | None:
        """What a client may do who shows this token, or None; near : it is on this machine."""

    def holds(self, key: str) -> Grant | None:
        """The grant of that key as it is now; None = it has been revoked."""


class FixedKeys:
    """tokens : token -> scopes, for as long as the program runs; empty = everybody comes in, with every scope."""

    def __init__(self, tokens: Mapping[str, Iterable[Scope]]) -> None:
        grants = [Grant("", frozenset(scopes), _hashed(token)) for token, scopes in tokens.items()]
        self._grants = {grant.key: grant for grant in grants}

    def grant(self, token: str | None, near: bool = True) -> Grant | None:
        """See ``Keys``."""
        return _match(self._grants.values(), token) if self._grants else EVERYBODY

    def holds(self, key: str) -> Grant | None:
        """See ``Keys``."""
        return self._grants.get(key)


class TokenFiles:
    """The two files of a folder, read again when they change. folder : None = the person's; tell : is told when one of
    them was damaged, which lets nobody in by it."""

    def __init__(self, folder: Path | None = None, tell: Tell = lambda line: None) -> None:
        folder = folder or config_folder()
        self.path, self.local = folder / FILE, folder / LOCAL_FILE
        self._tell = tell
        self._grants: dict[str, Grant] = {}
        self._seen: object = None

    def grant(self, token: str | None, near: bool = True) -> Grant | None:
        """See ``Keys``. The user's own token is good on this machine only: over a network it would go in the clear."""
        self._refresh()
        found = _match(self._grants.values(), token)
        return None if found is not None and found.name == LOCAL and not near else found

    def holds(self, key: str) -> Grant | None:
        """See ``Keys``."""
        self._refresh()
        return self._grants.get(key)

    def listed(self) -> list[Grant]:
        """Every grant there is, the user's own first."""
        self._refresh()
        return sorted(self._grants.values(), key=lambda grant: (grant.name != LOCAL, grant.name))

    def add(self, name: str, scopes: Iterable[str], when: str) -> str:
        """A new token, which is nowhere kept. when : UTC, as ISO 8601. Raises UsageError, OutputError."""
        if not _NAME.fullmatch(name) or name.lower() == LOCAL:
            raise UsageError(f"'{name[:70]}' is no name for a token: letters, digits, . _ and -; '{LOCAL}' is taken")
        wanted = frozenset(scopes)
        if not wanted or not wanted <= SCOPES:
            raise UsageError(f"scope '{','.join(sorted(wanted))}': one or more of {', '.join(sorted(SCOPES))}")
        named = self._named()
        if any(grant.name == name for grant in named):
            raise UsageError(f"there is a token '{name}' already: 'avatar token revoke {name}' ends it")
        if len(named) >= MOST:
            raise UsageError(f"there are {MOST} tokens: revoke one first")
        token = _fresh()
        self._keep([*named, Grant(name, cast("frozenset[Scope]", wanted), _hashed(token), when)])
        return token

    def revoke(self, name: str) -> bool:
        """End a token; of the user's own a new one is made. False = there was none of that name. Raises OutputError."""
        if name == LOCAL:
            there = self.local.exists()
            write_whole(self.local, _fresh() + "\n")
            return there
        named = self._named()
        left = [grant for grant in named if grant.name != name]
        if len(left) < len(named):
            self._keep(left)
        return len(left) < len(named)

    def own(self) -> str:
        """The user's own token, made where there is none, or where others could have read it. Raises OutputError."""
        token = self._read_local()
        if token is None:
            token = _fresh()
            write_whole(self.local, token + "\n")
        return token

    def _named(self) -> list[Grant]:
        return [grant for grant in self.listed() if grant.name != LOCAL]

    def _keep(self, grants: Iterable[Grant]) -> None:
        rows = [
            {"name": g.name, "sha256": g.key, "scopes": sorted(g.scopes), "created": g.created}
            for g in sorted(grants, key=lambda g: g.name)
        ]
        write_whole(self.path, json.dumps({"version": VERSION, "tokens": rows}, indent=1) + "\n")

    def _refresh(self) -> None:
        seen = (_signature(self.path), _signature(self.local))
        if seen == self._seen:
            return
        grants = self._read()
        if (token := self._read_local()) is not None:
            grants.append(Grant(LOCAL, SCOPES, _hashed(token)))
        self._grants = {grant.key: grant for grant in grants}
        self._seen = seen

    def _read(self) -> list[Grant]:
        data = self._bytes(self.path)
        if data is None:
            return []
        grants = _parsed(data)
        if grants is None:
            self._aside(self.path, "no client comes in by a token until you add new ones ('avatar token add')")
        return grants or []

    def _read_local(self) -> str | None:
        data = self._bytes(self.local)
        if data is None:
            return None
        token = data.decode("latin-1").strip()
        if not _TOKEN.fullmatch(token):
            self._aside(self.local, "this user's programs get a new token with the next 'avatar run'")
            return None
        if not _private(self.local):
            self._tell(f"{self.local}: others could read this token; it is no longer good")
            with contextlib.suppress(OSError):
                self.local.unlink()
            return None
        return token

    def _bytes(self, path: Path) -> bytes | None:
        try:
            with path.open("rb") as file:
                return file.read(_LARGEST + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._tell(f"{path}: cannot be read ({error.strerror or error}); nobody comes in by it")
            return None

    def _aside(self, path: Path, so: str) -> None:
        aside = path.with_name(f"{path.name}.corrupt.{int(time.time())}")
        with contextlib.suppress(OSError):
            path.replace(aside)
        self._tell(f"{path}: damaged, kept as {aside.name}; {so}")


def local_token() -> str | None:
    """The token by which a program of this user may come in: ``$PRESENCE_TOKEN``, else the user's own, else None."""
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return given
    try:
        token = (config_folder() / LOCAL_FILE).read_text("latin-1").strip()
    except OSError:
        return None
    return token if _TOKEN.fullmatch(token) else None


def _parsed(data: bytes) -> list[Grant] | None:
    """The grants in a file's bytes; None = damaged."""
    try:
        table = json.loads(data) if len(data) <= _LARGEST else None
    except (ValueError, RecursionError):
        return None
    match table:
        case {"version": int(version), "tokens": list(rows)} if version == VERSION and len(rows) <= MOST:
            grants = [_row(row) for row in rows]
            return None if None in grants else cast("list[Grant]", grants)
    return None


def _row(row: object) -> Grant | None:
    match row:
        case {"name": str(name), "sha256": str(key), "scopes": list(scopes), "created": str(when)}:
            if (
                _NAME.fullmatch(name)
                and name != LOCAL
                and _HASH.fullmatch(key)
                and all(s in SCOPES for s in map(str, scopes))
            ):
                return Grant(name, frozenset(scopes), key, when)
    return None


def _match(grants: Iterable[Grant], token: str | None) -> Grant | None:
    """Compared in a time that tells nothing of how near a guess was."""
    key = _hashed(token or "")
    found = None
    for grant in grants:
        if hmac.compare_digest(grant.key, key):
            found = grant
    return found


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _fresh() -> str:
    return f"presence_{secrets.token_urlsafe(32)}"


def _signature(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _private(path: Path) -> bool:
    """Nobody else can have read it, as far as the system tells (Windows: the folder is the user's own)."""
    if sys.platform == "win32":
        return True
    try:
        stat = path.stat()
    except OSError:
        return False
    return stat.st_uid == os.geteuid() and not stat.st_mode & 0o077
