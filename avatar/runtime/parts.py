"""What an engine is put together from, as plain data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ..animate.animator import Animator
from ..animate.persona import Persona
from ..animate.persona import load as load_persona
from ..care.disclosure import Disclosure
from ..io.outputs.window import Window
from ..model.model import AvatarModel
from ..render.renderer import Renderer
from ..stage.props import Props
from ..stage.standing import Standing
from .conversation import Conversation
from .doors import Doors
from .hands import Hands
from .hearing import Hearing
from .osc_doors import VmcIn, VmcOut
from .recording import RecordingWorker
from .report import Report
from .speaking import Speaker
from .watching import Watch

if TYPE_CHECKING:  # a run without a ceremony starts sooner
    from .ceremony import Performance


class Eyes(Protocol):
    """What the engine asks of the source of pictures."""

    @property
    def device_open(self) -> bool:
        """Whether a camera of this machine is open."""
        ...

    @property
    def state(self) -> str:
        """starting, live, stalled, covered, lost, denied, busy or none."""
        ...


@dataclass(slots=True)
class Parts:
    """What an engine is put together from; ``assemble`` makes them, tests may make their own. size : (w, h) pixels;
    lead : seconds from a picture's time to the middle of the time it is seen, for the lips;
    on_demand : a picture is drawn when it is asked for, as no window shows it and no recording has it; kept : the still
    has been written; persona : makes a persona of its name; puppet : the tracked person moves the
    companion's body; watch : tells clients of the person, None = nobody does; camera_look : it is drawn as soft and as
    noisy as the picture; props : what is on the person and on tags, None = nothing ever is;
    hearing : the microphone, None = none is open; vmc_in, vmc_out : a puppeteer, and who is told of the motion;
    ceremony : what is performed, None = nothing."""

    size: tuple[int, int]
    fov_y: float
    model: AvatarModel
    animator: Animator
    standing: Standing
    renderer: Renderer
    speaker: Speaker
    conversation: Conversation
    hands: Hands
    doors: Doors
    report: Report
    eyes: Eyes
    disclosure: Disclosure = field(default_factory=Disclosure)
    window: Window | None = None
    recording: RecordingWorker | None = None
    lead: float = 1 / 60
    mirror: bool = False
    on_demand: bool = False
    kept: bool = False
    persona: Callable[[str], Persona] = load_persona
    puppet: bool = False
    watch: Watch | None = None
    camera_look: bool = True
    props: Props | None = None
    hearing: Hearing | None = None
    vmc_in: VmcIn | None = None
    vmc_out: VmcOut | None = None
    ceremony: Performance | None = None
