"""A keepsake whose ceremony was cut off and is not gone on with: brought to its end from what is on the disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from ..ceremony.keepsake import CUT_OFF
from ..ceremony.script import Script
from ..errors import OutputError, UsageError
from ..io.outputs import safely
from .keepsakes import MANIFEST, PARTS, Kept, manifest
from .papers import ALBUM, CERTIFICATE, LOG, RECORDING, Papers, mend_log
from .remembering import RUNNING


def finish(
    found: Kept, tell: Callable[[str], None], now: Callable[[], datetime] = datetime.now
) -> dict[str, str | bool]:
    """Write the album, the certificate, the vows as text and the chapters of a keepsake that was left unfinished. They
    say that the ceremony was not finished, unless its log has its end. What of it cannot be done is told, and the rest
    goes on.

    Raises UsageError: it is finished, its ceremony goes on in another process, or it does not say of which ceremony it
    is; OutputError."""
    folder, table = found.folder, manifest(found.folder)
    if table is None or table.get("finished"):
        raise UsageError(f"{folder}: is finished: its album is {folder / ALBUM}")
    if table.get("forgotten"):
        raise UsageError(
            f"{folder}: nothing of this ceremony was to be kept; 'avatar keepsake delete {folder.name}' deletes it "
            "('avatar ceremony resume' goes on with it, and there 'keep' keeps it)"
        )
    script = _script(table)
    if script is None:
        raise UsageError(f"{folder}: does not say of which ceremony it is; 'avatar ceremony resume' can go on with it")
    try:
        held = safely.hold(folder / RUNNING)
    except OSError:
        raise UsageError(f"{folder}: its ceremony is going on in another process, which finishes it") from None
    try:
        for part in folder.glob(f"{PARTS}*"):
            if part != folder / RUNNING:
                part.unlink(missing_ok=True)
        _log_end(found, now)
        papers = Papers(folder, table, script, str(table.get("language") or script.languages[0]), now, tell)
        for step in (papers.chapters, papers.vows, papers.papers, papers.sign):
            step()
        table |= {"finished": now().isoformat(timespec="seconds"), "cut_off": True}
        text = json.dumps(table, ensure_ascii=False, indent=1)
        safely.write(folder / MANIFEST, text.encode() + b"\n")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({safely.why(error)})") from None
    finally:
        safely.release(folder / RUNNING, held)
    names = {"album": ALBUM, "certificate": CERTIFICATE, "recording": RECORDING}
    there = {kind: str(folder / name) for kind, name in names.items() if (folder / name).is_file()}
    return {"keepsake": str(folder), "cut_off": True, **there}


def _script(table: dict[str, Any]) -> Script | None:
    try:
        return Script.model_validate(table["script"])
    except (KeyError, ValidationError):
        return None


def _log_end(found: Kept, now: Callable[[], datetime]) -> None:
    path = found.folder / LOG
    mend_log(path)
    rows = path.read_bytes() if path.is_file() else b""
    ends = [json.dumps(what).encode() for what in ("ended", "stopped", CUT_OFF)]
    if not any(b'"what":' + end in rows.rpartition(b'"what":"started"')[2] for end in ends):
        row = {"wall": now().isoformat(timespec="milliseconds"), "what": CUT_OFF}
        safely.write(path, rows + json.dumps(row, separators=(",", ":")).encode() + b"\n")
