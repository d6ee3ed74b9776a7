"""Inline control tags that language models write among their words: taken out, and turned into commands at that place.

Four dialects, as their own prompts teach them:

    [joy]                                                     Open-LLM-VTuber, Amica, ChatVRM
    [face:joy]  <face name="joy"/>  [animation:wave_hands]    aiavatarkit
    <|ACT {"emotion":{"name":"happy","intensity":0.8},"motion":"wave"}|>  <|DELAY:0.5|>    airi

A tag is never spoken or captioned, also when it arrives in pieces or breaks off. One that names nothing known is
dropped and counted. Brackets that are no tag in shape (``[1]``, ``a < b``, ``[see below]``) stay in the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from ..types import Express, Gesture


@dataclass(frozen=True, slots=True)
class Delay:
    """A pause in speaking, seconds."""

    seconds: float


Mark: TypeAlias = tuple[int, Express | Gesture | Delay]
"""(character position in the plain text, what happens there)."""

EMOTIONS: Final[dict[str, str]] = {
    **dict.fromkeys(("happy", "joy", "fun", "smile", "smirk", "laugh", "excited", "happiness"), "happy"),
    **dict.fromkeys(("angry", "anger", "disgust", "annoyed"), "angry"),
    **dict.fromkeys(("sad", "sorrow", "sadness", "cry", "worried"), "sad"),
    **dict.fromkeys(("relaxed", "calm", "serene", "peaceful", "gentle"), "relaxed"),
    **dict.fromkeys(("surprised", "surprise", "fear", "shocked", "amazed"), "surprised"),
    **dict.fromkeys(("neutral", "normal", "default"), "neutral"),
}
"""Words that the dialects use for a mood -> VRM preset."""

MOTIONS: Final[dict[str, str]] = {
    **dict.fromkeys(("wave", "wave_hand", "wave_hands", "waving", "greet", "hello"), "wave"),
    **dict.fromkeys(("nod", "nod_once", "yes"), "nod"),
    **dict.fromkeys(("bow", "bowing"), "bow"),
}
"""Words that the dialects use for a movement -> gesture."""

_LONGEST: Final = 1024
_MOST_UNKNOWN: Final = 64
_NAME = r"[A-Za-z_][\w-]{0,63}"
_TAG: Final = re.compile(
    rf"\[(?:(?P<kind>face|animation)\s*:\s*)?(?P<name>{_NAME})\]"
    rf"|<(?P<element>face|animation)\s+name\s*=\s*[\"'](?P<value>{_NAME})[\"'][^<>]{{0,200}}>"
    r"|</(?:face|animation)\s*>"
    r"|<\|(?P<inner>(?:(?!\|>).){0,1000})\|>",
    re.DOTALL | re.IGNORECASE,
)
_PART: Final = re.compile(
    rf"\[(?:(?:face|animation)\s*:\s*)?(?:{_NAME})?"
    r"|</?[a-z]{0,9}|</?(?:face|animation)\s[^<>]*"
    r"|<\|(?:(?!\|>).)*",
    re.DOTALL | re.IGNORECASE,
)
"""What may still become a tag when more text comes."""
_OPENING: Final = re.compile(r"[\[<]")
_ACT: Final = re.compile(r"\s*(ACT|DELAY)\s*:?\s*(.*)", re.DOTALL | re.IGNORECASE)


@dataclass(slots=True)
class TagFilter:
    """Takes tags out of a text that comes in pieces: ``feed`` each piece, then ``finish``.

    expressions, gestures : names the companion has; a mood or movement it lacks is dropped (None = all are taken);
    emotions, motions : words of the prompt, in small letters -> those names, before anything else; "" = nothing, on
    purpose.
    After each call ``marks`` is what happens in the ``text`` so far, ``dropped`` the number of unknown tags,
    ``unknown`` what they name, as far as they name anything.
    """

    expressions: Collection[str] | None = None
    gestures: Collection[str] | None = None
    emotions: Mapping[str, str] = field(default_factory=lambda: EMOTIONS)
    motions: Mapping[str, str] = field(default_factory=lambda: MOTIONS)
    marks: list[Mark] = field(default_factory=list)
    dropped: int = 0
    unknown: list[str] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _length: int = 0
    _held: str = ""
    _swallow: bool = False

    @property
    def text(self) -> str:
        """The plain text so far."""
        return "".join(self._pieces)

    def feed(self, piece: str) -> str:
        """Take the next piece; returns the plain text it completed, which may be empty while a tag is open."""
        before, rest, at = len(self._pieces), self._held + piece, 0
        self._held = ""
        while at < len(rest):
            opening = _OPENING.search(rest, at)
            place = opening.start() if opening else len(rest)
            self._emit(rest[at:place])
            at = place
            if tag := _tag_at(rest, at):
                self._swallow = not self._length or self._pieces[-1][-1].isspace()
                self._act(tag)
                at = tag.end()
            elif len(rest) - at <= _LONGEST and _PART.fullmatch(rest, at):
                self._held, at = rest[at:], len(rest)
            elif at < len(rest):
                self._emit(rest[at])
                at += 1
        return "".join(self._pieces[before:])

    def finish(self) -> str:
        """No more comes. A tag that was broken off is dropped, not spoken; returns the last of the plain text."""
        rest, self._held = self._held, ""
        if rest in ("[", "<"):
            self._emit(rest)
            return rest
        self.dropped += bool(rest)
        return ""

    def _emit(self, piece: str) -> None:
        if self._swallow:
            piece = piece.lstrip(" ")
        if piece:
            self._swallow = False
            self._pieces.append(piece)
            self._length += len(piece)

    def _act(self, tag: re.Match[str]) -> None:
        if (inner := tag["inner"]) is not None:
            self._airi(inner)
        elif name := tag["name"] or tag["value"]:
            kind = (tag["kind"] or tag["element"] or "").lower()
            before = len(self.unknown)
            done = (kind != "animation" and self._express(name, 1.0)) or (kind != "face" and self._gesture(name))
            self.dropped += not done
            del self.unknown[before + (not done) :]  # a bare tag is tried as both

    def _airi(self, inner: str) -> None:
        found = _ACT.fullmatch(inner)
        if found is None:
            self.dropped += 1
        elif found[1].upper() == "DELAY":
            seconds = _number(found[2], -1.0)
            if 0 <= seconds <= 60:
                self.marks.append((self._length, Delay(seconds)))
            else:
                self.dropped += 1
        else:
            self._airi_act(found[2])

    def _airi_act(self, body: str) -> None:
        try:
            act = json.loads(body)
        except (ValueError, RecursionError):
            act = None
        if not isinstance(act, dict):
            self.dropped += 1
            return
        emotion, motion, done = act.get("emotion"), act.get("motion"), False
        if isinstance(emotion, dict):
            done |= self._express(str(emotion.get("name", "")), _number(emotion.get("intensity"), 1.0))
        elif isinstance(emotion, str):
            done |= self._express(emotion, 1.0)
        if isinstance(motion, str):
            done |= self._gesture(motion)
        self.dropped += not done

    def _not_known(self, name: str) -> bool:
        if name and len(self.unknown) < _MOST_UNKNOWN:
            self.unknown.append(name.strip()[:64])
        return False

    def _express(self, name: str, intensity: float) -> bool:
        word = name.strip().lower()
        if self.emotions.get(word) == "":
            return True
        found = self.emotions.get(word) or _own(word, name, self.expressions)
        if not found or (self.expressions is not None and found not in self.expressions):
            return self._not_known(name)
        self.marks.append((self._length, Express(found, min(1.0, max(0.0, intensity)))))
        return True

    def _gesture(self, name: str) -> bool:
        word = name.strip().lower()
        if self.motions.get(word) == "":
            return True
        found = self.motions.get(word) or _own(word, name, self.gestures)
        if not found or (self.gestures is not None and found not in self.gestures):
            return self._not_known(name)
        self.marks.append((self._length, Gesture(found)))
        return True


@dataclass(frozen=True, slots=True)
class Words:
    """What tags may name: what the companion has (None = everything), and words of a prompt -> those names."""

    expressions: Collection[str] | None = None
    gestures: Collection[str] | None = None
    emotions: Mapping[str, str] = field(default_factory=lambda: EMOTIONS)
    motions: Mapping[str, str] = field(default_factory=lambda: MOTIONS)

    def known(self, emotions: Iterable[tuple[str, str]], motions: Iterable[tuple[str, str]]) -> Words:
        """The same with a persona's own words before the house's."""
        own = {word.lower(): name for word, name in emotions}, {word.lower(): name for word, name in motions}
        return Words(self.expressions, self.gestures, EMOTIONS | own[0], MOTIONS | own[1])

    def filter(self) -> TagFilter:
        """A filter for one text."""
        return TagFilter(self.expressions, self.gestures, self.emotions, self.motions)


def strip(
    text: str,
    expressions: Collection[str] | None = None,
    gestures: Collection[str] | None = None,
    words: Words | None = None,
) -> tuple[str, list[Mark], int]:
    """A whole text at once: (plain text, marks in order, number of unknown tags dropped). words : instead of names."""
    tags = (words or Words(expressions, gestures)).filter()
    tags.feed(text)
    tags.finish()
    return tags.text, tags.marks, tags.dropped


def _tag_at(text: str, at: int) -> re.Match[str] | None:
    if text.startswith("<|", at) and text.find("|>", at, at + _LONGEST) < 0:
        return None
    return _TAG.match(text, at)


def _own(word: str, name: str, names: Collection[str] | None) -> str | None:
    """One of the companion's own names, whatever its case."""
    return next((n for n in names or () if n in (name, word) or n.lower() == word), None)


def _number(value: Any, otherwise: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return otherwise
    return number if abs(number) < 1e9 else otherwise
