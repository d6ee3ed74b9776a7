"""Devices that pull a mixer: the sound card, or time itself where there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from ...clock import Clock
from ...errors import UsageError
from ...types import FloatArray
from .mixer import Mixer

Tap: TypeAlias = Callable[[float, FloatArray], None]
"""Gets every block that is played: (seconds on the engine's clock when its first sample is heard, (n,) float32). Called
on the sound thread; the array is the tap's own."""

RATE: Final = 48000
_BLOCK: Final = 4096
_SILENT: Final = 1.0
_LATENCY: Final = 0.03
"""Asked of the card: below this the picture's thread starves it, above it an interruption is late."""


class VirtualDevice:
    """Plays into nothing, exactly on the injected clock; the mixer moves on whenever ``pump`` is called.

    note : one line for a person: why there is no sound. latency : seconds from pulling to hearing (0 here).
    """

    virtual = True
    name = "none"

    def __init__(self, mixer: Mixer, clock: Clock, tap: Tap | None = None, note: str = "") -> None:
        self.mixer, self.clock, self.tap, self.note = mixer, clock, tap, note
        self.latency = 0.0
        self._line = (clock.now(), mixer.position)

    def pump(self, now: float) -> None:
        """Pull everything that is due at ``now`` seconds. Call once a tick, after new speech was queued."""
        t0, origin = self._line
        due = origin + int((now - t0) * self.mixer.rate + 1e-6)
        while (count := min(_BLOCK, due - self.mixer.position)) > 0:
            at = t0 + (self.mixer.position - origin) / self.mixer.rate
            block = self.mixer.pull(count)
            if self.tap is not None:
                self.tap(at, block)

    def due(self, now: float) -> float:
        """The position in the mixer that ought to be heard at ``now`` seconds, which may lie in the future."""
        t0, origin = self._line
        return origin + (now - t0) * self.mixer.rate

    def audible(self, now: float) -> float:
        """The position in the mixer that is heard at ``now`` seconds: no further than what was pulled."""
        return min(self.due(now), float(self.mixer.position))

    def close(self) -> None:
        """Nothing to release."""


class SoundDevice(VirtualDevice):
    """A sound card through PortAudio. Its stream's DAC times say when each block is heard on the engine's clock.

    device : PortAudio's index, None = the default. When the card goes away the speech goes on unheard, as on
    ``VirtualDevice``, and ``note`` says so; ``reopen`` brings it back. Raises whatever sounddevice raises when the
    stream cannot be opened.
    """

    virtual = False

    def __init__(self, mixer: Mixer, clock: Clock, device: int | None = None, tap: Tap | None = None) -> None:
        super().__init__(mixer, clock, tap)
        self._serial = 0
        self._first = False
        self._floor = 0.0
        self._waiting: tuple[int, Any, str] | None = None
        self._stream, self.name = self._open(device, 0)
        self._wanted = self.name
        self.latency = float(self._stream.latency)
        self._heard = clock.now()
        self._stream.start()

    def _open(self, device: int | None, serial: int) -> tuple[Any, str]:
        """(a stream that does not run yet, the card's name)."""
        import sounddevice

        info = sounddevice.query_devices(device, "output")

        def callback(out: FloatArray, frames: int, times: Any, status: Any) -> None:
            if serial == self._serial and not self.virtual:
                self._callback(out, frames, times)
            else:
                out.fill(0)

        stream = sounddevice.OutputStream(
            samplerate=self.mixer.rate,
            device=device,
            channels=max(1, min(2, int(info["max_output_channels"]))),
            dtype="float32",
            latency=_LATENCY,
            callback=callback,
        )
        return stream, str(info["name"])

    def _callback(self, out: FloatArray, frames: int, times: Any) -> None:
        now = self.clock.now()
        ahead = times.outputBufferDacTime - times.currentTime
        if not 0.0 < ahead < 2.0:  # some drivers leave these at zero
            ahead = self.latency
        begin = self.mixer.position
        if self._first:
            self._line, self._first = (now + ahead, begin), False
        else:
            self._anchor(begin, now + ahead)
        self._heard = now
        block = self.mixer.pull(frames)
        out[:] = block[:, None]
        if self.tap is not None:
            self.tap(self._line[0], block)

    def _anchor(self, position: int, heard_at: float) -> None:
        """Follow the card's own clock: its steady drift within a second, not the jitter of single callbacks."""
        t0, origin = self._line
        expected = t0 + (position - origin) / self.mixer.rate
        error = heard_at - expected
        self._line = (expected + (error if abs(error) > 0.05 else 0.05 * error), position)

    def due(self, now: float) -> float:
        """As ``VirtualDevice.due``. Where a card takes over, its latency is waited for: what was heard is not heard
        again."""
        return max(super().due(now), self._floor)

    def pump(self, now: float) -> None:
        """Nothing while the card pulls by itself; everything that is due once it has gone, until it is there again."""
        if not self.virtual and (now - self._heard > _SILENT or not self._stream.active):
            self.virtual, self.note = True, f"the sound device '{self.name}' is gone: speech goes on unheard"
            self._line, self.latency = (now, self.mixer.position), 0.0
        if not self.virtual:
            return
        super().pump(now)
        if self._waiting is not None:
            (serial, self._stream, self.name), self._waiting = self._waiting, None
            self._floor = float(self.mixer.position)
            self.latency = float(self._stream.latency)
            self._heard, self._first, self._serial = now, True, serial
            self.virtual, self.note = False, ""

    def reopen(self) -> bool:
        """Look for the card, or else for the default one; the speech goes back to it with the next ``pump``. True when
        it is there. Blocks for up to seconds: for a thread of its own.

        PortAudio counts the devices once, when it is made ready; so it is closed and made ready again.
        """
        import sounddevice

        if not self.virtual or self._waiting is not None:
            return not self.virtual
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)
        try:
            sounddevice._terminate()
            sounddevice._initialize()
            names = [(i, str(d["name"])) for i, d in enumerate(sounddevice.query_devices()) if d["max_output_channels"]]
            index = next((i for i, name in names if name == self._wanted), None)
            serial = self._serial + 1
            stream, name = self._open(index, serial)
            stream.start()
        except (sounddevice.PortAudioError, ValueError, OSError):
            return False
        self._waiting = serial, stream, name
        return True

    def close(self) -> None:
        """Stop and release the card."""
        if self._waiting is not None:
            self._waiting[1].close()
        if not self.virtual:
            self._stream.close()


