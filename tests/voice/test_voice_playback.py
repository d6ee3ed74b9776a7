"""Devices: a virtual one exactly on the clock, and a card that is followed, heard late, and may go away."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from avatar.clock import ManualClock
from avatar.errors import UsageError
from avatar.io.voice.mixer import Mixer
from avatar.io.voice.playback import RATE, SoundDevice, VirtualDevice, open_device, sound_devices
from avatar.speech.visemes import track
from avatar.types import Phone, Speech


def speech(seconds: float = 0.5) -> Speech:
    sound = np.random.default_rng(2).uniform(-0.5, 0.5, round(seconds * RATE)).astype(np.float32)
    return Speech("u", "words", sound, RATE, track([Phone("AA", 0.0, seconds)], seconds))


class Card:
    """A PortAudio stream in the hand: calls back when told, with the times it is told."""

    latency = 0.03

    def __init__(self, samplerate, callback, channels, **_):
        if samplerate not in FakePortAudio.rates:
            raise FakePortAudio.PortAudioError("Invalid sample rate")
        self.callback, self.channels, self.active = callback, channels, False

    def start(self):
        self.active = True

    def abort(self, ignore_errors=True):
        self.active = False

    def close(self, ignore_errors=True):
        self.active = False

    def play(self, frames: int, ahead: float):
        out = np.full((frames, self.channels), 9.0, np.float32)
        self.callback(out, frames, SimpleNamespace(currentTime=100.0, outputBufferDacTime=100.0 + ahead), None)
        return out


class FakePortAudio:
    rates = (48000, 44100)
    devices: tuple = ()

    class PortAudioError(Exception):
        pass

    OutputStream = Card

    @staticmethod
    def _terminate():
        pass

    @staticmethod
    def _initialize():
        pass

    @classmethod
    def query_devices(cls, device=None, kind=None):
        if kind is None:
            return list(cls.devices)
        if not cls.devices:
            raise cls.PortAudioError("Error querying device -1")
        return cls.devices[device or 0]


@pytest.fixture
def card(monkeypatch):
    monkeypatch.setattr(FakePortAudio, "rates", (48000, 44100))
    monkeypatch.setattr(
        FakePortAudio,
        "devices",
        ({"name": "Speakers", "max_output_channels": 8}, {"name": "USB Headset", "max_output_channels": 1}),
    )
    monkeypatch.setitem(sys.modules, "sounddevice", FakePortAudio)
    return FakePortAudio


def test_the_virtual_device_plays_exactly_what_is_due():
    clock, got = ManualClock(10.0), []
    device = VirtualDevice(Mixer(RATE), clock, lambda t, block: got.append((t, block)))
    said = speech()
    device.mixer.enqueue(said)
    for _ in range(60):
        device.pump(clock.advance(1 / 60))
        assert device.audible(clock.now()) == pytest.approx((clock.now() - 10.0) * RATE, abs=1)
    heard = np.concatenate([block for _, block in got])
    assert len(heard) == RATE
    np.testing.assert_array_equal(heard[: len(said.sound)], said.sound)
    starts = 10.0 + np.cumsum([0, *(len(block) for _, block in got[:-1])]) / RATE
    np.testing.assert_allclose([t for t, _ in got], starts, atol=1e-9)


def test_a_jump_of_the_clock_is_played_in_bounded_blocks():
    clock, sizes = ManualClock(), []
    device = VirtualDevice(Mixer(RATE), clock, lambda t, block: sizes.append(len(block)))
    device.pump(clock.advance(3.0))
    assert sum(sizes) == 3 * RATE
    assert max(sizes) <= 4096
    device.pump(clock.now())
    assert sum(sizes) == 3 * RATE


def test_a_card_is_heard_by_its_latency_later_and_the_tap_gets_the_same(card):
    clock, got = ManualClock(), []
    device = SoundDevice(Mixer(RATE), clock, 0, lambda t, block: got.append((t, block)))
    device.mixer.enqueue(speech())
    out = device._stream.play(480, ahead=0.030)
    assert out.shape == (480, 2)
    np.testing.assert_array_equal(out[:, 0], out[:, 1])
    np.testing.assert_array_equal(out[:, 0], got[0][1])
    assert got[0][0] == pytest.approx(0.030, abs=0.03)
    for _ in range(200):
        clock.advance(0.01)
        device._stream.play(480, ahead=0.030)
    assert device.audible(clock.now()) == pytest.approx((clock.now() - 0.030) * RATE, abs=0.004 * RATE)
    device.close()


@pytest.mark.parametrize("honest", [True, False])
def test_jitter_of_the_callbacks_does_not_reach_the_mouth(card, honest):
    rng = np.random.default_rng(3)
    clock = ManualClock()
    device = SoundDevice(Mixer(RATE), clock, 0)
    errors, true = [], 0.0
    for k in range(600):
        true += 0.01
        late = rng.uniform(0, 0.006)
        clock.advance(true + late - clock.now())
        # The call is not punctual; the driver says so, or is itself wrong by as much either way.
        device._stream.play(480, ahead=0.030 - late + (0.0 if honest else rng.uniform(-0.006, 0.006)))
        if k > 200:
            errors.append(device.audible(clock.now()) / RATE - (clock.now() - 0.030 - 0.01))
    assert np.abs(errors).max() < 0.002


def test_a_card_without_dac_times_is_taken_by_its_latency(card):
    clock = ManualClock(5.0)
    device = SoundDevice(Mixer(RATE), clock, 0)
    for _ in range(300):
        device._stream.play(480, ahead=-100.0)
        clock.advance(0.01)
    assert device.audible(clock.now()) / RATE == pytest.approx(clock.now() - 5.0 - 0.03, abs=0.005)


def test_when_the_card_goes_the_speech_goes_on(card):
    clock, got = ManualClock(), []
    device = SoundDevice(Mixer(RATE), clock, 0, lambda t, block: got.append(block))
    said = speech(2.0)
    device.mixer.enqueue(said)
    for _ in range(50):
        device._stream.play(480, ahead=0.02)
        device.pump(clock.advance(0.01))
    assert not device.virtual
    device._stream.active = False
    while clock.now() < 4.0:
        device.pump(clock.advance(0.02))
    assert device.virtual
    assert "Speakers" in device.note
    heard = np.concatenate(got)
    np.testing.assert_array_equal(heard[: len(said.sound)], said.sound)
    assert [e.kind for e in device.mixer.events(device.audible(clock.now()))] == ["started", "finished"]
    device.close()


def test_a_card_that_stops_calling_back_counts_as_gone(card):
    clock = ManualClock()
    device = SoundDevice(Mixer(RATE), clock, 0)
    device._stream.play(480, ahead=0.02)
    device.pump(clock.advance(0.5))
    assert not device.virtual
    device.pump(clock.advance(0.8))
    assert device.virtual


def test_choosing_a_device(card):
    clock = ManualClock()
    assert open_device(clock).name == "Speakers"
    assert open_device(clock, "headset").name == "USB Headset"
    assert open_device(clock, "1").name == "USB Headset"
    assert open_device(clock, "none").virtual
    assert sound_devices() == ["Speakers", "USB Headset"]
    with pytest.raises(UsageError, match=r"no sound device 'Radio' \(devices: 0 Speakers, 1 USB Headset\)"):
        open_device(clock, "Radio")


def test_a_card_with_one_rate_only_is_used_at_that_rate(card):
    card.rates = (44100,)
    assert open_device(ManualClock()).mixer.rate == 44100
    card.rates = (8000,)
    device = open_device(ManualClock())
    assert device.virtual
    assert "does not open" in device.note
    with pytest.raises(UsageError, match="does not open"):
        open_device(ManualClock(), "Speakers")


def test_without_a_card_or_portaudio_it_says_so(card, monkeypatch):
    card.devices = ()
    device = open_device(ManualClock())
    assert device.virtual
    assert device.note == "no sound: there is no sound device; speech goes into recordings only"

    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice")
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    assert "libportaudio2" in open_device(ManualClock()).note
    assert sound_devices() == []
    with pytest.raises(UsageError, match="libportaudio2"):
        open_device(ManualClock(), "Speakers")


def test_a_card_whose_clock_runs_fast_is_followed(card):
    """100 ppm: 6 ms a minute, were it not followed."""
    clock = ManualClock()
    device = SoundDevice(Mixer(RATE), clock, 0)
    errors = []
    for k in range(6000):
        clock.advance(0.01 * (1 - 1e-4))
        device._stream.play(480, ahead=0.03)
        if k > 300:
            errors.append(device.audible(clock.now()) - (device.mixer.position - 480 - 0.03 * RATE))
    assert np.abs(errors).max() < 0.002 * RATE


def lost_and_back(card, devices):
    """(positions that were heard, ticked at 60 Hz; all that was played; the device) of a card that goes at 0.5 s and of
    which another look finds ``devices`` at 1.5 s."""
    clock, got, positions = ManualClock(), [], []
    device = SoundDevice(Mixer(RATE), clock, 0, lambda t, block: got.append(block))
    first = device._stream
    device.mixer.enqueue(speech(3.0))
    for k in range(300):
        now = clock.advance(0.01)
        if k == 50:
            first.active = False
            card.devices = ()
        if k == 100:
            assert not device.reopen()
        if k == 150:
            card.devices = devices
            assert device.reopen()
        if not device.virtual:
            device._stream.play(480, ahead=0.03)
        first.play(480, ahead=0.03) if device.virtual else None
        device.pump(now)
        positions.append(device.audible(now))
    return np.array(positions), np.concatenate(got), device


@pytest.mark.parametrize("name", ["Speakers", "HDMI"])
def test_when_the_card_is_back_the_speech_goes_on_there_and_no_word_is_heard_twice(card, name):
    heard, played, device = lost_and_back(card, ({"name": name, "max_output_channels": 2},))
    assert not device.virtual
    assert device.name == name
    assert device.note == ""
    step = np.diff(heard)
    assert step.min() >= 0
    assert step.max() < 0.06 * RATE
    np.testing.assert_array_equal(played[: 2 * RATE], speech(3.0).sound[: 2 * RATE])
    device.close()


def test_the_keeper_tells_when_a_card_goes_and_comes(card):
    from avatar.runtime.sound_keeper import SoundKeeper

    clock, told = ManualClock(), []
    device = SoundDevice(Mixer(RATE), clock, 0)
    keeper = SoundKeeper(device, told.append)
    keeper.look()
    assert told == []
    device._stream.active = False
    device.pump(clock.advance(0.1))
    keeper.look()
    device.pump(clock.advance(0.1))
    keeper.look()
    assert told == ["the sound device 'Speakers' is gone: speech goes on unheard", "sound is back on 'Speakers'"]
