"""The font that an album brings along has the letters it needs, in their own shape, and no others."""

from __future__ import annotations

import base64
import io
import re

import cv2
import numpy as np
import pytest

from avatar.io.outputs import stand_in


def test_only_letters_that_a_machine_may_lack_are_in_it() -> None:
    assert stand_in.letters("Alexと光、Hikari") == "、と光"
    assert stand_in.face("Alex and Hikari, née Weiß") == ""


def test_it_draws_the_letter_that_was_asked_for() -> None:
    image_font = pytest.importorskip("PIL.ImageFont")
    image, draw = pytest.importorskip("PIL.Image"), pytest.importorskip("PIL.ImageDraw")
    css = stand_in.face("光と口")
    data = re.search(r"base64,([^)]+)\)", css)
    assert data is not None
    font = image_font.truetype(io.BytesIO(base64.b64decode(data[1])), 200)
    for letter in "光と口":
        page = image.new("L", (260, 300))
        draw.Draw(page).text((20, 20), letter, fill=255, font=font)
        ours, wanted = np.asarray(page), stand_in.line(letter, 200, (0, 0, 0))[0][..., 3]
        a, b = (cut[cut.any(1)][:, cut.any(0)] for cut in (ours > 127, wanted > 127))
        assert np.abs(np.subtract(a.shape, b.shape)).max() <= 3
        a = cv2.resize(a.astype(np.uint8), b.shape[::-1])
        assert np.mean(a == b) > 0.97
