"""The ChArUco board: a chessboard whose white squares carry ArUco tags, so that each of its inner corners is known by
number even where only a part of it is seen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import cv2
import numpy as np

from ...errors import UsageError
from ...types import ByteArray, FloatArray, Mark
from .codes import dictionary
from .tags import grey_of

FEWEST: Final = 6
"""Corners below which a board is not taken for one."""
FAMILY: Final = "aruco"


@dataclass(frozen=True)
class Board:
    """columns, rows : squares; square, tag : metres of a side. UsageError for a board that cannot be."""

    columns: int = 7
    rows: int = 9
    square: float = 0.025
    tag: float = 0.0185
    _made: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not (3 <= self.columns <= 30 and 3 <= self.rows <= 30 and self.columns * self.rows <= 499):
            raise UsageError("a board has 3 to 30 columns and rows, and 499 squares at most")
        if not 0.3 * self.square <= self.tag <= 0.95 * self.square:
            raise UsageError("a board's tags are 0.3 to 0.95 as wide as its squares")
        words = dictionary(FAMILY)
        made = cv2.aruco.CharucoBoard((self.columns, self.rows), self.square, self.tag, words)
        object.__setattr__(self, "_made", cv2.aruco.CharucoDetector(made))

    def find(self, image: ByteArray) -> Mark | None:
        """The board in a picture, (H, W, 3) RGB or (H, W) grey; None with fewer than FEWEST corners."""
        corners, numbers, _, _ = self._made.detectBoard(grey_of(image))
        if numbers is None or len(numbers) < FEWEST:
            return None
        numbers = np.ravel(numbers)
        plane = self.corners()[numbers]
        # Corners on one line say nothing of where the board lies.
        if np.linalg.matrix_rank(plane - plane.mean(0), tol=self.square * 0.5) < 2:
            return None
        pixels = np.asarray(corners, np.float32).reshape(-1, 2) + np.float32(0.5)
        return Mark("charuco", 0, pixels, plane)

    def corners(self) -> FloatArray:
        """(N, 2) float32: the inner corners by number, metres from the board's middle, x right, y up."""
        x, y = np.meshgrid(np.arange(1, self.columns), np.arange(1, self.rows))
        at = np.stack([x - self.columns / 2, self.rows / 2 - y], -1)
        return (at.reshape(-1, 2) * self.square).astype(np.float32)

    def squares(self) -> list[tuple[int, int, int]]:
        """(column, row, number of the tag, -1 for a black one) of every square, from the top left."""
        found, number = [], 0
        for row in range(self.rows):
            for column in range(self.columns):
                black = (column + row) % 2 == 0
                found.append((column, row, -1 if black else number))
                number += not black
        return found


def parse_board(text: str) -> Board:
    """``7x9,25,18.5`` (columns x rows, millimetres of a square and of a tag) to a Board. UsageError."""
    match = re.fullmatch(r"(\d{1,2})x(\d{1,2})(?:,(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?)?", text.strip().lower())
    if not match:
        raise UsageError(f"board '{text}': write COLUMNSxROWS,SQUARE,TAG with sides in millimetres: 7x9,25,18.5")
    square = float(match[3] or 25)
    if not 1 <= square <= 1000:
        raise UsageError(f"board '{text}': a square is 1 to 1000 mm")
    return Board(int(match[1]), int(match[2]), square / 1000, float(match[4] or square * 0.74) / 1000)
