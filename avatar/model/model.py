"""AvatarModel: one companion as flat arrays, whatever file it came from.

Built by ``load``; read by ``animate`` and ``render``.

Everything is in the companion's own frame: glTF's (+Y up, faces +Z, metres). Nodes are sorted so that a parent always
comes before its children. VRM 0 files are turned on loading, so nothing after this knows which kind it was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from ..types import ByteArray, FloatArray, IntArray
from .clip import Clip

HUMAN_BONES: Final = (
    *("hips", "spine", "chest", "upperChest", "neck", "head", "leftEye", "rightEye", "jaw"),
    *(
        "leftUpperLeg",
        "leftLowerLeg",
        "leftFoot",
        "leftToes",
        "rightUpperLeg",
        "rightLowerLeg",
        "rightFoot",
        "rightToes",
    ),
    *(
        "leftShoulder",
        "leftUpperArm",
        "leftLowerArm",
        "leftHand",
        "rightShoulder",
        "rightUpperArm",
        "rightLowerArm",
        "rightHand",
    ),
    *(
        f"{side}{finger}{joint}"
        for side in ("left", "right")
        for finger, joints in (
            ("Thumb", ("Metacarpal", "Proximal", "Distal")),
            *((f, ("Proximal", "Intermediate", "Distal")) for f in ("Index", "Middle", "Ring", "Little")),
        )
        for joint in joints
    ),
)
"""VRM 1.0 humanoid bone names."""

REQUIRED_BONES: Final = (
    *(
        "hips",
        "spine",
        "head",
        "leftUpperLeg",
        "leftLowerLeg",
        "leftFoot",
        "rightUpperLeg",
        "rightLowerLeg",
        "rightFoot",
    ),
    *("leftUpperArm", "leftLowerArm", "leftHand", "rightUpperArm", "rightLowerArm", "rightHand"),
)


@dataclass(slots=True)
class Texture:
    """An image and how to sample it. image : (H, W, 4) uint8 straight alpha, as encoded (sRGB where it is a colour);
    wrap : (s, t) GL enums; filters : (mag, min) GL enums; mipmaps as ``min`` asks."""

    image: ByteArray
    wrap: tuple[int, int] = (10497, 10497)
    filters: tuple[int, int] = (9729, 9987)


@dataclass(slots=True)
class TextureSlot:
    """Use of a texture. index : into ``AvatarModel.textures``; uv : TEXCOORD set; offset, scale (2,), rotation radians:
    KHR_texture_transform; factor : normal scale or occlusion strength or shift scale, where the slot has one."""

    index: int
    uv: int = 0
    offset: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    rotation: float = 0.0
    factor: float = 1.0


@dataclass(slots=True)
class MToon:
    """VRMC_materials_mtoon 1.0, with the specification's defaults. Colours are linear RGB.

    outline_width : metres (worldCoordinates), or halves of the picture's height (screenCoordinates): so MToon 0.x drew
    it and three-vrm draws both; the specification's text and UniVRM count whole heights for 1.0."""

    shade_color: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shade_texture: TextureSlot | None = None
    shading_shift: float = 0.0
    shading_shift_texture: TextureSlot | None = None
    shading_toony: float = 0.9
    gi_equalization: float = 0.9
    matcap_color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    matcap_texture: TextureSlot | None = None
    rim_color: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rim_texture: TextureSlot | None = None
    rim_lighting_mix: float = 1.0
    rim_fresnel_power: float = 5.0
    rim_lift: float = 0.0
    outline_mode: str = "none"  # none, worldCoordinates, screenCoordinates
    outline_width: float = 0.0
    outline_width_texture: TextureSlot | None = None
    outline_color: tuple[float, float, float] = (0.0, 0.0, 0.0)
    outline_lighting_mix: float = 1.0
    uv_mask_texture: TextureSlot | None = None
    uv_scroll: tuple[float, float] = (0.0, 0.0)
    uv_rotation_speed: float = 0.0
    transparent_with_z_write: bool = False
    render_queue_offset: int = 0


