"""Which of several people is the person, and that they stay it; made-up finds, whose truth is known."""

from __future__ import annotations

import pytest

from avatar.tracking.people import KEEP, Found, People

SIZE = (640, 480)


def at(x: float, t: float = 0.0, wide: float = 60.0, y: float = 150.0) -> Found:
    return Found((x, y), wide, t)


@pytest.mark.parametrize(("wish", "x"), [("middle", 280), ("left", 100), ("right", 560)])
def test_the_nearest_to_the_middle_is_the_person_unless_told(wish: str, x: float) -> None:
    people = People(wish)
    people.look([at(560), at(100), at(280)], 640, 0.0)
    assert people.person.middle[0] == x
    assert len(people.others) == 2


def test_whoever_is_found_first_is_the_person_until_somebody_has_looked_round() -> None:
    people = People()
    assert people.follow((100, 150), 60, 0.0)
    people.look([at(100, 0.1), at(330, 0.1)], 640, 0.1)
    assert people.person.middle[0] == 330
    assert people.follow((332, 150), 60, 0.13)
    people.look([at(100, 0.6), at(260, 0.6), at(350, 0.6)], 640, 0.6)
    assert people.person.middle[0] == 350, "chosen once, from then on kept"


@pytest.mark.parametrize("before", [True, False], ids=["the person before", "the other before"])
@pytest.mark.parametrize(("mine", "other"), [((120, 70), (520, -70)), ((320, 0), (560, -110)), ((80, 110), (330, 0))])
def test_two_who_pass_each_other_do_not_swap(before: bool, mine, other) -> None:
    """One face hides the other for as long as they are within a face's width of each other; from then on each is
    somewhere else again, and is what it was. mine, other : where they begin, and their speed, pixels a second."""
    people, wrong, swapped = People(), 0, 0
    for k in range(150):
        t = k / 30
        a, b = mine[0] + mine[1] * t, other[0] + other[1] * t
        hidden = abs(a - b) < 60
        seen = {"a": at(a, t), "b": at(b, t, y=152)}
        if hidden:
            del seen["b" if before else "a"]
        if k == 0:
            people.follow(seen["a"].middle, 60, t)
        if k % 15 == 0:
            people.look(list(seen.values()), 640, t)
            if k == 0:
                people.person, people.others = at(a, t), (at(b, t, y=152),)
        if k % 2 == 0 and "b" in seen:
            wrong += people.meet((b, 152), 60, t) and abs(b - people.person.middle[0]) < 20
        if "a" in seen:
            people.follow(seen["a"].middle, 60, t)
        else:
            people.follow(seen["b"].middle, 60, t)
        if not hidden and abs(a - b) > 90:
            swapped += abs(people.person.at(t)[0] - a) > 45
    assert wrong == 0
    assert swapped == 0


def test_another_face_is_not_taken_while_the_persons_is_lost_from_sight() -> None:
    people = People()
    people.look([at(300), at(480)], 640, 0.0)
    people.follow((300, 150), 60, 0.0)
    for k in range(1, round(KEEP * 30)):
        assert not people.follow((480, 150), 60, k / 30)
        if k % 15 == 0:
            people.look([at(480, k / 30)], 640, k / 30)
    assert people.follow((305, 150), 60, KEEP - 0.1), "and found again"


def test_when_the_person_has_gone_another_takes_their_place() -> None:
    people = People()
    people.look([at(300), at(480)], 640, 0.0)
    people.follow((300, 150), 60, 0.0)
    taken = []
    for k in range(1, 10):
        people.look([at(480, k / 2)], 640, k / 2)
        if people.follow((480, 150), 60, k / 2 + 0.03):
            taken.append(k / 2)
    assert taken[0] == pytest.approx(KEEP, abs=0.51)
    assert people.person.middle[0] == pytest.approx(480)
    assert people.others == ()


def test_a_person_whose_back_is_turned_stays_while_their_body_is_seen() -> None:
    people = People()
    people.look([at(300), at(480)], 640, 0.0)
    people.follow((300, 150), 60, 0.0)
    for k in range(1, 120):
        t = k / 30
        people.remain((300 + t, 150), t)
        people.look([at(480, t)], 640, t)
    assert people.person.middle[0] == pytest.approx(300, abs=5)


def test_a_body_found_between_two_people_moves_nobody() -> None:
    """Half of it is of somebody who has just gone past: a person whose face was seen a moment ago has not leapt."""
    people = People()
    for t in (0.0, 0.4):
        people.look([at(300, t), at(500, t)], 640, t)
        people.follow((300, 150), 60, t)
    people.remain((362, 150), 0.47)
    assert people.person.at(0.47)[0] == pytest.approx(300, abs=1)
    people.remain((318, 150), 0.5)
    assert people.person.middle[0] == pytest.approx(318, abs=1), "as far as one can go meanwhile they have gone"
    alone = People()
    alone.look([at(300)], 640, 0.0)
    alone.follow((300, 150), 60, 0.0)
    alone.remain((350, 150), 0.07)
    assert alone.person.middle[0] == 350, "nobody else is there whose body it could be"


