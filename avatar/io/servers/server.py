"""A server that a person has chosen: its address, its key, and how a request reaches it and nobody else.

To this machine by http or https, to any other by https only. A redirection is never followed, for it would be another
host; proxies of the environment are not used; the key comes from an environment variable and is in no log and no error.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import ssl
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

RETRIED: Final = frozenset((408, 429, 500, 502, 503, 504))
"""Status codes of what may pass."""

Allowed = Callable[[str], bool]
"""Has the person consented to something going to this host?"""


class KeyMissingError(ValueError):
    """The environment variable that should hold a server's key holds none."""


def host_of(url: str) -> str:
    """Name or address of the machine that a request goes to."""
    return urlsplit(url).hostname or ""


def is_local(host: str) -> bool:
    """Is it this machine?"""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def fault_of(url: str) -> str:
    """The rule that an address breaks, in words; "" where it is right."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        good = False
    if not good:
        return "it must be http://HOST[:PORT]/v1 or https://HOST/v1, without a password in it"
    if parts.scheme == "http" and not is_local(host := parts.hostname or ""):
        return f"http is for this machine only; what goes to {host} must go by https"
    return ""


def key_header(key_env: str) -> dict[str, str]:
    """The header that carries the key, none where no variable is named. Raises KeyMissingError."""
    if not key_env:
        return {}
    key = os.environ.get(key_env, "")
    if not key.isascii() or not key.isprintable() or not key:
        raise KeyMissingError(f"its key is not in the environment variable {key_env}")
    return {"Authorization": f"Bearer {key}"}


def line_to(url: str, timeout: float) -> http.client.HTTPConnection:
    """A connection that is still to be made, with its time-out in seconds; certificates are checked."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host_of(url), parts.port, timeout=timeout, context=context)
    return http.client.HTTPConnection(host_of(url), parts.port, timeout=timeout)


def path_of(url: str, end: str) -> str:
    """The path of a request below a server's address."""
    return f"{urlsplit(url).path.rstrip('/')}{end}"


def words(error: Exception) -> str:
    """Why a server could not be talked to."""
    if isinstance(error, TimeoutError):
        return "it takes too long"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def detail(data: bytes) -> str:
    """The reason in an error as it is documented, ``{"error": {"message": …}}``, with a colon before it; "" where there
    is none."""
    try:
        return said_by(json.loads(data[:65536]))
    except (ValueError, RecursionError):
        return ""


def said_by(answer: object) -> str:
    """The same of an answer that is read already."""
    match answer:
        case {"error": {"message": str(message)}} | {"detail": str(message)} | {"error": str(message)}:
            line = " ".join(message.split())
            return f": {line[:200]}"
    return ""