def open_device(clock: Clock, want: str = "auto", tap: Tap | None = None) -> VirtualDevice:
    """The device that speech is heard on, with its own mixer.

    want : ``auto`` = the default sound card, or a virtual device where there is none; ``none`` = virtual; otherwise a
    card by index or by part of its name. ``note`` of the result says in a line why there is no sound, if there is none.
    Raises UsageError: a card asked for by name that is not there or does not open.
    """
    if want == "none":
        return VirtualDevice(Mixer(RATE), clock, tap)
    try:
        import sounddevice
    except OSError as error:
        if want != "auto":
            raise UsageError(f"no sound device '{want}': the PortAudio library is missing (libportaudio2)") from error
        note = "no sound: the PortAudio library is missing (libportaudio2); speech goes into recordings only"
        return VirtualDevice(Mixer(RATE), clock, tap, note)
    names = [(i, str(d["name"])) for i, d in enumerate(sounddevice.query_devices()) if d["max_output_channels"] > 0]
    index = None
    if want != "auto":
        index = next((i for i, name in names if want in (str(i), name)), None)
        if index is None:
            index = next((i for i, name in names if want.lower() in name.lower()), None)
        if index is None:
            known = ", ".join(f"{i} {name}" for i, name in names) or "there are none"
            raise UsageError(f"there is no sound device '{want}' (devices: {known})")
    reason = "there is no sound device"
    for rate in (RATE, 44100) if names else ():  # some cards play at one rate only
        try:
            return SoundDevice(Mixer(rate), clock, index, tap)
        except (sounddevice.PortAudioError, ValueError) as error:
            reason = f"the sound device does not open ({error})"
    if want != "auto":
        raise UsageError(f"sound device '{want}': {reason}")
    return VirtualDevice(Mixer(RATE), clock, tap, f"no sound: {reason}; speech goes into recordings only")


def sound_devices() -> list[str]:
    """Names of the sound cards that can play, in PortAudio's order; empty where there is no PortAudio either."""
    try:
        import sounddevice
    except OSError:
        return []
    return [str(d["name"]) for d in sounddevice.query_devices() if d["max_output_channels"] > 0]
