"""The two ways values cross threads here: ``Latest`` (one slot, newest wins) and ``Inbox`` (bounded, in order)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """One slot. ``put`` replaces what nobody has taken (and counts it as dropped); ``wait`` blocks for news.

    tap : called with every value, in the thread that puts it and before anybody is woken: must be quick and not fail.
    """

    def __init__(self) -> None:
        self._value: T | None = None
        self._serial = 0
        self._taken = 0
        self._closed = self._nudged = False
        self._news = threading.Condition()
        self.dropped = 0
        self.tap: Callable[[T], None] | None = None

    def put(self, value: T) -> None:
        """Replace the slot's value and wake whoever waits."""
        if self.tap is not None:
            self.tap(value)
        with self._news:
            if self._serial > self._taken:
                self.dropped += 1
            self._value = value
            self._serial += 1
            self._news.notify_all()

    def peek(self) -> T | None:
        """The newest value, taken or not."""
        with self._news:
            self._taken = self._serial
            return self._value

    def wait(self, after: int, timeout: float) -> tuple[int, T | None]:
        """(serial, value) as soon as the serial is past ``after``; (after, None) on time-out, nudge or when closed."""
        with self._news:
            self._news.wait_for(lambda: self._serial > after or self._closed or self._nudged, timeout)
            self._nudged = False
            if self._serial > after:
                self._taken = self._serial
                return self._serial, self._value
            return after, None

    def nudge(self) -> None:
        """Let whoever waits, or waits next, wait no longer, without a value."""
        with self._news:
            self._nudged = True
            self._news.notify_all()

    def close(self) -> None:
        """Wake every waiter for good."""
        with self._news:
            self._closed = True
            self._news.notify_all()

    @property
    def closed(self) -> bool:
        """True once closed."""
        return self._closed


class Inbox(Generic[T]):
    """A bounded queue in order of arrival. ``put`` says False when it is full: the caller refuses, nothing is lost."""

    def __init__(self, limit: int = 1024) -> None:
        self._items: deque[T] = deque()
        self._limit = limit
        self._news = threading.Condition()

    def put(self, item: T, urgent: bool = False) -> bool:
        """Append; False when full, unless it is urgent."""
        with self._news:
            if len(self._items) >= self._limit and not urgent:
                return False
            self._items.append(item)
            self._news.notify_all()
            return True

    def drain(self) -> list[T]:
        """Everything waiting, oldest first; empties the box."""
        with self._news:
            items = list(self._items)
            self._items.clear()
            return items

    def get(self, timeout: float) -> T | None:
        """The oldest, waiting up to ``timeout`` seconds; None when there was none."""
        with self._news:
            self._news.wait_for(lambda: bool(self._items), timeout)
            return self._items.popleft() if self._items else None

    def __len__(self) -> int:
        return len(self._items)
