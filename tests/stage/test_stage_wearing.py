"""Parts come and go in a fade in which nothing leaps, or at once, and never in flashes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from avatar.model.model import AvatarModel
from avatar.stage.scene import Figure
from avatar.stage.wearing import CHANGES, Look, Wearing

NONE: frozenset[int] = frozenset()
VEIL, COAT = frozenset((1,)), frozenset((2,))


def figure() -> Figure:
    empty = np.zeros(0, np.float32)
    model = AvatarModel(
        "m", "gltf", (), np.zeros(0, np.int32), empty, empty, empty, (), (), (), (), np.zeros(0, np.float32)
    )
    return Figure(model, np.zeros((0, 4, 4), np.float32), empty, np.eye(4, dtype=np.float32), shadow=np.zeros(3))


def seen(wearing: Wearing, part: int, t: float) -> float:
    """How much of a part is seen where nothing else is, and what is over it counts."""
    amount = 0.0
    for one in sorted(wearing.dressed([figure()], t), key=lambda f: f.order if f.order is not None else 0.0):
        if part not in one.hidden:
            amount = one.opacity + (1 - one.opacity) * amount
    return amount


def test_without_a_word_everything_is_shown_and_nothing_costs() -> None:
    figures = [figure()]
    assert Wearing().dressed(figures, 0.0) is figures


def test_what_goes_fades_away_without_a_leap_and_the_rest_stays() -> None:
    wearing = Wearing()
    wearing.put_on(Look(VEIL), 2.0, 10.0)
    amounts = [seen(wearing, 1, 10 + k / 20) for k in range(41)]
    assert amounts[0] == 1
    assert amounts[-1] == 0
    assert np.all(np.diff(amounts) <= 0)
    assert np.abs(np.diff(amounts)).max() < 0.05
    assert min(seen(wearing, 3, 10 + k / 20) for k in range(41)) == 1


def test_what_comes_and_goes_in_one_change() -> None:
    wearing = Wearing(Look(VEIL))
    wearing.put_on(Look(COAT), 2.0, 0.0)
    comes = [seen(wearing, 1, k / 20) for k in range(41)]
    goes = [seen(wearing, 2, k / 20) for k in range(41)]
    assert (comes[0], comes[-1], goes[0], goes[-1]) == (0, 1, 1, 0)
    assert np.all(np.diff(comes) >= 0)
    assert np.all(np.diff(goes) <= 0)
    assert max(np.abs(np.diff(comes)).max(), np.abs(np.diff(goes)).max()) < 0.1


def test_only_the_figure_that_stays_has_a_shadow() -> None:
    wearing = Wearing()
    wearing.put_on(Look(VEIL), 2.0, 0.0)
    assert [one.shadow is None for one in wearing.dressed([figure()], 1.0)] == [False, True]


def test_a_cut_is_at_once() -> None:
    wearing = Wearing()
    wearing.put_on(Look(VEIL), 0.0, 5.0)
    assert [one.hidden for one in wearing.dressed([figure()], 5.0)] == [VEIL]


def test_one_body_goes_over_into_another_without_a_leap_and_nothing_shines_through() -> None:
    wearing, old, new = Wearing(Look(VEIL)), figure(), figure()
    wearing.put_on(Look(COAT, "gown"), 2.0, 10.0)

    def amounts(t: float) -> tuple[float, float, float]:
        """How much of the old one is seen where the new one is not, of the new one, and of what is behind both."""
        worn, other = wearing.bodies(t)
        bodies = {"": old, "gown": new}
        shown = wearing.dressed([bodies[worn]], t, [] if other is None else [bodies[other]])
        behind, alone = 1.0, {id(old.model): 0.0, id(new.model): 0.0}
        for one in sorted(shown, key=lambda f: f.order if f.order is not None else 0.0):
            behind *= 1 - one.opacity
            alone[id(one.model)] = one.opacity
            assert one.hidden == (VEIL if one.model is old.model else COAT)
        if len(shown) == 2:
            over = max(shown, key=lambda f: f.order if f.order is not None else 0.0)
            assert over.model is new.model, "the new one is before the old one"
            assert sum(one.shadow is not None for one in shown) == 1
        return alone[id(old.model)], alone[id(new.model)], behind

    rows = np.array([amounts(10 + k / 20) for k in range(42)])
    assert rows[0, :2].tolist() == [1, 0]
    assert rows[-1, :2].tolist() == [0, 1]
    assert np.all(np.diff(rows[:, 0]) <= 0)
    assert np.all(np.diff(rows[:, 1]) >= 0)
    assert np.abs(np.diff(rows[:, :2], axis=0)).max() < 0.1
    assert rows[:, 2].max() == 0
    assert wearing.bodies(10.9) == ("", "gown")
    assert wearing.bodies(11.1) == ("gown", "")
    assert wearing.bodies(12.0) == ("gown", None)


def test_however_often_it_is_asked_for_it_does_not_flash() -> None:
    wearing, shown = Wearing(), []
    for k in range(300):
        t = k / 60
        wearing.put_on(Look(VEIL if k % 2 else NONE), 0.0, t)
        shown.append((t, seen(wearing, 1, t)))
    turns = [t for (_, a), (t, b) in pairwise(shown) if a != b]
    assert turns
    assert max(sum(t <= other < t + 1 for other in turns) for t in turns) <= CHANGES
    wearing.put_on(Look(VEIL), 0.0, 5.0)
    assert seen(wearing, 1, 6.5) == 0, "what waited is made in the end"
