"""Pictures: every format that is read, what is taken where there is a choice, and what a stranger's file cannot do."""

from __future__ import annotations

import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from model_files import Gltf, png

from avatar.config import Limits
from avatar.errors import ModelError
from avatar.io.detect.quiet import PICTURES, quiet
from avatar.model.load import load
from avatar.model.pictures import Header, measure
from avatar.model.validate import validate
from avatar.runtime.loading import load as load_at_once

WHITE, FLAT = [[[255] * 4]], [[[128, 128, 255, 255]]]
KTX2 = b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(100)
RED = np.full((6, 10, 3), (0, 0, 255), np.uint8)


def _encode(kind: str, image: np.ndarray = RED, *options: int) -> bytes:
    ok, data = cv2.imencode(kind, image, options)
    assert ok
    return data.tobytes()


def _shown(data: list[bytes], **texture: object) -> Gltf:
    """A triangle for each picture, with it as its colour."""
    g = Gltf()
    g.json["materials"] = []
    for item in data:
        info = {"index": g.image(item, **texture)}
        g.json["materials"].append({"pbrMetallicRoughness": {"baseColorTexture": info}})
        g.node(mesh=g.triangle(material=len(g.json["materials"]) - 1))
    return g


def webp_file() -> Gltf:
    """A triangle whose picture is a WebP, with a PNG of another colour as fallback."""
    g = _shown([_encode(".png", RED[..., ::-1].copy())])
    g.json["images"].append({"bufferView": g.view(_encode(".webp", RED, cv2.IMWRITE_WEBP_QUALITY, 101))})
    g.json["textures"][0]["extensions"] = {"EXT_texture_webp": {"source": 1}}
    return g


def test_headers_say_the_size() -> None:
    wide = np.zeros((3, 700, 3), np.uint8)
    assert measure(_encode(".png", wide)) == Header(700, 3, "PNG")
    assert measure(_encode(".png", wide.astype(np.uint16))) == Header(700, 3, "PNG", 2)
    assert measure(_encode(".jpg", wide)) == Header(700, 3, "JPEG")
    assert measure(_encode(".webp", wide, cv2.IMWRITE_WEBP_QUALITY, 101)) == Header(700, 3, "WebP")
    assert measure(_encode(".webp", wide, cv2.IMWRITE_WEBP_QUALITY, 80)) == Header(700, 3, "WebP")
    alpha = np.dstack([RED, np.full((6, 10), 7, np.uint8)])
    assert measure(_encode(".webp", alpha, cv2.IMWRITE_WEBP_QUALITY, 80)) == Header(10, 6, "WebP")
    progressive = measure(_encode(".jpg", wide, cv2.IMWRITE_JPEG_PROGRESSIVE, 1))
    assert progressive is not None
    assert progressive.weight >= 2


@pytest.mark.parametrize("kind", [".png", ".jpg", ".webp"])
def test_a_header_cut_short_is_no_picture(kind: str) -> None:
    data = _encode(kind)
    assert all(measure(data[:length]) is None for length in range(24))


def test_webp_is_taken_where_a_texture_offers_it(tmp_path: Path) -> None:
    g = webp_file()
    g.json["extensionsRequired"] = ["EXT_texture_webp"]
    (texture,) = load(g.write(tmp_path)).textures
    np.testing.assert_array_equal(texture.image, np.tile(np.uint8([255, 0, 0, 255]), (6, 10, 1)))


def test_an_animated_webp_is_refused(tmp_path: Path) -> None:
    data = b"RIFF" + struct.pack("<I", 40) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes([2]) + bytes(29)
    with pytest.raises(ModelError, match="neither a PNG nor a JPEG nor a WebP"):
        load(_shown([data]).write(tmp_path))


def test_a_basis_texture_gives_way_to_its_fallback(tmp_path: Path) -> None:
    g = _shown([_encode(".png")], extensions={"KHR_texture_basisu": {"source": 0}})
    g.json["extensionsUsed"] = g.json["extensionsRequired"] = ["KHR_texture_basisu"]
    assert load(g.write(tmp_path)).textures[0].image.shape == (6, 10, 4)


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("KHR_texture_basisu", "KTX2 (Basis Universal)"),
        ("EXT_texture_avif", "AVIF"),
        ("MSFT_texture_dds", "DDS"),
    ],
)
def test_a_format_that_is_not_read_is_named_and_stood_in_for(tmp_path: Path, name: str, format: str) -> None:
    g = _shown([_encode(".png")], extensions={name: {"source": 0}})
    del g.json["textures"][0]["source"]
    g.json["extensionsUsed"] = [name]
    g.json["extensionsRequired"] = [name] if name == "KHR_texture_basisu" else []
    model = load(g.write(tmp_path))
    assert [t.image.tolist() for t in model.textures] == [WHITE]
    assert model.notes == (f"texture 0 is {format}, which is not supported: drawn plain",)


