"""How long to wait before a server is asked again: as it says itself, else a little longer each time."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

FIRST_S: Final = 0.5
LONGEST_S: Final = 8.0
"""Seconds between two tries without a word from the server, at most."""
_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_SPAN: Final = re.compile(r"(?:\d+(?:\.\d+)?(?:h|ms|us|µs|ns|m|s))+")
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)")


def asked_for(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that an answer's headers ask for; None where they say nothing. headers : names in small letters;
    now : UTC.

    ``retry-after-ms`` and ``retry-after`` (seconds or a date, RFC 9110) come first, then the longest
    ``x-ratelimit-reset-requests`` or ``-tokens`` of those that have nothing left (``x-ratelimit-remaining-…``), as
    OpenAI documents them: 1s, 6m0s, 20ms.
    """
    for name, unit in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        seconds = _number(headers.get(name, ""))
        if seconds is not None:
            return seconds * unit
    if date := headers.get("retry-after", ""):
        try:
            moment = parsedate_to_datetime(date)
        except ValueError:
            pass
        else:
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
            return max(0.0, (moment - now).total_seconds())
    resets = []
    for kind in ("requests", "tokens"):
        reset = span(headers.get(f"x-ratelimit-reset-{kind}", ""))
        left = _number(headers.get(f"x-ratelimit-remaining-{kind}", ""))
        if reset is not None and not left:
            resets.append(reset)
    return max(resets, default=None)


def span(text: str) -> float | None:
    """``6m0s``, ``1.5s``, ``20ms`` or plain seconds, in seconds; None for anything else."""
    text = text.strip()
    if _SPAN.fullmatch(text):
        return math.fsum(float(count) * _UNITS[unit] for count, unit in _PART.findall(text))
    return _number(text)


def back_off(tries: int) -> float:
    """Seconds after so many tries (1, 2 …) have failed: doubled each time."""
    return min(LONGEST_S, FIRST_S * 2.0 ** (tries - 1))


def _number(text: str) -> float | None:
    text = text.strip()
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text) else None
