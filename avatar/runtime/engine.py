"""One stage, ticking: newest frame, observation and events in; one composed picture and a few events out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..animate.accents import WIDTH
from ..animate.observed import from_observation
from ..animate.persona import Persona
from ..events.outbound import Eased
from ..linalg import affine
from ..linalg.camera import focal_pixels
from ..speech.visemes import MOUTH
from ..stage.alone import alone
from ..stage.burning import exposed
from ..stage.camera import Camera
from ..stage.hand_space import SolidHand
from ..stage.held_out import HeldOut
from ..stage.lit import RoomLight
from ..stage.optics import CameraLook
from ..stage.order import Thing
from ..stage.placement import Placement, figure
from ..stage.props import Placed, covered, flames
from ..stage.scene import Scene
from ..tracking.depth import MetricFace
from ..tracking.predict import predict
from ..types import (
    Attach,
    Become,
    ByteArray,
    Command,
    FloatArray,
    Gaze,
    Gesture,
    Halt,
    Move,
    Observation,
    Say,
    VideoFrame,
)
from .bodies import Bodies, Body
from .ceremony_sight import held_out
from .courtesy import Courtesy
from .covering import Covering
from .drawn import Drawn
from .gazing import look_at
from .parts import Parts
from .prompting import press
from .props import act
from .showing import Showing
from .sight import State
from .telling import Telling
from .touching import Touching

_GROUND: Final = (0.045, 0.05, 0.06, 1.0)
"""Where there is no camera picture: a quiet dark grey, linear RGBA."""
_SETTLED_S: Final = 2.0
_SETTLE_RATE: Final = 30.0
_NUDGE: Final = 1 / 120
"""Seconds by which a prepared pose is moved on for what came since, so that it shows in this picture already."""
_STALE_S: Final = 0.5
"""Seconds after which an observation says nothing of now: a camera that is gone shows nobody."""


class Engine:
    """Ticks one stage. Every call comes from the thread that owns the GL context."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.scene = Scene(parts.size, fov_y=parts.fov_y, mirror=parts.mirror, background=_GROUND)
        self._drawn = Drawn(parts.renderer, self.scene, parts.size)
        self._mouth = np.zeros(MOUTH, np.float32)
        self._showing = Showing(parts.doors.publish)
        self._accents = np.zeros(WIDTH, np.float32)
        self._previous: Observation | None = None
        self._newest: Observation | None = None
        self._last: float | None = None
        self._placed: float | None = None
        self._prepared = self._led = False
        self._commands: list[Command] = []
        self.pose = parts.animator.pose
        self._light = RoomLight()
        self._optics = CameraLook()
        self._signs: list[str] = []
        self._courtesy = Courtesy(parts.hands.persona, parts.puppet)
        self._camera = Camera(parts.size, parts.fov_y)
        self._gaze = Gaze()
        self.place: Placement | None = None
        self._places: tuple[Placement, ...] = ()
        self._props: list[Placed] = []
        self._unseen = 0.0
        self._metric = MetricFace()
        self._covering = Covering()
        self._touching = Touching(parts.animator, parts.model)
        self.bodies = Bodies()
        """Others that the companion changes into, in a ceremony that has such outfits."""
        self._held_out = HeldOut()
        self._dt = 0.0
        self._seen: Observation | None = None
        self._hands: tuple[SolidHand, ...] = ()
        self._telling = Telling(parts)
        self.asked_to_close = False
        self.trouble = ""
        """Said on the picture while the camera is as it should be and something else is not."""
        self.count = ""
        """A number that is counted down on the picture, "" for none."""
        self.tracking: State | None = None
        self.eased: tuple[Eased, ...] = ()

    def ahead(self, at: float) -> None:
        """``prepare`` as soon as a picture is out, while nothing else is to be done; left to ``tick`` while a client
        keeps the companion busy, so that what comes meanwhile is in the next picture at the price of one step."""
        if not self._led:
            self.prepare(at)

    def prepare(self, at: float) -> None:
        """Move the companion on to ``at``, the time of the next picture."""
        parts = self.parts
        begun = at if self._last is None else min(self._last, at)
        self._last, self._prepared = at, True
        commands, self._commands = self._commands, []
        self._take(commands)
        self._showing.moves(at, commands)
        if (
            beat := parts.hands.step(commands, begun + parts.lead, at - begun, parts.conversation.upcoming)
        ) is not None:
            commands.append(beat)
            parts.report.gesture(beat.name)
        if parts.ceremony is not None and parts.ceremony.aloud.mouth(at, self._mouth):
            pass  # somebody reads its line
        elif parts.hearing is not None and parts.hearing.reads:
            parts.hearing.mouth(at, self._mouth)
        else:
            parts.speaker.mouth(at + parts.lead, self._mouth)
        if parts.vmc_in is not None:
            parts.vmc_in.lead(at)
        self._showing.mouth(at, self._mouth)
        accents = self._accents if parts.speaker.accents(at + parts.lead, self._accents) else None
        look, talks = self._look(), parts.conversation.speaking
        self.pose = parts.animator.step(
            commands, at, at - begun, look=look, mouth=self._mouth, speaking=talks, accents=accents
        )
        self.bodies.step(commands, at, at - begun, self._on_stage(look), self._mouth, talks, accents)

    def _take(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Become):
                self.become(self.parts.persona(command.persona))
            elif isinstance(command, Move):
                self.parts.standing.move(command, self.parts.mirror)
                self.bodies.move(command, self.parts.mirror)
            elif isinstance(command, Attach) and self.parts.props is not None:
                act(self.parts.props, command)
            elif isinstance(command, Gesture):
                self.parts.report.gesture(command.name)
            elif isinstance(command, Halt | Gaze):
                self._gaze = command if isinstance(command, Gaze) else Gaze()

    def become(self, persona: Persona) -> None:
        """Give the companion another manner, in how it moves and in how its body goes with what it says next."""
        self.parts.animator.troupe.become(persona)
        self.bodies.become(persona)
        self.parts.speaker.become(persona)
        self.parts.conversation.understand(persona.tags.emotions, persona.tags.motions)
        self._courtesy.become(persona)

    def tick(self, now: float, frame: VideoFrame | None, observation: Observation | None) -> None:
        """Compose the picture of ``now`` (seconds on the engine's clock) over ``frame``."""
        parts = self.parts
        self._telling.news(now, self.tracking, self.eased)
        if parts.ceremony is not None:
            held_out(parts.ceremony, self._held_out.sides)
            parts.ceremony.step(now)
            self._wear(parts.ceremony.wearing.bodies(now)[0])
        asked = parts.conversation.step(now)
        if any(isinstance(command, Halt) for command in asked):
            self._commands.clear()
        self._commands += asked
        self.asked_to_close = self.asked_to_close or now >= parts.conversation.closes
        if self._last is None:
            self.settle(now, frame, observation)
        seen = self._see(observation, frame.t if frame is not None else now)
        self._place(seen, frame, now)
        answers = self._courtesy.step(seen, now, asked, self._busy(), self._signs)
        if not parts.conversation.acting.halted:
            self._commands += answers
        self._signs.clear()
        self._led = bool(self._commands)
        if self._led and self._prepared and self._last is not None:
            self.prepare(max(now, self._last + _NUDGE))
        elif not self._prepared:
            self.prepare(now)
        self._compose(now, frame, seen)
        self._out(now)
        if parts.vmc_out is not None:
            parts.vmc_out.send(now, self.pose)
        self._prepared = False
        shown = observation if observation is not None and observation.face is not None else None
        parts.report.picture(shown is not None, parts.speaker.clock.now() - shown.t if shown is not None else None)

    def settle(self, now: float, frame: VideoFrame | None, observation: Observation | None) -> None:
        """Let the companion come to rest before it is first seen: gaze on the person, blink over, hair hanging. It
        takes a tenth of a second, so a live run does it before it counts time; the first ``tick`` does it otherwise."""
        self._place(self._see(observation, now), frame, now)
        self._last = now
        steps = round(_SETTLED_S * _SETTLE_RATE)
        for k in range(steps):
            at, look = now - (steps - k) / _SETTLE_RATE, self._look()
            self.parts.animator.step((), at, 1 / _SETTLE_RATE, look=look)
            self.bodies.step((), at, 1 / _SETTLE_RATE, self._on_stage(look))

    def _wear(self, body: str) -> None:
        """Be in another body from now on, which was moved along all the time."""
        if body == self.bodies.worn:
            return
        parts = self.parts
        before = Body(parts.model, parts.animator, parts.standing, self._touching, self.pose, self._places)
        if (after := self.bodies.change(body, before)) is None:
            return
        parts.model, parts.animator, parts.standing = after.model, after.animator, after.standing
        parts.hands.animator, self._touching = after.animator, after.touching
        self.pose, self._places = after.pose, after.places or self._places
        self.place = self._places[0] if self._places else None

    def _busy(self) -> bool:
        """Whether the companion's body is not free to do something of its own."""
        waiting = any(isinstance(command, Gesture) for command in self._commands)
        return bool(waiting or self.parts.conversation.speaking or self.parts.animator.active)

    def _see(self, observation: Observation | None, t: float) -> Observation | None:
        if observation is not None and (self._newest is None or observation.t > self._newest.t):
            focal = focal_pixels(self.parts.fov_y, observation.size[1])
            self._previous, self._newest = self._newest, self._metric.step(observation, focal)
            if self.parts.watch is not None and self.parts.eyes.state != "covered":  # nobody has left for that
                self._signs += (signs := self.parts.watch.step(self._newest))
                if self.parts.ceremony is not None:
                    self.parts.ceremony.saw(signs)
            moves = self.parts.puppet and not self.parts.conversation.acting.halted
            if moves and (observation.face is not None or observation.body is not None or observation.hands):
                # of somebody lost from sight the last is kept, which the follower holds for a moment and then lets go
                self.parts.animator.influences.puppet().give(from_observation(observation))
        if self._newest is None:
            return None
        if t - self._newest.t > _STALE_S:
            # nobody has looked for so long: nothing is known of now
            return Observation(t, self._newest.size)
        return predict(self._previous, self._newest, t)

    def _place(self, seen: Observation | None, frame: VideoFrame | None, now: float) -> None:
        parts = self.parts
        if frame is not None:
            self._camera = Camera((frame.image.shape[1], frame.image.shape[0]), parts.fov_y, parts.size)
        self._dt = dt = 0.0 if self._placed is None else max(0.0, now - self._placed)
        hands = self._covering.see(seen, frame, now, self._camera)
        found = seen.face if seen else None
        image = frame.image if frame is not None and parts.eyes.state != "covered" else None
        self.scene.lighting = self._light.step(image, found, parts.fov_y, dt)
        if parts.ceremony is not None:
            self.scene.lighting = parts.ceremony.lights.lit(self.scene.lighting, now)
        box = found.box if found is not None else None
        if parts.camera_look:
            self.scene.optics = self._optics.step(frame if image is not None else None, box, dt)
        self._placed = now
        by_itself = frame is None and parts.eyes.state == "none"
        shown = None if by_itself else self._covering.shown(seen, frame)
        if by_itself:
            self._places = (alone(parts.standing.build, self._camera),)
        else:
            self._places = parts.standing.step(shown, self._camera, dt)
        self.place = self._places[0]
        self._seen, self._hands = seen, hands
        self._held_out.step(hands, self._covering.going, dt)
        self._unseen = 0.0 if any(place.opacity > 0 for place in self._places) else self._unseen + dt
        parts.animator.use_left_hand(self.place.wave_with_left(self._camera, box))
        self.bodies.place(shown, self._camera, dt, by_itself, box)

    def _look(self) -> FloatArray | None:
        """The point the companion is to look at, in its own frame; None before it has a place."""
        if self.place is None:
            return None
        props = self.parts.props
        touched = self._touching.look(props) if props is not None else None
        return look_at(self.parts, self.place, self._gaze, touched, self._courtesy.eyes)

    def _on_stage(self, point: FloatArray | None) -> FloatArray | None:
        """(3,) a point of the companion's own frame on the stage."""
        return None if point is None or self.place is None else affine.apply(self.place.matrix, point)

    def _compose(self, now: float, frame: VideoFrame | None, seen: Observation | None) -> None:
        parts, scene, pose = self.parts, self.scene, self.pose
        limbs = self._touching.see(pose.world, self.place)
        if parts.props is not None:
            going, out = self._covering.going, self._held_out.sides
            self._props = parts.props.step(self._seen, self._hands, going, self._camera, self._dt, limbs, out)
            if lights := flames(self._props):
                scene.lighting = replace(scene.lighting, flames=exposed(lights, scene.lighting))
            self._touching.step(parts.props, limbs, self.place, self._dt, self._camera)
            self.bodies.touch(parts.props, self._dt, self._camera)
        heights = (parts.standing.build.height * float(np.linalg.norm(p.matrix[:3, 1])) for p in self._places)
        things = [Thing(place, height) for place, height in zip(self._places, heights, strict=True)]
        things += [prop.thing for prop in self._props]
        scene.hands, covers = self._covering.step(things, frame, self._camera, self._dt)
        own, rest = covers[: len(self._places)], covers[len(self._places) :]
        scene.figures = [figure(p, parts.model, pose, c) for p, c in zip(self._places, own, strict=True)]
        if parts.ceremony is not None:
            wearing = parts.ceremony.wearing
            fading = self.bodies.figures(wearing.bodies(now)[1], own)
            scene.figures = wearing.dressed(scene.figures, now, fading)
        if (near := self._touching.before(scene.figures[0], limbs, self._covering.person)) is not None:
            scene.figures.append(near)
        scene.figures += [covered(p, c, self._places) for p, c in zip(self._props, rest, strict=True)]
        scene.frame, scene.time = frame, now
        scene.matte = seen.matte if seen is not None and now - seen.matte_t < 1.0 else None
        scene.mirror = parts.mirror
        scene.overlay = self._telling.overlay(now, seen, self._camera, self.trouble, self._unseen)
        scene.overlay.count = self.count
        if parts.ceremony is not None and not parts.on_demand and (unseen := self.bodies.unseen(own)):
            parts.renderer.draw(replace(scene, figures=unseen))
        self._drawn.composed()

    def _out(self, now: float) -> None:
        parts = self.parts
        if parts.on_demand:
            return
        self._drawn.draw()
        if parts.window is not None:
            parts.renderer.present(parts.window.size)
            parts.window.present()
            for action in parts.window.poll():
                if action == "close":
                    self.asked_to_close = True
                elif action == "mirror":
                    parts.mirror = not parts.mirror
                elif action == "mute":
                    parts.speaker.device.mixer.muted = not parts.speaker.device.mixer.muted
                elif parts.ceremony is not None:
                    press(parts.ceremony, action)
        if parts.recording is not None or parts.window is None:
            self._drawn.read()
        if parts.recording is not None:
            parts.recording.write_frame(self._drawn.picture, now)

    @property
    def picture(self) -> ByteArray:
        """The newest picture, (H, W, 3) uint8 RGB, where there is no window or it is recorded; overwritten by the
        next."""
        return self._drawn.read() if self.parts.on_demand else self._drawn.picture

    @property
    def seeks_marks(self) -> bool:
        """Whether printed marks need be looked for."""
        props = self.parts.props
        return self.parts.standing.anchor == "tag" or (props is not None and props.seeks_marks)

    @property
    def seen(self) -> Observation | None:
        """The newest that is known of the person, at its own distance; None before anything is."""
        return self._newest

    def portrait(self) -> ByteArray:
        """The newest picture without words or marks on it, (H, W, 3) uint8 RGB, a copy: for a photograph. What is shown
        and recorded keeps them."""
        if self.parts.on_demand:
            self._drawn.read()
        return self._drawn.portrait()

    def look(self) -> ByteArray:
        """A copy of the newest picture, (H, W, 3) uint8 RGB."""
        return self._drawn.look()

    def hold_still(self, on: bool = True) -> None:
        """Answer no sign of the person's from now on: a portrait is taken. on : False = answer again."""
        self._courtesy.still = on

    def greet(self, text: str) -> None:
        """Say something of the engine's own accord, with a wave where its manner is not a quiet one: only at a start
        that the person asked for."""
        self._courtesy.greeted()
        self.parts.conversation.say(Say(text, "greeting", "happy"))
        if not self.parts.hands.persona.quiet:
            self.parts.conversation.move(Gesture("wave"))
