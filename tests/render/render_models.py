"""Small models made by hand: flat squares facing +Z, in pure colours, so that pixels can be foretold."""

from __future__ import annotations

import numpy as np

from avatar.linalg import affine, quat
from avatar.model.model import AvatarModel, Material, MToon, Primitive, Skin, Texture
from avatar.stage.scene import Figure, Lighting, Scene
from avatar.types import VideoFrame

RED, GREEN, BLUE, WHITE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 1.0, 1.0)
SQUARE = np.array([[-0.5, -0.5, 0], [0.5, -0.5, 0], [0.5, 0.5, 0], [-0.5, 0.5, 0]], np.float32)


def unlit(color: tuple[float, float, float] = RED, alpha: float = 1.0, **more: object) -> Material:
    return Material(kind="unlit", base_color=(*color, alpha), **more)


def toon(**more: object) -> Material:
    return Material(kind="mtoon", mtoon=MToon(shade_color=(0.2, 0.2, 0.2)), **more)


def square(
    material: int = 0, node: int = 0, offset: tuple[float, float, float] = (0, 0, 0), **more: object
) -> Primitive:
    """A 1 m square at the node, its normal +Z, its texture upright."""
    return Primitive(
        positions=SQUARE + np.array(offset, np.float32),
        normals=np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
        uvs=(np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32),),
        indices=np.array([[0, 1, 2], [0, 2, 3]], np.int32),
        material=material,
        node=node,
        **more,
    )


def model(
    primitives: tuple[Primitive, ...] = (),
    materials: tuple[Material, ...] = (),
    textures: tuple[Texture, ...] = (),
    skins: tuple[Skin, ...] = (),
    nodes: int = 1,
    morphs: int = 0,
    **more: object,
) -> AvatarModel:
    """Nodes in one chain, all at the origin."""
    return AvatarModel(
        name="handmade",
        kind="gltf",
        node_names=tuple(f"node{k}" for k in range(nodes)),
        parents=np.arange(-1, nodes - 1, dtype=np.int32),
        translation=np.zeros((nodes, 3), np.float32),
        rotation=quat.identity((nodes,)),
        scale=np.ones((nodes, 3), np.float32),
        primitives=primitives or (square(),),
        skins=skins,
        materials=materials or (unlit(),),
        textures=textures,
        morph_defaults=np.zeros(morphs, np.float32),
        **more,
    )


def at(x: float, y: float, z: float, turn: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """A placement: metres in the stage frame, a turn about +Y."""
    s = np.full(3, scale, np.float32)
    return affine.compose(np.array([x, y, z], np.float32), quat.from_euler(0, turn, 0), s)


def figure(m: AvatarModel, placement: np.ndarray, **more: object) -> Figure:
    return Figure(m, m.rest_world(), more.pop("morphs", m.morph_defaults), placement, **more)


def scene(size: tuple[int, int], *figures: Figure, image: np.ndarray | None = None, **more: object) -> Scene:
    """A scene with light straight from the camera."""
    frame = VideoFrame(image, 0.0, 0) if image is not None else None
    light = Lighting(direction=np.array([0, 0, 1], np.float32))
    return Scene(size, frame=frame, figures=list(figures), lighting=light, **more)


def photo(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A picture of noise, (h, w, 3) uint8: every pixel different, so that any shift shows."""
    return rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)


def where(picture: np.ndarray, color: tuple[float, float, float], slack: int = 12) -> np.ndarray:
    """(h, w) bool: pixels of a pure colour."""
    return (np.abs(picture[..., :3].astype(int) - np.array(color) * 255) <= slack).all(-1)


def middle(mask: np.ndarray) -> np.ndarray:
    """(x, y) of the mask's centre, in pixels with their centres at .5."""
    y, x = np.nonzero(mask)
    return np.array([x.mean() + 0.5, y.mean() + 0.5])
