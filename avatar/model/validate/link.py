"""References between glTF objects: buffers, views, accessors, images, textures, materials, nodes, skins, scenes.

Source: glTF 2.0; codes as in the Khronos glTF-Validator. Meshes and animations are linked in ``mesh`` and
``clips``.
"""

from __future__ import annotations

from .checks import COMPONENTS, is_identity, target_count
from .graph import Graph, component_size, element_size, packed_size, placement
from .lines import Lines, find_depths
from .schema import Item


def _place(graph: Graph, at: str, problems: list[tuple[str, str, str]]) -> None:
    for code, member, text in problems:
        if code:
            graph.journal.add(code, at + member, text)


def link_views(graph: Graph) -> None:
    """Buffer views to their buffers."""
    for view in graph.kind("bufferViews"):
        view.facts["usage"] = {34962: "VertexBuffer", 34963: "IndexBuffer"}.get(view["target"])
        buffer = graph.resolve(view, "buffer", "buffers")
        view.facts["buffer"] = buffer
        if buffer is None or buffer["byteLength"] is None:
            continue
        start, size, length = view["byteOffset"], view["byteLength"], buffer["byteLength"]
        start, size = -1 if start is None else start, -1 if size is None else size
        if start >= length or start + size > length:
            text = f"{size} bytes at {start} do not fit a buffer of {length} bytes"
            member = "byteOffset" if start >= length else "byteLength"
            graph.journal.add("BUFFER_VIEW_TOO_LONG", f"{view.at}/{member}", text)


def link_accessors(graph: Graph) -> None:
    """Accessors to their buffer views, and sparse ones to theirs."""
    for accessor in graph.kind("accessors"):
        at, component, count = accessor.at, accessor["componentType"], accessor["count"]
        view = graph.find("bufferViews", accessor["bufferView"])
        accessor.facts["view"] = view
        if component == 5126 or component is None:
            graph.check(accessor, "finite", at)
        for key in ("min", "max"):
            if accessor[key] is not None:
                graph.check(accessor, key, f"{at}/{key}", accessor[key])
        if component is None or count is None or accessor["type"] is None:
            continue
        size = element_size(accessor)
        if graph.resolve(accessor, "bufferView", "bufferViews") is not None and view is not None:
            stride = view["byteStride"]
            if stride is not None and stride < size:
                text = f"elements of {size} bytes do not fit the byteStride {stride}"
                graph.journal.add("ACCESSOR_SMALL_BYTESTRIDE", at, text)
            total = (stride or packed_size(accessor)) * (count - 1) + size
            unit = component_size(component)
            _place(graph, at, placement(view, accessor["byteOffset"], total, unit))
        if accessor["sparse"] is not None:
            _link_sparse(graph, accessor, accessor["sparse"])


def _link_sparse(graph: Graph, accessor: Item, sparse: Item) -> None:
    count, indices, values = sparse["count"], sparse["indices"], sparse["values"]
    if count is None or indices is None or values is None:
        return
    if count > accessor["count"]:
        text = f"{count} values replace {accessor['count']} elements"
        graph.journal.add("ACCESSOR_SPARSE_COUNT_OUT_OF_RANGE", f"{sparse.at}/count", text)
    unit = component_size(accessor["componentType"])
    one = component_size(indices["componentType"])
    sizes = ((indices, one, one), (values, unit, unit * COMPONENTS.get(accessor["type"], 0)))
    for part, part_unit, size in sizes:
        view = graph.resolve(part, "bufferView", "bufferViews")
        part.facts["view"] = view
        if view is None:
            continue
        graph.use_view(view, "Other", f"{part.at}/bufferView")
        if view["byteStride"] is not None:
            text = "sparse data cannot have a byteStride"
            graph.journal.add("BUFFER_VIEW_INVALID_BYTE_STRIDE", f"{part.at}/bufferView", text)
        if part_unit:
            _place(graph, part.at, placement(view, part["byteOffset"], size * count, part_unit))


def link_images(graph: Graph) -> None:
    """Images to their buffer views, textures to images and samplers."""
    for image in graph.kind("images"):
        view = graph.resolve(image, "bufferView", "bufferViews")
        image.facts["view"] = view
        if view is not None:
            graph.use_view(view, "Image", f"{image.at}/bufferView")
            if view["byteStride"] is not None:
                text = "image data cannot have a byteStride"
                graph.journal.add("IMAGE_BUFFER_VIEW_WITH_BYTESTRIDE", f"{image.at}/bufferView", text)
    for texture in graph.kind("textures"):
        graph.resolve(texture, "source", "images")
        graph.resolve(texture, "sampler", "samplers")
        webp = texture.extensions.get("EXT_texture_webp")
        if webp is not None:
            graph.resolve(webp, "source", "images")


