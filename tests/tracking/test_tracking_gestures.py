"""Gestures of a made-up person whose truth is known: each is told once, with its side, when it begins and ends; what is
none is not told; and neither garbage nor gaps do harm."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from signs_actor import Camera, held, play, see
from signs_scripts import Act, arm, bow, gestures, nothings, posture

from avatar.linalg import quat
from avatar.tracking.gesture_hold import GAP, Hold, Swings
from avatar.tracking.gesture_look import look
from avatar.tracking.gestures import NAMES, SIDED, Recogniser, Sign
from avatar.types import Observation

GESTURES, NOTHINGS = gestures(), nothings()


def recognise(act: Act, **given) -> list[Sign]:
    """What is told of an act, by a person who goes away after it, so that everything ends."""
    recogniser, signs, t = Recogniser(), [], 0.0
    for seen in play(act.script, act.seconds, **given):
        signs += recogniser.step(seen, seen.t)
        t = seen.t
    for k in range(60):
        signs += recogniser.step(Observation(t + (k + 1) / 30, (640, 480)), t + (k + 1) / 30)
    assert not recogniser.active
    return signs


def spans(signs: list[Sign]) -> dict[tuple[str, str | None], list[tuple[float, float]]]:
    """(name, side) -> (begin, end) of each time."""
    found: dict[tuple[str, str | None], list[tuple[float, float]]] = {}
    begun: dict[tuple[str, str | None], float] = {}
    for sign in signs:
        key = (sign.name, sign.side)
        assert (sign.side is not None) == (sign.name in SIDED)
        if sign.state == "start":
            assert key not in begun, "begun twice"
            begun[key] = sign.t
        else:
            found.setdefault(key, []).append((begun.pop(key), sign.t))
    assert not begun, "never ended"
    return found


def right(act: Act, **given) -> None:
    found = spans(recognise(act, **given))
    for name, side, begin, end in act.truth:
        (once,) = found.pop((name, side))
        assert once[0] == pytest.approx(begin, abs=0.6)
        assert once[1] == pytest.approx(end, abs=0.6)
        assert once[0] < once[1]
    assert not {name for name, _ in found} - set(act.also)


def test_every_gesture_has_a_script() -> None:
    assert {name for act in GESTURES for name, *_ in act.truth} == set(NAMES)
    for name in SIDED:
        assert {side for act in GESTURES for n, side, *_ in act.truth if n == name} == {"left", "right"}


@pytest.mark.parametrize("act", GESTURES, ids=lambda a: a.name)
def test_a_gesture_is_told_once_with_its_side_when_it_begins_and_ends(act: Act) -> None:
    right(act)


@pytest.mark.parametrize("act", NOTHINGS, ids=lambda a: a.name)
def test_what_is_no_gesture_is_not_told(act: Act) -> None:
    for seed in (1, 2):
        assert not {s.name for s in recognise(act, seed=seed)} - set(act.also)


@pytest.mark.parametrize(
    "given",
    [
        {"fps": 12.0},
        {"fps": 60.0},
        {"fps": 25.0, "camera": Camera(2.6)},
        {"camera": Camera(1.2, 1.1, (1280, 720), person=0.7)},
        {"missing": 0.15},
    ],
    ids=["12 a second", "60 a second", "far away", "a child, another lens", "looks missed"],
)
def test_neither_rate_nor_distance_nor_missed_looks_matter(given) -> None:
    for act in GESTURES[:13] + GESTURES[26:]:
        right(act, **given)
    for act in NOTHINGS:
        assert not {s.name for s in recognise(act, **given)} - set(act.also), act.name


def test_a_part_that_is_not_tracked_costs_only_its_own_gestures() -> None:
    for act in GESTURES:
        name = act.truth[0][0]
        if name in ("nod", "shake", "palm", "thumbs_up", "wave", "come_closer", "raised_hand", "hand_on_heart", "sip"):
            right(act, parts="face hands")
    raised = next(a for a in GESTURES if a.name == "arm up left")
    assert ("raised_hand", "left") in spans(recognise(raised, parts="face body")), "the arm alone says it"
    for act in NOTHINGS:
        for parts in ("face hands", "hands body", "face body", "hands", ""):
            assert not {s.name for s in recognise(act, parts=parts)} - {*act.also, "raised_hand"}, act.name


def test_both_hands_are_told_apart() -> None:
    pose = arm("left", (0.3, 0.0, 0.25), (0, 1, 0), (0, 0, 1)) | arm("right", (0.3, 0.0, 0.25), (0, 1, 0), (0, 0, 1))
    found = spans(recognise(posture("both", "palm", pose)))
    assert {("palm", "left"), ("palm", "right")} <= set(found)


def test_a_posture_held_for_a_moment_is_none_and_one_lost_for_a_moment_goes_on() -> None:
    pose = arm("right", (0.3, 0.0, 0.25), (0, 1, 0), (0, 0, 1))
    assert not recognise(Act("short", held(pose, 1.0, 1.12, 0.08), 3, ()))
    recogniser, signs = Recogniser(), []
    for seen in play(held(pose, 1.0, 3.0), 3.0):
        lost = 1.8 < seen.t < 1.8 + 0.8 * GAP
        signs += recogniser.step(replace(seen, hands=()) if lost else seen, seen.t)
    assert [s.state for s in signs if s.name == "palm"] == ["start"]


def test_garbage_is_no_gesture_and_does_no_harm(rng: np.random.Generator) -> None:
    whole = see({}, Camera(), 0.0, rng)
    face, body, hand = whole.face, whole.body, whole.hands[0]
    nan = np.full(3, np.nan, np.float32)
    bad = [
        replace(whole, face=replace(face, matrix=face.matrix * np.nan)),
        replace(whole, face=replace(face, box=np.zeros(4, np.float32), matrix=np.zeros((4, 4), np.float32))),
        replace(whole, face=replace(face, matrix=np.zeros((3, 3), np.float32))),
        replace(whole, body=replace(body, points=body.points + nan)),
        replace(whole, body=replace(body, world=body.world * np.inf)),
        replace(whole, body=replace(body, points=np.zeros((33, 3), np.float32), world=np.zeros((33, 3), np.float32))),
        replace(whole, body=replace(body, points=body.points[:4])),
        replace(whole, hands=(replace(hand, world=hand.world * np.nan), replace(hand, side="middle"))),
        replace(whole, hands=(replace(hand, points=np.zeros((21, 3), np.float32)),)),
        replace(whole, hands=(replace(hand, world=np.zeros((21, 3), np.float32)),)),
        Observation(0.0, (0, 0)),
    ]
    recogniser = Recogniser()
    for k in range(600):
        seen = bad[rng.integers(len(bad))]
        t = k / 30
        assert recogniser.step(replace(seen, t=t, hands_t=t, body_t=t), t) == []
    for k in range(300):
        wild = replace(
            whole,
            t=20 + k / 30,
            face=replace(face, matrix=rng.normal(0, 1e3, (4, 4)).astype(np.float32)),
            hands=(replace(hand, points=rng.normal(0, 1e6, (21, 3)).astype(np.float32)),),
            body=replace(body, world=rng.normal(0, 1e4, (33, 3)).astype(np.float32)),
            hands_t=20 + k / 30,
        )
        for sign in recogniser.step(wild, wild.t):
            assert math.isfinite(sign.t)


def test_time_that_stands_still_goes_back_or_leaps_is_survived() -> None:
    pose = arm("right", (0.3, 0.0, 0.25), (0, 1, 0), (0, 0, 1))
    recogniser, signs = Recogniser(), []
    for seen in play(held(pose, 0.5, 9.0), 2.0):
        signs += recogniser.step(seen, seen.t)
        assert recogniser.step(seen, seen.t) == []
        assert recogniser.step(seen, seen.t - 0.5) == []
    assert recogniser.active == {("palm", "right")}
    (end,) = recogniser.step(Observation(60.0, (640, 480)), 60.0)
    assert (end.name, end.state, end.t < 2.1) == ("palm", "end", True)


def test_a_person_who_leaves_ends_what_they_did() -> None:
    pose = arm("left", (0.25, 0.45, 0.05), (0, 1, 0), (0, 0, 1))
    recogniser, signs, t = Recogniser(), [], 0.0
    for seen in play(held(pose, 0.5, 9.0), 2.0):
        signs += recogniser.step(seen, seen.t)
        t = seen.t
    assert {s.name for s in signs} == {"palm", "raised_hand"}
    ends = [recogniser.step(None, t + k / 30) for k in range(1, 30)]
    assert {s.name for s in itertools.chain(*ends)} == {"palm", "raised_hand"}


def test_a_hand_on_the_chest_is_not_on_the_heart_while_the_other_is_there_too() -> None:
    heart = arm("right", (0.06, -0.16, 0.12), (-1, 0.15, -0.05), (0, 0, -1), (0.1,) * 4)
    both = heart | arm("left", (0.06, -0.2, 0.14), (-1, 0.15, -0.05), (0, 0, -1), (0.1,) * 4)
    assert not [s for s in recognise(posture("both", "", both)) if s.name == "hand_on_heart"]


def test_measures_are_in_units_of_the_person() -> None:
    rng = np.random.default_rng(0)
    pose = arm("left", (0.3, 0.1, 0.1), (0, 1, 0), (0, 0, 1))
    near, far = (look(see(pose, Camera(d), 0.0, rng, noise=0)) for d in (0.9, 3.0))
    for a, b in ((near.hands["left"].at, far.hands["left"].at), (near.arms["left"].wrist, far.arms["left"].wrist)):
        assert np.allclose(a, b, atol=0.12), "what is left is perspective"
    assert near.hands["left"].shape.palm[2] > 0.9
    assert min(near.hands["left"].shape.open) > 0.9
    assert near.head.pitch == pytest.approx(0, abs=1e-6)


def test_a_hold_begins_after_its_time_and_ends_below_its_lower_bound() -> None:
    hold = Hold(0.3, 0.2)
    begun = [hold.step(0.1, k / 10) for k in range(6)]
    assert begun.index(True) == 3
    assert not any(hold.step(-0.9, 0.6 + k / 10) for k in range(5)), "not clearly so, but still so"
    ended = [hold.step(-1.1, 1.1 + k / 10) for k in range(4)]
    assert ended.index(True) == 1
    assert hold.last == pytest.approx(1.0)


def test_swings_count_ways_to_and_fro_from_where_they_began() -> None:
    swings = Swings(0.5)
    for k in range(30):
        swings.step(0.0, k / 30)
    for k in range(65):
        t = 1 + k / 30
        swings.step(math.sin(2 * math.pi * (t - 1)), t)
    assert swings.legs(0.1, 0.6, 3.1) == 5
    assert swings.begun(5) == pytest.approx(1.0, abs=0.05)
    assert swings.even(3) > 0.7
    assert swings.legs(0.1, 0.6, 5.0) == 0, "long ago"


def test_a_deep_bow_is_one_though_its_face_is_seen_wrongly_and_no_nod() -> None:
    """From above a parting is taken for a face that looks up, and aside: as seen on drawn people."""
    act = bow(35)
    recogniser, signs = Recogniser(), []
    for k, seen in enumerate(play(act.script, act.seconds, missing=0.0)):
        if seen.face is not None and act.script(seen.t).get("lean", 0) > math.radians(18):
            wrong = seen.face.matrix.copy()
            wrong[:3, :3] = quat.to_matrix(quat.from_euler(-0.1 if k % 14 < 9 else 0.7, 0.4, 0.0))
            seen = replace(seen, face=replace(seen.face, matrix=wrong))
        signs += recogniser.step(seen, seen.t)
    assert [(s.name, s.state) for s in signs] == [("bow", "start"), ("bow", "end")]
