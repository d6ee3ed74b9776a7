"""URIs of buffers and images: data URIs are decoded, others must be relative paths.

Source: glTF 2.0, section 2.8; RFC 2397; RFC 3986.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from ..codes import Journal

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")


@dataclass(frozen=True, slots=True)
class FoundUri:
    """external : whether something beside the file must be fetched; mime, data : of a data URI, else None and empty."""

    external: bool = False
    mime: str | None = None
    data: bytes = b""


def parse_uri(journal: Journal, at: str, uri: str, in_glb: bool) -> FoundUri:
    """Reads ``at/uri`` and notes what is wrong with it."""
    place = f"{at}/uri"
    if in_glb:
        journal.add("URI_GLB", place, "a GLB file refers to something outside its binary chunk")
    if uri[:5].lower() == "data:":
        found = _data_uri(uri)
        if found is None:
            journal.add("INVALID_URI", place, "the data URI cannot be read")
            return FoundUri()
        if in_glb:
            journal.add("DATA_URI_GLB", place, "a GLB file holds a data URI")
        return found
    head, colon, _ = uri.partition(":")
    scheme = bool(colon) and not set(head) & set("/?#")
    if scheme and not _SCHEME.match(head):
        journal.add("INVALID_URI", place, f"'{uri[:60]}' is not a URI")
        return FoundUri()
    if scheme or uri.startswith(("/", "\\")) or "?" in uri or "#" in uri:
        journal.add("NON_RELATIVE_URI", place, f"'{uri[:60]}' is not a relative path")
    return FoundUri(external=True)


def _data_uri(uri: str) -> FoundUri | None:
    head, comma, body = uri[5:].partition(",")
    if not comma:
        return None
    parts = head.split(";")
    mime = parts[0].strip().lower() or "text/plain"
    if parts[-1] != "base64":
        return FoundUri(mime=mime, data=unquote_to_bytes(body))
    raw = unquote_to_bytes(body).translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return FoundUri(mime=mime, data=base64.b64decode(raw + b"=" * (-len(raw) % 4), validate=True))
    except (binascii.Error, ValueError):
        return None
