"""Fixtures for every test: one headless OpenGL context, a fence against GL errors, fixed seeds, pictures compared."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.clock import ManualClock

SEED = 20261122
OUT = Path(__file__).resolve().parent / "_out"


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """The same random numbers in every run and every order of tests."""
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002 - libraries that still use the global state


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with the fixed seed."""
    return np.random.default_rng(SEED)


@pytest.fixture
def manual_clock() -> ManualClock:
    """A clock that moves only when told."""
    return ManualClock()


@pytest.fixture(scope="session")
def _headless() -> Iterator[Any]:
    from avatar.render.context import HeadlessContext

    with HeadlessContext() as context:
        yield context


@pytest.fixture
def gl(_headless: Any) -> Iterator[Any]:
    """The session's headless context, current; fails when OpenGL held an error before it or holds one after it."""
    from avatar.render.gl import check

    _headless.make_current()
    check("starting the test: an earlier one left it")
    yield _headless
    _headless.make_current()
    check("running the test")


Compare = Callable[..., None]


@pytest.fixture
def same_picture(request: pytest.FixtureRequest) -> Compare:
    """``same_picture(got, expected, mean=0.5, share=0.005, name="")``: fails when two pictures differ, and saves both
    and their difference under ``tests/_out/``.

    mean : most mean absolute difference of 8-bit values; share : most share of pixels differing by more than ``step``.
    """

    def compare(
        got: Any, expected: Any, mean: float = 0.5, share: float = 0.005, step: int = 24, name: str = ""
    ) -> None:
        assert got.shape == expected.shape, f"{got.shape} is not {expected.shape}"
        difference = np.abs(got.astype(np.int16) - expected.astype(np.int16))
        off = float((difference.max(-1) > step).mean())
        if difference.mean() <= mean and off <= share:
            return
        import cv2

        OUT.mkdir(exist_ok=True)
        stem = re.sub(r"\W+", "_", f"{request.node.name}_{name}").strip("_")
        for kind, image in (("got", got), ("expected", expected), ("difference", np.clip(difference * 4, 0, 255))):
            order = [2, 1, 0, *range(3, image.shape[-1])]
            cv2.imwrite(str(OUT / f"{stem}.{kind}.png"), image.astype(np.uint8)[..., order])
        pytest.fail(
            f"{name or 'the picture'} differs: mean {difference.mean():.2f}, {off:.1%} of pixels; see {OUT}/{stem}.*"
        )

    return compare
