"""What a companion changes into: its other files, read in a thread while the stage is made, ready before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from .. import paths
from ..animate import persona as personas
from ..ceremony import outfits
from ..ceremony.reading import Ceremony
from ..config import Settings
from ..errors import AvatarError
from ..render.renderer import Renderer
from ..stage.light import probe_uniform
from ..stage.scene import Lighting
from .assemble import Tell
from .bodies import Body, body_for
from .ceremonies import body_file
from .loading import load


class Dressing:
    """The bodies that a ceremony in ``folder`` changes into, on a stage of ``settings``; they are read from now on."""

    def __init__(self, ceremony: Ceremony, folder: Path, settings: Settings) -> None:
        self._settings = settings
        self._names = outfits.changed_into(ceremony)
        self._files = {body: body_file(ceremony, folder, body) for body in self._names}
        pool = ThreadPoolExecutor(1, "presence-dressing")
        self._coming: Mapping[str, Future[Body]] = {
            body: pool.submit(self._read, file) for body, file in self._files.items()
        }
        pool.shutdown(wait=False)

    def ready(self, renderer: Renderer, tell: Tell) -> dict[str, Body]:
        """Them, by file, uploaded: no picture is late for one that is put on. What cannot be worn is told, each in one
        line, and is not among them. On the thread of ``renderer``; waits for what is still being read."""
        even = Lighting(probe=probe_uniform((0.5, 0.5, 0.5)))
        found: dict[str, Body] = {}
        for body, coming in self._coming.items():
            outfit = f"outfit '{self._names[body]}'"
            try:
                made = coming.result()
                renderer.prepare(made.model, Lighting(), even)
            except AvatarError as error:
                tell(f"warning: {outfit}: {error}; it is not changed into, and what is worn stays on")
                continue
            found[body] = made
            tell(f"{outfit}: in it the companion is of another file, {self._files[body]}")
        return found

    def _read(self, file: str) -> Body:
        wanted = self._settings
        model = load(paths.companion(file), limits=wanted.limits)
        return body_for(model, wanted.seed, personas.load(wanted.persona), wanted.anchor, wanted.mirror)
