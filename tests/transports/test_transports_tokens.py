"""Tokens: how they are kept, what a damaged file does, and that a grant and its end hold at once."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import time
from pathlib import Path

import pytest
from door import dial, event, greet, hear, opened, post, settles
from websockets.exceptions import ConnectionClosed

from avatar.config import Settings
from avatar.errors import OutputError, UsageError
from avatar.events.messages import SCOPES
from avatar.io.transports import client as sender
from avatar.io.transports.tokens import FILE, LOCAL, LOCAL_FILE, FixedKeys, TokenFiles, local_token
from avatar.runtime.entrance import door_keys

WHEN = "2026-11-22T19:00:00+00:00"


def files(folder: Path) -> tuple[TokenFiles, list[str]]:
    told: list[str] = []
    return TokenFiles(folder, told.append), told


def test_a_token_is_kept_as_a_hash_alone_for_the_user_alone(tmp_path: Path) -> None:
    keys, _ = files(tmp_path / "new" / "folder")
    token = keys.add("my-bot", ["speak", "pose"], WHEN)
    assert len(token) > 40
    text = keys.path.read_text()
    assert token not in text
    assert token.removeprefix("presence_") not in text
    if os.name == "posix":
        assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600
    grant = keys.grant(token)
    assert grant is not None
    assert (grant.name, grant.scopes, grant.created) == ("my-bot", {"speak", "pose"}, WHEN)
    for wrong in (None, "", "my-bot", token[:-1], token + "x", grant.key, token.upper()):
        assert keys.grant(wrong) is None
    assert [p.name for p in keys.path.parent.iterdir()] == [FILE], "nothing else is left behind"
    assert keys.add("other", ["observe"], WHEN) != token


@pytest.mark.parametrize(
    ("name", "scopes", "words"),
    [
        ("a b", ["speak"], "no name"),
        ("", ["speak"], "no name"),
        ("../x", ["speak"], "no name"),
        ("Local", ["speak"], "is taken"),
        ("x", [], "one or more of direct, observe, pose, speak"),
        ("x", ["fly"], "scope 'fly'"),
        ("there", ["speak"], "already"),
    ],
)
def test_what_cannot_be_added(tmp_path: Path, name: str, scopes: list[str], words: str) -> None:
    keys, _ = files(tmp_path)
    keys.add("there", ["speak"], WHEN)
    before = keys.path.read_bytes()
    with pytest.raises(UsageError, match=words):
        keys.add(name, scopes, WHEN)
    assert keys.path.read_bytes() == before


def test_a_grant_and_its_end_reach_a_program_that_runs(tmp_path: Path) -> None:
    running, _ = files(tmp_path)
    assert running.grant("anything") is None
    token = files(tmp_path)[0].add("bot", ["speak"], WHEN)
    grant = running.grant(token)
    assert grant is not None
    assert running.holds(grant.key) == grant
    assert files(tmp_path)[0].revoke("bot")
    assert running.grant(token) is None
    assert running.holds(grant.key) is None
    assert not files(tmp_path)[0].revoke("bot")
    again = files(tmp_path)[0].add("bot", ["speak"], WHEN)
    assert running.grant(token) is None, "a new token of the same name does not bring the old one back"
    assert running.grant(again) is not None


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"version": 2, "tokens": []}',
        b'{"version": 1, "tokens": {}}',
        b'{"version": 1, "tokens": [5]}',
        b'{"version": 1, "tokens": [{"name": "a", "sha256": "' + b"0" * 64 + b'", "scopes": ["all"], "created": ""}]}',
        b'{"version": 1, "tokens": [{"name": "a", "sha256": "' + b"0" * 64 + b'", "scopes": [[]], "created": ""}]}',
        b'{"version": 1, "tokens": [{"name": "local", "sha256": "' + b"0" * 64 + b'", "scopes": [], "created": ""}]}',
        b'{"version": 1, "tokens": [{"name": "a", "sha256": "short", "scopes": [], "created": ""}]}',
        b" " * (1 << 20),
    ],
)
def test_a_damaged_file_lets_nobody_in_and_is_set_aside(tmp_path: Path, damage: bytes) -> None:
    keys, told = files(tmp_path)
    token = keys.add("bot", ["speak"], WHEN)
    assert keys.grant(token) is not None
    keys.path.write_bytes(damage)
    assert keys.grant(token) is None
    (line,) = told
    aside = next(p for p in tmp_path.iterdir() if p.name.startswith(f"{FILE}.corrupt."))
    assert aside.name in line
    assert aside.read_bytes() == damage
    assert not keys.path.exists()
    assert keys.grant(token) is None
    assert len(told) == 1, "said once"
    assert keys.grant(keys.add("bot", ["speak"], WHEN)) is not None


def test_the_users_own_token_is_made_once_and_read_by_their_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avatar.io.transports.tokens.config_folder", lambda: tmp_path)
    assert local_token() is None
    keys, told = files(tmp_path)
    token = keys.own()
    assert token == keys.own() == local_token()
    assert TokenFiles().grant(token) == keys.grant(token)
    grant = keys.grant(token)
    assert grant is not None
    assert (grant.name, grant.scopes) == (LOCAL, SCOPES)
    assert keys.grant(token, near=False) is None, "it never goes over a network"
    assert keys.revoke(LOCAL)
    assert keys.grant(token) is None
    assert keys.grant(keys.own()) is not None
    monkeypatch.setenv("PRESENCE_TOKEN", " other ")
    assert local_token() == "other"
    assert told == []


@pytest.mark.skipif(os.name != "posix", reason="permissions of files")
def test_an_own_token_that_others_could_read_is_good_no_longer(tmp_path: Path) -> None:
    keys, told = files(tmp_path)
    token = keys.own()
    assert stat.S_IMODE(keys.local.stat().st_mode) == 0o600
    keys.local.chmod(0o644)
    other, told = files(tmp_path)
    assert other.grant(token) is None
    assert "others could read" in told[0]
    fresh = keys.own()
    assert fresh != token
    assert stat.S_IMODE(keys.local.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", [b"", b"\xff\xff", b"short", b"x" * 1000])
def test_a_damaged_own_token_is_set_aside_and_made_anew(tmp_path: Path, damage: bytes) -> None:
    keys, told = files(tmp_path)
    keys.own()
    keys.local.write_bytes(damage)
    keys.local.chmod(0o600)
    assert keys.grant(damage.decode("latin-1")) is None
    assert "damaged" in told[0]
    assert any(p.name.startswith(f"{LOCAL_FILE}.corrupt.") for p in tmp_path.iterdir())
    assert keys.grant(keys.own()) is not None


def test_tokens_of_a_program_hold_as_long_as_it_does() -> None:
    keys = FixedKeys({"abc": ["speak"], "": ["observe"]})
    grant = keys.grant("abc")
    assert grant is not None
    assert grant.scopes == {"speak"}
    assert keys.holds(grant.key) == grant
    assert keys.grant("abd") is None
    everybody = FixedKeys({}).grant(None)
    assert everybody is not None
    assert everybody.scopes == SCOPES


def test_a_run_makes_a_token_of_its_own_and_says_when_none_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avatar.io.transports.tokens.config_folder", lambda: tmp_path / "presence")
    told: list[str] = []
    assert door_keys(Settings(port=None), told.append) is None
    assert told == []
    assert not (tmp_path / "presence").exists()
    assert door_keys(Settings(token=False), told.append) is None
    assert "any program on this machine" in told.pop()
    keys = door_keys(Settings(), told.append)
    assert keys is not None
    assert told == []
    assert keys.grant(local_token()) is not None
    assert keys.grant(None) is None


def test_another_address_needs_a_token_that_somebody_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avatar.io.transports.tokens.config_folder", lambda: tmp_path)
    told: list[str] = []
    with pytest.raises(UsageError, match="--no-token"):
        Settings(host="0.0.0.0", token=False)
    door_keys(Settings(), told.append)
    with pytest.raises(UsageError, match="avatar token add"):
        door_keys(Settings(host="192.168.1.20"), told.append)
    TokenFiles().add("tablet", ["speak"], WHEN)
    assert door_keys(Settings(host="192.168.1.20"), told.append) is not None
    assert "not encrypted" in told[0]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a folder that cannot be made")
def test_a_folder_that_cannot_be_written_is_said_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocker = tmp_path / "a-file"
    blocker.write_text("")
    monkeypatch.setattr("avatar.io.transports.tokens.config_folder", lambda: blocker / "presence")
    told: list[str] = []
    keys = door_keys(Settings(), told.append)
    assert keys is not None
    assert keys.grant(None) is None
    assert any("no token for this user's own programs" in line for line in told)
    with pytest.raises(OutputError, match="a-file"):
        keys.add("bot", ["speak"], WHEN)


@pytest.mark.parametrize(
    "wrong", ["*", "null", "http://a.example/path", "localhost:3000", "http://", "file://", "http://a b"]
)
def test_what_is_no_origin(wrong: str) -> None:
    with pytest.raises(UsageError, match="origin"):
        Settings(origins=(wrong,))
    assert Settings(origins=("HTTP://Localhost:3000/",)).origins == ("http://localhost:3000",)


def test_on_the_door_each_way_in_needs_a_token(tmp_path: Path) -> None:
    keys, _ = files(tmp_path)
    own = keys.own()
    with opened(keys) as (doors, _):
        with dial(doors) as socket:
            assert greet(socket)["data"]["code"] == "not_authorised"
            assert greet(socket, token="guess")["data"]["code"] == "not_authorised"
            assert greet(socket, token=own)["type"] == "presence.welcome"
        assert post(doors, event("say", text="x"))[0] == 401
        assert post(doors, event("say", text="x"), {"Authorization": f"Bearer {own}"})[0] == 202
        assert post(doors, event("say", text="x"), {"Authorization": f"Basic {own}"})[0] == 401
        assert sender.send(doors.url, "say", {"text": "x"})[-1]["data"]["code"] == "not_authorised"
        assert sender.send(doors.url, "say", {"text": "x"}, token=own)[-1]["type"] == "presence.ack"
        assert doors.memory().send("presence.say", text="x")["type"] == "presence.ack", "the same process needs none"


def test_a_post_cannot_greet_its_way_to_more(tmp_path: Path) -> None:
    keys, _ = files(tmp_path)
    token = {"Authorization": f"Bearer {keys.add('bot', ['speak'], WHEN)}"}
    with opened(keys) as (doors, _):
        assert post(doors, event("gesture", name="wave"), token)[0] == 403
        assert post(doors, event("hello", client="x", token=keys.own()), token)[1]["data"]["scopes"] == ["speak"]
        assert post(doors, event("gesture", name="wave"), token)[0] == 403


def test_a_revoked_client_is_out_within_a_second_and_the_others_stay(tmp_path: Path) -> None:
    keys, _ = files(tmp_path)
    tokens = {name: keys.add(name, ["speak"], WHEN) for name in ("leaves", "stays")}
    with opened(keys) as (doors, _), dial(doors) as gone, dial(doors) as stays:
        assert greet(gone, token=tokens["leaves"])["type"] == "presence.welcome"
        assert greet(stays, token=tokens["stays"])["type"] == "presence.welcome"
        bearer = {"Authorization": f"Bearer {tokens['leaves']}"}
        assert post(doors, event("say", text="x"), bearer)[0] == 202
        TokenFiles(tmp_path).revoke("leaves")
        start = time.perf_counter()
        with pytest.raises(ConnectionClosed) as closing:
            gone.recv(timeout=3)
        assert time.perf_counter() - start < 1.0
        assert closing.value.rcvd is not None
        assert (closing.value.rcvd.code, closing.value.rcvd.reason) == (1008, "its token has been revoked")
        assert post(doors, event("say", text="x"), bearer)[0] == 401
        assert settles(lambda: doors.hub.clients == 1)
        stays.send(event("say", text="x"))
        assert hear(stays)["type"] == "presence.ack"


def test_tokens_are_in_no_log_and_no_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    keys, told = files(tmp_path)
    token = keys.own()
    with opened(keys) as (doors, _), dial(doors) as socket:
        answers = [greet(socket, token=token[:-1] + "!"), greet(socket, token=token)]
        answers.append(post(doors, event("say", text=5), {"Authorization": f"Bearer {token}"})[1])
    assert not re.search(r"presence_\w{20}", json.dumps(answers) + caplog.text + "".join(told))
