"""Words as pictures: they fit, they read, they fall back; no OpenGL."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.render.overlay import OverlayLayout
from avatar.render.text import WARM, Style, _width, drawable, panel, wrap
from avatar.stage.scene import Overlay

STYLE = Style(20)
LONG = "Hello! I am very glad to see you here today, and I wonder whether you would like to begin?"


def letters(text, style=STYLE):
    """Light pixels of a panel, (h, w) bool."""
    image = panel(text, style, 600)
    return image[..., :3].min(-1) > 128


@pytest.mark.parametrize("width", [120, 260, 500])
def test_lines_fit_and_keep_every_word(width):
    style = Style(20, lines=40)
    lines = wrap(LONG, style, width)
    assert max(_width(line, style) for line in lines) <= width
    assert " ".join(lines) == LONG


def test_lines_are_of_about_the_same_length():
    first, second = (_width(line, STYLE) for line in wrap(LONG[:58], STYLE, 420))
    assert min(first, second) > 0.7 * max(first, second)


def test_too_long_a_text_ends_in_an_ellipsis():
    lines = wrap(LONG * 5, STYLE, 300)
    assert len(lines) == STYLE.lines
    assert lines[-1].endswith("…")
    assert _width(lines[-1], STYLE) <= 300


def test_a_script_without_spaces_is_broken_between_letters():
    text = "こんにちは、お元気ですか。今日はとても良い天気ですね。散歩に行きましょう。"
    lines = wrap(text, STYLE, 290)
    assert "".join(lines) == text
    assert len(lines) == 3
    assert max(_width(line, STYLE) for line in lines) <= 290
    assert not any(line[0] in "、。" for line in lines)


def test_a_word_wider_than_the_picture_is_broken():
    lines = wrap("x" * 80, STYLE, 200)
    assert max(_width(line, STYLE) for line in lines) <= 200


def test_accents_and_japanese_have_their_own_shapes():
    assert letters("é").sum() > letters("e").sum()
    unknown = letters("\U00012345\U00012345")
    for sign in ("é", "ñ", "こ", "元", "ж", "Ω"):
        shape = letters(sign)
        assert shape.sum() > 15
        assert shape.shape != unknown.shape or (shape != unknown).any()


def test_emoji_and_control_characters_leave_no_mark():
    assert drawable("Hi 👋🏽 there\n\tfriend\u200d!") == "Hi there friend!"
    assert wrap("🎉🎉", STYLE, 300) == []


def test_letters_are_light_on_dark_and_premultiplied():
    image = panel("Readable", STYLE, 600).astype(int)
    assert (image[..., :3] <= image[..., 3:] + 1).all()
    assert image[..., :3].max() >= 250
    box = image[image.shape[0] // 2, 4]
    assert 110 < box[3] < 170
    assert box[:3].max() < 40
    assert image[0, 0, 3] < 40  # the corner is round


def test_the_speaker_is_named_in_a_colour_of_their_own():
    image = panel("Hello", STYLE, 600, "Hikari")
    tint = np.abs(image[..., :3].astype(int) - WARM).max(-1) < 10
    rows = np.nonzero(tint.any(1))[0]
    assert rows.size
    assert rows.max() < image.shape[0] / 2


@pytest.mark.parametrize("size", [(640, 480), (320, 240), (1920, 1080), (360, 640)])
def test_everything_lies_inside_the_picture_and_apart(size):
    everything = Overlay(LONG, "Hikari", "This is an AI companion, not a person. " * 2, True, "Presence")
    items = OverlayLayout().items(everything, size)
    assert len(items) == 4
    taken = np.zeros((size[1], size[0]), int)
    for item in items:
        h, w = item.image.shape[:2]
        assert item.x >= 0
        assert item.y >= 0
        assert item.x + w <= size[0]
        assert item.y + h <= size[1]
        taken[item.y : item.y + h, item.x : item.x + w] += 1
    assert taken.max() == 1


def test_letters_grow_with_the_picture():
    def height(size):
        return OverlayLayout().items(Overlay(notice="Not a person"), size)[0].image.shape[0]

    assert height((1280, 960)) == pytest.approx(2 * height((640, 480)), rel=0.12)


def test_nothing_is_made_again_while_nothing_changes():
    layout = OverlayLayout()
    words = Overlay(caption="Hello", camera_on=True)
    assert layout.items(words, (640, 480)) is layout.items(Overlay(caption="Hello", camera_on=True), (640, 480))
    assert layout.items(words, (640, 480)) is not layout.items(Overlay(caption="Hello!", camera_on=True), (640, 480))
    assert layout.items(Overlay(), (640, 480)) == ()


def test_a_low_notice_leaves_the_top_free_and_stands_over_the_caption():
    size = (640, 480)
    low = OverlayLayout().items(Overlay(caption="Hello there.", notice="Not a person", notice_low=True), size)
    caption, notice = low
    assert notice.y > size[1] // 2
    assert notice.y + notice.image.shape[0] <= caption.y
    (high,) = OverlayLayout().items(Overlay(notice="Not a person"), size)
    assert high.y + high.image.shape[0] < size[1] // 4


def test_every_open_device_is_marked() -> None:
    layout, seen = OverlayLayout(), []
    for camera, microphone in ((False, False), (True, False), (False, True), (True, True)):
        seen.append(layout.items(Overlay(camera_on=camera, microphone_on=microphone), (640, 480)))
    assert [len(items) for items in seen] == [0, 1, 1, 1]
    widths = [items[0].image.shape[1] for items in seen[1:]]
    assert widths[0] < widths[1] < widths[2]


@pytest.mark.parametrize("size", [(320, 240), (640, 480), (1280, 720)])
def test_a_card_has_each_of_its_lines_and_lies_over_the_caption(size):
    lines = ("You deserve help.", "Emergency: 112", "To talk: 988")
    (caption, card) = OverlayLayout().items(Overlay(caption="Hello.", card=lines), size)
    assert card.y + card.image.shape[0] <= caption.y
    assert card.x >= 0
    assert card.x + card.image.shape[1] <= size[0]
    assert card.y > 0.4 * size[1], "faces are seen over it"
    _, fewer = OverlayLayout().items(Overlay(caption="Hello.", card=lines[:2]), size)
    assert card.image.shape[0] > fewer.image.shape[0]
