"""MaterialSpec: how a part is shaded, in the words of VRMC_materials_mtoon, colours as a painter names them (sRGB).

The writer turns sRGB into the linear factors of the file. ``SKIN`` is shared by face and body so that their seam at the
neck does not show.
"""

from __future__ import annotations

from dataclasses import dataclass

RGB = tuple[int, int, int]
"""sRGB, 0–255."""


@dataclass(frozen=True)
class MaterialSpec:
    """One MToon material. Colours sRGB 0–255.

    texture, shade_texture : keys into the dictionary of painted images, or None. Where there is a texture it carries
    the colour and ``base`` multiplies it (255, 255, 255 = leave it); shade_texture likewise under ``shade``.
    outline : width in metres, 0 for none; outline_mix : share of lighting in the outline's colour; alpha : OPAQUE, MASK
    or BLEND; queue_offset : order among BLEND materials.
    """

    name: str
    base: RGB = (255, 255, 255)
    shade: RGB = (255, 255, 255)
    texture: str | None = None
    shade_texture: str | None = None
    toony: float = 0.9
    shift: float = -0.05
    gi: float = 0.9
    rim: RGB = (0, 0, 0)
    rim_power: float = 5.0
    rim_lift: float = 0.0
    rim_mix: float = 1.0
    outline: float = 0.0
    outline_color: RGB = (0, 0, 0)
    outline_mix: float = 1.0
    alpha: str = "OPAQUE"
    cutoff: float = 0.5
    double_sided: bool = False
    queue_offset: int = 0
    emissive: RGB = (0, 0, 0)


SKIN_BASE: RGB = (252, 226, 208)
SKIN_SHADE: RGB = (232, 180, 160)

SKIN = MaterialSpec(
    "skin",
    base=SKIN_BASE,
    shade=SKIN_SHADE,
    toony=0.72,
    shift=-0.08,
    rim=(70, 48, 40),
    rim_power=4.5,
    outline=0.0006,
    outline_color=(146, 84, 70),
    outline_mix=0.6,
)
