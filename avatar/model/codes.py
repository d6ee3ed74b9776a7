"""The words of a validation report: codes with their severities, messages, and the journal that collects them.

The codes of glTF rules and their severities are those of the Khronos glTF-Validator (its ISSUES.md); ``VRM_…`` and
``PRESENCE_…`` are our own and are explained in docs/VALIDATE.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from .place import printable

SEVERITIES: Final = ("error", "warning", "info", "hint")


def _words(text: str) -> list[str]:
    return text.split()


_ERRORS = _words("""
IO_ERROR ARRAY_LENGTH_NOT_IN_LIST ARRAY_TYPE_MISMATCH DUPLICATE_ELEMENTS EMPTY_ENTITY INVALID_INDEX INVALID_JSON
INVALID_URI ONE_OF_MISMATCH PATTERN_MISMATCH TYPE_MISMATCH UNDEFINED_PROPERTY UNSATISFIED_DEPENDENCY
VALUE_MULTIPLE_OF VALUE_NOT_IN_RANGE ACCESSOR_MATRIX_ALIGNMENT ACCESSOR_NORMALIZED_INVALID ACCESSOR_OFFSET_ALIGNMENT
ACCESSOR_SPARSE_COUNT_OUT_OF_RANGE ASSET_MIN_VERSION_GREATER_THAN_VERSION BUFFER_DATA_URI_MIME_TYPE_INVALID
BUFFER_VIEW_INVALID_BYTE_STRIDE BUFFER_VIEW_TOO_BIG_BYTE_STRIDE CAMERA_XMAG_YMAG_ZERO CAMERA_ZFAR_LEQUAL_ZNEAR
INVALID_GL_VALUE KHR_ANIMATION_POINTER_ANIMATION_CHANNEL_TARGET_NODE
KHR_ANIMATION_POINTER_ANIMATION_CHANNEL_TARGET_PATH KHR_LIGHTS_PUNCTUAL_LIGHT_SPOT_ANGLES MESH_INVALID_WEIGHTS_COUNT
MESH_PRIMITIVES_UNEQUAL_TARGETS_COUNT MESH_PRIMITIVE_INDEXED_SEMANTIC_CONTINUITY MESH_PRIMITIVE_INVALID_ATTRIBUTE
MESH_PRIMITIVE_JOINTS_WEIGHTS_MISMATCH NODE_MATRIX_NON_TRS NODE_MATRIX_TRS NODE_SKIN_NO_SCENE NON_REQUIRED_EXTENSION
ROTATION_NON_UNIT SKIN_NO_COMMON_ROOT SKIN_SKELETON_INVALID UNKNOWN_ASSET_MAJOR_VERSION UNUSED_EXTENSION_REQUIRED
ACCESSOR_SMALL_BYTESTRIDE ACCESSOR_TOO_LONG ACCESSOR_TOTAL_OFFSET_ALIGNMENT ACCESSOR_USAGE_OVERRIDE
ANIMATION_CHANNEL_TARGET_NODE_MATRIX ANIMATION_CHANNEL_TARGET_NODE_WEIGHTS_NO_MORPHS ANIMATION_DUPLICATE_TARGETS
ANIMATION_SAMPLER_ACCESSOR_WITH_BYTESTRIDE ANIMATION_SAMPLER_INPUT_ACCESSOR_INVALID_FORMAT
ANIMATION_SAMPLER_INPUT_ACCESSOR_TOO_FEW_ELEMENTS ANIMATION_SAMPLER_INPUT_ACCESSOR_WITHOUT_BOUNDS
ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_COUNT ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_FORMAT
BUFFER_MISSING_GLB_DATA BUFFER_VIEW_TARGET_OVERRIDE BUFFER_VIEW_TOO_LONG IMAGE_BUFFER_VIEW_WITH_BYTESTRIDE
INVALID_IBM_ACCESSOR_COUNT KHR_MATERIALS_VARIANTS_NON_UNIQUE_VARIANT MESH_PRIMITIVE_ACCESSOR_UNALIGNED
MESH_PRIMITIVE_ACCESSOR_WITHOUT_BYTESTRIDE MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_INVALID_FORMAT
MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_UNSIGNED_INT MESH_PRIMITIVE_INDICES_ACCESSOR_INVALID_FORMAT
MESH_PRIMITIVE_INDICES_ACCESSOR_WITH_BYTESTRIDE MESH_PRIMITIVE_MORPH_TARGET_INVALID_ATTRIBUTE_COUNT
MESH_PRIMITIVE_MORPH_TARGET_NO_BASE_ACCESSOR MESH_PRIMITIVE_NO_TANGENT_SPACE
MESH_PRIMITIVE_POSITION_ACCESSOR_WITHOUT_BOUNDS MESH_PRIMITIVE_TOO_FEW_TEXCOORDS
MESH_PRIMITIVE_UNEQUAL_ACCESSOR_COUNT NODE_LOOP NODE_PARENT_OVERRIDE NODE_SKIN_WITH_NON_SKINNED_MESH
NODE_WEIGHTS_INVALID SCENE_NON_ROOT_NODE SKIN_IBM_ACCESSOR_WITH_BYTESTRIDE SKIN_IBM_INVALID_FORMAT
TEXTURE_INVALID_IMAGE_MIME_TYPE UNDECLARED_EXTENSION UNEXPECTED_EXTENSION_OBJECT UNRESOLVED_REFERENCE
ACCESSOR_ANIMATION_INPUT_NEGATIVE ACCESSOR_ANIMATION_INPUT_NON_INCREASING
ACCESSOR_ANIMATION_SAMPLER_OUTPUT_NON_NORMALIZED_QUATERNION ACCESSOR_ELEMENT_OUT_OF_MAX_BOUND
ACCESSOR_ELEMENT_OUT_OF_MIN_BOUND ACCESSOR_INDEX_OOB ACCESSOR_INDEX_PRIMITIVE_RESTART ACCESSOR_INVALID_FLOAT
ACCESSOR_INVALID_IBM ACCESSOR_INVALID_SIGN ACCESSOR_JOINTS_INDEX_DUPLICATE ACCESSOR_JOINTS_INDEX_OOB
ACCESSOR_MAX_MISMATCH ACCESSOR_MIN_MISMATCH ACCESSOR_NON_CLAMPED ACCESSOR_SPARSE_INDEX_OOB
ACCESSOR_SPARSE_INDICES_NON_INCREASING ACCESSOR_VECTOR3_NON_UNIT ACCESSOR_WEIGHTS_NEGATIVE
ACCESSOR_WEIGHTS_NON_NORMALIZED BUFFER_BYTE_LENGTH_MISMATCH IMAGE_DATA_INVALID IMAGE_MIME_TYPE_INVALID
IMAGE_NON_ENABLED_MIME_TYPE IMAGE_UNEXPECTED_EOS GLB_CHUNK_LENGTH_UNALIGNED GLB_CHUNK_TOO_BIG GLB_DUPLICATE_CHUNK
GLB_EMPTY_CHUNK GLB_INVALID_MAGIC GLB_INVALID_VERSION GLB_LENGTH_MISMATCH GLB_LENGTH_TOO_SMALL
GLB_UNEXPECTED_BIN_CHUNK GLB_UNEXPECTED_END_OF_CHUNK_DATA GLB_UNEXPECTED_END_OF_CHUNK_HEADER
GLB_UNEXPECTED_END_OF_HEADER GLB_UNEXPECTED_FIRST_CHUNK
""")
_WARNINGS = _words("""
UNEXPECTED_PROPERTY VALUE_NOT_IN_LIST ANIMATION_CHANNEL_TARGET_NODE_SKIN CAMERA_XMAG_YMAG_NEGATIVE
CAMERA_YFOV_GEQUAL_PI INVALID_EXTENSION_NAME_FORMAT KHR_MATERIALS_ANISOTROPY_ANISOTROPY_TEXTURE_TEXCOORD
KHR_MATERIALS_CLEARCOAT_CLEARCOAT_NORMAL_TEXTURE_TEXCOORD KHR_MATERIALS_DISPERSION_NO_VOLUME
KHR_MATERIALS_EMISSIVE_STRENGTH_ZERO_FACTOR KHR_MATERIALS_VOLUME_DOUBLE_SIDED KHR_MATERIALS_VOLUME_NO_TRANSMISSION
MATERIAL_ALPHA_CUTOFF_INVALID_MODE MESH_PRIMITIVE_NO_POSITION MESH_PRIMITIVE_TANGENT_WITHOUT_NORMAL
MULTIPLE_EXTENSIONS NODE_SKINNED_MESH_LOCAL_TRANSFORMS NODE_SKINNED_MESH_NON_ROOT NON_RELATIVE_URI
UNKNOWN_ASSET_MINOR_VERSION MESH_PRIMITIVE_GENERATED_TANGENT_SPACE MESH_PRIMITIVE_INCOMPATIBLE_MODE
NODE_SKINNED_MESH_WITHOUT_SKIN ACCESSOR_JOINTS_USED_ZERO_WEIGHT BUFFER_GLB_CHUNK_TOO_BIG DATA_URI_GLB
IMAGE_FEATURES_UNSUPPORTED IMAGE_UNRECOGNIZED_FORMAT GLB_EXTRA_DATA GLB_UNKNOWN_CHUNK_TYPE
""")
_INFOS = _words("""
EXTRA_PROPERTY KHR_MATERIALS_IRIDESCENCE_THICKNESS_RANGE_WITHOUT_TEXTURE
KHR_MATERIALS_IRIDESCENCE_THICKNESS_TEXTURE_UNUSED NODE_EMPTY NODE_MATRIX_DEFAULT NON_OBJECT_EXTRAS
INCOMPLETE_EXTENSION_SUPPORT UNSUPPORTED_EXTENSION UNUSED_MESH_TANGENT UNUSED_MESH_WEIGHTS UNUSED_OBJECT
ACCESSOR_INDEX_TRIANGLE_DEGENERATE IMAGE_NPOT_DIMENSIONS URI_GLB GLB_EMPTY_BIN_CHUNK
""")

OWN: Final[dict[str, tuple[str, str]]] = {
    "PRESENCE_LIMIT": ("error", "the file goes beyond a limit that Presence sets for files from strangers"),
    "PRESENCE_REFUSED": ("error", "the loader refuses the file, and no rule above says why at that place"),
    "PRESENCE_REPLACED": ("error", "a wrap or filter that glTF does not have; the loader takes the usual one"),
    "PRESENCE_UNSUPPORTED_EXTENSION": ("error", "a required extension that Presence cannot read"),
    "PRESENCE_NOTE": ("info", "what the loader left out, or put in place of something missing"),
    "VRM_UNSUPPORTED_VERSION": ("error", "a specVersion other than 1.0 (or its beta)"),
    "VRM_STALE_REFERENCE": ("warning", "VRM 0: an index or name that leads nowhere; viewers leave it out"),
    "VRM_BONE_MISSING": ("error", "a bone that every humanoid must have is missing"),
    "VRM_BONE_UNKNOWN": ("warning", "VRM 0: a bone name that the specification does not have"),
    "VRM_BONE_REPEATED": ("warning", "VRM 0: one bone is named twice"),
    "VRM_BONE_DUPLICATE": ("error", "one node stands for two bones"),
    "VRM_BONE_PARENT": ("error", "a bone's node is not below the node of the bone it hangs from"),
    "VRM_BONE_PARENT_MISSING": ("error", "a bone is there without the bone it needs (upperChest without chest)"),
    "VRM_EXPRESSION_CUSTOM_PRESET": ("warning", "a custom expression with a preset's name"),
    "VRM_EXPRESSION_DUPLICATE": ("warning", "VRM 0: two blend shape groups for one preset or name"),
    "VRM_EXPRESSION_BIND_RANGE": ("warning", "a morph target bind's weight outside 0 to 1 (VRM 0: 0 to 100)"),
    "VRM_EXPRESSION_BIND_DUPLICATE": ("warning", "two binds of one expression for the same thing"),
    "VRM_FIRST_PERSON_NO_MESH": ("warning", "a first-person annotation for a node without a mesh"),
    "VRM_LOOK_AT_RANGE": ("warning", "a look-at range map that covers no angle"),
    "VRM_SPRING_CHAIN": ("error", "a spring joint's node is not below that of the joint before it"),
    "VRM_SPRING_SHARED_JOINT": ("error", "one node is a joint of two springs, or twice of one"),
    "VRM_SPRING_TOO_SHORT": ("warning", "a spring with fewer than two joints does nothing"),
    "VRM_SPRING_CENTER": ("warning", "the centre of a spring moves with the spring itself"),
    "VRM_COLLIDER_SHAPE": ("error", "a collider has not exactly one shape, or a plane without a direction"),
    "VRM_CONSTRAINT_KIND": ("error", "a constraint has not exactly one of roll, aim and rotation"),
    "VRM_CONSTRAINT_CYCLE": ("error", "constraints depend on one another in a circle"),
    "VRM_CONSTRAINT_SOURCE": ("warning", "a constraint's source lies below the node that it moves"),
    "VRM_MTOON_RANGE": ("warning", "an MToon factor outside the range that the specification gives"),
    "VRMA_NO_ANIMATION": ("error", "VRMC_vrm_animation without an animation"),
    "VRMA_TRACK": ("error", "a channel moves a bone, expression or look-at node as VRMA does not allow"),
    "VRMA_EYE_BONE": ("warning", "VRMA maps an eye bone; look-at is the way to move eyes"),
}
"""Our own codes: severity, and what they mean."""

SEVERITY: Final[dict[str, str]] = {
    **dict.fromkeys(_ERRORS, "error"),
    **dict.fromkeys(_WARNINGS, "warning"),
    **dict.fromkeys(_INFOS, "info"),
    "BUFFER_VIEW_TARGET_MISSING": "hint",
    **{code: severity for code, (severity, _) in OWN.items()},
}
"""Severity of every code."""

MOST_MESSAGES: Final = 1000
MOST_OTHERS: Final = 800
MOST_ALIKE: Final = 12
"""Messages kept of one report, of those that are not errors, and of one code at one place; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Message:
    """One finding. code : see SEVERITY; severity : error, warning, info or hint; pointer : JSON pointer (RFC 6901) to
    the place, ``""`` for the whole file; message : one line in words."""

    code: str
    severity: str
    pointer: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong with a file. verdict : valid or invalid (any error); messages : in the order found, at most
    MOST_MESSAGES; counts : severity -> how many there were in all; omitted : how many of them are not listed."""

    path: str
    verdict: str
    messages: tuple[Message, ...]
    counts: dict[str, int]
    omitted: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The same, JSON-ready, with stable keys."""
        return {
            "path": self.path,
            "verdict": self.verdict,
            "counts": dict(self.counts),
            "omitted": self.omitted,
            "messages": [
                {"code": m.code, "severity": m.severity, "pointer": m.pointer, "message": m.message}
                for m in self.messages
            ],
        }

    def lines(self) -> list[str]:
        """The same as text for a person: one line a message, then the verdict."""
        made = [f"{m.severity:<7} {m.code} {m.pointer or '(file)'}: {m.message}" for m in self.messages]
        if self.omitted:
            made.append(f"... and {self.omitted} more")
        total = ", ".join(f"{self.counts[s]} {s}" for s in SEVERITIES)
        return [*made, f"{self.path}: {self.verdict} ({total})"]


