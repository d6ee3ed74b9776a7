"""Spring bones: hair, skirts, ribbons. Verlet integration as VRMC_springBone 1.0 writes it, all chains of all actors
at once, level by level.

A step is always 1/60 s, for which the specification is written. Time that is not a whole number of steps is shown
between the last two: a step goes a little ahead, and the directions shown are between its own and the one before.

Arrays have the actor first and the joints last, (A, 3, S), so that few long operations do the work. Every joint works
in axes of its own (``spring_plan``): its direction there is what the integration makes of inertia, gravity and wind,
plus stiffness along +Y; the turn to it has a closed form.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model.model import AvatarModel
from ..types import FloatArray, Pose
from .colliders import Colliders
from .contacts import Contacts
from .rig import Poses, Rig
from .spring_bounds import Bounds
from .spring_plan import Plan
from .spring_run import Run

STEP: Final = 1 / 60
_MOST_STEPS: Final = 6
_TRIES: Final = 8
_TELEPORT: Final = 0.6
_NEAR: Final = 0.15
"""Share of a step by which what is shown may be early or late before it is put between two steps."""
_LEAST: Final = 1e-20
_BACK: Final = np.array(1e-4, np.float32)
_ONE, _TWO = np.array(1, np.float32), np.array(2, np.float32)
"""Arrays, because an operation with one of Python's numbers takes twice as long."""
_UP: Final = np.array([[1], [0], [0]], np.float32)


def spring_nodes(model: AvatarModel) -> NDArray[np.int64]:
    """(S,) the nodes that springs turn, in the order in which they are worked."""
    return Plan(model).nodes


