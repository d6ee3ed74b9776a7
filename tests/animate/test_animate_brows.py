"""Which expression raises the brows: measured on the house companion and on faces made for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from animate_figure import humanoid

from avatar import paths
from avatar.animate.brows import brow_expression, opening
from avatar.model.load import load
from avatar.model.model import AvatarModel, Expression


def with_only(model: AvatarModel, *extra: Expression) -> AvatarModel:
    kept = {n: e for n, e in model.expressions.items() if n in ("aa", "blink")}
    return replace(model, expressions={**kept, **{e.name: e for e in extra}})


def expression(name: str, morphs: list[int], weights: list[float], **rules: object) -> Expression:
    return Expression(name, True, np.array(morphs, np.int32), np.array(weights, np.float32), **rules)  # type: ignore[arg-type]


def test_the_house_companion_has_brows_of_their_own() -> None:
    assert brow_expression(load(paths.companion("hikari"))) == ("browUp", 1.0)


@pytest.mark.parametrize("name", ["browInnerUp", "BrowsUp", "Brow_Up", "eyebrows-up"])
def test_names_that_files_use(name: str) -> None:
    model = with_only(humanoid(), expression(name, [], []))
    assert brow_expression(model) == (name, 1.0)


def test_surprise_serves_only_while_the_mouth_stays_shut() -> None:
    model = humanoid()
    aa = model.expressions["aa"]
    mouth = int(aa.morphs[0])
    gaping = expression("surprised", [mouth], [1.0])
    assert opening(model, gaping) > 0.5
    assert brow_expression(with_only(model, gaping)) is None
    brow = 7  # moves the brow alone
    mild = expression("surprised", [brow], [1.0])
    assert opening(model, mild) < 1e-6
    assert brow_expression(with_only(model, mild)) == ("surprised", pytest.approx(0.45))
    ajar = expression("surprised", [brow, mouth], [1.0, 0.1])
    assert brow_expression(with_only(model, ajar)) is not None
    wide = expression("surprised", [brow, 4], [1.0, 0.3])
    assert brow_expression(with_only(model, wide)) is None, "the mouth of oh opens by another target"
    for rule in ({"is_binary": True}, {"override_mouth": "block"}, {"override_blink": "blend"}):
        assert brow_expression(with_only(model, expression("surprised", [brow], [1.0], **rule))) is None


def test_a_face_without_any_has_none() -> None:
    assert brow_expression(with_only(humanoid())) is None