def test_a_ktx2_in_the_place_of_a_picture_is_stood_in_for(tmp_path: Path) -> None:
    g = _shown([KTX2, KTX2])
    g.json["materials"][1] = {"normalTexture": {"index": 1}}
    model = load(g.write(tmp_path))
    assert [t.image.tolist() for t in model.textures] == [WHITE, FLAT]
    assert model.notes == ("textures 0, 1 are KTX2 (Basis Universal), which is not supported: drawn plain",)


def test_a_texture_may_name_no_picture(tmp_path: Path) -> None:
    g = _shown([_encode(".png")] * 12)
    for texture in g.json["textures"][1:]:
        del texture["source"]
    model = load(g.write(tmp_path))
    assert [t.image.shape for t in model.textures] == [(6, 10, 4)] + [(1, 1, 4)] * 11
    assert model.notes == ("textures 1, 2, 3, 4, 5, 6, 7, 8 and 3 more name no picture: drawn plain",)


def test_an_unknown_wrap_or_filter_is_the_usual_one(tmp_path: Path) -> None:
    g = _shown([_encode(".png")] * 2, sampler=0)
    g.json["samplers"] = [{"wrapS": 33071, "wrapT": 1, "magFilter": 9984, "minFilter": -5}]
    model = load(g.write(tmp_path))
    assert [(t.wrap, t.filters) for t in model.textures] == [((33071, 10497), (9729, 9987))] * 2
    assert model.notes == ("sampler 0 names a wrap or filter that glTF does not have: the usual one is taken",)
    g.json["samplers"][0]["wrapS"] = "REPEAT"
    with pytest.raises(ModelError, match="whole number") as caught:
        load(g.write(tmp_path))
    assert caught.value.pointer == "/samplers/0/wrapS"


def test_several_at_once_are_the_same_as_one_by_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    sheets = [rng.integers(0, 255, (32 + i, 40, 3)).astype(np.uint8) for i in range(12)]
    path = _shown([_encode(".png", sheet) for sheet in sheets]).write(tmp_path)
    one, many = load(path), load_at_once(path)
    for i, sheet in enumerate(sheets):
        for model in (one, many):
            slot = model.materials[i].base_texture
            assert slot is not None
            np.testing.assert_array_equal(model.textures[slot.index].image[..., :3], sheet[..., ::-1])


def test_a_broken_one_among_several_is_named(tmp_path: Path) -> None:
    good = _encode(".png")
    path = _shown([good, good[:-20] + bytes(20), good]).write(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        model = load(path, each=pool.map)
    assert [t.image.shape for t in model.textures] == [(6, 10, 4), (1, 1, 4), (6, 10, 4)]
    assert model.notes == ("image 1 is damaged, or cut short: drawn plain",)
    report = validate(path)
    errors = [(m.code, m.pointer) for m in report.messages if m.severity == "error"]
    assert ("IMAGE_DATA_INVALID", "/images/1") in errors


def test_a_damaged_picture_of_colours_is_not_taken_for_normals(tmp_path: Path) -> None:
    g = _shown([_encode(".png")[:-20] + bytes(20)], sampler=0)
    g.json["samplers"] = [{"wrapS": 33071}]
    info = {"index": 0}
    g.json["materials"][0] |= {"normalTexture": info, "emissiveTexture": info}
    model = load(g.write(tmp_path))
    (material,) = model.materials
    slots = material.base_texture, material.emissive_texture, material.normal_texture
    shown = [model.textures[slot.index] for slot in slots if slot is not None]
    assert [t.image.tolist() for t in shown] == [WHITE, WHITE, FLAT]
    assert {t.wrap for t in shown} == {(33071, 10497)}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_side_chunks_do_not_reach_the_decoder(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    plain = png(RED)
    bomb = _chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(4_000_000)))
    broken = _chunk(b"iCCP", b"x\0\0broken")
    frames = _chunk(b"acTL", struct.pack(">II", 1 << 30, 0))
    data = plain[:33] + bomb * 20 + broken + frames + plain[33:] + b"after the end"
    (texture,) = load(_shown([data]).write(tmp_path)).textures
    np.testing.assert_array_equal(texture.image[0, 0], [255, 0, 0, 255])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("depth", "colour", "methods"),
    [(3, 2, bytes(3)), (16, 3, bytes(3)), (8, 5, bytes(3)), (8, 2, b"\0\0\2"), (8, 3, bytes(3))],
)
def test_a_header_that_no_png_has_is_stood_in_for_without_a_word_of_the_decoder(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], depth: int, colour: int, methods: bytes
) -> None:
    """The last one is a picture of a palette that is not there."""
    header = struct.pack(">IIBB", 10, 6, depth, colour) + methods
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(999))), (b"IEND", b"")
    data = b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)
    model = load(_shown([data]).write(tmp_path))
    assert model.textures[0].image.shape == (1, 1, 4)
    assert any("damaged" in note for note in model.notes)
    assert capfd.readouterr().err == ""