class Springs:
    """All spring joints of one model, S of them, for A actors; state in the companion's frame.

    plan : the model's own where it is made already.
    tail, before : (A, 3, S) float32 ends of the joints after the last step and the one before it, metres.
    """

    def __init__(self, model: AvatarModel, rig: Rig, plan: Plan | None = None) -> None:
        self._rig = rig
        self.plan = plan = plan or Plan(model)
        self.actors = a = rig.actors
        self.count = s = plan.count
        if not s:
            return
        drag = np.clip(np.array([j.drag_force for j in plan.joints], np.float32), 0, 1)
        self._keep = 1 - drag
        gravity = [np.multiply(j.gravity_dir, j.gravity_power * STEP) for j in plan.joints]
        self._force = np.ascontiguousarray(np.array(gravity, np.float32).T)
        self._air, self._windy = np.zeros((a, 3, 1), np.float32), False
        self.ends = tuple(np.zeros((a, 3, s), np.float32) for _ in range(4))
        self.owns = tuple(np.zeros((a, 3, s), np.float32) for _ in range(3))
        self._now, self._old, self._next, self._spare = 0, 1, 2, 3
        self._own, self._own_old = 0, 1
        self.begin, self.frame = np.zeros((a, 3, s), np.float32), np.zeros((a, 3, 3, s), np.float32)
        self._bake_roots(rig)
        pull = np.array([j.stiffness * STEP for j in plan.joints], np.float32)
        self._runs = [
            Run(k, level, plan, pull, self.ends, self.owns, self.begin, self.frame, self._root)
            for k, level in enumerate(plan.levels)
        ]
        self.colliders = Colliders(model, rig, plan)
        self.contacts = Contacts(self.colliders, plan, a)
        self._bounds = Bounds(plan, self.contacts)
        self._plain = not (self._bounds.any or plan.skewed)
        self._out = np.empty((a, 3, 4, s), np.float32)
        self._quat = np.empty((a, 4, s), np.float32)
        self._one, self._blend = np.empty((a, 1, s), np.float32), np.empty((a, 3, s), np.float32)
        self._written = rig.matrices[:, rig.early : rig.early + s, :3]
        self._ahead = 0.0
        self._fresh = True

    def _bake_roots(self, rig: Rig) -> None:
        """What the joints hang on that hang on no other: ``_root``, (A, 3, 4, n), in the order of their rows."""
        plan, a = self.plan, self.actors
        n = int((plan.parent_rows < 0).sum())
        ups = np.asarray(rig.model.parents, np.int64)[plan.nodes[plan.parent_rows < 0]]
        self._root_ranks = np.where(ups >= 0, rig.rank[ups], 0)
        self._free = np.flatnonzero(ups < 0)
        self._free_nodes = plan.nodes[plan.parent_rows < 0][self._free]
        self._free_rest = np.asarray(rig.model.translation, np.float32)[self._free_nodes]
        self._held = np.empty((a, n, 4, 4), np.float32)
        self._root_now, self._root_old, self._root = (np.zeros((a, 3, 4, n), np.float32) for _ in range(3))
        self._root_move = np.zeros((a, 3, n), np.float32)
        self._center_ranks = rig.rank[plan.center_nodes]
        self._center_last = np.zeros((a, len(plan.centered), 4, 4), np.float32)

    @property
    def tail(self) -> FloatArray:
        return self.ends[self._now]

    @property
    def before(self) -> FloatArray:
        return self.ends[self._old]

    def wind(self, velocity: FloatArray) -> None:
        """Blow at all joints from the next step on: (3,) or (A, 3) metres a second, companion frame; each second it
        moves a free end as far as gravity of that power would."""
        self._air[:, :, 0] = np.nan_to_num(np.asarray(velocity, np.float32)) * STEP
        self._windy = bool(np.abs(self._air).max() > 0)

    def reset(self) -> None:
        """Forget all movement: at the next step the chains hang as at rest."""
        self._fresh = True

    def step(self, dt: float, pose: Pose | Poses) -> None:
        """Advance by dt seconds and write the joints' rotations into ``pose.rotation`` and their world matrices into
        the rig. The body's world matrices must be known (``Rig.forward``)."""
        if not self.count:
            return
        poses = Poses.of(pose)
        self._gather_roots(poses)
        self.colliders.place(self._rig.matrices)
        if self._fresh:
            for own in self.owns:
                own[:] = 0
                own[:, 0] = 1
            self._ride(slice(None))
            self._fresh = False
        else:
            self._jump()
        self._ahead -= dt
        steps = min(_MOST_STEPS, int(np.ceil(-self._ahead / STEP - _NEAR)))
        if steps > 0:
            late = max(0.0, -self._ahead - _MOST_STEPS * STEP)
            self._ahead += steps * STEP + late
            self._move_centers()
            for k in range(steps):
                share = 1.0 if k == steps - 1 and self._ahead <= _NEAR * STEP else (k + 1) * STEP / max(dt, STEP)
                self._set_roots(min(1.0, share))
                self._integrate()
        if steps > 0 and self._ahead <= _NEAR * STEP:
            self._show(self._own, poses)
        else:
            self._between(poses)
        np.copyto(self._root_old, self._root_now)

    def _gather_roots(self, poses: Poses) -> None:
        held = self._held
        self._rig.matrices.take(self._root_ranks, axis=1, out=held, mode="clip")
        if len(self._free):
            held[:, self._free] = np.eye(4, dtype=np.float32)
            held[:, self._free, :3, 3] = poses.translation[:, self._free_nodes] - self._free_rest
        np.copyto(self._root_now, held[:, :, :3].transpose(0, 2, 3, 1))

    def _set_roots(self, share: float) -> None:
        """The roots' parents as they are ``share`` of the way from the last frame to this one."""
        root = self._root
        if share >= 1.0:
            np.copyto(root, self._root_now)
        else:
            np.subtract(self._root_now, self._root_old, out=root)
            root *= share
            root += self._root_old

    def _jump(self) -> None:
        """After a teleport the chains hang as they hung before it."""
        move = self._root_move
        np.subtract(self._root_now[:, :, 3], self._root_old[:, :, 3], out=move)
        np.abs(move, out=move)
        if move.max() > _TELEPORT:
            gone = np.flatnonzero(move.max(axis=(1, 2)) > _TELEPORT)
            self._ride(gone)

    def _ride(self, who: NDArray[np.int64] | slice) -> None:
        """Keep every direction, forget all speed."""
        self._set_roots(1.0)
        self._hang(self._spare, self._own)
        for ends in (self._now, self._old):
            self.ends[ends][who] = self.ends[self._spare][who]
        self.owns[self._own_old][who] = self.owns[self._own][who]
        self._root_old[who] = self._root_now[who]
        self._center_last[who] = self._rig.matrices[who][:, self._center_ranks]

    def _move_centers(self) -> None:
        """Joints whose spring has a centre do not feel its movement."""
        rows = self.plan.centered
        if not len(rows):
            return
        now = self._rig.matrices[:, self._center_ranks]
        carry = now @ np.linalg.pinv(self._center_last.astype(np.float64)).astype(np.float32)
        for buffer in (self.tail, self.before):
            p = buffer[:, :, rows]
            buffer[:, :, rows] = np.einsum("anij,ajn->ain", carry[..., :3, :3], p) + carry[..., :3, 3].swapaxes(1, 2)
        self._center_last[:] = now

    def _integrate(self) -> None:
        nxt, own = self._next, 3 - self._own - self._own_old
        if self.colliders.carried:
            self.colliders.place(self._rig.matrices)
        for _ in range(_TRIES if self.colliders.any else 1):
            self._sweep(nxt, own)
            # A joint may have met a collider where none was looked for: then once more, looking there too.
            if not (self.colliders.any and self.contacts.missed(self.ends[nxt])):
                break
        self._now, self._old, self._next = nxt, self._now, self._old
        self._own, self._own_old = own, self._own

    def _sweep(self, nxt: int, own: int) -> None:
        """One step of all levels, from the last two ends into ``ends[nxt]`` and ``owns[own]``."""
        ends, now = self.ends[nxt], self.ends[self._now]
        self.contacts.begin()
        np.subtract(now, self.ends[self._old], out=ends)
        ends *= self._keep
        ends += now
        ends += self._force
        if self._windy:
            ends += self._air
        for run in self._runs:
            self._carry(run, nxt)
            self._work(run, nxt, own)
            self._turn(run, own)
            if run.level.moved:
                self._move_colliders(run)

    def _carry(self, run: Run, ends: int) -> None:
        """Where the level's joints begin, and their axes before they turn."""
        level = run.level
        if run.above is None:
            np.take(self.frame, level.parents, axis=3, out=run.carried, mode="clip")
            np.take(self.begin, level.parents, axis=2, out=run.three, mode="clip")
        frame = run.carried if run.above is None else run.above
        np.einsum("aikn,kcn->aicn", frame, run.turn, out=run.rest)
        if run.above_ends is not None:
            np.copyto(run.begin, run.above_ends[ends])
            return
        np.einsum("aikn,kn->ain", frame, run.offset, out=run.begin)
        np.add(run.begin, run.three if run.above_begin is None else run.above_begin, out=run.begin)

    def _work(self, run: Run, ends: int, own: int) -> None:
        """Directions and ends of a level from what inertia and forces make of its ends."""
        at, mine, three = run.ends[ends], run.own[own], run.three
        np.subtract(at, run.begin, out=three)
        if self._plain:
            np.multiply(run.rest_y, run.pull, out=run.way)
            three += run.way
            np.multiply(three, three, out=run.way)
            np.add.reduce(run.way, axis=1, out=run.flat, initial=_LEAST)
            np.sqrt(run.flat, out=run.flat)
            np.divide(three, run.one, out=run.way)
            np.einsum("aicn,ain->acn", run.rest, run.way, out=mine)
        else:
            self._bend(run, mine)
            self._aim(run, own)
        self._end(run, ends)
        found = self.contacts.touch(run.number, run.all_ends[ends])
        if found is not None:
            self._bounds.push(run, ends, own, found)

    def _bend(self, run: Run, mine: FloatArray) -> None:
        """The same in the joints' own axes, for scales and limits. ``run.three`` : (A, 3, n) to the free ends."""
        if self.plan.skewed:
            self._skewed(run, mine)
        else:
            np.einsum("aicn,ain->acn", run.rest, run.three, out=mine)
            mine[:, 0] += run.pull
            _unit(mine, run)
        if self._bounds.any:
            self._bounds.limit(run, mine)

    def _aim(self, run: Run, own: int) -> None:
        """The world direction of each joint, which is the first column of its frame."""
        np.einsum("aicn,acn->ain", run.rest, run.own[own], out=run.frame_y)
        if self.plan.skewed:
            wide = np.einsum("aikn,kjn,ajn->ain", run.rest, run.scale, run.own[own], optimize=True)
            run.way[:] = wide / np.sqrt(np.maximum((wide * wide).sum(1, keepdims=True), _LEAST))

    def _end(self, run: Run, ends: int) -> None:
        np.multiply(run.way, run.length, out=run.ends[ends])
        np.add(run.ends[ends], run.begin, out=run.ends[ends])

    def _turn(self, run: Run, own: int) -> None:
        """The frames of a level, turned the shortest way onto its directions."""
        np.add(run.own_y[own], _ONE, out=run.flat)
        np.maximum(run.flat, _BACK, out=run.flat)
        np.divide(run.own_xz[own], run.one, out=run.pair)
        np.add(run.frame_y, run.rest_y, out=run.three)
        np.multiply(run.three[:, :, None], run.pair[:, None], out=run.six)
        np.subtract(run.rest_xz, run.six, out=run.frame_xz)

    def _skewed(self, run: Run, own: FloatArray) -> None:
        """Directions where scales differ by axis: ``run.three`` holds the way to the free ends, (A, 3, n)."""
        along = run.rest_y / np.sqrt(np.maximum((run.rest_y**2).sum(1, keepdims=True), _LEAST))
        way = run.three + along * run.pull
        way /= np.sqrt(np.maximum((way * way).sum(1, keepdims=True), _LEAST))
        back = np.linalg.pinv(run.rest.transpose(0, 3, 1, 2))
        inner = np.einsum("ankj,ajn->akn", back, way)
        own[:] = np.einsum("kjn,ajn->akn", run.shrink, inner)
        own /= np.sqrt(np.maximum((own * own).sum(1, keepdims=True), _LEAST))

    def _move_colliders(self, run: Run) -> None:
        """Colliders that hang on joints of this level go with them."""
        for k, row, below in run.level.moved:
            world = np.zeros((self.actors, 4, 4), np.float32)
            world[:, :3, :3] = self.frame[:, :, :, row] @ self.plan.out[:, :, row]
            world[:, :3, 3], world[:, 3, 3] = self.begin[:, :, row], 1
            self.colliders.move(k, world @ below)
        self.colliders.measure()

    def _between(self, poses: Poses) -> None:
        """Show the directions between the last two steps, on the body as it is now."""
        shown = 3 - self._own - self._own_old
        share = min(max(1.0 - self._ahead / STEP, 0.0), 1.0)
        own, work = self.owns[shown], self._blend
        np.subtract(self.owns[self._own], self.owns[self._own_old], out=own)
        own *= share
        own += self.owns[self._own_old]
        np.multiply(own, own, out=work)
        np.add.reduce(work, axis=1, out=self._one[:, 0], initial=_LEAST)
        np.sqrt(self._one, out=self._one)
        own /= self._one
        self._set_roots(1.0)
        self._hang(self._spare, shown)
        self._show(shown, poses)

    def _hang(self, ends: int, own: int) -> None:
        """All levels with the directions ``owns[own]``, on the roots as they are set."""
        for run in self._runs:
            self._carry(run, ends)
            self._aim(run, own)
            self._end(run, ends)
            self._turn(run, own)

    def _show(self, own: int, poses: Poses) -> None:
        """World matrices into the rig, and local rotations into the pose."""
        np.einsum("aiks,kcs->aics", self.frame, self.plan.out, out=self._out[:, :, :3])
        np.copyto(self._out[:, :, 3], self.begin)
        np.copyto(self._written, self._out.transpose(0, 3, 1, 2))
        work = self._blend
        np.add(self.owns[own], _UP, out=work)
        np.maximum(work[:, 0], _BACK, out=work[:, 0])
        np.einsum("qcs,acs->aqs", self.plan.local, work, out=self._quat)
        # The turn from +Y to (x, y, z) has this length.
        np.multiply(work[:, 0], _TWO, out=self._one[:, 0])
        np.sqrt(self._one, out=self._one)
        np.divide(self._quat, self._one, out=self._quat)
        poses.rotation[:, self.plan.nodes] = self._quat.swapaxes(1, 2)


def _unit(v: FloatArray, run: Run) -> None:
    np.einsum("acn,acn->an", v, v, out=run.flat)
    np.sqrt(run.flat, out=run.flat)
    np.maximum(run.flat, _LEAST, out=run.flat)
    np.divide(v, run.one, out=v)
