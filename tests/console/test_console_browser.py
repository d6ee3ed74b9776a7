"""The console in real Chromium: a whole wedding by keyboard, phone and laptop, slips, a restart, a foreign page."""

from __future__ import annotations

import http.server
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from console_demo import GUEST, TOKEN, WEDDING, Demo, keeping, moving_picture, played, sounding

from avatar.ceremony import orders, reading
from avatar.ceremony.director import Director

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PHONE, LAPTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
QUICK: dict[str, Any] = {"speed": 6.0, "talks": 20.0}

pytestmark = [pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on this machine ('./dev setup' installs it where it can)")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def _pages_close(browser: Any) -> Iterator[None]:
    """Else the pages of every test go on asking for a director who has left, beside all the tests that follow."""
    yield
    for context in browser.contexts:
        context.close()


class Officiant:
    """Somebody at the page. errors : of the page; asked : every address it asked for."""

    def __init__(self, browser: Any, demo: Demo, size: dict[str, int] = LAPTOP, link: str | None = None) -> None:
        self.demo = demo
        self.context = browser.new_context(viewport=size, locale="en-GB", reduced_motion="reduce")
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda m: self.errors.append(m.text) if "Content Security" in m.text else None)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))
        self.page.goto(link or demo.link())
        self.page.wait_for_selector("#director:visible, #guest:visible")

    def until(self, true: Callable[[], Any], what: str = "", seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, what or self.demo.director.view()
            self.page.wait_for_timeout(20)

    def text(self, where: str) -> str:
        found: str = self.page.inner_text(where)
        return found

    def shows(self, where: str, words: str) -> None:
        self.until(lambda: words in self.text(where), f"'{words}' in {where}")

    def at(self, cue: str) -> None:
        """Waits, as a human does, until nothing runs, the page shows that cue as the next, and it may be begun."""
        label = self.demo.director.words(self.demo.director.plan.step(cue).cue.label)
        self.shows("#standby-label", label)
        self.until(lambda: not self.demo.director.view().running, "nothing runs")
        self.page.wait_for_timeout(550)


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_a_whole_wedding_is_conducted_by_keyboard(browser: Any, size: dict[str, int]) -> None:
    with played(**QUICK) as demo:
        one = Officiant(browser, demo, size)
        keys = one.page.keyboard
        one.shows("#standby-label", "Companion appears")
        assert one.page.evaluate("document.activeElement.tagName") == "BODY", "nothing need be clicked first"
        keys.press("Space")
        one.at("statement")
        keys.press("Enter")
        one.at("person-vow")
        keys.press("PageDown")
        one.shows("#prompter", "I chose you on an ordinary evening")
        assert one.text("#go-word") == "READ ✓"
        size_of_type = one.page.eval_on_selector("#prompter .line", "e => parseFloat(getComputedStyle(e).fontSize)")
        assert size_of_type >= 26
        one.page.wait_for_timeout(550)
        keys.press("PageDown")
        one.at("companion-vow")
        one.page.wait_for_timeout(550)
        keys.press("Space")
        one.at("question")
        keys.press("Space")
        one.shows("#asking", "Alex is asked")
        one.shows("#asking", "do you take this day")
        before = len(demo.given)
        keys.press("Space")
        one.page.wait_for_timeout(100)
        assert len(demo.given) == before, "GO answers nothing for the person"
        keys.press("y")
        one.at("ring-offered")
        keys.press("Space")
        one.at("declaration")
        keys.press("Space")
        one.shows("#prompter", "Before all of us")
        one.page.wait_for_timeout(550)
        keys.press("Space")
        one.at("flowers-offered")
        one.page.wait_for_timeout(550)
        keys.press("Space")
        one.until(lambda: demo.director.mode == "ended", "the end", 30)
        one.shows("#banner", "The ceremony is over")
        assert demo.director.answers == {"question": "yes"}
        assert len(demo.director.done) == 14
        unusual = [(e.what, e.cue) for e in demo.director.log if e.what in ("trouble", "passed", "ignored")]
        assert unusual == [("passed", "ring-on"), ("passed", "flowers-given")], "nobody holds out a hand here"
        assert one.page.evaluate("document.documentElement.scrollWidth") <= size["width"], "nothing is cut off"
        assert one.errors == []


def test_slips_do_no_harm_and_panic_is_always_there(browser: Any) -> None:
    with played() as demo:
        one = Officiant(browser, demo, PHONE)
        one.page.keyboard.press("Escape")
        one.page.wait_for_timeout(1200)
        one.page.click("#panic")
        one.page.wait_for_timeout(1200)
        assert demo.director.mode == "ready", "once is a slip"
        one.page.keyboard.press("Space")
        one.page.keyboard.press("Space")
        one.until(lambda: demo.director.mode == "running")
        one.page.click("#hold")
        one.until(lambda: demo.director.held)
        one.page.wait_for_timeout(300)
        assert [type(g) for g in demo.given] == [orders.Go, orders.Hold]
        one.page.click("text=Thanks")
        one.page.wait_for_selector("#confirm[open]")
        one.page.keyboard.press("PageDown")
        one.page.keyboard.press("Enter")
        one.page.wait_for_selector("#confirm", state="hidden")
        assert demo.director.view().standby == "greeting", "what is done without looking changes nothing"
        one.page.click("text=Thanks")
        for step in (one.page.keyboard.down, one.page.keyboard.up):
            if step == one.page.keyboard.up:
                one.until(lambda: demo.director.mode == "panic", "Escape held", 3)
            step("Escape")
        assert demo.panicked.is_set(), "it stopped before the ceremony heard of it"
        one.shows("#banner", "Everything is stopped")
        assert one.page.is_disabled("#go")
        one.page.keyboard.press("Space")
        one.page.wait_for_timeout(100)
        assert demo.director.mode == "panic"
        one.page.click("#banner-button")
        one.until(lambda: demo.director.mode == "running")
        assert demo.director.held
        one.page.dblclick("#panic")
        one.until(lambda: demo.director.mode == "panic")
        assert one.errors == []


def test_a_human_reads_for_the_companion_and_the_words_of_the_stop(browser: Any) -> None:
    ceremony = reading.parse(WEDDING.read_text(encoding="utf-8"), "wedding.yaml")
    director = Director(ceremony, "en", reads=lambda role: True)
    with played(director=director, **QUICK) as demo:
        one = Officiant(browser, demo, PHONE)
        one.page.keyboard.press("Space")
        one.shows("#standby-label", "The symbolic statement")
        one.shows("#prompter .who", "Read aloud for Hikari")
        assert one.text("#go-word") == "READ ✓"
        one.page.wait_for_timeout(1100)
        one.page.click("#go")
        one.until(lambda: any(entry.what == "read" for entry in director.log), "it was read")
        demo.inputs.append(orders.Stop())
        one.until(lambda: director.mode == "stopping")
        one.shows("#prompter", "We stop here")
        assert one.text("#go-word") == "READ ✓"
        assert one.page.is_disabled("#hold")
        one.page.wait_for_timeout(1100)
        one.page.click("#go")
        one.until(lambda: director.mode == "stopped", "and that it was read ends it", 3)
        assert one.errors == []


def test_after_a_click_space_is_go_and_not_that_button_again(browser: Any) -> None:
    with played(**QUICK) as demo:
        one = Officiant(browser, demo)
        one.page.keyboard.press("Space")
        one.at("statement")
        one.page.click("#back")
        one.shows("#standby-label", "Greeting")
        one.page.keyboard.press("Space")
        one.until(lambda: orders.Go in [type(g) for g in demo.given[2:]])
        assert [type(g) for g in demo.given].count(orders.Back) == 1
        one.at("statement")
        one.page.keyboard.press("PageUp")
        one.shows("#standby-label", "Greeting")
        one.page.locator("#hold").focus()
        one.page.keyboard.press("Tab")
        one.page.locator("#back").focus()
        one.page.keyboard.press("Enter")
        one.shows("#standby-label", "Companion appears")


def test_it_finds_its_place_again_when_the_engine_was_restarted(browser: Any) -> None:
    demo = Demo(**QUICK)
    one = Officiant(browser, demo)
    assert "#" not in one.page.url, "the link is out of the address, and out of the history"
    one.page.keyboard.press("Space")
    one.at("statement")
    port = demo.doors.port
    demo.stop()
    one.shows("#banner", "Not connected")
    one.until(lambda: one.page.is_disabled("#go"), "no GO that goes nowhere")
    assert "symbolic statement" in one.text("#standby-label"), "what was known is still to be read"
    again = Demo(director=demo.director, port=port, **QUICK)
    try:
        one.demo = again
        one.page.wait_for_selector("#banner", state="hidden")
        one.at("statement")
        one.page.keyboard.press("Space")
        one.at("person-vow")
        one.page.reload()
        one.shows("#standby-label", "vow")
        assert one.errors == []
    finally:
        again.stop()


class _Page(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>elsewhere</title>")

    def log_message(self, format: str, *args: Any) -> None:
        pass


def test_a_page_of_another_origin_cannot_use_it_even_with_the_token(browser: Any, tmp_path: Path) -> None:
    with (
        played(picture=moving_picture) as demo,
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Page, directory=str(tmp_path))) as server,
    ):
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        page = browser.new_page()
        try:
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
            ticket = demo.link().partition("#")[2]
            got = page.evaluate(
                """async ([base, token, ticket]) => {
                    const tried = {}, bearer = { Authorization: "Bearer " + token };
                    const ask = async (name, path, more) => {
                        try { const a = await fetch(base + path, more); tried[name] = await a.text() || a.type; }
                        catch { tried[name] = ""; }
                    };
                    await ask("state", "/v1/ceremony", { headers: bearer });
                    await ask("go", "/v1/ceremony", { method: "POST", headers: bearer, body: '{"command": "go"}' });
                    await ask("ticket", "/console/ticket", { method: "POST", body: JSON.stringify({ ticket }) });
                    await ask("page", "/console");
                    await fetch(base + "/v1/ceremony", { method: "POST", mode: "no-cors", body: '{"command": "go"}' })
                        .catch(() => 0);
                    const load = (tag, attribute, path) => new Promise(done => {
                        const e = document.createElement(tag);
                        e.onload = () => done("loaded"); e.onerror = () => done("");
                        e[attribute] = base + path;
                        document.body.append(e); setTimeout(() => done(""), 1500);
                    });
                    tried.script = await load("script", "src", "/console/words.js");
                    tried.image = await load("img", "src", "/console/icon.svg");
                    tried.socket = await new Promise(done => {
                        const s = new WebSocket(base.replace("http", "ws") + "/v1/events");
                        s.onopen = () => done("open"); s.onclose = () => done("");
                    });
                    const frame = document.createElement("iframe");
                    frame.src = base + "/console"; document.body.append(frame);
                    await new Promise(done => { frame.onload = done; setTimeout(done, 1500); });
                    tried.frame = frame.contentDocument ? "read" : "";
                    return tried;
                }""",
                [f"http://127.0.0.1:{demo.doors.port}", TOKEN, ticket],
            )
            assert {way: text for way, text in got.items() if text} == {}
            assert len(got) == 8
            assert demo.given == []
            assert demo.doors.hub.clients == 0
            assert demo.console.redeem(ticket) == TOKEN, "the link is still good"
        finally:
            page.close()
            server.shutdown()
            thread.join()


