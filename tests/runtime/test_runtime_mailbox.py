"""The one-slot box keeps the newest; the bounded box keeps order and says when it is full."""

from __future__ import annotations

import threading

from avatar.runtime.mailbox import Inbox, Latest


def test_latest_keeps_the_newest_and_counts_what_nobody_took() -> None:
    box: Latest[int] = Latest()
    for k in range(5):
        box.put(k)
    assert box.peek() == 4
    assert box.dropped == 4
    assert box.wait(after=5, timeout=0.0) == (5, None)


def test_latest_wakes_a_waiter() -> None:
    box: Latest[str] = Latest()
    seen: list[tuple[int, str | None]] = []
    thread = threading.Thread(target=lambda: seen.append(box.wait(after=0, timeout=5)))
    thread.start()
    box.put("news")
    thread.join(5)
    assert seen == [(1, "news")]


def test_closing_wakes_a_waiter_with_nothing() -> None:
    box: Latest[str] = Latest()
    seen: list[tuple[int, str | None]] = []
    thread = threading.Thread(target=lambda: seen.append(box.wait(after=0, timeout=5)))
    thread.start()
    box.close()
    thread.join(5)
    assert seen == [(0, None)]


def test_a_nudge_ends_one_wait_without_a_value() -> None:
    box: Latest[str] = Latest()
    seen: list[tuple[int, str | None]] = []
    thread = threading.Thread(target=lambda: seen.append(box.wait(after=0, timeout=60)))
    thread.start()
    box.nudge()
    thread.join(20)
    assert seen == [(0, None)]
    box.nudge()
    assert box.wait(after=0, timeout=60) == (0, None), "one that came while nobody waited counts for the next"
    assert box.wait(after=0, timeout=0.0) == (0, None)
    box.put("news")
    assert box.wait(after=0, timeout=0.0) == (1, "news")


def test_inbox_is_in_order_and_bounded() -> None:
    box: Inbox[int] = Inbox(limit=3)
    assert [box.put(k) for k in range(4)] == [True, True, True, False]
    assert box.get(timeout=0) == 0
    assert box.drain() == [1, 2]
    assert box.get(timeout=0) is None