def link_nodes(graph: Graph) -> None:
    """Nodes to cameras, skins, meshes and children."""
    journal = graph.journal
    for node in graph.kind("nodes"):
        graph.resolve(node, "camera", "cameras")
        skin, mesh = graph.resolve(node, "skin", "skins"), graph.resolve(node, "mesh", "meshes")
        primitives = mesh["primitives"] if mesh is not None else None
        if mesh is not None and primitives:
            weights, count = node["weights"], target_count(primitives[0])
            if weights is not None and len(weights) != count:
                text = f"{len(weights)} weights, but {count} morph targets"
                journal.add("NODE_WEIGHTS_INVALID", f"{node.at}/weights", text)
            if weights is None and mesh["weights"] is not None:
                mesh.facts["weights used"] = True
            if "skinned" not in mesh.facts:  # once: thousands of nodes may show one mesh of thousands of primitives
                mesh.facts["skinned"] = any(primitive.facts["sets"]["JOINTS"] for primitive in primitives)
            if skin is not None and not mesh.facts["skinned"]:
                journal.add("NODE_SKIN_WITH_NON_SKINNED_MESH", node.at, "the node has a skin, its mesh has no joints")
            elif skin is None and mesh.facts["skinned"]:
                journal.add("NODE_SKINNED_MESH_WITHOUT_SKIN", node.at, "the mesh has joints, the node has no skin")
        children = []
        for place, index, child in graph.each(node, "children", "nodes"):
            if "parent" in child.facts:
                text = f"node {index} has another parent already"
                journal.add("NODE_PARENT_OVERRIDE", f"{node.at}/children/{place}", text)
            child.facts["parent"] = node
            children.append(child)
        node.facts["children"] = children


def link_skins(graph: Graph) -> None:
    """Skins to joints, which must have a common root, and to inverse bind matrices."""
    journal = graph.journal
    depths = find_depths(list(graph.kind("nodes")))
    for skin in graph.kind("skins"):
        lines = Lines(depths)
        for _, _, joint in graph.each(skin, "joints", "nodes"):
            joint.facts["joint"] = True
            graph.work(lines.narrow(joint))
            graph.work(len(lines) // 16)
        roots = lines.shared()
        if skin["joints"] is not None and not roots:
            journal.add("SKIN_NO_COMMON_ROOT", f"{skin.at}/joints", "the joints have no common root")
        skin.facts["tops"] = [root for root in roots if "parent" not in root.facts]
        at = f"{skin.at}/inverseBindMatrices"
        bind = graph.resolve(skin, "inverseBindMatrices", "accessors", mark=False)
        if bind is not None:
            graph.use_accessor(bind, "IBM", at)
            view = bind.facts["view"]
            if view is not None:
                graph.use_view(view, "IBM", at)
                if view["byteStride"] is not None:
                    journal.add("SKIN_IBM_ACCESSOR_WITH_BYTESTRIDE", at, "inverse bind matrices cannot have a stride")
            if (bind["type"], bind["componentType"], bind["normalized"]) != ("MAT4", 5126, False):
                journal.add("SKIN_IBM_INVALID_FORMAT", at, "must be a MAT4 of floats")
            else:
                graph.check(bind, "bind", at)
            needed = len(skin["joints"] or ())
            if skin["joints"] is not None and (bind["count"] or -1) < needed:
                text = f"{bind['count']} inverse bind matrices for {needed} joints"
                journal.add("INVALID_IBM_ACCESSOR_COUNT", at, text)
        skeleton = graph.resolve(skin, "skeleton", "nodes", mark=False)
        if skeleton is not None and skeleton not in roots:
            journal.add("SKIN_SKELETON_INVALID", f"{skin.at}/skeleton", "is not a common root of the joints")


def link_scenes(graph: Graph) -> None:
    """Scenes to their roots; every node learns which scenes show it."""
    for scene in graph.kind("scenes"):
        for place, index, node in graph.each(scene, "nodes", "nodes"):
            if "parent" in node.facts:
                text = f"node {index} is not a root"
                graph.journal.add("SCENE_NON_ROOT_NODE", f"{scene.at}/nodes/{place}", text)
            waiting = [node]
            while waiting:
                graph.work()
                here = waiting.pop()
                shown = here.facts.setdefault("scenes", set())
                if id(scene) not in shown:
                    shown.add(id(scene))
                    waiting += here.facts.get("children", ())


def check_nodes(graph: Graph) -> None:
    """Loops, empty nodes, and what moves a skinned mesh in vain."""
    journal = graph.journal
    state: dict[int, int] = {}
    for i, node in enumerate(graph.lists.get("nodes", ())):
        if node is None:
            continue
        facts = node.facts
        inside = node["children"] is not None or node.extensions or node.raw.get("extras") is not None
        holds = inside or graph.find("meshes", node["mesh"]) or graph.find("cameras", node["camera"])
        if not holds and "joint" not in facts:
            journal.add("NODE_EMPTY", node.at, "the node holds nothing")
        trail: list[Item] = []
        up: Item | None = node
        while up is not None and id(up) not in state:
            state[id(up)] = i + 1
            trail.append(up)
            up = up.facts.get("parent")
        if up is not None and state[id(up)] == i + 1:
            for looped in trail[[id(t) for t in trail].index(id(up)) :]:
                journal.add("NODE_LOOP", looped.at, "the node is its own ancestor")
        skin = graph.find("skins", node["skin"])
        if skin is None:
            continue
        if "parent" in facts:
            journal.add("NODE_SKINNED_MESH_NON_ROOT", node.at, "parents do not move a skinned mesh")
        moved = any(
            value is not None and value != still
            for value, still in (
                (node["translation"], [0.0, 0.0, 0.0]),
                (node["rotation"], [0.0, 0.0, 0.0, 1.0]),
                (node["scale"], [1.0, 1.0, 1.0]),
            )
        )
        if moved or not is_identity(node["matrix"]):
            journal.add("NODE_SKINNED_MESH_LOCAL_TRANSFORMS", node.at, "its own transform does not move a skinned mesh")
        tops = skin.facts["tops"]
        if tops and facts.get("scenes", set()) - tops[0].facts.get("scenes", set()):
            journal.add("NODE_SKIN_NO_SCENE", node.at, "a scene shows the node but not its joints")
