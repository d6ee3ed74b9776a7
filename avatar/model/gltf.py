"""A whole glTF file to an AvatarModel without a humanoid, and the index maps that the VRM readers need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .accessors import Accessors
from .container import Container
from .draco import Unpack, unpack_here
from .images import Textures
from .materials import read_materials
from .meshes import Meshes
from .missing import Gaps
from .model import AvatarModel, Material, Primitive
from .nodes import NodeTable, read_nodes, read_skins
from .place import Place
from .target_names import target_names
from .vertices import Geometry

SUPPORTED = frozenset(
    (
        *("KHR_texture_transform", "KHR_materials_unlit", "KHR_materials_emissive_strength", "KHR_mesh_quantization"),
        *("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression", "EXT_texture_webp"),
        *("VRM", "VRMC_vrm", "VRMC_springBone", "VRMC_springBone_extended_collider", "VRMC_node_constraint"),
        *("VRMC_springBone_limit", "VRMC_materials_mtoon", "VRMC_materials_hdr_emissiveMultiplier"),
        "VRMC_vrm_animation",
    )
)
"""Extensions that a file may require. KHR_texture_basisu may be too: its pictures have a fallback or a stand-in."""


@dataclass(slots=True)
class Document:
    """A read file. model : what it holds; nodes : with ``where``, the file's node index -> the model's;
    morphs : node -> (first morph, count); mesh_nodes : the file's mesh index -> nodes that show it;
    gaps : which files it names are missing, and what else is stood in for."""

    root: Place
    model: AvatarModel
    nodes: NodeTable
    textures: Textures
    morphs: dict[int, tuple[int, int]]
    mesh_nodes: dict[int, list[int]]
    accessors: Accessors
    gaps: Gaps

    def node(self, place: Place, key: str, default: int | None = None) -> int:
        """The model's node that ``place/key`` names by the file's index; a negative default is given back as it is."""
        old = place.index(key, len(self.nodes.where), "nodes", default)
        return self.nodes.where[old] if old >= 0 else old


def check_extensions(root: Place) -> tuple[str, ...]:
    """``extensionsUsed``; raises ModelError for a required extension that is not supported."""
    for i, name in enumerate(root.array("extensionsRequired")):
        if name == "KHR_texture_basisu":
            continue  # a picture without another format is stood in for
        if not isinstance(name, str) or name not in SUPPORTED:
            raise root.refuse(f"needs the extension {str(name)[:60]}, which is not supported", "extensionsRequired", i)
    return tuple(str(name) for name in root.array("extensionsUsed", 1024))


def read_document(container: Container, *, scene: int | None = None, unpack: Unpack = unpack_here) -> Document:
    """Reads and checks an opened file, once; pictures are measured, not decoded (``textures.finish``). Raises
    ModelError."""
    root, limits = container.root, container.limits
    used = check_extensions(root)
    gaps = Gaps()
    accessors, textures = Accessors(container), Textures(container, gaps)
    nodes = read_nodes(root, limits, scene)
    skins = read_skins(root, accessors, nodes, limits, gaps)
    meshes = Meshes(container, accessors, gaps, unpack)
    materials = read_materials(root, textures)
    primitives: list[Primitive] = []
    defaults: list[float] = []
    names: list[str] = []
    vertices = corners = 0
    morphs: dict[int, tuple[int, int]] = {}
    mesh_nodes: dict[int, list[int]] = {}
    called: dict[int, list[str]] = {}
    for node, place in enumerate(nodes.places):
        if not place.has("mesh") or not nodes.shown[node]:
            continue
        mesh = place.index("mesh", len(meshes.places), "meshes")
        skin = place.index("skin", len(skins), "skins", -1)
        mesh_nodes.setdefault(mesh, []).append(node)
        count = meshes.target_count(mesh)
        morphs[node] = (len(defaults), count)
        if len(defaults) + count > limits.morphs:
            raise place.exceeds(f"the model has more than {limits.morphs} morph targets", "mesh")
        source = place if place.has("weights") else meshes.places[mesh]
        defaults += source.numbers("weights", count, (0.0,) * count) if count else ()
        if count:
            if mesh not in called:  # many nodes may show one mesh
                called[mesh] = target_names(meshes.places[mesh], count)
            names += called[mesh]
        for geometry in meshes.geometry(mesh):
            if skin >= 0 and geometry.vertices.needs > len(skins[skin].joints):
                said = f"uses joint {geometry.vertices.needs - 1}, but its skin has {len(skins[skin].joints)} joints"
                raise geometry.place.refuse(said)
            primitives.append(_hang(geometry, node, skin, morphs[node][0], len(materials)))
            if len(primitives) > 2 * limits.primitives:
                raise root.exceeds(f"the scene shows more than {2 * limits.primitives} primitives", "nodes")
            vertices, corners = vertices + len(geometry.normals), corners + geometry.indices.size
            if vertices > 2 * limits.vertices or corners > 2 * limits.elements:
                said = f"the scene shows more than {2 * limits.vertices} vertices in all its nodes"
                raise root.exceeds(said, "nodes")
    if any(p.material == len(materials) for p in primitives):
        materials.append(Material())
    model = AvatarModel(
        name=container.path.stem,
        kind="gltf",
        node_names=nodes.names,
        parents=nodes.parents,
        translation=nodes.translation,
        rotation=nodes.rotation,
        scale=nodes.scale,
        primitives=tuple(primitives),
        skins=skins,
        materials=tuple(materials),
        textures=(),
        morph_defaults=np.array(defaults, np.float32),
        extensions=used,
        scenes=nodes.scenes,
        scene=nodes.scene,
        morph_names=tuple(names),
    )
    copyright_ = root.need("asset").text("copyright", "")
    if copyright_:
        model.meta = {"copyrightInformation": copyright_}
    with np.errstate(all="ignore"):
        world = model.rest_world()
    if not (np.abs(world) <= limits.reach).all():
        raise root.exceeds(f"a node lies or reaches farther than {limits.reach:g} m", "nodes")
    return Document(root, model, nodes, textures, morphs, mesh_nodes, accessors, gaps)


def _hang(geometry: Geometry, node: int, skin: int, morph_offset: int, fallback: int) -> Primitive:
    v = geometry.vertices
    skinned = skin >= 0 and v.joints is not None
    return Primitive(
        positions=v.positions,
        normals=geometry.normals,
        uvs=v.uvs,
        indices=geometry.indices,
        material=geometry.material if geometry.material >= 0 else fallback,
        node=node,
        skin=skin if skinned else -1,
        colors=v.colors,
        joints=v.joints if skinned else None,
        weights=v.weights if skinned else None,
        morph_offset=morph_offset,
        morph_positions=v.morph_positions,
        morph_normals=v.morph_normals,
        tangents=v.tangents,
        morph_tangents=v.morph_tangents,
    )
