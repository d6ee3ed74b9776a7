"""Textures: which picture, how it is sampled, and the pictures themselves, decoded together at the end.

A picture is measured when a material first names it, and decoded only when something that is shown uses it. What cannot
be shown (a format that is not read, a damaged body, no picture at all) is stood in for by one pixel and noted; a header
that cannot be read, and anything beyond the limits, is refused.
Source: glTF 2.0, section 3.8; KHR_texture_transform; EXT_texture_webp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from ..types import ByteArray
from .container import Absent, Container
from .missing import PLAIN_PICTURE, UNREAD, Gaps, pixel
from .model import Material, MToon, Texture, TextureSlot
from .pictures import DamagedError, Header, chunks, decode, is_ktx2, measure
from .place import Place

Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
"""Like ``map``: calls a function on every item, perhaps several at once, and gives the results in order."""

_MIN_FILTERS = (9728, 9729, 9984, 9985, 9986, 9987)
_WRAPS = (10497, 33071, 33648)
_SAMPLER = (
    ("wrapS", _WRAPS, 10497),
    ("wrapT", _WRAPS, 10497),
    ("magFilter", _MIN_FILTERS[:2], 9729),
    ("minFilter", _MIN_FILTERS, 9987),
)
_USUAL = (10497, 10497), (9729, 9987)
_NORMAL_MAPS = ("normalTexture", "_BumpMap")
_SLOTS, _TOON_SLOTS = (
    tuple(f.name for f in fields(kind) if f.type == "TextureSlot | None") for kind in (Material, MToon)
)
_MOST_PIECES = 200_000
"""Chunks of all PNGs, and segments before the sizes of all JPEGs, each of which takes its time."""
_NONE = -1
"""In place of an image's index: there is nothing to decode."""


