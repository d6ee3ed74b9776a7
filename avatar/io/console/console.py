"""What stands between a director and the pages that show it: the newest state, and commands as the director's inputs.

The thread that steps the director calls ``refresh``; pages ask and command from another. No thread of its own.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import cv2
import numpy as np

from ...ceremony import orders
from ...ceremony.director import Director
from ...ceremony.states import View
from ...errors import EventError
from ...types import ByteArray
from .plugs import Keepsake, Sound
from .state import State, guest_actions, guest_state, mark, state

PREVIEW_S: Final = 0.5
"""Seconds between two pictures of the preview."""
PREVIEW_WIDTH: Final = 320
_QUALITY: Final = 60
_TICKETS: Final = 16
_LANGUAGES: Final = ("en", "ja")
"""That the page itself speaks; titles, labels and notes are shown in them where the script has them."""

Give = Callable[[orders.Input], None]
_PLAIN: Final[dict[str, Callable[[], orders.Input]]] = {
    "hold": orders.Hold,
    "back": orders.Back,
    "pause": orders.Pause,
    "resume": orders.Resume,
    "fade": orders.FadeAll,
    "panic": orders.Panic,
    "stop": lambda: orders.Stop("officiant"),
}


class Console:
    """picture : the newest picture, (H, W, 3) uint8 RGB, where the person allows a preview; None = there is none;
    preview_far : whether another machine may see it; guests : whether what guests do is taken."""

    def __init__(
        self,
        picture: Callable[[], ByteArray | None] | None = None,
        preview_far: bool = False,
        guests: bool = True,
    ) -> None:
        self.preview_far = preview_far
        self.guest_token = f"presence_{secrets.token_urlsafe(32)}"
        """Good while this program runs, for the guests' view and what a cue asks of guests, and for nothing else."""
        self.guest_link = ""
        """By which guests come in, shown to the director; "" = none."""
        self._picture, self._guests = picture, guests
        self._sound: Sound | None = None
        self._keepsake: Keepsake | None = None
        self._ticks: set[str] = set()
        self._keep: Callable[[list[str]], None] = lambda ticks: None
        self._lock = threading.Lock()
        self._director: Director | None = None
        self._give: Give = lambda one: None
        self._checklist: tuple[str, ...] | None = None
        self._states: dict[tuple[str, bool], State] = {}
        self._mark: object = None
        self._t = 0.0
        self._view: View | None = None
        # Another number after each start, so that no page takes the state of a new run for one that it has.
        self.version = secrets.randbelow(1 << 40)
        self._wakes: set[Callable[[], None]] = set()
        self._tickets: dict[str, str] = {}
        self._shot: tuple[float, bytes | None] = (-1.0, None)

    def plug(
        self,
        director: Director,
        give: Give,
        checklist: Iterable[str] | None = None,
        sound: Sound | None = None,
        ticks: Iterable[str] = (),
        keep: Callable[[list[str]], None] = lambda ticks: None,
        keepsake: Keepsake | None = None,
    ) -> None:
        """Show this director, by the thread that steps it. give : takes its inputs, from any thread; checklist : what
        the preflight said, None = it was not asked; sound : what can be set, None = nothing; ticks : items that were
        ticked before; keep : is told of all of them whenever they change; keepsake : what is kept of the
        ceremony, None = it is not said."""
        self._director, self._give = director, give
        self._checklist = None if checklist is None else tuple(checklist)
        self._sound, self._ticks, self._keep = sound, set(ticks), keep
        self._keepsake = keepsake
        self._mark = None
        self.refresh()

    def refresh(self) -> None:
        """Look at the director again, after each of its steps and by the same thread."""
        if self._director is None:
            return
        view = self._director.view()
        self._t = view.t
        now = (mark(self._director, view), self._kept())
        if now == self._mark:
            return
        self._mark = now
        made: dict[tuple[str, bool], State] = {}
        for language in _LANGUAGES:
            made[language, False] = state(self._director, view, language, self._checklist)
            made[language, True] = guest_state(self._director, view, language)
        with self._lock:
            self._states, self._view = made, view
        self._changed()

    def get_state(self, language: str | None = None, guest: bool = False) -> State | None:
        """The state now, see ``state``; None = no director is plugged in. Any thread."""
        with self._lock:
            found = self._states.get((language if language in _LANGUAGES else _LANGUAGES[0], guest))
            if found is None:
                return None
            more: State = {"version": self.version, "t": self._t}
        if not guest:
            more["preview"] = self._picture is not None
            more["levels"] = dict(self._sound.volumes()) if self._sound is not None else {}
            more["guest_link"] = self.guest_link
            more["ticks"] = sorted(self._ticks)
            more["keepsake"] = self._kept()
        return {**found, **more}

    def command(self, name: str, /, **given: Any) -> None:
        """What a page asks for. Any thread.

        ``go`` (expect : the cue that the page showed as the next one), ``goto`` (cue), ``answer`` (answer : yes, no or
        silence; cue : the question), ``guest`` (action), ``level`` (name, value), ``tick`` (item, done),
        ``keepsake`` (keep), ``hold``, ``back``, ``pause``, ``resume``, ``fade``, ``panic``, ``stop``.
        Raises EventError: unknown_type, bad_value, unknown_name, not_ready.
        """
        view, director = self._view, self._director
        if view is None or director is None:
            raise EventError("not_ready", "there is no ceremony yet")
        if name in _PLAIN:
            self._give(_PLAIN[name]())
        elif name == "go":
            self._give(_go(view, given.get("expect")))
        elif name == "goto":
            cue = _word(given, "cue")
            if not director.knows(cue):
                raise EventError("unknown_name", "there is no such cue in this ceremony", "/cue")
            self._give(orders.Goto(cue))
        elif name == "answer":
            self._give(_answer(director, view, given))
        elif name == "guest":
            self._give(self._guest(director, view, _word(given, "action")))
        elif name == "level":
            self._level(_word(given, "name"), given.get("value"))
        elif name == "keepsake":
            self._forget(given.get("keep"))
        elif name == "tick":
            self._tick(_word(given, "item"), given.get("done"))
        else:
            raise EventError("unknown_type", f"there is no command '{name[:32]}'", "/command")

    def ticket(self, token: str) -> str:
        """What stands in a link instead of the token: good once (see ``redeem``)."""
        name = secrets.token_urlsafe(16)
        with self._lock:
            while len(self._tickets) >= _TICKETS:
                self._tickets.pop(next(iter(self._tickets)))
            self._tickets[name] = token
        return name

    def redeem(self, ticket: str) -> str | None:
        """The token of a ticket, once."""
        with self._lock:
            return self._tickets.pop(ticket, None)

    def meters(self) -> dict[str, float]:
        """How loud everything is now, name -> 0 to 1. Any thread."""
        return {} if self._sound is None else dict(self._sound.meters())

    def preview(self) -> bytes | None:
        """A small JPEG of now, two a second at most, kept nowhere else; None = there is none."""
        if self._picture is None:
            return None
        now = time.monotonic()
        if self._shot[0] < 0 or now >= self._shot[0] + PREVIEW_S:
            picture = self._picture()
            self._shot = (now, None if picture is None else small_jpeg(picture))
        return self._shot[1]

    @contextlib.contextmanager
    def watched(self, wake: Callable[[], None]) -> Iterator[None]:
        """``wake`` is called, from any thread, with each change meanwhile."""
        with self._lock:
            self._wakes.add(wake)
        try:
            yield
        finally:
            with self._lock:
                self._wakes.discard(wake)

    def _changed(self) -> None:
        with self._lock:
            self.version += 1
            wakes = list(self._wakes)
        for wake in wakes:
            wake()

    def _guest(self, director: Director, view: View, action: str) -> orders.Guest:
        if not self._guests:
            raise EventError("not_ready", "guests only watch")
        if action not in guest_actions(director, view):
            raise EventError("not_ready", "guests are not asked for this now", "/action")
        return orders.Guest(action)

    def _level(self, name: str, value: Any) -> None:
        if self._sound is None or name not in self._sound.volumes():
            raise EventError("unknown_name", "there is no such sound to set", "/name")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise EventError("bad_value", "a level is a number from 0 to 1", "/value")
        self._sound.set(name, float(value))
        self._changed()

    def _kept(self) -> dict[str, Any] | None:
        return None if self._keepsake is None else dict(self._keepsake.facts())

    def _forget(self, keep: Any) -> None:
        if not isinstance(keep, bool):
            raise EventError("bad_value", "'keep' is true or false", "/keep")
        if self._keepsake is None:
            raise EventError("not_ready", "there is no keepsake of this ceremony")
        self._keepsake.forget(not keep)
        self._changed()

    def _tick(self, item: str, done: Any) -> None:
        with self._lock:
            found = self._states.get((_LANGUAGES[0], False), {}).get("items", ())
            if item not in {one["id"] for one in found}:
                raise EventError("unknown_name", "there is no such item on the list", "/item")
            if not isinstance(done, bool):
                raise EventError("bad_value", "'done' is true or false", "/done")
            self._ticks = self._ticks | {item} if done else self._ticks - {item}
            ticks = sorted(self._ticks)
        self._keep(ticks)
        self._changed()


