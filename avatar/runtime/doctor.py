"""Looks at this machine and says what Presence will find: what is there, what is missing, and what to do about it.

Needed: Python, the packages, one OpenCV, OpenGL, the detector models, a house companion, a voice, the film encoders.
Of use but not needed, because each has a stand-in: a camera (a file or the demo feed), a sound device (captions and
the recording), a display (``--headless``), the demo portrait.
"""

from __future__ import annotations

import contextlib
import platform
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import import_module, metadata, util
from typing import Final

from .. import __version__, paths
from ..errors import AvatarError
from .voicing import voices_for

DISTRIBUTION: Final = "avatar-presence"
OLDEST_PYTHON: Final = (3, 11)
_REINSTALL: Final = "install Presence again: pip install --force-reinstall avatar-presence"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. ok : it does not keep Presence from running; found : it is there (an optional thing may be
    ok and not found); detail : what was found; remedy : what to do, "" where nothing need be done."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    found: bool = True

    def line(self) -> str:
        """One line for a person."""
        mark = "ok" if self.ok and self.found else "--" if self.ok else "MISSING"
        return f"{mark:7} {self.name:15} {self.detail}" + (f"\n{'':24}{self.remedy}" if self.remedy else "")

    def facts(self) -> dict[str, object]:
        """The same, ready for JSON."""
        return asdict(self)


def examine() -> list[Check]:
    """Everything, in the order to mend it. Plays no sound, shows no window, keeps no camera open."""
    return [check for part in _PARTS for check in _guarded(part)]


def _guarded(part: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """A part that breaks is itself a finding: the doctor always ends with a list."""
    try:
        yield from part()
    except AvatarError as error:
        yield Check(part.__name__.strip("_"), False, *_split(str(error)), found=False)
    except Exception as error:
        name = part.__name__.strip("_")
        yield Check(name, False, f"cannot be examined: {type(error).__name__}: {error}", _REINSTALL, found=False)


def _split(message: str) -> tuple[str, str]:
    """An error's line as (what is wrong, what to do) where it says both."""
    what, _, remedy = message.partition("; ")
    if not remedy:
        what, _, remedy = message.rpartition(": ")
    return (what, remedy) if what and remedy.startswith(("install", "use", "add")) else (message, _REINSTALL)


def _python() -> Iterator[Check]:
    version = platform.python_version()
    new_enough = sys.version_info[:2] >= OLDEST_PYTHON
    remedy = "" if new_enough else f"use Python {'.'.join(map(str, OLDEST_PYTHON))} or newer"
    yield Check("python", new_enough, f"{version} on {platform.system()} {platform.machine()}", remedy)


def _packages() -> Iterator[Check]:
    yield Check("presence", True, __version__)
    try:
        wanted = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield Check("packages", False, f"{DISTRIBUTION} is not installed in this Python", _REINSTALL, found=False)
        return
    for requirement in (w for w in wanted if "extra ==" not in w):
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        exact = re.search(r"==\s*([\w.]+)", requirement)
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Check(name, False, "not installed", f"pip install '{requirement}'", found=False)
            continue
        right = exact is None or version == exact[1]
        remedy = "" if right else f"pip install '{requirement}'"
        yield Check(name, right, version if right else f"{version} instead of {requirement}", remedy)


def _opencv() -> Iterator[Check]:
    owners = sorted(set(metadata.packages_distributions().get("cv2", [])))
    others = [name for name in owners if name != "opencv-python"]
    if others and len(owners) > 1:
        remedy = f"pip uninstall {' '.join(others)}, then pip install --force-reinstall opencv-python"
        yield Check("cv2", False, f"several packages bring it: {', '.join(owners)}", remedy)
        return
    import cv2

    yield Check("cv2", True, f"{cv2.__version__} from {owners[0] if owners else 'an unknown package'}, the only one")


def _opengl() -> Iterator[Check]:
    from ..render.context import HeadlessContext

    with HeadlessContext() as context:
        how = "on the CPU" if context.software else "on a GPU"
        yield Check("opengl", True, f"{context.version}, {context.renderer} ({how})")


def _models() -> Iterator[Check]:
    from ..io.detect.models import MODELS, read_model

    for name, (file, expected) in MODELS.items():
        try:
            read_model(name)
        except AvatarError as error:
            yield Check(f"model {name}", False, *_split(str(error)), found=False)
        else:
            yield Check(f"model {name}", True, f"{file}, SHA-256 {expected[:8]}…")


def _companions() -> Iterator[Check]:
    names = paths.companion_names()
    detail = ", ".join(names) or "there is no house companion"
    yield Check("companions", bool(names), detail, "" if names else _REINSTALL, found=bool(names))


def _voice() -> Iterator[Check]:
    voices = voices_for()
    own = voices()
    try:
        own.warm()
    finally:
        voices.close()
    yield Check("voice", True, f"{own.name}, {'on a server' if own.name.startswith('remote:') else 'offline'}")
    engines = Counter(name.partition(":")[0] for name in voices.names() if ":" in name)
    for engine, what in (("espeak", "a hundred languages"), ("ja", "Japanese")):
        count = engines[engine]
        remedy = "" if count else f"pip install 'avatar-presence[{engine}]', see docs/VOICE.md"
        yield Check(
            f"voice {engine}", True, f"{count} voices" if count else f"not installed: {what}", remedy, count > 0
        )


def _encoders() -> Iterator[Check]:
    import av

    for name in ("libx264", "aac"):
        try:
            av.codec.Codec(name, "w")
        except (av.FFmpegError, ValueError):
            remedy = "pip install --force-reinstall --only-binary :all: av"
            yield Check(f"film {name}", False, "this build of PyAV cannot write it", remedy, found=False)
        else:
            yield Check(f"film {name}", True, f"PyAV {av.__version__}")


def _camera() -> Iterator[Check]:
    from ..io.capture.camera import list_cameras

    cameras = list_cameras()
    for camera in cameras:
        denied = camera.state == "denied"
        remedy = "let this user open it: sudo usermod -aG video $USER, then log in again" if denied else ""
        yield Check("camera", True, f"{camera.index}: {camera.name}", remedy, found=not denied)
    if not cameras:
        remedy = "plug one in, or use --source with a video file, a picture, a stream or demo"
        yield Check("camera", True, "none found", remedy, found=False)


def _sound() -> Iterator[Check]:
    from ..io.voice.playback import sound_devices

    devices = sound_devices()
    for device in devices:
        yield Check("sound", True, device)
    if not devices:
        detail, remedy = "no device that can play", "speech is captioned and recorded all the same"
        try:
            import_module("sounddevice")
        except OSError:
            detail, remedy = "PortAudio is not installed", "Debian, Ubuntu: sudo apt-get install libportaudio2"
        yield Check("sound", True, detail, remedy, found=False)


def _display() -> Iterator[Check]:
    from ..io.outputs.window import has_display

    shown = has_display()
    remedy = "" if shown else "use --headless with --record, or start it where there is a display"
    yield Check("display", True, "there is one" if shown else "none found", remedy, found=shown)


def _portrait() -> Iterator[Check]:
    found = False
    with contextlib.suppress(ImportError, ValueError):
        found = util.find_spec("skimage") is not None
    remedy = "" if found else "pip install 'avatar-presence[demo]'"
    yield Check("portrait", True, "the demo feed can run" if found else "not installed", remedy, found=found)


_PARTS: Final = (
    *(_python, _packages, _opencv, _opengl, _models, _companions, _voice, _encoders),
    *(_camera, _sound, _display, _portrait),
)
