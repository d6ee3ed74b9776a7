"""What a console is given to set and to show, besides the director: sound, and what is kept of the ceremony."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Sound(Protocol):
    """What is heard, as far as a page sets and shows it. Called from any thread."""

    def volumes(self) -> Mapping[str, float]:
        """Name -> 0 to 1 of each that can be set."""
        ...

    def set(self, name: str, value: float) -> None:
        """Set one of them."""
        ...

    def meters(self) -> Mapping[str, float]:
        """Name -> 0 to 1, even in decibels, of everything that is heard now."""
        ...


class Keepsake(Protocol):
    """What is kept of a ceremony, as far as a page says so and takes it back. Called from any thread."""

    def facts(self) -> Mapping[str, bool | str]:
        """name : the keepsake's, "" = there is none; film : is a film made; forgotten : nothing of it will be kept."""
        ...

    def forget(self, on: bool) -> None:
        """Keep nothing of the ceremony, or (False) keep it after all. Raises EventError: not_ready, it is too late, or
        there is no keepsake."""
        ...
