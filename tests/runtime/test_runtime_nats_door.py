"""The NATS door with a real server and a client that nobody here wrote: nats-py."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from nats_machines import NAMES, Director, closing, server, until

from avatar.care import consent
from avatar.clock import ManualClock
from avatar.errors import UsageError
from avatar.events.messages import UserArrived
from avatar.io.transports.hub import Hub
from avatar.io.transports.nats import TOKEN_HEADER, address
from avatar.runtime import nats_server
from avatar.runtime.display import Follower
from avatar.runtime.nats_door import StageShow, where
from avatar.runtime.nats_server import OwnServer, url_file
from avatar.runtime.voicing import consent_file

__all__ = ["closing", "server"]


def event(kind: str, id: str = "1", **data: Any) -> bytes:
    return json.dumps(
        {"specversion": "1.0", "id": id, "source": "a-bot", "type": f"presence.{kind}", "data": data}
    ).encode()


def as_client(url: str, work: Callable[[Any, dict[str, list[Any]]], Awaitable[None]]) -> dict[str, list[Any]]:
    """Connect with nats-py and listen to everything that the stage says while ``work`` is done."""
    import nats

    heard: dict[str, list[Any]] = {}

    async def whole() -> None:
        client = await nats.connect(url, allow_reconnect=False)

        async def hear(message: Any) -> None:
            heard.setdefault(message.subject, []).append(json.loads(message.data))

        await client.subscribe("presence.hall.out.>", cb=hear)
        await client.flush()
        await work(client, heard)
        await client.close()

    asyncio.run(whole())
    return heard


async def ask(client: Any, raw: bytes, headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(
        (await client.request("presence.hall.in", raw, timeout=10, headers=headers)).data
    )
    return answer


def test_a_say_is_acknowledged_and_heard(server, closing):
    stage = closing(Director(server))

    async def work(client: Any, heard: dict[str, list[Any]]) -> None:
        welcome = await ask(client, event("hello", client="a bot"))
        assert welcome["type"] == "presence.welcome"
        assert welcome["data"]["clock"] == 3.0
        assert (await ask(client, event("say", text="One two.", utterance="u")))["data"] == {"id": "1"}
        assert (await ask(client, event("say", text="One two.", utterance="u")))["type"] == "presence.ack"
        for _ in range(400):
            stage.base.advance(0.01)
            stage.step()
            await asyncio.sleep(0.005)
            if "presence.hall.out.speech.finished" in heard:
                break

    heard = as_client(server.guest_url, work)
    started = heard["presence.hall.out.speech.started"]
    assert [e["data"]["utterance"] for e in started] == ["u"]  # the repeat was not said again
    assert started[0]["data"]["at"] >= 3.1
    assert heard["presence.hall.out.caption"][0]["data"]["text"] == "One two."
    assert len(heard["presence.hall.out.speech.finished"]) == 1


def test_bad_messages_get_their_error_and_nothing_else_happens(server, closing):
    stage = closing(Director(server))

    async def work(client: Any, heard: dict[str, list[Any]]) -> None:
        cases = {
            b"{": "invalid_json",
            event("sing", text="la"): "unknown_type",
            event("say", id="2", txt="presence.hello"): "unknown_field",
            event("gesture", id="3", name="somersault"): "unknown_name",
        }
        for raw, code in cases.items():
            assert (await ask(client, raw))["data"]["code"] == code
        await client.publish("presence.hall.in", b"not json")
        for _ in range(500):
            await asyncio.sleep(0.01)
            if "presence.hall.out.error" in heard:
                break

    heard = as_client(server.guest_url, work)
    assert heard["presence.hall.out.error"][0]["data"]["code"] == "invalid_json"
    assert not stage.inbox.drain()


def test_where_tokens_are_asked_for_each_message_needs_one(server, closing):
    stage = closing(Director(server, tokens={"wren": ["speak"]}))

    async def work(client: Any, heard: dict[str, list[Any]]) -> None:
        wren = {TOKEN_HEADER: "wren"}
        assert (await ask(client, event("say", text="Hi.")))["data"]["code"] == "not_authorised"
        assert (await ask(client, event("say", text="Hi."), {TOKEN_HEADER: "owl"}))["data"]["code"] == "not_authorised"
        assert (await ask(client, event("say", text="Hi."), wren))["type"] == "presence.ack"
        assert (await ask(client, event("gesture", "2", name="wave"), wren))["data"]["code"] == "scope"
        assert (await ask(client, event("hello", "3", client="x", token="wren")))["data"]["scopes"] == ["speak"]

    as_client(server.guest_url, work)
    assert len(stage.inbox.drain()) == 1


@pytest.mark.parametrize("observe", [False, True])
def test_what_the_person_does_is_told_only_where_they_want_it(server, closing, observe):
    stage = closing(Director(server, observe=observe))

    async def work(client: Any, heard: dict[str, list[Any]]) -> None:
        stage.doors.publish(UserArrived(at=3.0))
        assert (await ask(client, event("say", text="Hi.", utterance="u")))["type"] == "presence.ack"
        for _ in range(300):
            stage.base.advance(0.01)
            stage.step()
            await asyncio.sleep(0.005)
            if "presence.hall.out.speech.finished" in heard:
                break

    heard = as_client(server.guest_url, work)
    assert ("presence.hall.out.user.arrived" in heard) == observe


def test_a_guest_may_neither_write_the_log_nor_speak_as_the_stage(server, closing):
    closing(Director(server))
    problems: list[str] = []

    async def whole() -> None:
        import nats

        async def note(error: Exception) -> None:
            problems.append(str(error))

        client = await nats.connect(server.guest_url, error_cb=note)
        for subject in ("presence.hall.show", "presence.hall.out.notice", "presence.hall.now", "other.in"):
            await client.publish(subject, b"{}")
        await client.subscribe("presence.hall.in")
        await client.flush()
        await asyncio.sleep(0.1)
        await client.close()

    asyncio.run(whole())
    assert len([p for p in problems if "ermissions violation" in p.lower() or "ermissions" in p]) == 5


def test_the_server_listens_on_this_machine_only_and_its_words_are_private(server):
    assert address(server.url).host == "127.0.0.1"
    path = url_file("hall")
    assert path.read_text().strip() == server.guest_url
    assert path.stat().st_mode & 0o077 == 0
    assert (server.folder / "nats.conf").stat().st_mode & 0o077 == 0
    assert server.url.split("@")[0] != server.guest_url.split("@")[0]


def test_it_takes_its_folder_and_its_address_with_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    own = OwnServer("brief")
    folder = own.folder
    assert (folder / "nats.conf").is_file()
    own.close()
    assert not folder.exists()
    assert not url_file("brief").exists()
    with pytest.raises(UsageError, match="avatar run --nats embedded --stage brief"):
        nats_server.guest_url("brief")


def test_wrong_credentials_are_one_line_and_the_show_goes_on(server):
    told: list[str] = []
    url = f"nats://stage:wrong@127.0.0.1:{address(server.url).url.rsplit(':', 1)[1]}"
    show = lone_show(url, told)
    until(lambda: told, "a line about it")
    assert "refuses the credentials" in told[0]
    assert "wrong" not in told[0]
    show.close()
    assert len(told) == 1


def test_a_server_that_is_not_there_is_one_line():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told: list[str] = []
    show = lone_show(f"nats://127.0.0.1:{port}", told)
    until(lambda: told, "a line about it")
    assert f"127.0.0.1:{port} does not answer" in told[0]
    show.close()
    assert len(told) == 1


def lone_show(url: str, told: list[str]) -> StageShow:
    clock = ManualClock()
    show = StageShow(Hub(lambda d: None, clock, NAMES), clock, lambda: address(url), "hall", told.append, False)
    show.start()
    return show


def test_two_stages_of_one_name_are_refused(server, closing):
    closing(Director(server))
    second = closing(Director(server))
    until(lambda: second.told, "a line about it")
    assert "there is a stage named 'hall' already" in second.told[0]
    assert second.show.writer.waiting == 1


@pytest.mark.parametrize("bad", ["http://x", "nats://", "nats://a b", "nats://host:99999", "nats://host/path"])
def test_an_address_that_is_none_is_refused(bad):
    with pytest.raises(UsageError, match="nats://HOST:4222"):
        address(bad)


def test_credentials_come_from_the_address_or_from_the_environment(monkeypatch):
    assert address("nats://me:s%40y@Host.example").user == "me"
    assert address("nats://me:s%40y@Host.example").password == "s@y"
    assert address("tls://tok@host:1").token == "tok"
    assert address("host").url == "nats://host:4222"
    monkeypatch.setenv("PRESENCE_NATS_TOKEN", "abc")
    assert address("host").token == "abc"
    monkeypatch.setenv("PRESENCE_NATS_USER", "u")
    monkeypatch.setenv("PRESENCE_NATS_PASSWORD", "p")
    assert (address("host").user, address("host").password, address("host").token) == ("u", "p", None)


def test_another_machine_needs_consent_to_that_very_host(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(UsageError, match=r"avatar consent grant remote-display stage\.example"):
        where("nats://stage.example", "hall")
    consent.grant(consent_file(), "remote-display", "stage.example", "2026-11-22T19:00:00+00:00")
    assert where("nats://stage.example", "hall")().host == "stage.example"
    with pytest.raises(UsageError, match=r"remote-display other\.example"):
        where("nats://other.example", "hall")


def test_consent_withdrawn_ends_the_connection(server, closing, monkeypatch, tmp_path):
    monkeypatch.setattr("avatar.io.transports.nats.Address.local", property(lambda self: False))
    monkeypatch.setattr("avatar.runtime.nats_door.consent_file", lambda: tmp_path / "consent.json")
    consent.grant(tmp_path / "consent.json", "remote-display", "127.0.0.1", "2026-11-22T19:00:00+00:00")
    stage = closing(Director(server))
    assert not stage.told
    consent.revoke(tmp_path / "consent.json", "remote-display")
    until(lambda: stage.told, "a line about it")
    assert "consent for that machine is withdrawn" in stage.told[0]
    stage.send("gesture", name="wave")
    assert stage.show.writer.waiting == 1


def test_without_the_extra_it_says_what_to_type(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "nats", None)
    with pytest.raises(UsageError, match=r"pip install 'avatar-presence\[nats\]'"):
        where("nats://127.0.0.1", "hall")


def test_a_display_waits_for_its_stage(server):
    told: list[str] = []
    follower = Follower(ManualClock(), lambda: address(server.guest_url), "hall", told.append)
    follower.wait()
    until(lambda: told, "a line about it")
    assert told == ["NATS: there is no stage named 'hall' on that server now; it is waited for"]
    follower.close()