CONTRAST = """() => {
    const parse = c => (c.match(/[0-9.]+/g) || []).map(Number);
    const over = (top, under) => { const a = top[3] ?? 1; return [0, 1, 2].map(k => top[k] * a + under[k] * (1 - a)); };
    const line = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
    const light = c => { const [r, g, b] = c.map(v => line(v / 255));
                         return .2126 * r + .7152 * g + .0722 * b; };
    const found = [];
    for (const e of document.querySelectorAll("body *")) {
        const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
        if (!own || !e.getClientRects().length) continue;
        const chain = [];
        for (let p = e; p; p = p.parentElement) chain.unshift(parse(getComputedStyle(p).backgroundColor));
        const ground = chain.reduce((under, c) => over(c, under), [255, 255, 255]);
        const ink = over(parse(getComputedStyle(e).color), ground);
        const [a, b] = [light(ink), light(ground)].sort((x, y) => y - x);
        const name = e.id || e.className || e.tagName;
        found.push([(a + .05) / (b + .05), name + ": " + e.textContent.trim().slice(0, 30)]);
    }
    return found;
}"""


def test_everything_is_readable_labelled_and_nothing_is_asked_for_elsewhere(browser: Any) -> None:
    checks = ["f:1:2: warning: something to look at", "f:3:4: note: for information", "f:5:6: wrong"]
    more: dict[str, Any] = {"picture": moving_picture, "sound": sounding(), "checklist": checks}
    with played(**QUICK, **more) as demo:
        one = Officiant(browser, demo)
        page = one.page
        seen: set[str] = set()

        def readable() -> None:
            page.wait_for_timeout(150)
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            ratios = page.evaluate(CONTRAST)
            assert len(ratios) > 20
            assert [text for ratio, text in ratios if ratio < 4.5] == []
            seen.update(text.partition(":")[0] for _, text in ratios)
            names = page.evaluate(
                "[...document.querySelectorAll('button, input')].filter(e => e.offsetParent)"
                ".map(e => (e.labels?.[0] || e).textContent.trim())"
            )
            assert all(names), "every button has words"

        readable()
        page.keyboard.press("Space")
        one.at("statement")
        page.click("#scenes [data-cue=person-vow]")
        readable()
        page.click("#confirm-yes")
        one.at("person-vow")
        page.keyboard.press("Space")
        one.shows("#prompter", "I chose you")
        readable()
        page.click("#scenes [data-cue=question]")
        page.click("#confirm-yes")
        one.at("question")
        page.keyboard.press("Space")
        one.shows("#asking", "Alex is asked")
        readable()
        page.click("#panic")
        readable()
        page.click("#panic")
        one.shows("#banner", "Everything is stopped")
        readable()
        assert {"banner-text", "asking-title", "confirm-text", "go-word", "warning", "error", "line"} <= seen
        assert page.evaluate("getComputedStyle(document.querySelector('#preview')).display") != "none"
        page.wait_for_timeout(700)
        middle = page.evaluate(
            "[...document.querySelector('#preview-picture').getContext('2d').getImageData(300, 90, 1, 1).data]"
        )
        assert middle[0] > 180 > 100 > middle[2], "the picture of the moment is there"
        page.keyboard.press("Tab")
        assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
        assert page.get_attribute("#standby", "aria-live") == "polite"
        page.wait_for_selector("#panic:not(.armed)")
        assert page.evaluate("getComputedStyle(document.querySelector('#panic')).animationName") == "none"
        own = (f"http://127.0.0.1:{demo.doors.port}/", f"ws://127.0.0.1:{demo.doors.port}/")
        assert [url for url in one.asked if not url.startswith(own)] == []
        assert any("/preview" in url for url in one.asked)
        assert any(url.startswith("ws:") for url in one.asked)
        kept = page.evaluate("[Object.values(localStorage).join(), document.cookie, location.href].join()")
        assert TOKEN not in kept
        assert page.evaluate("Object.values(sessionStorage)") == [TOKEN]
        assert one.errors == []


