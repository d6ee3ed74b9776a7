"""Where captions, the honesty notice and the marks lie on the picture, as plain pictures and places; no OpenGL here."""

from __future__ import annotations

from dataclasses import dataclass

from ..stage.scene import Overlay
from ..types import ByteArray
from .text import GREEN, Style, pad_of, panel, wrap


@dataclass(frozen=True, slots=True)
class Item:
    """A picture at a place. image : (h, w, 4) uint8 premultiplied; x, y : its top left corner, pixels."""

    image: ByteArray
    x: int
    y: int


class OverlayLayout:
    """Makes the items of an overlay, and makes them again only when a word or the size changes."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] | None = None
        self._items: tuple[Item, ...] = ()

    def items(self, o: Overlay, size: tuple[int, int]) -> tuple[Item, ...]:
        """Items in drawing order; the same tuple as before while nothing changed.

        The mark of what is open is at the top left; the notice in the middle beside it or, where that is narrow, under
        it, or low, over the caption; the caption in the middle of the foot, a card over it, a count over
        that; the label below right. Letters grow with the picture's height.
        """
        key = (
            o.caption,
            o.speaker,
            o.notice,
            o.notice_low,
            o.camera_on,
            o.microphone_on,
            o.label,
            o.card,
            o.count,
            size,
        )
        if key != self._key:
            self._key, self._items = key, tuple(_lay_out(o, size))
        return self._items


def _caption(height: int) -> Style:
    # letters that would be too small to read in a small picture are larger there, and need a line more
    return Style(max(13, round(height * 0.044)), 450, 0.55, 3 if height >= 296 else 4)


def caption_ends(words: str, size: tuple[int, int]) -> str:
    """The last words of a caption that a picture of ``size`` shows, where it does not show all of them; else ""."""
    style = _caption(size[1])
    lines = wrap(words, style, round(size[0] * 0.9) - 2 * pad_of(style))
    return lines[-1][-16:] if lines and lines[-1].endswith("…") and not words.rstrip().endswith("…") else ""


def _lay_out(o: Overlay, size: tuple[int, int]) -> list[Item]:
    w, h = size
    margin = max(4, round(h * 0.02))
    small = max(11, round(h * 0.030))
    items: list[Item] = []
    top, foot = margin, h - margin
    if devices := " · ".join(["CAMERA"] * o.camera_on + ["MICROPHONE"] * o.microphone_on):
        mark = panel(devices, Style(small, 600, 0.5, 1, GREEN, False), w - 2 * margin)
        items.append(Item(mark, margin, top))
        top += mark.shape[0] + margin // 2
    notice = None
    if o.notice.strip():
        beside = w - 2 * (items[0].image.shape[1] + 2 * margin) if items else w - 2 * margin
        fits = beside >= w // 2
        notice = panel(o.notice, Style(max(12, round(h * 0.036)), 450, 0.6, 4), beside if fits else w - 2 * margin)
        if not o.notice_low:
            items.append(Item(notice, (w - notice.shape[1]) // 2, margin if fits else top))
    if o.label.strip():
        label = panel(o.label, Style(small, 400, 0.35, 1), w - 2 * margin)
        items.append(Item(label, w - margin - label.shape[1], foot - label.shape[0]))
        foot -= label.shape[0] + margin // 2
    if o.caption.strip():
        caption = panel(o.caption, _caption(h), round(w * 0.9), o.speaker)
        foot -= caption.shape[0]
        items.append(Item(caption, (w - caption.shape[1]) // 2, foot))
        foot -= margin // 2
    if o.card:
        title, *lines = o.card
        style = Style(max(12, round(h * 0.042)), 520, 0.82, 8, centred=False)
        card = panel("\n".join(lines), style, round(w * 0.94), title)
        items.append(Item(card, (w - card.shape[1]) // 2, foot - card.shape[0]))
        foot -= card.shape[0] + margin // 2
    if o.count.strip():
        count = panel(o.count, Style(round(h * 0.2), 600, 0.45, 1), w - 2 * margin)
        items.append(Item(count, (w - count.shape[1]) // 2, max(top, foot - count.shape[0])))
        foot -= count.shape[0] + margin // 2
    if notice is not None and o.notice_low:
        items.append(Item(notice, (w - notice.shape[1]) // 2, foot - notice.shape[0]))
    return items