def small_jpeg(picture: ByteArray) -> bytes:
    """A picture, (H, W, 3) uint8 RGB, as a JPEG at most 320 pixels wide."""
    height, width = picture.shape[:2]
    if width > PREVIEW_WIDTH:
        size = (PREVIEW_WIDTH, max(1, round(height * PREVIEW_WIDTH / width)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    done, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., 2::-1]), options)
    return bytes(data) if done else b""


def _go(view: View, expected: Any) -> orders.Go:
    """GO for what the page showed: one that came too late must not begin the cue after it."""
    if expected is not None and expected != view.standby:
        raise EventError("not_ready", "the ceremony has moved on: look at what stands by now", "/expect")
    return orders.Go(by="console")


def _answer(director: Director, view: View, given: Mapping[str, Any]) -> orders.Input:
    if view.asked is None or view.asked.cue != given.get("cue"):
        raise EventError("not_ready", "nobody is being asked this now", "/cue")
    match given.get("answer"):
        case "yes" | "no" as answer:
            return orders.Answered(answer, "tapped", view.asked.cue)
        case "silence":
            return orders.Answered("silence", "tapped", view.asked.cue)  # type: ignore[arg-type]
        case _:
            raise EventError("bad_value", "an answer is yes, no or silence", "/answer")


def _word(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        raise EventError("bad_value", f"'{name}' is a word of at most 64 letters", f"/{name}")
    return value