def test_it_speaks_japanese(browser: Any) -> None:
    with played(**QUICK, language="ja") as demo:
        one = Officiant(browser, demo, PHONE)
        one.page.click("#language")
        one.shows("#title", "AlexとHikariの結婚式")
        one.shows("#standby-label", "コンパニオンの登場")
        assert one.page.get_attribute("html", "lang") == "ja"
        assert one.text("#go-word") == "進む"
        one.page.keyboard.press("Space")
        one.at("statement")
        one.page.click("text=問い >> nth=1")
        one.page.click("#confirm-yes")
        one.at("question")
        one.page.keyboard.press("Space")
        one.shows("#asking", "Alexへの問い")
        assert one.text("#yes") == "はい、誓います"
        one.page.click("#no")
        one.until(lambda: demo.director.answers == {"question": "no"})
        one.page.reload()
        one.shows("#title", "結婚式")
        assert one.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        words = one.page.evaluate("Object.keys(WORDS.en).filter(k => WORDS.en[k] && !WORDS.ja[k])")
        assert words == [], "each word is there in both"


def test_a_guest_sees_the_words_and_nothing_to_direct(browser: Any) -> None:
    with played() as demo:
        one = Officiant(browser, demo, PHONE, f"{demo.url}#guests={GUEST}")
        one.shows("#guest", "This is a symbolic ceremony")
        demo.console.command("go")
        one.shows("#guest-line", "Welcome, everybody")
        assert one.text("#guest-speaker") == "Hikari"
        for key in ("Space", "PageDown", "PageUp", "h"):
            one.page.keyboard.press(key)
        assert not one.page.is_visible("#go")
        assert not one.page.is_visible("#panic")
        assert len(demo.given) == 1
        assert one.errors == []