@dataclass(slots=True)
class Material:
    """A surface. kind : ``mtoon``, ``unlit`` or ``pbr``. Colours linear; alpha straight. depth_write : whether it hides
    what is behind it; None means as its alpha mode does."""

    name: str = ""
    kind: str = "pbr"
    base_color: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    base_texture: TextureSlot | None = None
    metallic: float = 1.0
    roughness: float = 1.0
    metallic_roughness_texture: TextureSlot | None = None
    normal_texture: TextureSlot | None = None
    occlusion_texture: TextureSlot | None = None
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    emissive_texture: TextureSlot | None = None
    alpha_mode: str = "OPAQUE"  # OPAQUE, MASK, BLEND
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    mtoon: MToon | None = None
    depth_write: bool | None = None


@dataclass(slots=True)
class Primitive:
    """Triangles with one material.

    positions, normals : (V, 3) float32; uvs : (V, 2) float32 per set; colors : (V, 4) float32 or None;
    joints : (V, 4 or 8) int32 into the skin's joints, weights : (V, 4 or 8) float32 that sum to 1 (both None when
    rigid);
    indices : (T, 3) int32; node : the node that carries the mesh; skin : index into ``skins`` or -1;
    morph_offset : first of its targets in the model's morph vector;
    morph_positions, morph_normals, morph_tangents : (K, V, 3) float32 deltas or None; tangents : (V, 4) float32, w the
    bitangent's sign, or None; first_person : auto, both, firstPersonOnly, thirdPersonOnly.
    """

    positions: FloatArray
    normals: FloatArray
    uvs: tuple[FloatArray, ...]
    indices: IntArray
    material: int
    node: int
    skin: int = -1
    colors: FloatArray | None = None
    joints: IntArray | None = None
    weights: FloatArray | None = None
    morph_offset: int = 0
    morph_positions: FloatArray | None = None
    morph_normals: FloatArray | None = None
    first_person: str = "auto"
    tangents: FloatArray | None = None
    morph_tangents: FloatArray | None = None


@dataclass(slots=True)
class Skin:
    """joints : (K,) int32 node indices; inverse_bind : (K, 4, 4) float32. A vertex goes to
    ``world[joints[k]] @ inverse_bind[k] @ v`` in the companion's frame."""

    joints: IntArray
    inverse_bind: FloatArray


@dataclass(slots=True)
class MaterialBind:
    """An expression's hold on a material. kind : color, emissionColor, shadeColor, matcapColor, rimColor, outlineColor
    (value (4,) linear) or textureTransform (value = offset x, y, scale x, y)."""

    material: int
    kind: str
    value: tuple[float, float, float, float]


@dataclass(slots=True)
class Expression:
    """morphs : (n,) int32 into the model's morph vector; weights : (n,) float32; override_* : none, block or blend."""

    name: str
    preset: bool
    morphs: IntArray
    weights: FloatArray
    materials: tuple[MaterialBind, ...] = ()
    is_binary: bool = False
    override_blink: str = "none"
    override_look_at: str = "none"
    override_mouth: str = "none"


