"""A change is said before it happens, and happens once."""

from __future__ import annotations

from avatar.care.changes import AHEAD_S, SHOWN_S, Changes, manner


def test_it_is_said_first_and_happens_later_once() -> None:
    changes: Changes[str] = Changes()
    assert changes.visible(0.0) == ""
    assert changes.due(0.0) == []
    changes.announce(manner("calm"), "calm", 10.0)
    changes.announce(manner("warm"), "warm", 11.0)
    assert "'warm'" in changes.visible(11.0)
    assert changes.due(10.0 + AHEAD_S - 0.01) == []
    assert changes.due(10.0 + AHEAD_S) == ["calm"]
    assert changes.due(11.0 + AHEAD_S) == ["warm"]
    assert changes.due(1e9) == []
    assert changes.visible(11.0 + SHOWN_S) == ""


def test_a_flood_of_changes_is_bounded() -> None:
    changes: Changes[int] = Changes()
    for k in range(1000):
        changes.announce("x", k, 0.0)
    due = changes.due(AHEAD_S)
    assert len(due) <= 8
    assert due[-1] == 999


def test_it_is_said_in_the_languages_there_are() -> None:
    assert "calm" in manner("calm", "ja-JP")
    assert manner("calm", "ja") != manner("calm")
    assert manner("calm", "xx") == manner("calm")