TOGETHER = """presence: 1
title: A candle for everybody
kind: other
statement: This is symbolic.
roles: {officiant: {}, guests: {}}
scenes:
- id: all
  title: All of it
  cues:
  - {id: said, label: Words, do: [{say: "{statement}"}]}
  - {id: lit, label: A light, trigger: {guest: candle}, do: [{say: "There is light."}]}
  - {id: last, label: Last, do: [{wait: 1}]}
"""


def test_a_guests_phone_and_the_director_at_once(browser: Any) -> None:
    with played(TOGETHER) as demo:  # at its own pace: a page must have time to show each line
        demo.console.guest_link = f"{demo.url}#guests={demo.console.guest_token}"
        one = Officiant(browser, demo)
        one.page.click("#more summary")
        link = one.page.get_attribute("#guest-address", "href")
        guest = Officiant(browser, demo, PHONE, link)
        assert demo.console.guest_token not in guest.page.url, "the link is out of the address"
        assert not guest.page.is_visible("#guest-actions button"), "nothing is asked of them yet"
        one.page.keyboard.press("Space")
        guest.shows("#guest-actions", "Light a candle")
        size = guest.page.locator("#guest-actions button").bounding_box()
        assert size["height"] >= 44
        guest.page.keyboard.press("Space")
        guest.page.keyboard.press("PageDown")
        one.shows("#standby-trigger", "begins when the guests do")
        guest.page.click("text=Light a candle")
        guest.shows("#guest-told", "Thank you")
        guest.shows("#guest-line", "There is light")
        one.at("last")
        assert [type(g) for g in demo.given] == [orders.Go, orders.Guest]
        guest.until(lambda: not guest.page.is_visible("#guest-actions button"), "it is over for them")
        refused = guest.page.evaluate(
            """async token => (await fetch("/v1/ceremony", { method: "POST", body: '{"command": "go"}',
                headers: { Authorization: "Bearer " + token } })).status""",
            demo.console.guest_token,
        )
        assert refused == 403
        assert one.errors == guest.errors == []


