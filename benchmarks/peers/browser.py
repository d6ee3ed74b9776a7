"""three-vrm in a headless Chromium: served from this machine, drawn by Mesa's llvmpipe, driven over DevTools.

Needs Debian's ``chromium``, and once: ``npm install --prefix benchmarks/peers``. Nothing leaves the machine.
"""

from __future__ import annotations

import base64
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from websockets.sync.client import connect

HERE = Path(__file__).resolve().parent
FLAGS = (
    *("--headless=new", "--no-sandbox", "--use-gl=angle", "--use-angle=gl-egl", "--ignore-gpu-blocklist"),
    *("--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-gpu-watchdog", "--mute-audio"),
    *("--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--proxy-server=direct://"),
    *("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--remote-debugging-port=0", "--window-size=64,64"),
)
"""``--use-angle=gl-egl``: the same Mesa rasteriser as ours, not Chromium's SwiftShader."""


def missing() -> str:
    """What is not installed here, in words, or ""."""
    if shutil.which("chromium") is None:
        return "there is no 'chromium' (apt install chromium)"
    if not (HERE / "node_modules" / "@pixiv" / "three-vrm").is_dir():
        return f"three-vrm is not installed (npm install --prefix {HERE})"
    return ""


class Peer:
    """A browser with three-vrm loaded. Use as a context manager.

    environment : added to the browser's, such as ``LP_NUM_THREADS``. Raises RuntimeError when it does not start.
    """

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        if lack := missing():
            raise RuntimeError(lack)
        self._files: dict[str, bytes] = {}
        self._server = self._serve()
        self._profile = tempfile.mkdtemp(prefix="peer-")
        command = [shutil.which("chromium") or "", *FLAGS, f"--user-data-dir={self._profile}", "about:blank"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env={**os.environ, **(environment or {})})
        self._count = 0
        try:
            self._socket = connect(self._page(), max_size=None, compression=None)
            self._ask("Page.navigate", url=f"{self._address}/page.html")
            self._until(lambda: self.call("window.ready === true"), "the page to load")
        except BaseException:
            self.close()
            raise
        self.info: dict[str, Any] = self.call("peer.info()")

    def shot(self, model: bytes, plan: dict[str, Any]) -> np.ndarray:
        """(H, W, 3) uint8 RGB of a .vrm, .glb or self-contained .gltf file's bytes by ``plan`` (sweep.PLAN)."""
        png = self.call(f"peer.shot({json.dumps({**plan, 'url': self._offer(model)})})")
        return np.ascontiguousarray(cv2.imdecode(np.frombuffer(base64.b64decode(png), np.uint8), 1)[..., ::-1])

    def open(self, model: bytes, plan: dict[str, Any]) -> dict[str, Any]:
        """Set up the frame that ``run`` repeats; its triangles and draw calls."""
        found: dict[str, Any] = self.call(f"peer.open({json.dumps({**plan, 'url': self._offer(model)})})")
        return found

    def run(self, frames: int) -> tuple[float, float]:
        """(processor, wall) milliseconds a frame; the processor's are of every process of this browser."""
        before = self.cpu()
        wall = float(self.call(f"peer.run({frames})"))
        return (self.cpu() - before) * 1000 / frames, wall

    def last(self, size: tuple[int, int]) -> np.ndarray:
        """(H, W, 3) uint8 RGB: the last frame that ``run`` read."""
        data = np.frombuffer(base64.b64decode(self.call("peer.last()")), np.uint8)
        return np.ascontiguousarray(data.reshape(size[1], size[0], 4)[::-1, :, :3])

    def troupe(self, model: bytes, plan: dict[str, Any]) -> None:
        """Load ``plan["copies"]`` copies of a VRM that ``march`` moves (motion.record)."""
        self.call(f"peer.troupe({json.dumps({**plan, 'url': self._offer(model)})})")

    def march(self, frames: int) -> float:
        """Wall milliseconds a frame of moving all copies, nothing drawn."""
        return float(self.call(f"peer.march({frames})"))

    def cpu(self) -> float:
        """Seconds of user and system time so far, over the browser's whole process tree."""
        parent, used = {}, {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                head, tail = stat.read_text().rsplit(")", 1)
            except OSError:
                continue
            fields, pid = tail.split(), int(head.split()[0])
            parent[pid], used[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
        family = {self._process.pid}
        while more := {p for p, q in parent.items() if q in family and p not in family}:
            family |= more
        return sum(used.get(p, 0) for p in family) / os.sysconf("SC_CLK_TCK")

    def call(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page. RuntimeError when it throws."""
        answer = self._ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def close(self) -> None:
        """End the browser and the server."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._server.shutdown()
        shutil.rmtree(self._profile, ignore_errors=True)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=180))
            if answer.get("id") == self._count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                found: dict[str, Any] = answer["result"]
                return found

    def _offer(self, model: bytes) -> str:
        self._files = {f"/offer/{len(model)}-{self._count}": model}
        return next(iter(self._files))

    def _page(self) -> str:
        port = Path(self._profile) / "DevToolsActivePort"
        self._until(lambda: port.exists() and len(port.read_text().split()) == 2, "the browser to start")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{port.read_text().split()[0]}/json/list", timeout=10) as answer:
            pages = json.load(answer)
        return str(next(p["webSocketDebuggerUrl"] for p in pages if p["type"] == "page"))

    def _until(self, true: Any, what: str) -> None:
        end = time.monotonic() + 60
        while not true():
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError(f"waited in vain for {what}")
            time.sleep(0.1)

    def _serve(self) -> http.server.ThreadingHTTPServer:
        peer = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args: Any, **more: Any) -> None:
                super().__init__(*args, directory=str(HERE), **more)

            def do_GET(self) -> None:
                data = peer._files.get(self.path)
                if data is None:
                    super().do_GET()
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing is said."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._address = f"http://127.0.0.1:{server.server_address[1]}"
        return server
