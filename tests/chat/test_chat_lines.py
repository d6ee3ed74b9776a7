"""Streams as real servers write them: whatever their line ends, comments and cuts, the same events come out."""

from __future__ import annotations

import json

import pytest

from avatar.io.chat.deltas import Thoughts, read
from avatar.io.chat.lines import DONE, LONGEST, Lines, TooLongError

EVENTS = [{"a": "日本語 é 🙂"}, {"b": 2}, {"c": [1]}]
SHAPES = {
    "as documented": b"".join(b"data: %s\n\n" % json.dumps(e, ensure_ascii=False).encode() for e in EVENTS),
    "no blank after data:": b"".join(b"data:%s\n\n" % json.dumps(e).encode() for e in EVENTS),
    "CRLF": b"".join(b"data: %s\r\n\r\n" % json.dumps(e, ensure_ascii=False).encode() for e in EVENTS),
    "CR": b"".join(b"data: %s\r\r" % json.dumps(e).encode() for e in EVENTS),
    "no empty lines": b"".join(b"data: %s\n" % json.dumps(e).encode() for e in EVENTS),
    "comments": b": hello\n\n".join(b"data: %s\n\n: PROCESSING\n\n" % json.dumps(e).encode() for e in EVENTS),
    "names and ids": b"".join(
        b"event: message\nid: 7\nretry: 10\ndata: %s\n\n" % json.dumps(e).encode() for e in EVENTS
    ),
    "byte order mark": b"\xef\xbb\xbf" + b"".join(b"data: %s\n\n" % json.dumps(e).encode() for e in EVENTS),
    "over several lines": b"".join(
        b"".join(b"data: %s\n" % line.encode() for line in json.dumps(e, indent=1).split("\n")) + b"\n" for e in EVENTS
    ),
    "bare JSON lines": b"".join(b"%s\n" % json.dumps(e).encode() for e in EVENTS),
    "no end to the last line": b"\n".join(b"data: %s\n" % json.dumps(e).encode() for e in EVENTS).rstrip(b"\n"),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 16])
def test_every_shape_in_any_pieces_is_the_same_events(name: str, size: int) -> None:
    data, lines = SHAPES[name], Lines()
    found = [e for at in range(0, len(data), size) for e in lines.feed(data[at : at + size])]
    assert found + lines.finish() == EVENTS
    assert lines.bad == 0


def test_done_is_told_and_what_is_no_json_is_counted_and_left_out() -> None:
    lines = Lines()
    found = lines.feed(b'data: {"a": 1}\n\ndata: not json\n\ndata: {"b": 2}\n\nwhat is this\n\ndata: [DONE]\n\n')
    assert found == [{"a": 1}, {"b": 2}, DONE]
    assert lines.bad == 2


def test_a_bad_line_without_an_empty_one_after_it_spoils_only_itself() -> None:
    assert Lines().feed(b'data: {"a":\ndata: {"b": 2}\n') == [{"b": 2}]


def test_a_line_without_an_end_is_refused_not_collected() -> None:
    lines = Lines()
    for _ in range(LONGEST // 1024):
        assert lines.feed(b"x" * 1024) == []
    with pytest.raises(TooLongError):
        lines.feed(b"x")


def test_invalid_utf8_is_replaced() -> None:
    assert Lines().feed(b'data: {"a": "\xff"}\n') == [{"a": "�"}]


def test_words_and_nothing_else_are_spoken() -> None:
    assert read({"choices": [{"delta": {"content": "Hi"}}]}).text == "Hi"
    assert read({"choices": [{"message": {"content": [{"type": "text", "text": "Hi"}, {"type": "x"}]}}]}).text == "Hi"
    assert read({"choices": [{"text": "old"}]}).text == "old"
    thinking = read({"choices": [{"delta": {"content": None, "reasoning_content": "hm"}}]})
    assert (thinking.text, thinking.thought) == ("", True)
    assert read({"choices": [{"delta": {"refusal": "I cannot."}}]}).text == "I cannot."
    calls = {"tool_calls": [{"function": {"name": "look", "arguments": "{"}}, {"function": {"arguments": "}"}}]}
    assert read({"choices": [{"delta": calls}]}).tools == ("look",)
    assert read({"choices": [], "usage": {"total_tokens": 3}}).text == ""
    assert read({"error": {"message": "out of\nmemory"}}).error == ": out of memory"
    assert read({"error": 7}).error
    for odd in (None, [], "x", 3, {}, {"choices": 3}):
        assert read(odd) is None
    for odd in (
        {"choices": [3]},
        {"choices": [{"delta": 4, "finish_reason": 5}]},
        {"choices": [{"delta": {"content": 9}}]},
    ):
        assert read(odd).text == ""


CASES = [
    ("<think>secret</think>\n\nHello.", "Hello."),
    ("Hello <think>secret <b>x</b></think>there.", "Hello there."),
    ("<THINKING> a < b </THINKING>ok", "ok"),
    ("secret in the prompt's own mark</think>Hello.", "secret in the prompt's own markHello."),
    ("a < b and <b>c</b> <", "a < b and <b>c</b> <"),
    ("<think>never over", ""),
    ('<face name="joy"/>Hi <|ACT {"motion":"wave"}|>you', '<face name="joy"/>Hi <|ACT {"motion":"wave"}|>you'),
    ("< think >x< / think >y", "y"),
]


@pytest.mark.parametrize(("text", "spoken"), CASES)
def test_thoughts_are_never_spoken_wherever_the_stream_is_cut(text: str, spoken: str) -> None:
    for cut in range(len(text) + 1):
        thoughts = Thoughts()
        heard = thoughts.feed(text[:cut]) + thoughts.feed(text[cut:]) + thoughts.finish()
        assert heard == spoken, cut
    thoughts = Thoughts()
    assert "".join(thoughts.feed(c) for c in text) + thoughts.finish() == spoken