def _packed(stream: bytes, colour: int = 2, *before: bytes, after: tuple[bytes, ...] = ()) -> bytes:
    """A PNG of 10 by 6, its checksums sound, around any compressed stream and any chunks."""
    head = _chunk(b"IHDR", struct.pack(">IIBB", 10, 6, 8, colour) + bytes(3))
    chunks = (head, *before, _chunk(b"IDAT", stream), *after, _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


_ROWS = bytes(6 * 31)
_WHOLE = zlib.compress(_ROWS)
_JPEG = _encode(".jpg")
CRAFTED = {
    "a checksum that is off": (_packed(_WHOLE[:-1] + b"\0"), False),
    "a stream cut short": (_packed(_WHOLE[:-6]), False),
    "no zlib stream": (_packed(b"nonsense"), False),
    "a stream of nothing": (_packed(b""), False),
    "too few rows": (_packed(zlib.compress(_ROWS[:-31])), False),
    "too many rows": (_packed(zlib.compress(_ROWS * 2)), True),
    "something after the stream": (_packed(_WHOLE + b"more"), True),
    "no such filter": (_packed(zlib.compress(b"\x09" + _ROWS[1:])), False),
    "two headers": (_packed(_WHOLE, 2, _chunk(b"IHDR", struct.pack(">IIBB", 10, 6, 8, 2) + bytes(3))), False),
    "a palette of grey": (_packed(zlib.compress(bytes(6 * 11)), 0, _chunk(b"PLTE", bytes(3))), True),
    "transparency of a wrong length": (_packed(_WHOLE, 2, _chunk(b"tRNS", bytes(5))), True),
    "a palette after the picture": (_packed(_WHOLE, after=(_chunk(b"PLTE", bytes(3)),)), True),
    "a JPEG with bytes between": (_JPEG[:-2] + bytes(4) + _JPEG[-2:], True),
    "a JPEG cut short": (_JPEG[: -len(_JPEG) // 8], False),
    "a WebP that ends in its header": (_encode(".webp")[:31], False),
}


@pytest.mark.parametrize("name", CRAFTED)
def test_no_decoder_writes_of_a_crafted_picture_to_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    """It is shown, or it is stood in for and the notes say so: in our words, once."""
    data, shown = CRAFTED[name]
    model = load_at_once(_shown([data, _encode(".png")]).write(tmp_path))
    assert capfd.readouterr() == ("", "")
    first, second = (texture.image.shape[:2] for texture in model.textures)
    assert first == ((6, 10) if shown else (1, 1))
    assert second == (6, 10)
    assert len(model.notes) == (not shown)


def test_other_words_than_a_decoder_s_still_reach_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet(PICTURES):
        os.write(2, b"libpng warning: x\na warning of our own\nCorrupt JPEG data: y\n")
        with quiet():
            os.write(2, b"an error, and no end of line")
    assert capfd.readouterr().err == "a warning of our own\nan error, and no end of line"


def test_scans_and_depth_count(tmp_path: Path) -> None:
    """A picture that takes several times its pixels to decode uses up several times its pixels."""
    deep = _shown([_encode(".png", np.zeros((16, 16, 3), np.uint16))]).write(tmp_path, "deep.glb")
    slow = _encode(".jpg", np.zeros((16, 16, 3), np.uint8), cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    at = slow.index(b"\xff\xda")
    many = _shown([slow[:at] + slow[at:-2] * 40 + slow[-2:]]).write(tmp_path, "many.glb")
    assert load(deep, limits=Limits(image_pixels=512)).textures
    for path, most in ((deep, 511), (many, 256 * 20)):
        with pytest.raises(ModelError, match="together"):
            load(path, limits=Limits(image_pixels=most))


def test_the_decoded_size_is_the_one_announced(tmp_path: Path) -> None:
    """A JPEG that announces a small picture first and then a larger one."""
    small, large = _encode(".jpg", RED[:1, :1].copy()), _encode(".jpg", RED)
    at = small.index(b"\xff\xc0")
    data = small[: at + 19] + large[2:]
    (texture,) = load(_shown([data]).write(tmp_path)).textures
    assert texture.image.tolist() == WHITE


def test_a_picture_larger_than_announced_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "imdecode", lambda data, flags: np.zeros((7, 10, 3), np.uint8))
    with pytest.raises(ModelError, match="not the one in its header") as caught:
        load(_shown([_encode(".png")]).write(tmp_path))
    assert caught.value.pointer == "/images/0"
