"""C2PA marks: signed words, in the file itself, that an AI companion was composed into it.

Where ``c2pa-python`` is installed and the person has a certificate of their own; nothing is asked of any server, so the
signature has no time stamp of another's. A film that was cut off within a fragment cannot be signed.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ... import __version__
from ...errors import OutputError
from .recorder import MARK

CERTIFICATE, KEY = "c2pa-certificate.pem", "c2pa-key.pem"
"""In the folder of settings: the certificate with those that vouch for it, and its key (ES256), both PEM."""
_SETTINGS: Final = {"version": 1, "builder": {"thumbnail": {"enabled": False}}}
"""Without a word it keeps a second copy of each picture beside the first, larger than the picture itself."""
_SOURCE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"


@dataclass(frozen=True)
class Sealer:
    """c2pa : the library; signer : made of the person's own certificate; context : how the library signs."""

    c2pa: Any
    signer: Any
    context: Any = None

    def seal(self, path: Path) -> None:
        """Put the mark into a PNG, PDF or MP4. Raises OutputError, and the file is as it was."""
        part = path.with_name(f".part-{path.name}")
        action = {"action": "c2pa.created", "digitalSourceType": _SOURCE, "description": MARK}
        words = {
            "claim_generator_info": [{"name": "Presence", "version": __version__}],
            "title": path.name,
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
        }
        try:
            part.unlink(missing_ok=True)
            with self.c2pa.Builder(json.dumps(words), self.context) as builder:
                builder.sign_file(str(path), str(part), self.signer)
            os.chmod(part, 0o600)
            os.replace(part, path)
        except (OSError, self.c2pa.C2paError) as error:
            with contextlib.suppress(OSError):
                part.unlink()
            raise OutputError(f"{path}: could not be signed ({error}); it is as it was") from None


def sealer(folder: Path) -> Sealer | None:
    """What signs, with the certificate in ``folder``; None without the library or a certificate. Raises OutputError
    where the certificate is there and cannot be used."""
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not (certificate.is_file() and key.is_file()):
        return None
    try:
        c2pa = importlib.import_module("c2pa")
    except ImportError:
        return None
    try:
        info = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, certificate.read_bytes(), key.read_bytes(), None)
        return Sealer(c2pa, c2pa.Signer.from_info(info), c2pa.Context.from_dict(_SETTINGS))
    except (OSError, ValueError, c2pa.C2paError) as error:
        raise OutputError(f"{certificate}: cannot be signed with ({error})") from None
