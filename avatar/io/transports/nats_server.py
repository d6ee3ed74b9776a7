"""What a NATS server of our own is told: this machine only, users with words of their own, and where the log lies."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import OutputError, UsageError
from .nats import EXTRA
from .nats_log import stream_name

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Guests:
    """Who may do what on a server that is ours: the stage everything; displays and other clients only what is theirs.

    port : on 127.0.0.1; folder : of the configuration and the log, readable by this user alone.
    """

    stage: str
    port: int
    folder: Path
    own: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    guest: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def stage_url(self) -> str:
        """For the stage itself."""
        return f"nats://stage:{self.own}@{HOST}:{self.port}"

    @property
    def guest_url(self) -> str:
        """For displays and other clients of this machine."""
        return f"nats://guest:{self.guest}@{HOST}:{self.port}"

    def write(self) -> Path:
        """The server's configuration file, for this user's eyes only. Raises OutputError."""
        name, stream = self.stage, stream_name(self.stage)
        publish = [
            f"presence.{name}.in",
            f"presence.{name}.clock",
            "$JS.API.INFO",
            f"$JS.API.STREAM.INFO.{stream}",
            f"$JS.API.CONSUMER.CREATE.{stream}",
            f"$JS.API.CONSUMER.CREATE.{stream}.>",
            f"$JS.API.CONSUMER.INFO.{stream}.>",
            f"$JS.API.CONSUMER.DELETE.{stream}.>",
        ]
        listen = [f"presence.{name}.out.>", f"presence.{name}.show", f"presence.{name}.now", "_INBOX.>"]
        rights = {"publish": {"allow": publish}, "subscribe": {"allow": listen}}
        users = [
            {"user": "stage", "password": self.own},
            {"user": "guest", "password": self.guest, "permissions": rights},
        ]
        table = {
            "listen": f"{HOST}:{self.port}",
            "max_payload": 2 << 20,
            "max_connections": 1024,
            "write_deadline": "5s",
            "jetstream": {
                "store_dir": str(self.folder / "log"),
                "max_file_store": 512 << 20,
                "max_memory_store": 1 << 20,
            },
            "authorization": {"users": users, "timeout": 2},
        }
        path = self.folder / "nats.conf"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            private(path, json.dumps(table, indent=1))
        except OSError as error:
            raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from None
        return path


def program() -> Path:
    """The server's program: beside this Python, or anywhere it is found. Raises UsageError, which says what to type."""
    name = "nats-server.exe" if sys.platform == "win32" else "nats-server"
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.is_file() else shutil.which("nats-server")
    if found is None:
        raise UsageError(EXTRA.replace("--nats needs", "--nats embedded needs"))
    return Path(found)


def private(path: Path, text: str) -> None:
    """Write a file that only this user can read. Raises OSError."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