class Textures:
    """The textures that are named. ``made`` is what becomes ``AvatarModel.textures``; ``sizes`` : (width, height) of
    each in the file, (1, 1) for a missing one; ``headers`` : image -> what was measured of it."""

    def __init__(self, container: Container, gaps: Gaps) -> None:
        self._container, self._gaps = container, gaps
        self._textures = container.root.each("textures")
        self._samplers = container.root.each("samplers")
        self._images = container.root.each("images")
        self._data: dict[int, memoryview | None] = {_NONE: None}
        self._size: dict[int, tuple[int, int]] = {_NONE: (1, 1)}
        self.headers: dict[int, Header] = {}
        self._measured: dict[int, Header] = {}
        self._ktx2: set[int] = set()
        self._noted: set[int] = set()
        self._sampled: dict[int, tuple[tuple[int, int], tuple[int, int]]] = {}
        self._pixels = self._bytes = self._segments = 0
        self._index: dict[tuple[int, bool], int] = {}
        self._sources: list[tuple[int, bool]] = []
        self.made: list[Texture] = []

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """(width, height) in the file of each texture in ``made``."""
        return [self._size[image] for image, _ in self._sources]

    def slot(self, owner: Place, key: str, factor: str = "") -> TextureSlot | None:
        """The textureInfo ``owner/key``, or None. factor : name of its number (``scale``, ``strength``), default 1."""
        info = owner.child(key)
        if info is None:
            return None
        slot = TextureSlot(self._use(info, "index", key in _NORMAL_MAPS), info.integer("texCoord", 0, high=7))
        if factor:
            slot.factor = info.number(factor, 1.0)
        transform = info.extension("KHR_texture_transform")
        if transform is not None:
            x, y = transform.numbers("offset", 2, (0.0, 0.0))
            sx, sy = transform.numbers("scale", 2, (1.0, 1.0))
            slot.offset, slot.scale, slot.rotation = (x, y), (sx, sy), transform.number("rotation", 0.0)
            slot.uv = transform.integer("texCoord", slot.uv, high=7)
        return slot

    def use(self, owner: Place, key: str) -> int:
        """Index into ``made`` of the glTF texture that ``owner/key`` names."""
        return self._use(owner, key, key in _NORMAL_MAPS)

    def _use(self, owner: Place, key: str, normal: bool) -> int:
        index = owner.index(key, len(self._textures), "textures")
        known = self._index.get((index, normal), self._index.get((index, not normal)))
        if known is not None and self._data[self._sources[known][0]] is not None:
            return known
        if (index, normal) not in self._index:
            place = self._textures[index]
            image = self._source(index)
            sampler = place.index("sampler", len(self._samplers), "samplers", -1)
            wrap, filters = self._sampler(sampler) if sampler >= 0 else _USUAL
            self._index[index, normal] = self._add(image, normal, wrap, filters)
        return self._index[index, normal]

    def _add(self, image: int, normal: bool, wrap: tuple[int, int], filters: tuple[int, int]) -> int:
        self._sources.append((image, normal))
        self.made.append(Texture(pixel(normal), wrap, filters))
        return len(self.made) - 1

    def _source(self, index: int) -> int:
        """The image of a texture, measured; _NONE where none can be shown."""
        place = self._textures[index]
        chosen, format = place, ""
        if place.has("extensions"):
            webp = place.extension("EXT_texture_webp")
            chosen = webp if webp is not None and webp.has("source") else place
        image = chosen.index("source", len(self._images), "images", _NONE)
        if place.has("extensions"):
            format = next((UNREAD[name] for name in UNREAD if place.extension(name) is not None), "")
        if image != _NONE:
            self._measure(image)
            if image in self._ktx2:
                image, format = _NONE, UNREAD["KHR_texture_basisu"]
        if image == _NONE and index not in self._noted:
            self._noted.add(index)
            if format:
                self._gaps.unread(index, format)
            else:
                self._gaps.unnamed(index)
        return image

    def _sampler(self, index: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """(wrap, filters) of a sampler; the usual one takes the place of a wrap or filter that there is not."""
        if index not in self._sampled:
            place, found = self._samplers[index], []
            for key, allowed, usual in _SAMPLER:
                value = place.integer(key, usual, low=-(2**40))
                found.append(value if value in allowed else usual)
                if value not in allowed:
                    self._gaps.sampler(index, place, key, allowed)
            self._sampled[index] = (found[0], found[1]), (found[2], found[3])
        return self._sampled[index]

    def _measure(self, index: int) -> None:
        if index in self._data:
            return
        place, limits = self._images[index], self._container.limits
        try:
            data = self._container.fetch(place) if place.has("uri") else self._container.view(place)[0]
        except Absent as error:
            self._gaps.add(error, PLAIN_PICTURE)
            self._data[index], self._size[index] = None, (1, 1)
            return
        if is_ktx2(data):
            self._ktx2.add(index)
            self._data[index], self._size[index] = None, (1, 1)
            return
        known = self._measured.get(id(data))
        header = measure(data) if known is None else known
        if header is None:
            raise place.refuse("the picture is neither a PNG nor a JPEG nor a WebP, or it is cut short")
        if known is None:
            self._measured[id(data)] = header
            self._segments += header.segments
        if self._segments > _MOST_PIECES:
            raise place.exceeds(f"the pictures have more than {_MOST_PIECES} segments together")
        width, height, side = header.width, header.height, limits.image_side
        if not (width and height):
            raise place.refuse(f"the picture is {width} × {height}")
        if max(width, height) > side:
            raise place.exceeds(f"the picture is {width} × {height}, at most {side} × {side} are allowed")
        self._bytes += len(data)
        if self._bytes > limits.image_bytes:
            raise place.exceeds(f"the pictures take more than {limits.image_bytes >> 20} MiB together")
        self._pixels += width * height * header.weight
        if self._pixels > limits.image_pixels:
            most = f"{limits.image_pixels / 2**20:.3g} million pixels"
            raise place.exceeds(f"the pictures have more than {most} together")
        self._data[index], self._size[index], self.headers[index] = data, (width, height), header

    def finish(self, materials: Iterable[Material], each: Each = map) -> None:
        """Decodes the pictures that these materials use. Raises ModelError."""
        wanted: dict[int, list[tuple[TextureSlot, bool]]] = {}
        for material in materials:
            for found, names in ((material, _SLOTS), (material.mtoon, _TOON_SLOTS)):
                for name in names if found is not None else ():
                    slot = getattr(found, name)
                    if slot is not None:
                        wanted.setdefault(self._sources[slot.index][0], []).append((slot, name == "normal_texture"))
        images = [(data, i) for i in wanted if (data := self._data[i]) is not None]
        images.sort(key=lambda job: -len(job[0]))
        for _, i in images:
            width, height = self._size[i]
            self._container.spend(width * height * 4, self._images[i])
        jobs: dict[int, tuple[memoryview, int]] = {}
        for data, i in images:
            jobs.setdefault(id(data), (data, i))  # images of one buffer view are one picture
        left = _MOST_PIECES
        for data, i in jobs.values():
            left -= chunks(data, left + 1)
            if left < 0:
                raise self._images[i].exceeds(f"the pictures have more than {_MOST_PIECES} chunks together")

        def one(job: tuple[memoryview, int]) -> ByteArray | DamagedError:
            try:
                return decode(job[0], self._images[job[1]], self.headers[job[1]])
            except DamagedError as error:
                return error

        decoded = dict(zip(jobs, each(one, jobs.values()), strict=True))
        for data, i in images:
            image = decoded[id(data)]
            if isinstance(image, DamagedError):
                self._gaps.broken(i, DamagedError(image.path, self._images[i].pointer, image.rule))
                self._stand_in(wanted[i])
            else:
                for slot, _ in wanted[i]:
                    self.made[slot.index].image = image
        self._data = dict.fromkeys(self._data)

    def _stand_in(self, slots: list[tuple[TextureSlot, bool]]) -> None:
        """Where one picture was meant for colours and for normals, the two part: white is no normal."""
        parted: dict[tuple[int, bool], int] = {}
        for slot, normal in slots:
            image, plain = self._sources[slot.index]
            if plain != normal:
                key = slot.index, normal
                if key not in parted:
                    texture = self.made[slot.index]
                    parted[key] = self._add(image, normal, texture.wrap, texture.filters)
                slot.index = parted[key]
