"""The person's word that nothing of a ceremony is to be kept, taken back until its end; said wherever it was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from ..errors import EventError
from .remembering import Keeping
from .witness import Witness

FORGOTTEN: Final = (
    "nothing of this ceremony will be kept: its keepsake is deleted at the end; until then 'keep' takes that back"
)
KEPT: Final = "this ceremony is kept after all"


def words(keeping: Keeping) -> str:
    """What is told of a ceremony that is not to be kept: a film that an earlier part put elsewhere is named, since it
    goes too."""
    films = [str(path) for path in keeping.elsewhere()]
    return FORGOTTEN + (f"; and with it {', '.join(films)}" if films else "")


class Forgetting:
    """witness : has the keepsake; tell : says it on the terminal, whoever asked; film : that is made, None = none."""

    def __init__(self, witness: Witness, tell: Callable[[str], None], film: Path | None = None) -> None:
        self._witness, self._tell = witness, tell
        keeping = witness.keeping
        self._film = film is not None or (keeping is not None and keeping.filmed)

    def facts(self) -> Mapping[str, bool | str]:
        """name : of the keepsake, "" = there is none; film : is one made, or was one before; forgotten. Any thread."""
        keeping = self._witness.keeping
        return {
            "name": "" if keeping is None else keeping.folder.name,
            "film": self._film,
            "forgotten": self._witness.forgotten,
        }

    def forget(self, on: bool) -> None:
        """Keep nothing of it, or (False) keep it after all. Raises EventError (not_ready) where there is no keepsake,
        or it is finished already. Any thread."""
        keeping = self._witness.keeping
        if keeping is None:
            raise EventError("not_ready", "there is no keepsake of this ceremony")
        if not self._witness.forget(on):
            done = f"the ceremony is over: 'avatar keepsake delete {keeping.folder.name}' deletes what is kept of it"
            raise EventError("not_ready", done if on else "the ceremony is over, and what was kept of it is deleted")
        self._tell(words(keeping) if on else KEPT)
