"""Which bone a joint of a motion file is, by the names that animation programs give.

Known by name: VRM and Unity, Mixamo, CMU and MotionBuilder, ACCAD, Bandai Namco, Rokoko, Perception Neuron, Unreal,
3ds Max Biped, Character Creator, VRoid, Blender's ``.L`` and ``.R``. The torso is told by the way from the hips to the
head, so its joints may have any names and number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

NEEDED = (
    "hips",
    "head",
    *(f"{side}{bone}" for side in ("left", "right") for bone in ("UpperLeg", "LowerLeg", "UpperArm", "LowerArm")),
)
"""Bones without which a skeleton is not taken for a person's."""

_PREFIX = re.compile(
    r"^(?:.*[:|])?(?:mixamorig\d*|bip0*\d+|cc_base|character\d+|valvebiped|j_bip|def|org|joint|biped)?[\s_.\-]*", re.I
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SIDES = {"left": "left", "l": "left", "lt": "left", "right": "right", "r": "right", "rt": "right"}
_END = {"end", "nub", "site", "top", "tip", "twist", "roll", "share", "ik", "target", "pole", "in", "helper"}
_PARTS = {
    "UpperLeg": ("upleg", "upperleg", "thigh", "uleg", "femur"),
    "LowerLeg": ("lowleg", "lowerleg", "calf", "shin", "knee", "tibia", "calve"),
    "Foot": ("foot", "ankle"),
    "Toes": ("toe", "toes", "toebase", "ball"),
    "Shoulder": ("collar", "clavicle", "clav", "collarbone"),
    "UpperArm": ("uparm", "upperarm", "shldr", "humerus", "bicep"),
    "LowerArm": ("lowarm", "lowerarm", "forearm", "elbow", "radius"),
    "Hand": ("hand", "wrist"),
    "Eye": ("eye",),
}
_PART = {word: part for part, words in _PARTS.items() for word in words}
_FINGERS = {
    "thumb": "Thumb",
    "index": "Index",
    "middle": "Middle",
    "mid": "Middle",
    "ring": "Ring",
    "little": "Little",
    "pinky": "Little",
    "pinkie": "Little",
}
_JOINTS = {"metacarpal": 0, "proximal": 1, "intermediate": 2, "distal": 3}
_HIPS = ("hips", "hip", "pelvis")
_MOST_NAMED = 12


def split(name: str) -> tuple[str, str, str]:
    """(side or "", the words run together in lower case, digits or "") of a joint's name, prefixes taken off."""
    bare = _PREFIX.sub("", name, count=1) or name
    side, number = "", ""
    words: list[str] = []
    for word in (w.lower() for w in _WORDS.findall(bare)):
        if word in _SIDES and not side:
            side = _SIDES[word]
        elif word.isdigit():
            number = word[:6]
        elif word != "c":  # VRoid's mark for the middle
            words.append(word)
    if not side and words:
        # lThigh splits by itself; "lthigh" and "leftupleg" do not.
        for mark in ("left", "right", "l", "r"):
            rest = words[0].removeprefix(mark)
            if rest != words[0] and (len(mark) > 1 or rest in _PART or rest in ("leg", "arm", "hip", "shoulder")):
                side, words[0] = _SIDES[mark], rest
                break
    if words and words[-1] in _END:
        return side, "", number
    return side, "".join(words), number


def find_bones(names: Sequence[str], parents: Sequence[int]) -> dict[str, int]:
    """VRM bone -> joint. parents : -1 for roots. Empty where the joints are not a person's (see ``NEEDED``)."""
    found = _recognised(names, parents)
    if any(bone not in found for bone in NEEDED) or len(set(found.values())) < len(found):
        return {}
    return found


def why_nobody(names: Sequence[str], parents: Sequence[int]) -> str:
    """In words for a person, why ``find_bones`` finds none: which bones are missing, which joints are left over."""
    found, at = _recognised(names, parents), _by_name([split(name) for name in names])
    known = {"head"} if ("", "head") in at else set()
    known |= {"hips"} if any(("", word) in at for word in _HIPS) else set()
    missing = [bone for bone in NEEDED if bone not in found]
    # Without both thighs the torso is not looked for, whatever its joints are called.
    missing = [bone for bone in missing if bone not in known] or missing
    if missing:
        used = set(found.values()) | {at[word] for word in (("", "head"), *(("", w) for w in _HIPS)) if word in at}
        idle = [name for joint, name in enumerate(names) if joint not in used]
        shown = ", ".join(f"'{name[:24]}'" for name in idle[:_MOST_NAMED]) or "none"
        rest = f" and {len(idle) - _MOST_NAMED} more" if len(idle) > _MOST_NAMED else ""
        return f"no joint is known for {', '.join(missing)} (joints not recognised: {shown}{rest})"
    joints = list(found.values())
    shared = next(joint for joint in joints if joints.count(joint) > 1)
    bones = " and ".join(bone for bone, joint in found.items() if joint == shared)
    return f"'{names[shared][:24]}' is taken for {bones} at once"


def _by_name(pieces: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str], int]:
    at: dict[tuple[str, str], int] = {}
    for joint, (side, word, _) in enumerate(pieces):
        at.setdefault((side, word), joint)
    return at


