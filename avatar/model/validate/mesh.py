"""Mesh primitives: formats of attributes, indices and morph targets, and what their materials need of them.

Source: glTF 2.0, section 3.7.2; KHR_mesh_quantization; codes as in the Khronos glTF-Validator.
"""

from __future__ import annotations

from typing import Final

from .graph import Graph, element_size
from .schema import Item, step

Format = tuple[str | None, int | None, bool]
_BYTE, _UBYTE, _SHORT, _USHORT, _FLOAT = 5120, 5121, 5122, 5123, 5126


def _formats(text: str) -> set[Format]:
    """``"3f 3b 3bn"``: vectors of three floats, bytes, normalised bytes; capitals are unsigned."""
    kinds = {"f": _FLOAT, "b": _BYTE, "B": _UBYTE, "s": _SHORT, "S": _USHORT}
    return {(f"VEC{word[0]}", kinds[word[1]], word.endswith("n")) for word in text.split()}


_BASE: Final = {
    "POSITION": _formats("3f"),
    "NORMAL": _formats("3f"),
    "TANGENT": _formats("4f"),
    "TEXCOORD": _formats("2f 2Bn 2Sn"),
    "COLOR": _formats("3f 3Bn 3Sn 4f 4Bn 4Sn"),
    "JOINTS": _formats("4B 4S"),
    "WEIGHTS": _formats("4f 4Bn 4Sn"),
}
_MORPH: Final = {
    "POSITION": _formats("3f"),
    "NORMAL": _formats("3f"),
    "TANGENT": _formats("3f"),
    "TEXCOORD": _formats("2f 2bn 2Bn 2sn 2Sn"),
    "COLOR": _formats("3f 3bn 3Bn 3sn 3Sn 4f 4bn 4Bn 4sn 4Sn"),
}
_QUANTIZED: Final = {
    "POSITION": _formats("3b 3bn 3B 3Bn 3s 3sn 3S 3Sn"),
    "NORMAL": _formats("3bn 3sn"),
    "TANGENT": _formats("4bn 4sn"),
    "TEXCOORD": _formats("2b 2bn 2B 2s 2sn 2S"),
}
_QUANTIZED_MORPH: Final = {
    "POSITION": _formats("3b 3bn 3s 3sn"),
    "NORMAL": _formats("3bn 3sn"),
    "TANGENT": _formats("3bn 3sn"),
    "TEXCOORD": _formats("2b 2s"),
}
_MODES = ("POINTS", "LINES", "LINE_LOOP", "LINE_STRIP", "TRIANGLES", "TRIANGLE_STRIP", "TRIANGLE_FAN")


def accessor_format(accessor: Item) -> Format:
    """(type, component type, normalized)."""
    return accessor["type"], accessor["componentType"], bool(accessor["normalized"])


def link_meshes(graph: Graph, quantized: bool) -> None:
    """Every primitive of every mesh."""
    base, morph = dict(_BASE), dict(_MORPH)
    if quantized:
        base |= {name: _BASE[name] | more for name, more in _QUANTIZED.items()}
        morph |= {name: _MORPH[name] | more for name, more in _QUANTIZED_MORPH.items()}
    for mesh in graph.kind("meshes"):
        for primitive in mesh["primitives"] or ():
            _Primitive(graph, primitive, base, morph).link()