def test_the_list_and_the_levels_are_for_hand_and_keyboard_and_stay(browser: Any) -> None:
    sound = sounding()
    with played(sound=sound, **QUICK) as demo:
        one = Officiant(browser, demo, PHONE)
        page = one.page
        one.shows("#before-count", "0 of 6")
        page.click("text=The camera sees the person")
        one.shows("#before-count", "1 of 6")
        page.locator("[data-item=stop]").focus()
        page.keyboard.press("Space")
        one.shows("#before-count", "2 of 6")
        assert demo.given == [], "Space ticked, and was no GO"
        page.reload()
        one.shows("#before-count", "2 of 6")
        assert page.is_checked("[data-item=camera]")
        page.locator("#level-voice").focus()
        for _ in range(5):
            page.keyboard.press("ArrowLeft")
        one.until(lambda: sound.volumes()["voice"] == 0.75)
        assert page.get_attribute("#level-voice", "aria-valuetext") == "75 %"
        assert page.evaluate("document.querySelector('#level-voice').labels[0].textContent") == "Voice"
        one.until(lambda: page.eval_on_selector("[data-level=voice] meter", "e => e.value") > 0.8, "it is heard")
        assert not page.is_visible("[data-level=microphone]")
        sound.heard(np.full(160, 0.5, np.float32), 16000)
        page.wait_for_selector("[data-level=microphone] meter")
        assert not page.is_visible("[data-level=microphone] input")
        sound.deaf()
        page.wait_for_selector("[data-level=microphone]", state="hidden")
        box = page.locator("#level-music").bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        one.until(lambda: 0.4 <= sound.volumes()["music"] <= 0.6, "set by hand")
        page.keyboard.press("Space")
        one.until(lambda: [type(g) for g in demo.given] == [orders.Go], "after the hand, Space is GO again")
        assert one.errors == []


