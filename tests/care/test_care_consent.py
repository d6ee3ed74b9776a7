"""Nothing leaves without a grant for that very purpose and host; a broken file allows nothing; writing is whole."""

from __future__ import annotations

import json

import pytest

from avatar.care import consent
from avatar.errors import OutputError, UsageError

WHEN = "2026-11-27T00:00:00+00:00"


def test_absent_is_no_and_granted_is_for_one_host_only(tmp_path):
    path = tmp_path / "presence" / "consent.json"
    assert not consent.allowed(path, "remote-voice", "speech.example")
    consent.grant(path, "remote-voice", "Speech.Example", WHEN)
    assert consent.allowed(path, "remote-voice", "speech.example")
    assert not consent.allowed(path, "remote-voice", "example")
    assert not consent.allowed(path, "remote-voice", "other.example")
    assert not consent.allowed(path, "camera", "speech.example")
    consent.grant(path, "remote-voice", "speech.example", WHEN)
    assert len(consent.read(path)) == 1


def test_revoked_it_is_no_again(tmp_path):
    path = tmp_path / "consent.json"
    for host in ("a.example", "b.example", "::1"):
        consent.grant(path, "remote-voice", host, WHEN)
    assert consent.revoke(path, "remote-voice", "a.example") == 1
    assert not consent.allowed(path, "remote-voice", "a.example")
    assert consent.allowed(path, "remote-voice", "b.example")
    assert consent.revoke(path, "remote-voice") == 2
    assert consent.read(path) == frozenset()
    assert consent.revoke(path, "remote-voice", "a.example") == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 2, "granted": [{"purpose": "remote-voice", "host": "a.example", "granted": "x"}]}',
        '{"version": 1, "granted": [{"purpose": "remote-voice", "host": "a.example"}]}',
        '{"version": 1, "granted": [{"purpose": "everything", "host": "a.example", "granted": "x"}]}',
        '{"version": 1, "granted": {"purpose": "remote-voice"}}',
        "[" * 100_000,
        "\0" * (300 << 10),
    ],
)
def test_a_file_that_is_not_right_allows_nothing(tmp_path, text):
    path = tmp_path / "consent.json"
    path.write_text(text)
    assert not consent.allowed(path, "remote-voice", "a.example")


def test_a_grant_sets_a_broken_file_right(tmp_path):
    path = tmp_path / "consent.json"
    path.write_text('{"version": 1, "gran')
    consent.grant(path, "remote-voice", "a.example", WHEN)
    assert json.loads(path.read_text())["version"] == consent.VERSION
    assert [p.name for p in tmp_path.iterdir()] == ["consent.json"]


@pytest.mark.parametrize("host", ["", "a b", "https://a.example", "a.example/v1", "*", "a" * 300])
def test_what_is_no_host_is_refused(tmp_path, host):
    with pytest.raises(UsageError, match="is no host"):
        consent.grant(tmp_path / "consent.json", "remote-voice", host, WHEN)
    assert not (tmp_path / "consent.json").exists()


def test_what_is_no_purpose_or_no_place(tmp_path):
    with pytest.raises(UsageError, match=r"no purpose 'all'.*remote-voice"):
        consent.grant(tmp_path / "consent.json", "all", "a.example", WHEN)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        consent.grant(tmp_path / "file" / "consent.json", "remote-voice", "a.example", WHEN)
