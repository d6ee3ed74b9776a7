"""The doors that speak OSC: a puppeteer over VMC in, the companion's own motion over VMC out, and show control."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from ..animate import vmc as retarget
from ..animate.animator import Animator
from ..care import consent
from ..clock import Clock
from ..config import Settings
from ..errors import UsageError
from ..io.transports import vmc
from ..io.transports.hub import Hub
from ..io.transports.show import Address, ShowDoor
from ..model.model import HUMAN_BONES
from ..model.tpose import parent_bone
from ..types import Pose
from .datagrams import Listener, is_local, place
from .voicing import consent_file

_ASK_S: Final = 1.0
_LET_GO_S: Final = 1.0
_CLOSELY: Final = 50.0
"""Radians a second: a sender's motion is smooth already, and is followed 40 ms behind."""


class VmcIn:
    """A puppeteer on a port. ``lead`` hands what it said last to the companion, at every picture."""

    def __init__(self, host: str, port: int, clock: Clock, animator: Animator) -> None:
        self.receiver = vmc.Receiver()
        self._lock = threading.Lock()
        self._clock, self._animator = clock, animator
        self._follower = animator.influences.puppet()
        self._follower.omega, self._follower.old, self._follower.fade = _CLOSELY, vmc.OWNED_S, _LET_GO_S
        self._own = tuple(animator.model.expressions)
        self._seen = 0
        self.listener = Listener(host, port, self._take, "vmc-in")

    def lead(self, now: float) -> None:
        """Give the follower the newest frame, where there is a new one. now : seconds on the engine's clock."""
        with self._lock:
            if self._seen == self.receiver.frames:
                return
            self._seen = self.receiver.frames
            frame = self.receiver.frame(now)
        if frame is None:
            self._follower.forget()
            return
        t = min(frame.t, now)
        self._follower.give(retarget.from_vmc(frame.bones, frame.blends, t, root=frame.root, own=self._own))

    def _take(self, data: bytes, sender: Any) -> None:
        now = self._clock.now()
        with self._lock:
            self.receiver.feed(data, now, sender)


class VmcOut:
    """Sends what the companion does to one place, a frame a picture.

    allowed : asked once a second whether it may go there, so that a consent withdrawn holds at once; sent, lost :
    datagrams.
    """

    def __init__(self, host: str, port: int, animator: Animator, allowed: Callable[[], bool] = lambda: True) -> None:
        model = animator.model
        self._allowed, self._may, self._asked = allowed, True, -math.inf
        family, self.address = place(host, port, "vmc-out")
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._rig, self._hips = animator.rig, model.humanoid.get("hips", -1)
        self._bones = {bone: retarget.UNITY[bone] for bone in HUMAN_BONES if bone in model.humanoid}
        self._places = resting(self._rig.rest_position)
        self.sent = self.lost = 0

    def send(self, t: float, pose: Pose) -> None:
        """One frame. t : seconds on the engine's clock."""
        if not 0 <= t - self._asked < _ASK_S:
            self._asked, self._may = t, self._allowed()
        if not self._may:
            return
        places = dict(self._places)
        if self._hips >= 0:
            x, y, z = pose.world[self._hips, :3, 3].tolist()
            places["hips"] = (x, y, z)
        bones = retarget.to_vmc(self._rig.read_body(pose)[0], places)
        blends = retarget.to_blends(pose.expressions)
        for part in vmc.encoded(t, {name: bones[name] for name in self._bones.values()}, blends):
            try:
                self._socket.sendto(part, self.address)
                self.sent += 1
            except OSError:  # nobody there, or no room: the next frame is as good
                self.lost += 1

    def close(self) -> None:
        """Send no more."""
        self._socket.close()


def resting(positions: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, vmc.Vector]:
    """Bone -> its place in its parent bone at rest, metres. positions : bone -> (3,) in the companion's frame."""
    found: dict[str, vmc.Vector] = {}
    for bone, at in positions.items():
        above = parent_bone(bone, positions)
        x, y, z = (at - positions[above] if above else at).tolist()
        found[bone] = (x, y, z)
    return found


def open_puppetry(
    settings: Settings, clock: Clock, animator: Animator, stack: contextlib.ExitStack, tell: Callable[[str], None]
) -> tuple[VmcIn | None, VmcOut | None]:
    """VMC as the run asks for it. Raises PortError and UsageError: a person's own motion goes to another machine only
    with consent."""
    coming = going = None
    if settings.vmc_in is not None:
        coming = VmcIn(*settings.vmc_in, clock, animator)
        stack.callback(coming.listener.close)
        coming.listener.start()
        tell(f"vmc in: {coming.listener.host}:{coming.listener.port}")
    if settings.vmc_out is not None:
        host, port = settings.vmc_out
        mine = settings.puppet is not None and not is_local(place(host, port, "vmc-out")[1])

        def allowed() -> bool:
            return not mine or consent.allowed(consent_file(), "remote-pose", host)

        going = VmcOut(host, port, animator, allowed)
        stack.callback(going.close)
        if not is_local(going.address):
            if not allowed():
                raise UsageError(
                    f"vmc-out with mirror-me would send how you move to {host}; to allow it: "
                    f"avatar consent grant remote-pose {host}"
                )
            tell(f"vmc out: how the companion moves is sent to {host}:{port}")
        else:
            tell(f"vmc out: {host}:{port}")
    return coming, going


def open_show(settings: Settings, hub: Hub, stack: contextlib.ExitStack, tell: Callable[[str], None]) -> None:
    """Show control as the run asks for it. Raises PortError, UsageError."""
    if settings.osc is None:
        return
    door = ShowDoor(hub, settings.osc_allow)
    stack.callback(door.close)

    def take(data: bytes, sender: Address) -> None:
        for answer, address in door.take(data, sender):
            listener.send(answer, address)

    def later() -> None:
        for answer, address in door.later():
            listener.send(answer, address)

    listener = Listener(settings.osc_host, settings.osc, take, "osc", later)
    stack.callback(listener.close)
    listener.start()
    tell(f"osc: {listener.host}:{listener.port}")
