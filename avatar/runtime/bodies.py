"""The bodies of one companion: files of it that it changes into while a ceremony is performed.

All of them are moved alike, picture by picture, from the first one on. So whichever is seen next is in the same
posture, looks and smiles the same way, has the same things in its hands, and its hair has come to rest: to change is
to exchange names between two pictures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..animate.animator import Animator
from ..animate.persona import Persona
from ..linalg import affine
from ..model.model import AvatarModel
from ..stage.alone import alone
from ..stage.build import build_of
from ..stage.camera import Camera
from ..stage.placement import Cover, Placement, figure
from ..stage.props import Props
from ..stage.scene import Figure
from ..stage.standing import Standing
from ..types import Command, FloatArray, Move, Observation, Pose
from .animating import animator_for
from .touching import Touching


@dataclass(slots=True)
class Body:
    """model : of its file; animator : moves it; standing : where it is; touching : leads its hands; pose, places : its
    newest, the first place the present one."""

    model: AvatarModel
    animator: Animator
    standing: Standing
    touching: Touching
    pose: Pose
    places: tuple[Placement, ...] = ()


def body_for(model: AvatarModel, seed: int, persona: Persona, anchor: str, mirror: bool) -> Body:
    """A body of a model, made as the companion's first one is. UsageError for an anchor that there is not."""
    animator = animator_for(model, seed, persona)
    return Body(model, animator, Standing(build_of(model), anchor, mirror), Touching(animator, model), animator.pose)


class Bodies:
    """worn : file of the one that counts, "" = the companion's own; others : those that it changes into, by file."""

    def __init__(self, worn: str = "", others: dict[str, Body] | None = None) -> None:
        self.worn = worn
        self.others = others or {}
        self._drawn: set[int] = set()

    def change(self, to: str, before: Body) -> Body | None:
        """The body that counts from now on, while ``before``, which counted, is one of the others; None for one that
        there is not."""
        if (body := self.others.pop(to, None)) is not None:
            self.others[self.worn], self.worn = before, to
            self._drawn.add(id(before.model))
        return body

    def become(self, persona: Persona) -> None:
        """Give all of them another manner."""
        for body in self.others.values():
            body.animator.troupe.become(persona)

    def move(self, move: Move, mirror: bool) -> None:
        """Have all of them go to another place."""
        for body in self.others.values():
            body.standing.move(move, mirror)

    def place(
        self, seen: Observation | None, camera: Camera, dt: float, by_itself: bool, face: FloatArray | None
    ) -> None:
        """Where they are ``dt`` seconds after the last picture. by_itself : there is no camera's picture; face : (4,)
        box of the person's in it."""
        for body in self.others.values():
            standing = body.standing
            body.places = (alone(standing.build, camera),) if by_itself else standing.step(seen, camera, dt)
            body.animator.use_left_hand(body.places[0].wave_with_left(camera, face))

    def step(
        self,
        commands: Sequence[Command],
        at: float,
        dt: float,
        look: FloatArray | None = None,
        mouth: FloatArray | None = None,
        speaking: bool = False,
        accents: FloatArray | None = None,
    ) -> None:
        """Move them as ``Animator.step`` moves the one that counts. look : (3,) stage, metres."""
        for body in self.others.values():
            own = None
            if look is not None and body.places:
                own = np.asarray(affine.apply(np.linalg.inv(body.places[0].matrix), look), np.float32)
            body.pose = body.animator.step(commands, at, dt, look=own, mouth=mouth, speaking=speaking, accents=accents)

    def touch(self, props: Props, dt: float, camera: Camera) -> None:
        """Lead their hands too, to what they would hold."""
        for body in self.others.values():
            place = body.places[0] if body.places else None
            body.touching.step(props, body.touching.see(body.pose.world, place), place, dt, camera)

    def unseen(self, covers: Sequence[Cover]) -> list[Figure]:
        """Figures of those that were not drawn yet, wholly seen, each once: a driver compiles for what it draws, and a
        picture that nobody looks at takes that time, not the one in which it is put on."""
        new = [name for name, body in self.others.items() if id(body.model) not in self._drawn]
        self._drawn |= {id(self.others[name].model) for name in new}
        return [replace(one, opacity=1.0) for name in new for one in self.figures(name, covers)]

    def figures(self, name: str | None, covers: Sequence[Cover]) -> list[Figure]:
        """What to draw of one of the others while it comes or goes, hidden as the one that counts; nothing for None."""
        body = self.others.get(name) if name is not None else None
        if body is None or not covers:
            return []
        hidden = [*covers, *[covers[-1]] * len(body.places)]
        return [figure(p, body.model, body.pose, c) for p, c in zip(body.places, hidden, strict=False)]
