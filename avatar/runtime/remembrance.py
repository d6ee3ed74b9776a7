"""The keepsake of a ceremony that is performed: whether there is one, where, what is filmed, and its end."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from .. import paths
from ..ceremony.reading import Ceremony
from ..errors import OutputError
from ..io.outputs import chapters
from ..io.outputs.recorder import SUFFIXES
from ..io.outputs.safely import why
from . import forgetting
from .assemble import Tell
from .keeping import CHECKPOINT
from .keepsakes import BESIDE, manifest, new_folder
from .recording import RecordingWorker
from .remembering import Keeping
from .witness import Witness


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person wants kept. keep : a keepsake; folder : for it, None = a new one among the others; film : picture
    and sound of the whole ceremony too, None = as the part before had it, at first no; nothing : no still, no log, and
    when it is over no checkpoint."""

    keep: bool = False
    folder: Path | None = None
    film: bool | None = None
    nothing: bool = False


def unkept(wish: Wish, before: dict[str, Any]) -> bool:
    """Is nothing of it to be on the disk when it is over? So it stays when it is gone on with, until a keepsake is
    asked for by its folder; and so it is where the keepsake of the part before is gone. before : as for ``begun``."""
    named = before.get("keepsake")
    gone = isinstance(named, str) and named != "" and manifest(Path(named)) is None
    return wish.folder is None and (wish.nothing or before.get("unkept") is True or (wish.keep and gone))


def begun(
    ceremony: Ceremony, language: str, wish: Wish, record: Path | None, before: dict[str, Any], out: Path, tell: Tell
) -> Keeping | None:
    """The keepsake, begun or gone on with, and said in one line; None where there is none. record : where a copy of the
    film is wanted; before : the checkpoint that is gone on from, or {}; out : folder of the checkpoint.

    Where it cannot be made that is said, and the ceremony goes on. Raises OutputError for ``record`` only."""
    if record is not None:
        _writable(record)
    named = before.get("keepsake")
    earlier = manifest(Path(named)) if isinstance(named, str) and named else None
    forgotten = earlier is not None and earlier.get("forgotten") is True  # gone on with, so that it is deleted
    if not wish.keep and earlier is not None and not forgotten:
        tell(f"{named}: holds what was kept before; nothing is added, 'avatar keepsake delete {named}' removes it")
    if not (wish.keep or forgotten) or (named == "" and wish.folder is None):
        return None
    folder = wish.folder
    if folder is None and isinstance(named, str):
        folder = Path(named)
        if manifest(folder) is None:
            tell(f"{folder}: the keepsake is not there any more, so none is kept (--keepsake DIR begins another)")
            return None
    keeping = Keeping(tell=lambda line: tell(f"{line}; the ceremony goes on"))
    try:
        root = paths.keepsakes_folder()
        folder = folder if folder is not None else new_folder(ceremony.script.kind, datetime.now(), root)
        keeping.begin(ceremony.script, folder, language, out)
    except (OSError, OutputError) as error:
        tell(f"no keepsake: {error}; the ceremony goes on without one")
        return None
    return keeping


def filmed(keeping: Keeping | None, wish: Wish, record: Path | None) -> Path | None:
    """Where the film of this part is written, None = nothing is filmed."""
    if keeping is None or wish.nothing:
        return record
    wanted = keeping.filmed if wish.film is None else wish.film
    return keeping.recording if wanted or record is not None else None


def told(keeping: Keeping | None, film: Path | None, out: Path, nothing: bool = False) -> str:
    """What is kept, in words for whoever is in charge. out : folder of the checkpoint; nothing : as ``unkept`` says."""
    if keeping is None:
        if not nothing:
            own = f"; the film is {film}" if film is not None else ""
            return f"no keepsake: stills where the script takes a picture, checkpoint and log go to {out}{own}"
        own = f" but the film {film}, which you asked for: it stays" if film is not None else ""
        return f"nothing is kept of it{own}; what resuming needs is in {out} until it is over"
    if keeping.forgotten:
        return f"{keeping.folder}: {forgetting.words(keeping)}"
    what = "a film of picture and sound, " if film is not None else ""
    unfilmed = "" if film is not None else "; it is not filmed (--film does)"
    return (
        f"keepsake: {keeping.folder}: {what}stills where the script takes a picture, the vows, a log, a certificate "
        f"and an album, on this machine only{unfilmed}; "
        f"'avatar keepsake delete {keeping.folder.name}' removes all of it"
    )