TARGETS = """() => [...document.querySelectorAll("button, summary, a[href], input, label:has(input)")]
    .filter(e => e.getClientRects().length && !(e.matches("input[type=checkbox]")))
    .map(e => [e.id || e.dataset.item || e.textContent.trim().slice(0, 20), e.getBoundingClientRect()])
    .filter(([, r]) => r.height < 43.5 || r.width < 43.5).map(([name, r]) => `${name} ${r.width}x${r.height}`)"""


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_a_thumb_finds_everything_and_nothing_flows_over(browser: Any, size: dict[str, int], tmp_path: Path) -> None:
    kept = keeping(tmp_path / "wedding-2026-11-27-1530")
    with played(sound=sounding(), checklist=["f:1:2: note: x"], keepsake=kept, **QUICK) as demo:
        demo.console.guest_link = f"{demo.url}#guests={demo.console.guest_token}"
        one = Officiant(browser, demo, size)
        page = one.page
        for _ in ("en", "ja"):
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            page.wait_for_timeout(100)
            assert page.evaluate(TARGETS) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            page.click("#language")


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize(
    ("language", "asks", "sure", "gone", "back"),
    [
        (
            "en",
            "Keep nothing of this ceremony",
            "Press again",
            "Nothing of this ceremony will be kept",
            "Keep it after",
        ),
        ("ja", "この式の記録を何も残さない", "もう一度押すと", "この式の記録は何も残しません", "やはり記録を残す"),
    ],
)
def test_nothing_is_kept_on_two_presses_and_all_of_it_again_on_one(
    browser: Any, tmp_path: Path, size: dict[str, int], language: str, asks: str, sure: str, gone: str, back: str
) -> None:
    told: list[str] = []
    wish = keeping(tmp_path / "wedding-2026-11-27-1530", told.append)
    with played(**QUICK, keepsake=wish, language=language) as demo:
        one = Officiant(browser, demo, size)
        page = one.page
        if language == "ja":
            page.click("#language")

        def fits() -> None:
            page.wait_for_timeout(100)
            assert page.evaluate(TARGETS) == []
            assert [text for ratio, text in page.evaluate(CONTRAST) if ratio < 4.5] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]

        def armed(on: bool) -> None:
            page.wait_for_selector("#forget.armed" if on else "#forget:not(.armed)")
            assert page.is_visible("#forget-what") == on
            assert wish.facts()["forgotten"] is False

        assert not page.is_visible("#forget"), "nobody presses it in passing"
        page.click("#keepsake summary")
        one.shows("#forget", asks)
        one.shows("#keepsake-what", "the film" if language == "en" else "映像")
        page.click("#forget")
        armed(True)
        one.shows("#forget", sure)
        one.shows("#forget-what", "the vows" if language == "en" else "誓いの言葉")
        fits()
        page.click("#title")
        armed(False)
        page.dblclick("#forget")
        armed(True)
        page.keyboard.press("Escape")
        armed(False)
        page.wait_for_timeout(1100)
        assert demo.director.mode == "ready", "and that was no panic"
        page.click("#forget")
        page.keyboard.press("PageDown")
        armed(False)
        one.until(lambda: demo.director.mode == "running", "GO is GO")
        page.click("#forget")
        page.wait_for_timeout(600)
        page.click("#forget")
        one.shows("#keepsake-what", gone)
        one.shows("#forgotten", gone)
        one.shows("#forget", back)
        assert wish.facts()["forgotten"] is True
        assert told[-1].startswith("nothing of this ceremony will be kept")
        fits()
        page.reload()
        one.shows("#forgotten", gone)
        page.click("#remember")
        page.wait_for_selector("#forgotten", state="hidden")
        assert wish.facts()["forgotten"] is False
        assert told[-1] == "this ceremony is kept after all"
        one.shows("#forget", asks)
        assert len(demo.given) == 1
        assert one.errors == []


