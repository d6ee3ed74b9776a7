"""What is heard when: speech queued on one line of samples. Knows no clock and no device; both hand it positions.

A position is a number of samples since the mixer was made. ``pull`` moves the line on; what a listener hears at an
instant lies a little before that, by the latency of the device, and ``mouth``, ``caption`` and ``events`` are asked at
that audible position, so that lips, words and reports go with the sound in the air and not with the sound in a buffer.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...speech.edges import edge
from ...speech.manner import PAUSE
from ...speech.sound import resample
from ...speech.visemes import closed, sample
from ...types import FloatArray, Speech, VisemeTrack
from .pieces import Gain, Piece, quiet

FADE: Final = 0.06
"""How long interrupted speech takes to fall silent and the mouth to shut, seconds, where no syllable ends later."""
LONGEST_FADE: Final = 0.12
"""The same at most: within it, speech stops where a syllable does."""
HUSH_S: Final = 0.02
"""How long all sound takes to fall silent in a panic, seconds."""
_SOFT_S: Final = 0.005
"""How long sound that breaks off takes for it, and to come back, seconds."""
_TICK: Final = 1 / 60
"""An interruption is heard of this much late, seconds."""
_QUIET_S: Final = 0.004
"""Quiet left before the first sound, seconds."""
_REMEMBERED: Final = 1024
_NEVER: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class SpeechEvent:
    """What became of an utterance. kind : ``started``, ``finished``, ``interrupted`` or ``failed``; at : seconds on the
    clock that asked; seconds : how long it was heard so far, for ``started`` how long it is as far as known;
    text : the caption, for ``failed`` the reason."""

    kind: str
    utterance: str
    at: float
    seconds: float
    text: str


@dataclass(slots=True)
class _Utterance:
    text: str = ""
    start: int = -1
    end: int = -1
    complete: bool = False


class Mixer:
    """A queue of speech that is pulled sample by sample. Every method may be called from any thread.

    rate : samples a second of the line; speech of another rate is converted when it is queued. muted : the time goes
    on, unheard. beside : adds other sound to a block, told whether somebody speaks in it. pause : seconds between the
    pieces of an utterance and between utterances, on top of the pieces' own quiet ends.
    """

    def __init__(self, rate: int = 48000, pause: float = PAUSE) -> None:
        self.rate, self.pause = rate, pause
        self._lock = threading.Lock()
        self._position = 0
        self.muted = False
        self.beside: Callable[[FloatArray, bool], None] | None = None
        self._free = 0
        self._serial = 0
        self._queue: deque[Piece] = deque()
        self._placed: deque[Piece] = deque()
        self._open: dict[str, _Utterance] = {}
        self._dropped: dict[str, None] = {}
        self._marks: list[tuple[int, SpeechEvent]] = []
        self._gain = Gain(rate)
        self._panic = Gain(rate, seconds=HUSH_S)
        self._led: dict[str, int] | None = None

    @property
    def _pause(self) -> int:
        return round(self.pause * self.rate)

    @property
    def position(self) -> int:
        """Samples pulled so far."""
        return self._position

    @property
    def waiting(self) -> float:
        """Seconds of speech not pulled yet."""
        with self._lock:
            left = sum(len(p.sound) for p in self._queue) + sum(max(0, p.end - self._position) for p in self._placed)
        return left / self.rate

    def begin(self, utterance: str) -> None:
        """Expect pieces of an utterance, even under the name of one that was interrupted."""
        with self._lock:
            self._dropped.pop(utterance, None)

    def enqueue(self, speech: Speech, last: bool = True) -> int:
        """Queue a piece; ``last`` : no more of its utterance will come. Returns its number on this line, from 1; 0, and
        nothing happens, when the utterance was interrupted: its sound came too late."""
        sound = resample(speech.sound, speech.rate, self.rate)
        with self._lock:
            known = self._known(speech.utterance)
            if known is None:
                return 0
            known.text += f" {speech.text}" if known.text else speech.text
            begins = len(known.text) - len(speech.text)
            # Where nothing is said, the quiet that a piece begins with is only a delay.
            skip = 0 if self._queue or self._position < self._free else quiet(sound, round(_QUIET_S * self.rate))
            piece = Piece(speech.utterance, speech.text, sound[skip:], speech.track, last, begins, offset=skip)
            return self._append(piece)

    def join(self, utterance: str, sound: FloatArray, track: VisemeTrack, offset: int, text: str = "") -> int:
        """Queue a stretch of an utterance that comes bit by bit, without a pause before it; returns as ``enqueue``.

        sound : (N,) float32 at the line's rate; track : of the whole utterance as far as it is known; offset : samples
        of it before this stretch; text : the caption while it is heard.
        """
        with self._lock:
            known = self._known(utterance)
            if known is None:
                return 0
            if text and not known.text.endswith(text):
                known.text += f" {text}" if known.text else text
            begins = max(0, len(known.text) - len(text))
            return self._append(Piece(utterance, text, sound, track, False, begins, 0, offset, True))

    def follow(self, utterance: str, track: VisemeTrack) -> None:
        """More is known of the mouth of an utterance that comes bit by bit: what is not heard yet goes by ``track``."""
        with self._lock:
            for piece in (*self._placed, *self._queue):
                if piece.utterance == utterance and piece.joined:
                    piece.track = track

    def lead(self, utterance: str | None, position: int) -> None:
        """From the first call on, utterances begin where they are told to: this one at ``position``, which may be past
        (it is joined at its place), one that was not told yet not at all. None tells nothing."""
        with self._lock:
            if self._led is None:
                self._led = {}
            if utterance is not None:
                self._led.pop(utterance, None)
                self._led[utterance] = position
                while len(self._led) > _REMEMBERED:
                    del self._led[next(iter(self._led))]

    def duck(self, db: float = 0.0) -> None:
        """Let everything be heard ``db`` decibels louder (less than 0: softer) from now on, getting there smoothly."""
        self._gain.wanted = 10 ** (db / 20)

    def hush(self, silent: bool = True) -> None:
        """Let nothing be heard from now on, at once and whatever still comes; or let it be heard again."""
        self._panic.wanted = 0.0 if silent else 1.0

    def place(self, serial: int) -> tuple[int, bool] | None:
        """(position where a piece's track begins, or will begin as far as is known, whether that is settled); None for
        one that is not on the line, or not any more."""
        with self._lock:
            for piece in self._placed:
                if piece.serial == serial:
                    return piece.start - piece.offset, True
            at, free = self._position, self._free
            for piece in self._queue:
                if self._led is not None:
                    if (free := self._start(piece, at)) >= _NEVER:
                        return None
                    at = min(at, free)
                at = max(at, free - self._pause if piece.joined and piece is not self._queue[0] else free)
                if piece.serial == serial:
                    return at - piece.offset, False
                free = at + len(piece.sound) + self._pause
        return None

    def finish(self, utterance: str) -> None:
        """No more pieces of it will come, though the newest was not marked as the last."""
        with self._lock:
            known = self._open.get(utterance)
            if known is None:
                return
            for piece in reversed(self._queue):
                if piece.utterance == utterance:
                    piece.last = True
                    return
            self._complete(utterance, known)

    def interrupt(self, utterance: str | None = None, fade: float | None = None, latency: float = 0.0) -> list[str]:
        """Stop an utterance, or all: what sounds fades out from the next sample that is pulled, what waits is dropped,
        what comes later is refused. Returns the names of those it stopped.

        fade : seconds it takes; None = until a syllable ends, where one does ``FADE`` to ``LONGEST_FADE`` after the
        call, else ``FADE``. latency : seconds from pulling to hearing, which that bound includes.
        """
        with self._lock:
            if utterance is not None:
                self._drop(utterance)
            # What is whole and already with the device cannot be stopped any more: it just ends.
            stopped = [u for u, k in self._open.items() if utterance in (None, u) and not self._over(k)]
            for name in stopped:
                silent = self._position + max(
                    1, round((self._fade(name, latency) if fade is None else fade) * self.rate)
                )
                while self._queue and self._queue[0].joined and self._queue[0].utterance == name:
                    if (start := self._start(self._queue[0], self._position)) >= silent:
                        break
                    self._place(self._queue.popleft(), start)
                for piece in self._placed:
                    if piece.utterance == name and piece.cut < 0 and piece.end > self._position:
                        piece.cut, piece.silent = self._position, silent
                        piece.end = max(piece.start, min(piece.end, silent))
            self._queue = deque(p for p in self._queue if p.utterance not in stopped)
            self._free = max([self._position, *(p.end for p in self._placed)])
            self._marks = [m for m in self._marks if m[1].kind != "finished" or m[1].utterance not in stopped]
            for name in stopped:
                self._drop(name)
                known = self._open.pop(name)
                seconds = max(0, min(known.end, self._position) - known.start) / self.rate if known.start >= 0 else 0.0
                self._mark(self._position, "interrupted", name, seconds, known.text)
            return stopped

    def pull(self, count: int, out: FloatArray | None = None) -> FloatArray:
        """The next ``count`` samples, (count,) float32, into ``out`` where given."""
        block = np.empty(count, np.float32) if out is None else out
        block.fill(0.0)
        with self._lock:
            begin, end = self._position, self._position + count
            while self._queue and (start := self._start(self._queue[0], begin)) < end:
                self._place(self._queue.popleft(), start)
            for piece in self._placed:
                if piece.end > begin and piece.start < end:
                    self._soften(piece, begin, end)
                    piece.mix(begin, end, block)
            self._gain.apply(block)
            if self.beside is not None:
                self.beside(block, any(p.end > begin and p.start < end for p in self._placed))
            if self.muted:
                block.fill(0.0)
            self._panic.apply(block)
            self._position = end
            for name in [u for u, k in self._open.items() if self._over(k)]:
                del self._open[name]
        return block

    def mouth(self, position: float, out: FloatArray) -> FloatArray:
        """The mouth heard at ``position`` into ``out`` float32, (15,) or (18,) as ``visemes.sample`` has it; shut where
        nothing is said."""
        with self._lock:
            piece = self._at(position)
            if piece is None:
                return closed(out)
            sample(piece.track, (position - piece.start + piece.offset) / self.rate, out)
            if piece.cut >= 0:
                keep = piece.keeps(position)
                out *= keep
                out[0] += 1 - keep
            return out

    def caption(self, position: float) -> str:
        """The words of the piece heard at ``position``, kept through the pause after it; empty in silence."""
        with self._lock:
            for piece in reversed(self._placed):
                if piece.start <= position and piece.cut < 0:
                    known = self._open.get(piece.utterance)
                    return piece.text if position < piece.end or (known and not known.complete) else ""
            return ""

    def progress(self, position: float) -> tuple[str, int] | None:
        """(utterance, character of its text where the word heard at ``position`` begins); None in silence."""
        with self._lock:
            piece = self._at(position)
            if piece is None or piece.cut >= 0:
                return None
            if piece.joined:
                return piece.utterance, piece.begins
            t = (position - piece.start + piece.offset) / self.rate
            words = [p.word for p in piece.track.phones if p.word >= 0 and p.start <= t]
            total = max((p.word for p in piece.track.phones), default=-1) + 1
            begins = [m.start() for m in re.finditer(r"\S+", piece.text)]
            # Numbers and the like are spoken in more words than they are written in.
            written = len(begins) * (max(words, default=0)) // max(total, 1)
            return piece.utterance, piece.begins + (begins[min(written, len(begins) - 1)] if begins else 0)

    def events(self, position: float, now: float = 0.0) -> list[SpeechEvent]:
        """What has been heard to happen up to ``position``, each once, in order; ``now`` is the caller's time there."""
        with self._lock:
            due = [mark for mark in self._marks if mark[0] <= position]
            if due:
                self._marks = [mark for mark in self._marks if mark[0] > position]
                due.sort(key=lambda mark: mark[0])
            while len(self._placed) > 1 and self._placed[0].end <= position:
                self._placed.popleft()
        return [SpeechEvent(e.kind, e.utterance, now - (position - at) / self.rate, e.seconds, e.text) for at, e in due]

    def _known(self, utterance: str) -> _Utterance | None:
        """The utterance that more is to come of, also one that was thought to be over; None for an interrupted one."""
        if utterance in self._dropped:
            return None
        known = self._open.setdefault(utterance, _Utterance())
        if known.complete:
            known.complete = False
            self._marks = [m for m in self._marks if m[1].kind != "finished" or m[1].utterance != utterance]
        return known

    def _append(self, piece: Piece) -> int:
        self._serial += 1
        piece.serial = self._serial
        self._queue.append(piece)
        return self._serial

    def _start(self, piece: Piece, position: int) -> int:
        """Where the first of the queue begins, when ``position`` is next."""
        before = self._placed[-1] if self._placed else None
        if self._led is not None:
            known = self._open.get(piece.utterance)
            if known is None or known.start < 0:
                return self._led.get(piece.utterance, _NEVER)
            return before.end if piece.joined and before is not None else self._free
        if piece.joined and before is not None and before.utterance == piece.utterance and before.cut < 0:
            return max(position, before.end)
        return max(position, self._free)

    def _soften(self, piece: Piece, begin: int, end: int) -> None:
        """What comes bit by bit ends softly where the next bit is not there in time."""
        if piece.joined and not piece.fall and begin < piece.end <= end and not piece.last and piece.cut < 0:
            follows = piece is not self._placed[-1] or (self._queue and self._queue[0].utterance == piece.utterance)
            known = self._open.get(piece.utterance)
            if not follows and known is not None and not known.complete:
                piece.fall = min(round(_SOFT_S * self.rate), piece.end - max(begin, piece.start))

    def _fade(self, utterance: str, latency: float) -> float:
        """Seconds in which an utterance stops."""
        latest = LONGEST_FADE - _TICK - latency
        piece = next((p for p in self._placed if p.start <= self._position < p.end), None)
        if piece is None or piece.utterance != utterance or latest <= FADE:
            return FADE
        t = (self._position - piece.start + piece.offset) / self.rate
        at = edge(piece.track.phones, t + FADE, t + latest)
        return FADE if at is None else at - t

    def _at(self, position: float) -> Piece | None:
        for piece in self._placed:
            if piece.start <= position < piece.end:
                return piece
        return None

    def _place(self, piece: Piece, start: int) -> None:
        if piece.joined and self._placed and self._placed[-1].utterance == piece.utterance:
            piece.rise = round(_SOFT_S * self.rate) if start > self._placed[-1].end else 0
        piece.start, piece.end = start, start + len(piece.sound)
        self._free = piece.end + self._pause
        self._placed.append(piece)
        if len(self._placed) > 64:
            self._placed.popleft()
        known = self._open[piece.utterance]
        if known.start < 0:
            known.start = start
            rest = sum(len(p.sound) + self._pause for p in self._queue if p.utterance == piece.utterance)
            self._mark(start, "started", piece.utterance, (len(piece.sound) + rest) / self.rate, known.text)
        known.end = piece.end
        if piece.last:
            self._complete(piece.utterance, known)

    def _complete(self, utterance: str, known: _Utterance) -> None:
        if known.complete:
            return
        known.complete = True
        self._mark(known.end, "finished", utterance, (known.end - known.start) / self.rate, known.text)

    def _over(self, known: _Utterance) -> bool:
        return known.complete and known.end <= self._position

    def _mark(self, at: int, kind: str, utterance: str, seconds: float, text: str) -> None:
        self._marks.append((at, SpeechEvent(kind, utterance, 0.0, seconds, text)))

    def _drop(self, utterance: str) -> None:
        self._dropped[utterance] = None
        while len(self._dropped) > _REMEMBERED:
            del self._dropped[next(iter(self._dropped))]