def checked(worker: RecordingWorker | None, tell: Tell) -> None:
    """A film that cannot be written any more is said once, in one line, and the ceremony goes on."""
    if worker is not None and worker.error is not None:
        error, worker.error = worker.error, None
        tell(f"{error}; the ceremony goes on")


@contextlib.contextmanager
def forgiving(worker: RecordingWorker | None, tell: Tell) -> Iterator[None]:
    """The same for a film that fails as it is closed."""
    try:
        yield
    except OutputError as error:
        if worker is None or worker.error is not error:
            raise
        checked(worker, tell)


def ended(witness: Witness, record: Path | None, tell: Tell, out: Path | None = None) -> dict[str, str]:
    """Finish what is kept; its facts. record : where a copy of the film goes, or where it is when there is no keepsake;
    out : folder of the checkpoint, which goes too when nothing is kept and the ceremony is over.
    What cannot be written is said, each in one line."""
    keeping = witness.keeping
    if keeping is None:
        if witness.unkept and out is not None:
            _cleared(out, witness.done, record, tell)
        if record is not None and record.is_file():
            try:
                chapters.add(record, [(c.named, c.at) for c in witness.chapters])
            except OutputError as error:
                tell(str(error))
        return {}
    witness.over()
    try:
        if witness.forgotten:
            keeping.abandon()
            tell(f"{keeping.folder}: deleted; nothing of the ceremony is kept")
            return {}
        facts = keeping.finish()
    except OutputError as error:
        if witness.forgotten or not keeping.error:  # what was written late was told then
            tell(str(error))
        facts = keeping.facts()
    if record is not None:
        for k, film in enumerate(keeping.films(), 1):
            target = record if k == 1 else record.with_name(f"{record.stem}-{k}{record.suffix}")
            try:
                _copy(film, target)
                keeping.copied(target)
            except OSError as error:
                tell(f"{target}: the film cannot be copied there ({why(error)}); it is in {keeping.folder}")
            except OutputError as error:
                tell(str(error))
    return facts


def _cleared(out: Path, over: bool, record: Path | None, tell: Tell) -> None:
    """Of a ceremony of which nothing is kept: what resuming needed is deleted, once nobody can go on with it."""
    if not over:
        if (out / CHECKPOINT).is_file():
            tell(
                f"{out}: what resuming needs stays there (times, ids and answers; no words, no pictures); "
                "it is deleted when the ceremony has been gone on with and is over, or by you"
            )
        return
    try:
        for name in BESIDE:
            for path in (out / name, out / f"{name}.part"):
                path.unlink(missing_ok=True)
    except OSError as error:
        tell(f"{out}: what resuming needed could not be deleted ({why(error)})")
        return
    with contextlib.suppress(OSError):  # it has things of somebody else's in it
        out.rmdir()
    own = f" but the film {record}" if record is not None and record.is_file() else ""
    tell(f"nothing of the ceremony is kept{own}")


def _copy(film: Path, target: Path) -> None:
    """As it is, with its marks; into the other kind of file with its chapters. Raises OSError, OutputError."""
    if film.suffix.lower() != target.suffix.lower():
        chapters.add(film, chapters.read(film), target)
        return
    part = target.with_name(f".part-{target.name}")
    try:
        with (
            open(part, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out,
            open(film, "rb") as source,
        ):
            shutil.copyfileobj(source, out, 1 << 20)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _writable(record: Path) -> None:
    """Refuse a copy that could not be written before anything begins. Raises OutputError."""
    if record.suffix.lower() not in SUFFIXES:
        raise OutputError(f"{record}: a recording's name ends in {' or '.join(SUFFIXES)}")
    folder = record.absolute().parent
    if record.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK):
        raise OutputError(f"{record}: the recording cannot be written (there is no such folder, or it may not be)")