def test_what_was_taken_for_a_face_once_is_nobody() -> None:
    people = People()
    people.look([at(300)], 640, 0.0)
    people.follow((300, 150), 60, 0.0)
    people.look([at(300, 0.5), at(420, 0.5)], 640, 0.5)
    assert people.others == ()
    people.follow((300, 150), 60, 0.9)
    people.look([at(300, 1.0), at(422, 1.0)], 640, 1.0)
    assert len(people.others) == 1


def test_a_chosen_face_that_shows_no_landmarks_is_given_up_for_another() -> None:
    people = People()
    for k in range(8):
        people.look([at(310, k / 4), at(500, k / 4)], 640, k / 4)
        if people.person is not None and people.person.middle[0] == 500:
            people.follow((500, 150), 60, k / 4)
    assert people.person.middle[0] == 500


def test_small_faces_far_behind_are_nobody() -> None:
    people = People()
    people.look([at(320, wide=12), at(200, wide=70)], 640, 0.0)
    assert people.person.middle[0] == 200
    assert people.others == ()


def test_regions_hold_the_person_and_nobody_else() -> None:
    people = People()
    assert people.near_face(SIZE) is None
    people.look([at(300)], 640, 0.0)
    assert people.near_face(SIZE) is None, "alone: anywhere"
    people.look([at(300, 0.1), at(390, 0.1)], 640, 0.1)
    people.look([at(300, 0.2), at(390, 0.2)], 640, 0.2)
    x0, y0, x1, y1 = people.near_face(SIZE)
    assert x0 < 270 < 330 < x1 < 390
    assert y0 < 120 < 180 < y1
    wide = people.near_body(SIZE)
    assert wide[0] < 100
    assert wide[3] == 480
    assert people.settled((x0 + 9, y0, x1 + 9, y1), (x0, y0, x1, y1), 0.6) == (x0 + 9, y0, x1 + 9, y1)
    assert people.settled((x0 - 90, y0, x1 - 90, y1), (x0, y0, x1, y1), 0.6) == (x0, y0, x1, y1)


def test_a_body_belongs_to_whose_face_is_over_it() -> None:
    people = People()
    assert people.belongs((10, 10), 0.0), "nobody is known"
    people.look([at(300), at(480)], 640, 0.0)
    assert people.belongs((310, 160), 0.0)
    assert not people.belongs((478, 155), 0.0)
    assert people.belongs((478, 155), 9.0), "long ago"


def test_a_face_printed_on_a_shirt_is_nobody_and_a_child_before_a_parent_is_somebody() -> None:
    """The skull on a jumper is found again and again, sometimes with landmarks; a child's face always has them."""
    for proofs, there in (((True, False, True, False, True, True), False), ((True,) * 6, True)):
        people = People()
        for k, proof in enumerate(proofs):
            t = k / 4
            mine, shirt = at(300, t), at(290, t, 110, 270)
            asked = people.unproved([mine, shirt], t)
            assert asked == ([mine, shirt] if k == 0 else [shirt])
            people.look([mine, shirt], 640, t, asked if proof else [mine])
            people.follow((300, 150), 60, t + 0.01)
            assert people.person.middle[1] == 150
        assert bool(people.others) == there


def test_a_picture_on_the_wall_above_the_person_is_nobody() -> None:
    people = People()
    people.follow((300, 300), 60, 0.0)
    wall, mine = at(310, 0.1, 50, 140), at(300, 0.1, y=300)
    assert people.unproved([mine, wall], 0.1) == [wall]
    for k in range(6):
        people.look([at(300, k / 4, y=300), at(310, k / 4, 50, 140)], 640, k / 4, [])
        people.follow((300, 300), 60, k / 4)
    assert people.person.middle[1] == 300
    assert people.others == ()


def test_somebody_elses_face_is_met_where_they_are_and_never_the_persons() -> None:
    people = People()
    people.look([at(300), at(480)], 640, 0.0)
    people.follow((300, 150), 60, 0.0)
    x0, y0, x1, y1 = people.near_other(SIZE)
    assert x0 > 300
    assert x0 < 450 < 510 < x1
    assert y0 < 120 < 180 < y1
    assert people.meet((484, 150), 60, 0.1)
    assert people.others[0].middle == (484, 150)
    assert not people.meet((302, 150), 60, 0.1), "the person"
    assert not people.meet((60, 300), 60, 0.1), "nobody was there"
    region = (x0, y0, x1, y1)
    assert people.settled_other((x0 + 9, y0, x1 + 9, y1), region, 0.6) == (x0 + 9, y0, x1 + 9, y1)
    assert people.settled_other((200, y0, x1, y1), region, 9.0) == region, "the person was in it"


def test_the_nearest_to_the_camera_is_the_widest_face() -> None:
    people = People("nearest")
    people.look([at(320, wide=50), at(100, wide=80)], 640, 0.0)
    assert people.person.middle[0] == 100