def test_at_the_end_by_keyboard_and_it_lets_go_by_itself(browser: Any, tmp_path: Path) -> None:
    wish = keeping(tmp_path / "ours", film=False)
    with played(TOGETHER, keepsake=wish, **QUICK) as demo:
        one = Officiant(browser, demo)
        page, keys = one.page, one.page.keyboard
        demo.console.command("goto", cue="last")
        one.at("last")
        keys.press("Space")
        one.shows("#banner", "The ceremony is over")
        page.locator("#keepsake summary").focus()
        keys.press("Tab")
        page.locator("#keepsake summary").focus()
        keys.press("Enter")
        keys.press("Tab")
        assert page.evaluate("document.activeElement.id") == "forget"
        assert "film" not in one.text("#keepsake-what")
        given = len(demo.given)
        keys.press("Enter")
        page.wait_for_selector("#forget.armed")
        page.wait_for_selector("#forget:not(.armed)", timeout=12000)
        keys.press("Enter")
        page.wait_for_timeout(600)
        keys.down("Enter")
        one.shows("#forgotten", "Nothing of this ceremony will be kept")
        page.wait_for_timeout(1100)
        keys.down("Enter")
        page.wait_for_timeout(200)
        keys.up("Enter")
        assert wish.facts()["forgotten"] is True, "a key that is held down counts once"
        keys.press("Enter")
        page.wait_for_selector("#forgotten", state="hidden")
        assert wish.facts()["forgotten"] is False
        assert len(demo.given) == given, "none of it was a GO"
        assert one.errors == []


def test_where_there_is_no_keepsake_there_is_nothing_to_press_and_guests_see_none_of_it(
    browser: Any, tmp_path: Path
) -> None:
    with played(keepsake=keeping(None)) as demo:
        one = Officiant(browser, demo, PHONE)
        one.page.click("#keepsake summary")
        one.shows("#keepsake-what", "No keepsake is made of this ceremony")
        assert "film" in one.text("#keepsake-what")
        assert not one.page.is_visible("#forget")
    with played(keepsake=keeping(tmp_path / "ours")) as demo:
        demo.console.command("keepsake", keep=False)
        guest = Officiant(browser, demo, PHONE, f"{demo.url}#guests={demo.console.guest_token}")
        guest.shows("#guest", "This is a symbolic ceremony")
        assert not any(guest.page.is_visible(part) for part in ("#keepsake", "#forget", "#forgotten", "#remember"))
        refused = guest.page.evaluate(
            """async token => (await fetch("/v1/ceremony", { method: "POST",
                body: '{"command": "keepsake", "keep": true}',
                headers: { Authorization: "Bearer " + token } })).status""",
            demo.console.guest_token,
        )
        assert refused == 403


def test_a_short_label_in_japanese_breaks_after_its_comma(browser: Any) -> None:
    with played(**QUICK, language="ja") as demo:
        one = Officiant(browser, demo, PHONE)
        one.page.click("#language")
        demo.console.command("goto", cue="question")
        one.at("question")
        demo.console.command("go")
        one.shows("#yes", "誓います")
        lines = one.page.evaluate(
            """label => { const text = document.querySelector(label).firstChild, tops = [...text.data].map((_, k) => {
                const r = document.createRange(); r.setStart(text, k); r.setEnd(text, k + 1);
                return Math.round(r.getBoundingClientRect().top); });
                return [...text.data].filter((_, k) => k && tops[k] !== tops[k - 1]).join(""); }""",
            "#yes",
        )
        assert lines in ("", "誓"), "no line begins within a word"
        assert one.page.get_attribute("#yes", "lang") == "ja"
