"""``avatar run`` with its OSC doors open, as a puppeteer and a show controller meet it: real sockets, python-osc."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time

import pytest
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from avatar.cli.doors_options import filled_in


def test_vmc_in_and_osc_may_stand_without_their_port() -> None:
    assert filled_in(["run", "--vmc-in"]) == ["run", "--vmc-in=39539"]
    assert filled_in(["run", "--osc", "--headless"]) == ["run", "--osc=53000", "--headless"]
    assert filled_in(["run", "--vmc-in", "--osc", "0"]) == ["run", "--vmc-in=39539", "--osc", "0"]
    assert filled_in(["ceremony", "run", "--midi", "w.yaml"]) == ["ceremony", "run", "--midi=auto", "w.yaml"]
    assert filled_in(["run", "--midi", "--osc"]) == ["run", "--midi=auto", "--osc=53000"]
    assert filled_in(["run", "--midi", "QLab out", "w.yaml"]) == ["run", "--midi", "QLab out", "w.yaml"]
    for given in ("39540", "0.0.0.0", "0.0.0.0:39540", "[::]:7", "localhost", "stage.local"):
        assert filled_in(["run", "--vmc-in", given]) == ["run", "--vmc-in", given]
    assert filled_in(["run", "--vmc-in", "0.7,0.9"]) == ["run", "--vmc-in=39539", "0.7,0.9"]


@pytest.mark.gl
def test_a_run_speaks_when_told_over_osc_and_sends_its_motion() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
        mine.bind(("127.0.0.1", 0))
        mine.settimeout(20)
        port = mine.getsockname()[1]
        options = ["--osc", "0", "--vmc-in", "0", "--vmc-out", f"127.0.0.1:{port}", "--port", "0", "--sound", "none"]
        engine = subprocess.Popen(
            [sys.executable, "-m", "avatar", "run", *options, "--headless", "--size", "320x240", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert engine.stderr is not None
        try:
            ports: dict[str, int] = {}
            for line in engine.stderr:
                if (found := re.match(r"(osc|vmc in|vmc out|events): .*?:(\d+)(?:/|$)", line)) is not None:
                    ports[found[1]] = int(found[2])
                if "vmc out" in ports:
                    break
            assert set(ports) == {"osc", "vmc in", "vmc out", "events"}
            frame = [m.message for m in OscPacket(mine.recv(65536)).messages]
            assert "/VMC/Ext/T" in [m.address for m in frame]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
                desk.bind(("127.0.0.1", 0))
                desk.settimeout(10)
                for address, *args in (("/presence/reply", 1), ("/presence/say", "Good evening."), ("/presence/say",)):
                    message = OscMessageBuilder(str(address))
                    for each in args:
                        message.add_arg(each)  # type: ignore[arg-type]
                    desk.sendto(message.build().dgram, ("127.0.0.1", ports["osc"]))
                ack, error = OscMessage(desk.recv(2048)), OscMessage(desk.recv(2048))
            assert [ack.address, ack.params[0]] == ["/presence/ack", "/presence/say"]
            assert [error.address, *error.params[:3]] == [
                "/presence/error",
                "/presence/say",
                "missing_field",
                "/data/text",
            ]
            time.sleep(1.0)
        finally:
            engine.terminate()
            out, _ = engine.communicate(timeout=30)
    assert json.loads(out.splitlines()[-1])["spoken"] == ["Good evening."]
