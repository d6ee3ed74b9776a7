"""MIDI inputs of this machine, through pygame (PortMidi)."""

from __future__ import annotations

import os
from typing import Final, Protocol

from ...errors import PortError

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
AUTO: Final = "auto"
_AT_ONCE: Final = 64


class MidiInput(Protocol):
    """Where MIDI comes from. name : for a person."""

    name: str

    def read(self) -> list[bytes]:
        """What has come since the last call, up to four bytes each. Raises PortError when the device is gone."""
        ...

    def close(self) -> None:
        """Release it."""
        ...


class PygameMidi:
    """An input through PortMidi. want : ``auto`` = the system's first one, else a number or a part of a name. Raises
    PortError: there is none such, or it does not open."""

    def __init__(self, want: str = AUTO) -> None:
        import pygame.midi

        self._midi = pygame.midi
        pygame.midi.init()
        found = [(k, pygame.midi.get_device_info(k)) for k in range(pygame.midi.get_count())]
        inputs = [(k, info[1].decode("utf-8", "replace")) for k, info in found if info is not None and info[2]]
        chosen = next((one for one in inputs if want in (AUTO, str(one[0]), one[1])), None)
        chosen = chosen or next((one for one in inputs if want.lower() in one[1].lower()), None)
        if chosen is None:
            pygame.midi.quit()
            known = ", ".join(f"{k} {name}" for k, name in inputs) or "there are none"
            raise PortError(f"there is no MIDI input '{want[:80]}' (inputs: {known})")
        self.name = chosen[1]
        try:
            self._input = pygame.midi.Input(chosen[0])
        except pygame.midi.MidiException as error:
            pygame.midi.quit()
            raise PortError(f"the MIDI input '{self.name}' does not open ({error})") from None

    def read(self) -> list[bytes]:
        """As ``MidiInput.read``."""
        try:
            return [bytes(one[0]) for one in self._input.read(_AT_ONCE)] if self._input.poll() else []
        except (RuntimeError, OSError, self._midi.MidiException) as error:
            raise PortError(f"the MIDI input '{self.name}' is gone ({error})") from None

    def close(self) -> None:
        """As ``MidiInput.close``."""
        self._input.close()
        self._midi.quit()
