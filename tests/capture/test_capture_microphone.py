"""A microphone through PortAudio: what is heard is stamped with when it was heard, and never piles up."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from avatar.clock import ManualClock
from avatar.errors import SourceError
from avatar.io.capture.microphone import RATE, SoundMicrophone


class Stream:
    latency = 0.01

    def __init__(self, callback, device, **_):
        if device == 1:
            raise FakePortAudio.PortAudioError("Device unavailable")
        self.callback, self.active = callback, False

    def start(self):
        self.active = True

    def close(self):
        self.active = False

    def hear(self, value: float, frames: int, ago: float):
        times = SimpleNamespace(currentTime=50.0, inputBufferAdcTime=50.0 - ago)
        self.callback(np.full((frames, 1), value, np.float32), frames, times, None)


class FakePortAudio:
    devices = (
        {"name": "Desk", "max_input_channels": 2},
        {"name": "Broken", "max_input_channels": 1},
        {"name": "Speakers", "max_input_channels": 0},
    )

    class PortAudioError(Exception):
        pass

    InputStream = Stream

    @classmethod
    def query_devices(cls, device=None, kind=None):
        return list(cls.devices) if kind is None else cls.devices[device or 0]


@pytest.fixture(autouse=True)
def card(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", FakePortAudio)


def test_what_is_heard_is_stamped_and_taken_once():
    clock = ManualClock(3.0)
    microphone = SoundMicrophone(clock)
    assert microphone.name == "Desk"
    microphone._stream.hear(0.1, 480, 0.02)
    clock.advance(0.01)
    microphone._stream.hear(0.2, 480, 0.02)
    t, sound = microphone.read(clock.now())
    assert t == pytest.approx(2.98)
    np.testing.assert_allclose(sound, [0.1] * 480 + [0.2] * 480)
    assert len(microphone.read(clock.now())[1]) == 0


def test_nothing_that_nobody_takes_is_kept_longer_than_a_second():
    clock = ManualClock()
    microphone = SoundMicrophone(clock)
    for _ in range(500):
        clock.advance(0.01)
        microphone._stream.hear(0.1, 480, 0.01)
    assert len(microphone.read(clock.now())[1]) <= 1.02 * RATE


def test_a_driver_without_times_is_taken_by_its_latency():
    clock = ManualClock(1.0)
    microphone = SoundMicrophone(clock)
    microphone._stream.hear(0.1, 480, -7.0)
    assert microphone.read(clock.now())[0] == pytest.approx(1.0 - 0.02)


def test_it_is_open_exactly_while_it_delivers():
    clock = ManualClock()
    microphone = SoundMicrophone(clock)
    assert microphone.open
    clock.advance(1.5)
    assert not microphone.open
    microphone._stream.hear(0.1, 480, 0.01)
    assert microphone.open
    microphone.close()
    assert not microphone.open


@pytest.mark.parametrize(("want", "code"), [("Radio", "none"), ("Speakers", "none"), ("broken", "busy")])
def test_one_that_is_not_there_or_does_not_open_is_one_clear_error(want, code):
    with pytest.raises(SourceError, match=want) as told:
        SoundMicrophone(ManualClock(), want)
    assert told.value.code == code
