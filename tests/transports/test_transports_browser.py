"""A web page against the door, in real Chromium: from elsewhere it can neither say nor read anything by any way.

The same page from a listed origin, with a token, can: so what it tries would work, were it not refused.
"""

from __future__ import annotations

import contextlib
import http.server
import shutil
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from door import opened, settles

from avatar.events import messages
from avatar.io.transports.hub import Delivery
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox

HERE = Path(__file__).parent
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
REBOUND = "evil.example"
SECRET = "what only the person may read"

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine ('./dev setup' installs it where it can)")
    with playwright.sync_playwright() as driver:
        rules = f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1"
        chromium = driver.chromium.launch(executable_path=found, args=["--no-sandbox", rules])
        yield chromium
        chromium.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[int]:
    """The port of another local web server, which has the page."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(HERE))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def telling(doors: Doors) -> Iterator[None]:
    """The engine tells its clients something all the time."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(0.05):
            doors.publish(messages.CaptionShown(text=SECRET, speaker="Hikari", utterance="u"))

    thread = threading.Thread(target=tell)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def tried(browser: Any, port: int, doors: Doors, token: str = "", host: str = "127.0.0.1") -> dict[str, str]:
    """What the page got by each way, visited at that host."""
    page = browser.new_page()
    try:
        page.goto(f"http://{host}:{port}/hostile.html?door=127.0.0.1:{doors.port}&token={token}")
        got: dict[str, str] = page.evaluate("everything()")
        return got
    finally:
        page.close()


def quiet(doors: Doors, inbox: Inbox[Delivery]) -> None:
    assert inbox.drain() == [], "something reached the engine"
    assert doors.hub.clients == 0, "somebody is listening"


@pytest.mark.parametrize(
    ("host", "keys"),
    [("127.0.0.1", None), ("localhost", None), (REBOUND, None), ("127.0.0.1", {"abc": ["speak"]})],
    ids=["same address", "same machine", "elsewhere", "with tokens"],
)
def test_a_page_from_elsewhere_gets_nothing_by_any_way(browser: Any, elsewhere: int, host: str, keys: Any) -> None:
    with opened(keys) as (doors, inbox), telling(doors):
        most = 0

        def watch() -> None:
            nonlocal most
            while not over.wait(0.005):
                most = max(most, doors.hub.clients)

        over = threading.Event()
        watching = threading.Thread(target=watch)
        watching.start()
        try:
            got = tried(browser, elsewhere, doors, host=host)
        finally:
            over.set()
            watching.join()
        assert len(got) == 22
        assert {way: text for way, text in got.items() if text} == {}
        assert most == 0, "for a moment somebody was listening"
        quiet(doors, inbox)


def test_a_listed_page_speaks_and_reads_with_a_token_and_not_without(browser: Any, elsewhere: int) -> None:
    keys = {"abc": ["speak"]}
    with opened(keys, origins=[f"http://127.0.0.1:{elsewhere}"]) as (doors, inbox), telling(doors):
        got = tried(browser, elsewhere, doors, token="abc")
        assert all("presence.ack" in got[way] for way in ("websocket", "websocket by name"))
        assert all(got[way].startswith("202 ") and "presence.ack" in got[way] for way in ("post json", "post text"))
        assert got["get"].startswith("200 ")
        assert SECRET in got["get"]
        said = [d.event.data.text for d in inbox.drain() if isinstance(d.event.data, messages.Say)]
        assert said == ["I am inside."] * 4
        assert settles(lambda: doors.hub.clients == 0)
        got = tried(browser, elsewhere, doors)
        assert not any("presence.ack" in text or SECRET in text for text in got.values())
        assert inbox.drain() == []
        unlisted = tried(browser, elsewhere, doors, token="abc", host="localhost")
        assert set(unlisted.values()) == {""}, "another name is another origin, with a token too"
        assert inbox.drain() == []


@pytest.mark.parametrize("keys", [{"abc": ["speak"]}, None], ids=["tokens", "no token"])
def test_a_name_that_was_pointed_at_this_machine_gets_nothing(browser: Any, keys: Any) -> None:
    with opened(keys) as (doors, inbox), telling(doors):
        page = browser.new_page()
        answer = page.goto(f"http://{REBOUND}:{doors.port}/v1/events")
        assert answer.status == 403
        event = '{"specversion":"1.0","id":"r","source":"page","type":"presence.say","data":{"text":"I am inside."}}'
        told = page.evaluate(
            """async event => {
                const get = await fetch("/v1/events").then(a => a.status);
                const post = await fetch("/v1/events", {method: "POST", body: event}).then(a => a.status);
                const socket = await new Promise(done => {
                    const ws = new WebSocket("ws://" + location.host + "/v1/events");
                    ws.onopen = () => done("open");
                    ws.onclose = () => done("refused");
                });
                return [location.hostname, get, post, socket];
            }""",
            event,
        )
        assert told == [REBOUND, 403, 403, "refused"], "the page is of one origin with the door, and is refused"
        assert SECRET not in page.content()
        page.close()
        quiet(doors, inbox)