@dataclass(slots=True)
class LookAt:
    """kind : bone or expression; offset : (3,) from the head bone, metres.

    Range maps: (input max degrees, output scale: degrees for bones, weight for expressions). curves : of VRM 0, by
    range map (``horizontal_inner`` ...): keys (time, value, slope in, slope out) from 0 to 1; absent means straight."""

    kind: str = "bone"
    offset: tuple[float, float, float] = (0.0, 0.06, 0.0)
    horizontal_inner: tuple[float, float] = (90.0, 10.0)
    horizontal_outer: tuple[float, float] = (90.0, 10.0)
    vertical_down: tuple[float, float] = (90.0, 10.0)
    vertical_up: tuple[float, float] = (90.0, 10.0)
    curves: dict[str, tuple[tuple[float, float, float, float], ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Collider:
    """shape : sphere, capsule, plane, insideSphere or insideCapsule.

    offset, tail : (3,) in the node's frame, metres; radius : metres; normal : for planes."""

    node: int
    shape: str
    offset: tuple[float, float, float]
    radius: float = 0.0
    tail: tuple[float, float, float] = (0.0, 0.0, 0.0)
    normal: tuple[float, float, float] = (0.0, 0.0, 1.0)


@dataclass(slots=True)
class SpringLimit:
    """VRMC_springBone_limit: how far a joint may turn. kind : cone, hinge or spherical; angle : radians, of a spherical
    limit its pitch; yaw : radians, spherical only; rotation : xyzw, from the default orientation, +Y along the bone."""

    kind: str
    angle: float
    yaw: float = 0.0
    rotation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)


@dataclass(slots=True)
class SpringJoint:
    """One spring joint and the node it points at (its tail)."""

    node: int
    tail: int
    hit_radius: float = 0.0
    stiffness: float = 1.0
    gravity_power: float = 0.0
    gravity_dir: tuple[float, float, float] = (0.0, -1.0, 0.0)
    drag_force: float = 0.5
    limit: SpringLimit | None = None


@dataclass(slots=True)
class Spring:
    """A chain, root first. colliders : indices into ``AvatarModel.colliders``; center : node or -1."""

    name: str
    joints: tuple[SpringJoint, ...]
    colliders: tuple[int, ...] = ()
    center: int = -1


@dataclass(slots=True)
class Constraint:
    """VRMC_node_constraint. kind : roll, aim or rotation; axis : X Y Z, or PositiveX … NegativeZ for aim."""

    node: int
    source: int
    kind: str
    axis: str = ""
    weight: float = 1.0


@dataclass(slots=True)
class AvatarModel:
    """J nodes, M morph targets. kind : vrm1, vrm0, gltf or prop. meta : the file's own licence and credit, as read.

    scenes : names of the file's scenes; scene : the one that is shown; clips : the file's own animations;
    notes : what is missing beside the file and what stands in for it, one line each; morph_names : (M,) what the file
    calls its morph targets, "" where it does not."""

    name: str
    kind: str
    node_names: tuple[str, ...]
    parents: IntArray  # (J,), -1 for roots
    translation: FloatArray  # (J, 3) rest, local
    rotation: FloatArray  # (J, 4) rest, local
    scale: FloatArray  # (J, 3) rest, local
    primitives: tuple[Primitive, ...]
    skins: tuple[Skin, ...]
    materials: tuple[Material, ...]
    textures: tuple[Texture, ...]
    morph_defaults: FloatArray  # (M,)
    humanoid: dict[str, int] = field(default_factory=dict)  # VRM 1.0 bone name -> node
    expressions: dict[str, Expression] = field(default_factory=dict)
    look_at: LookAt | None = None
    colliders: tuple[Collider, ...] = ()
    springs: tuple[Spring, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    meta: dict[str, Any] = field(default_factory=dict)
    extensions: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    scene: int = 0
    clips: tuple[Clip, ...] = ()
    notes: tuple[str, ...] = ()
    morph_names: tuple[str, ...] = ()

    @property
    def joint_count(self) -> int:
        """J."""
        return len(self.parents)

    def rest_world(self) -> FloatArray:
        """(J, 4, 4) world matrices of the rest pose, companion frame."""
        from ..linalg import affine

        return affine.chain(affine.compose(self.translation, self.rotation, self.scale), self.parents)

    def height(self) -> float:
        """Metres from the lowest to the highest vertex at rest."""
        low, high = np.inf, -np.inf
        world = self.rest_world()
        for prim in self.primitives:
            p = prim.positions
            if prim.skin < 0:
                p = p @ world[prim.node][:3, :3].T + world[prim.node][:3, 3]
            low, high = min(low, float(p[:, 1].min())), max(high, float(p[:, 1].max()))
        return high - low if high > low else 0.0
