"""Timing as voices send it, whole messages of theirs, into the data of ``presence.speech.timing``.

    Azure        {"privAudioOffset": 500000, "privVisemeId": 12, "privAnimation": ""}       a line, or a list of them
                 (also audioOffset and visemeId, AudioOffset and VisemeId, audio_offset and viseme_id, as its SDKs name
                 them); offsets in ticks of 100 ns
    Polly        {"time":373,"type":"word","start":5,"end":8,"value":"had"}                                 a line each
    ElevenLabs   {"audio_base64": …, "alignment": {…}, "normalized_alignment": {…}}      one, or a line for each piece
                 and of its WebSocket: {"alignment": {"chars", "charStartTimesMs", "charDurationsMs"}}

Which it is, is seen from the first message. Azure says when a mouth begins and Polly when a mouth or a word does: each
lasts until the next, the last until the sound is over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..errors import VoiceError
from .marks import Mark, azure, elevenlabs, polly

AZURE_NAMES: Final = (
    ("privAudioOffset", "privVisemeId"),
    ("audioOffset", "visemeId"),
    ("AudioOffset", "VisemeId"),
    ("audio_offset", "viseme_id"),
)
LARGEST: Final = 32 << 20
"""Characters that are read: ElevenLabs sends its sound in the same message."""


def of_a_voice(raw: str) -> bool:
    """Does this look like one of the three?"""
    names = "|".join((*(pair[0] for pair in AZURE_NAMES), "time", "alignment", "characters", "chars"))
    return re.search(rf'"(?:{names})"\s*:', raw) is not None


def timing(raw: str, seconds: float) -> list[dict[str, Any]]:
    """``unit``, ``alphabet`` where there is one, and ``marks`` of each kind of mark in ``raw``; visemes before words.

    raw : what the voice sent; seconds : length of the sound. Raises VoiceError, which names the line: no JSON, none of
    the three shapes, or a value that is not in it.
    """
    if len(raw) > LARGEST:
        raise VoiceError(f"the timing has {len(raw):,} characters; at most {LARGEST:,} are read")
    rows = _rows(raw)
    first = rows[0] if rows else None
    if first is None:
        raise VoiceError("there is no timing in it")
    names = next((names for names in AZURE_NAMES if names[0] in first), None)
    if names is not None:
        return _azure(rows, names, seconds)
    if "time" in first and "type" in first:
        shapes, words = polly("\n".join(json.dumps(row) for row in rows), seconds)
        found = [_data("viseme", "oculus", shapes)] if shapes else []
        return found + ([_data("word", None, words)] if words else [])
    if "alignment" in first or "characters" in first or "chars" in first:
        return [_data("char", None, _characters(rows))]
    raise VoiceError("line 1: this is the timing of no voice that is known: Azure's, Polly's and ElevenLabs' are")


def _rows(raw: str) -> list[Mapping[str, Any]]:
    """The objects in it: one, a list, or one a line."""
    text = raw.strip().removeprefix("\ufeff")
    try:
        whole = json.loads(text)
        rows = whole if isinstance(whole, list) else [whole]
    except RecursionError:
        raise VoiceError("line 1: this is not JSON") from None
    except ValueError:
        rows = []
        for k, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                try:
                    rows.append(json.loads(line))
                except (ValueError, RecursionError):
                    raise VoiceError(f"line {k}: this is not JSON") from None
    for k, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise VoiceError(f"message {k}: this is no JSON object")
    return rows


def _azure(rows: Sequence[Mapping[str, Any]], names: tuple[str, str], seconds: float) -> list[dict[str, Any]]:
    events: list[tuple[int, int]] = []
    for k, row in enumerate(rows, start=1):
        ticks, number = (row.get(name) for name in names)
        if type(ticks) is not int or type(number) is not int or ticks < 0 or not 0 <= number <= 21:
            raise VoiceError(f"message {k}: an offset in ticks and a viseme of 0 to 21 are missing")
        events.append((ticks, number))
    return [_data("viseme", "azure", azure(events, seconds))]


def _characters(rows: Sequence[Mapping[str, Any]]) -> list[Mark]:
    """Pieces one after another, each with times of its own: where one begins before the last has ended, its times are
    taken to begin anew there."""
    marks: list[Mark] = []
    for k, row in enumerate(rows, start=1):
        found = row.get("alignment") if "alignment" in row else row
        if found is None:
            continue  # a piece of sound without a letter
        if not isinstance(found, dict):
            raise VoiceError(f"message {k}: its alignment is no JSON object")
        try:
            piece = elevenlabs(_in_seconds(found))
        except VoiceError as error:
            raise VoiceError(f"message {k}: {error}") from None
        end = marks[-1][1] if marks else 0.0
        shift = end if piece and piece[0][0] < end - 1e-3 else 0.0
        marks += [(start + shift, stop + shift, letter) for start, stop, letter in piece]
    if not marks:
        raise VoiceError("there is no timing in it")
    return marks


def _in_seconds(found: Mapping[str, Any]) -> Mapping[str, Any]:
    if "chars" not in found:
        return found
    starts, lasts = found.get("charStartTimesMs"), found.get("charDurationsMs", found.get("charsDurationsMs"))
    try:
        pairs = list(zip(starts or [], lasts or [], strict=True))
        begins = [float(start) / 1000 for start, _ in pairs]
        ends = [(float(start) + float(length)) / 1000 for start, length in pairs]
    except (TypeError, ValueError):
        raise VoiceError("charStartTimesMs and charDurationsMs are two lists of milliseconds") from None
    names = ("characters", "character_start_times_seconds", "character_end_times_seconds")
    return dict(zip(names, (found["chars"], begins, ends), strict=True))


def _data(unit: str, alphabet: str | None, marks: Sequence[Mark]) -> dict[str, Any]:
    return {"unit": unit} | ({"alphabet": alphabet} if alphabet else {}) | {"marks": [list(mark) for mark in marks]}