@dataclass(slots=True)
class Journal:
    """Collects messages; the same code at the same place is kept MOST_ALIKE times and counted after that."""

    messages: list[Message] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SEVERITIES, 0))
    omitted: int = 0
    _alike: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, code: str, pointer: str, message: str, times: int = 1) -> None:
        """Notes a finding; ``times`` says how many alike it stands for."""
        if times < 1:
            return
        severity = SEVERITY[code]
        self.counts[severity] += times
        seen = self._alike.get((code, pointer), 0)
        self._alike[code, pointer] = seen + 1
        room = MOST_MESSAGES if severity == "error" else MOST_OTHERS
        if seen >= MOST_ALIKE or len(self.messages) >= room:
            self.omitted += times
            return
        self.omitted += times - 1
        self.messages.append(Message(code, severity, printable(pointer[:400]), printable(message[:400])))

    def has_error_at(self, pointer: str) -> bool:
        """Whether an error already stands at this place."""
        return any(m.severity == "error" and m.pointer == pointer for m in self.messages)

    def report(self, path: str) -> Report:
        """What has been found so far."""
        verdict = "invalid" if self.counts["error"] else "valid"
        return Report(path, verdict, tuple(self.messages), dict(self.counts), self.omitted)


class Said(Journal):
    """Keeps what is said with ``""`` for the place, to be said of every place of which it holds."""

    __slots__ = ("all",)

    def __init__(self) -> None:
        super().__init__()
        self.all: list[tuple[str, str, str, int]] = []

    def add(self, code: str, pointer: str, message: str, times: int = 1) -> None:
        """Keeps a finding; pointer : from the place on."""
        self.all.append((code, pointer, message, times))

    def of(self, place: str, journal: Journal) -> None:
        """Says all of it of a place."""
        for code, member, message, times in self.all:
            journal.add(code, place + member, message, times)