class _Primitive:
    def __init__(self, graph: Graph, item: Item, base: dict[str, set[Format]], morph: dict[str, set[Format]]) -> None:
        self._graph, self._journal, self._item = graph, graph.journal, item
        self._base, self._morph = base, morph
        self._vertices: int | None = None
        item.facts["attributes"] = {}

    def link(self) -> None:
        item = self._item
        self._variants()
        for name, index in (item["attributes"] or {}).items():
            if index is not None:
                self._attribute(name, index)
        item.facts["vertices"] = self._vertices
        count = self._indices()
        mode = item["mode"]
        if count is not None and mode is not None and _odd(mode, count):
            text = f"{count} vertices or indices do not suit {_MODES[mode]}"
            self._journal.add("MESH_PRIMITIVE_INCOMPATIBLE_MODE", item.at, text)
        self._material()
        for i, target in enumerate(item["targets"] or ()):
            for name, index in target.items():
                if index is not None:
                    self._target(f"{item.at}/targets/{i}/{step(name)}", name, index)

    def _resolve(self, at: str, index: int) -> Item | None:
        found = self._graph.find("accessors", index)
        if found is None:
            self._journal.add("UNRESOLVED_REFERENCE", at, f"there is no element {index} in accessors")
            return None
        self._graph.use_accessor(found, "VertexAttribute", at)
        if found.facts["view"] is not None:
            self._graph.use_view(found.facts["view"], "VertexBuffer", at)
        return found

    def _common(self, at: str, name: str, accessor: Item, allowed: set[Format] | None) -> bool:
        """Bounds and format; whether the format is allowed."""
        if name == "POSITION" and (accessor["min"] is None or accessor["max"] is None):
            text = "the accessor must have min and max"
            self._journal.add("MESH_PRIMITIVE_POSITION_ACCESSOR_WITHOUT_BOUNDS", at, text)
        if allowed is not None and accessor_format(accessor) not in allowed:
            kind, component, normalized = accessor_format(accessor)
            text = f"{kind} of {component}{' normalized' if normalized else ''} is not a format for {name}"
            self._journal.add("MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_INVALID_FORMAT", at, text)
            return False
        return True

    def _layout(self, at: str, accessor: Item) -> None:
        view, offset = accessor.facts["view"], accessor["byteOffset"]
        tight = view is not None and view["byteStride"] is None
        if (offset or 0) % 4 or (tight and element_size(accessor) % 4):
            text = "vertex data must be aligned to multiples of 4 bytes"
            self._journal.add("MESH_PRIMITIVE_ACCESSOR_UNALIGNED", at, text)
        if tight:
            sharing = self._graph.shared_views.setdefault(id(view), set())
            if id(accessor) not in sharing:
                sharing.add(id(accessor))
                if len(sharing) > 1:
                    text = "accessors that share a buffer view need its byteStride"
                    self._journal.add("MESH_PRIMITIVE_ACCESSOR_WITHOUT_BYTESTRIDE", at, text)

    def _attribute(self, name: str, index: int) -> None:
        at = f"{self._item.at}/attributes/{step(name)}"
        accessor = self._resolve(at, index)
        if accessor is None:
            return
        self._item.facts["attributes"][name] = accessor
        allowed = self._base.get(name.split("_")[0])
        if self._common(at, name, accessor, allowed) and allowed is not None:
            if name in ("NORMAL", "TANGENT"):
                self._graph.check(accessor, name.lower(), at)
            elif name == "COLOR_0" and accessor["componentType"] == _FLOAT:
                self._graph.check(accessor, "color", at)
        elif allowed is None and accessor["componentType"] == 5125:
            text = "attributes cannot be unsigned ints"
            self._journal.add("MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_UNSIGNED_INT", at, text)
        self._layout(at, accessor)
        if self._vertices is None:
            self._vertices = accessor["count"]
        elif self._vertices != accessor["count"]:
            text = f"{accessor['count']} elements, but the primitive has {self._vertices} vertices"
            self._journal.add("MESH_PRIMITIVE_UNEQUAL_ACCESSOR_COUNT", at, text)

    def _target(self, at: str, name: str, index: int) -> None:
        accessor = self._resolve(at, index)
        if accessor is None:
            return
        base = self._item.facts["attributes"].get(name)
        if base is None:
            text = f"the primitive has no {name[:40]}"
            self._journal.add("MESH_PRIMITIVE_MORPH_TARGET_NO_BASE_ACCESSOR", at, text)
        elif base["count"] != accessor["count"]:
            text = f"{accessor['count']} elements, but the primitive has {base['count']} vertices"
            self._journal.add("MESH_PRIMITIVE_MORPH_TARGET_INVALID_ATTRIBUTE_COUNT", at, text)
        self._common(at, name, accessor, self._morph.get(name.split("_")[0]))
        self._layout(at, accessor)

    def _indices(self) -> int | None:
        """How many vertices or indices the primitive draws."""
        item, at = self._item, f"{self._item.at}/indices"
        accessor = self._graph.resolve(item, "indices", "accessors", mark=False)
        if accessor is None:
            return self._vertices
        self._graph.use_accessor(accessor, "PrimitiveIndices", at)
        view = accessor.facts["view"]
        if view is not None:
            self._graph.use_view(view, "IndexBuffer", at)
            if view["byteStride"] is not None:
                text = "indices cannot have a byteStride"
                self._journal.add("MESH_PRIMITIVE_INDICES_ACCESSOR_WITH_BYTESTRIDE", at, text)
        if accessor_format(accessor) not in {("SCALAR", c, False) for c in (5121, 5123, 5125)}:
            text = "indices must be unsigned bytes, shorts or ints"
            self._journal.add("MESH_PRIMITIVE_INDICES_ACCESSOR_INVALID_FORMAT", at, text)
        else:
            self._graph.check(accessor, "indices", at, (self._vertices, item["mode"] in (4, None)))
        count = accessor["count"]
        return count if isinstance(count, int) else None

    def _material(self) -> None:
        item, facts, journal = self._item, self._item.facts, self._journal
        material = self._graph.resolve(item, "material", "materials")
        sets: int = facts["sets"]["TEXCOORD"]
        unused = set(range(min(sets, 64)))
        tangents = material is not None and material.facts.get("tangents", False)
        if material is not None:
            if tangents and not (facts["normal"] and facts["tangent"]):
                mapped = material["normalTexture"] is not None
                kind = "GENERATED_TANGENT_SPACE" if mapped else "NO_TANGENT_SPACE"
                text = "the material needs normals and tangents that the primitive does not have"
                journal.add(f"MESH_PRIMITIVE_{kind}", f"{item.at}/material", text)
            unused -= self._texcoords(material, f"{item.at}/material")
        if facts["tangent"] and not tangents:
            text = "the material has no normal texture"
            journal.add("UNUSED_MESH_TANGENT", f"{item.at}/attributes/TANGENT", text)
        unused -= facts.pop("variant sets", set())
        for number in sorted(unused):
            journal.add("UNUSED_OBJECT", f"{item.at}/attributes/TEXCOORD_{number}", "no texture uses this")

    def _texcoords(self, material: Item, at: str) -> set[int]:
        sets: int = self._item.facts["sets"]["TEXCOORD"]
        used: set[int] = set()
        for pointer, number in material.facts.get("texcoords", {}).items():
            if number is None:
                continue
            if number >= sets:
                text = f"{pointer} needs TEXCOORD_{number}"
                self._journal.add("MESH_PRIMITIVE_TOO_FEW_TEXCOORDS", at, text)
            else:
                used.add(number)
        return used

    def _variants(self) -> None:
        mappings = self._item.extensions.get("KHR_materials_variants")
        if mappings is None:
            return
        root = self._graph.root.extensions.get("KHR_materials_variants")
        seen: set[int] = set()
        used: set[int] = set()
        for mapping in mappings["mappings"] or ():
            if root is None:
                text = "needs KHR_materials_variants at the root"
                self._journal.add("UNSATISFIED_DEPENDENCY", mapping.at, text)
                continue
            variants = root["variants"] or ()
            for place, index in enumerate(mapping["variants"] or ()):
                if index < 0:
                    continue
                at = f"{mapping.at}/variants/{place}"
                if index in seen:
                    self._journal.add("KHR_MATERIALS_VARIANTS_NON_UNIQUE_VARIANT", at, "this variant stands twice")
                seen.add(index)
                if index < len(variants):
                    variants[index].used = True
                else:
                    self._journal.add("UNRESOLVED_REFERENCE", at, f"there is no variant {index}")
            material = self._graph.resolve(mapping, "material", "materials")
            if material is not None:
                used |= self._texcoords(material, f"{mapping.at}/material")
        self._item.facts["variant sets"] = used


def _odd(mode: int, count: int) -> bool:
    """Whether a draw mode cannot use up that many vertices."""
    if mode in (2, 3):
        return count < 2
    return count < 3 if mode in (5, 6) else mode in (1, 4) and count % (2 if mode == 1 else 3) > 0
