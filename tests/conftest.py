"""Fixtures for every test: one headless OpenGL context, a fence against GL errors, fixed seeds, pictures compared.

And how the suite shares a machine: two workers, each test in either, but never anything beside one marked ``alone``.
"""

from __future__ import annotations

import gc
import os
import random
import re
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.clock import ManualClock

SEED = 20261122
OUT = Path(__file__).resolve().parent / "_out"
WORKERS = 2
ROOM = pytest.StashKey[Any]()


def _alone(item: pytest.Item | None) -> bool:
    return item is not None and item.get_closest_marker("alone") is not None


class Turns:
    """Locks between the workers of one run: a test alone has the room to itself, all others share it."""

    def __init__(self, room: str) -> None:
        import fcntl

        self._file = open(room, "r+")  # noqa: SIM115 - open as long as the worker lives
        self._lock, self._whole, self._shared, self._free = fcntl.lockf, fcntl.LOCK_EX, fcntl.LOCK_SH, fcntl.LOCK_UN
        self._kept = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, Any]:
        """Outside of everything, the timeout's clock too."""
        if not self._kept:
            # Whoever waits stands in the door, so that no stream of others goes past a test that is to be alone.
            self._lock(self._file, self._whole, 1, 0)
            self._lock(self._file, self._whole if _alone(item) else self._shared, 1, 1)
            self._lock(self._file, self._free, 1, 0)
        try:
            return (yield)
        finally:
            # Others between two that are alone would come one at a time.
            self._kept = _alone(item) and _alone(nextitem)
            if not self._kept:
                self._lock(self._file, self._free, 1, 1)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Those alone come first, then files with long tests: what is left at the end is short and shared evenly."""
        long = {item.path for item in items if item.get_closest_marker("slow")}
        items.sort(key=lambda item: (not _alone(item), item.path not in long))


def pytest_configure(config: pytest.Config) -> None:
    """In a worker: takes turns."""
    room = getattr(config, "workerinput", {}).get("room")
    if room is not None:
        config.pluginmanager.register(Turns(room))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """In the process that starts the workers: names the file they lock."""
    stash = node.config.stash
    if ROOM not in stash:
        stash[ROOM] = tempfile.NamedTemporaryFile(prefix="presence-tests-")  # noqa: SIM115 - closed with the run
        node.config.add_cleanup(stash[ROOM].close)
    node.workerinput["room"] = stash[ROOM].name


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """``-n auto``: none for single files, which are quicker without, and for ``-s``, which shows nothing of theirs."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    single = all(Path(argument.partition("::")[0]).is_file() for argument in config.args)
    return 0 if single or config.option.capture == "no" or cores < WORKERS or os.name != "posix" else WORKERS


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """What is collected, seven thousand tests and all they import, stays to the end: Python's garbage collector need
    not go through it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(autouse=True)
def _seeded() -> None:
    """The same random numbers in every run and every order of tests."""
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002 - libraries that still use the global state


@pytest.fixture(scope="session", autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the person settled for this machine, tokens among it, is neither read nor written."""
    with pytest.MonkeyPatch.context() as patch:
        folder = str(tmp_path_factory.mktemp("settings"))
        for name in ("XDG_CONFIG_HOME", "APPDATA"):
            patch.setenv(name, folder)
        patch.delenv("PRESENCE_TOKEN", raising=False)
        yield


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