def _recognised(names: Sequence[str], parents: Sequence[int]) -> dict[str, int]:
    pieces = [split(name) for name in names]
    at = _by_name(pieces)
    found: dict[str, int] = {}
    for side in ("left", "right"):
        _limbs(at, side, found)
    children: dict[int, list[int]] = {}
    for joint, parent in enumerate(parents):
        children.setdefault(parent, []).append(joint)
    for side in ("left", "right"):
        if (hand := found.get(f"{side}Hand")) is not None:
            _fingers(pieces, children, hand, side, found)
    _torso(at, pieces, parents, found)
    return found


def _limbs(at: dict[tuple[str, str], int], side: str, found: dict[str, int]) -> None:
    for (own, word), joint in at.items():
        if own == side and word in _PART:
            found.setdefault(f"{side}{_PART[word]}", joint)
    plain = {word: at.get((side, word)) for word in ("shoulder", "arm", "leg", "hip")}
    # The same word means another bone where its neighbour has a name of its own.
    for word, choices in (
        ("hip", ("UpperLeg",)),
        ("leg", ("LowerLeg", "UpperLeg") if f"{side}UpperLeg" in found or plain["hip"] is not None else ("UpperLeg",)),
        ("arm", ("UpperArm",)),
        ("shoulder", ("UpperArm",) if f"{side}Shoulder" in found or plain["arm"] is None else ("Shoulder",)),
    ):
        own_joint = plain[word]
        if word == "shoulder" and f"{side}UpperArm" in found:
            choices = ("Shoulder",)
        for part in choices:
            if own_joint is not None and f"{side}{part}" not in found:
                found[f"{side}{part}"] = own_joint
                break


def _fingers(
    pieces: list[tuple[str, str, str]],
    children: dict[int, list[int]],
    hand: int,
    side: str,
    found: dict[str, int],
) -> None:
    chains: dict[str, list[tuple[int, str, int]]] = {}
    todo = [(child, 1) for child in children.get(hand, ())]
    while todo:
        joint, depth = todo.pop()
        todo += [(child, depth + 1) for child in children.get(joint, ())]
        _, word, number = pieces[joint]
        if "finger" in word and number[:1] in ("0", "1", "2", "3", "4"):
            finger = ("Thumb", "Index", "Middle", "Ring", "Little")[int(number[0])]
        else:
            key = next((k for k in _FINGERS if k in word), "")
            finger = _FINGERS.get(key, "")
        if finger and not (finger != "Thumb" and ("metacarpal" in word or "inhand" in word)):
            chains.setdefault(finger, []).append((depth, number, joint))
    for finger, chain in chains.items():
        joints = ("Metacarpal", "Proximal", "Distal") if finger == "Thumb" else ("Proximal", "Intermediate", "Distal")
        for name, (_, _, joint) in zip(joints, sorted(chain), strict=False):
            found[f"{side}{finger}{name}"] = joint


def _torso(
    at: dict[tuple[str, str], int],
    pieces: list[tuple[str, str, str]],
    parents: Sequence[int],
    found: dict[str, int],
) -> None:
    head = at.get(("", "head"))
    legs = [found.get(f"{side}UpperLeg") for side in ("left", "right")]
    if head is None or None in legs:
        return

    def above(joint: int | None) -> list[int]:
        way: list[int] = []
        while joint is not None and joint >= 0 and len(way) <= len(parents):
            way.append(joint)
            joint = parents[joint]
        return way

    up, left, right = above(head), above(legs[0]), above(legs[1])
    shared = [j for j in up if j in left and j in right]
    hips = next((at[("", w)] for w in _HIPS if ("", w) in at and at[("", w)] in shared), shared[0] if shared else None)
    if hips is None:
        return
    found["hips"], found["head"] = hips, head
    way = [j for j in reversed(up[1 : up.index(hips)]) if j not in left and j not in right]
    necks = [j for j in way if "neck" in pieces[j][1]]
    if necks:
        found["neck"] = necks[0]
    trunk = [j for j in way if j not in necks]
    if trunk:
        found["spine"] = trunk[0]
    if len(trunk) > 1:
        found["chest"] = trunk[1] if len(trunk) < 4 else trunk[len(trunk) // 2]
    if len(trunk) > 2:
        found["upperChest"] = trunk[-1]
