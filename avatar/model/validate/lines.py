"""Lines of nodes from a node up to its root, and what several of them share."""

from __future__ import annotations

from .schema import Item

Depths = dict[int, int]
"""id of a node -> how many nodes its line has, 0 where it leads into a loop."""


def find_depths(nodes: list[Item]) -> Depths:
    """Of every node. The facts ``parent`` must be known."""
    depths: Depths = {}
    for node in nodes:
        trail: list[Item] = []
        on_trail: set[int] = set()
        up: Item | None = node
        while up is not None and id(up) not in depths and id(up) not in on_trail:
            trail.append(up)
            on_trail.add(id(up))
            up = up.facts.get("parent")
        depth = 0 if up is None else depths.get(id(up), 0)
        looped = up is not None and not depth
        for here in reversed(trail):
            depth = 0 if looped else depth + 1
            depths[id(here)] = depth
    return depths


class Lines:
    """The nodes that the lines of some joints share. A joint that shares nothing with those before it begins anew.

    Where there is no loop, what two lines share is the upper part of each, so that a joint's line is followed only up
    to the first node that another line has been followed through."""

    def __init__(self, depths: Depths) -> None:
        self._depths = depths
        self._looped = False
        self._begin([])

    def _begin(self, line: list[Item]) -> None:
        self._line, self._start = line, 0
        self._places = {id(node): i for i, node in enumerate(line)}
        self._passed: set[int] = set()

    def __len__(self) -> int:
        return len(self._line) - self._start

    def shared(self) -> list[Item]:
        """The nodes that all lines have, from the lowest to the root."""
        return self._line[self._start :]

    def narrow(self, joint: Item) -> int:
        """Takes in one joint; how many nodes its line has."""
        depth = self._depths[id(joint)]
        self._looped = self._looped or not depth
        if self._looped:
            line = _walk(joint)
            shared = [node for node in self.shared() if id(node) in line]
            self._line, self._start = shared if len(self) else list(line.values()), 0
            return len(line)
        if not len(self):
            self._begin(list(_walk(joint).values()))
            return depth
        up: Item | None = joint
        while up is not None and id(up) not in self._places and id(up) not in self._passed:
            self._passed.add(id(up))
            up = up.facts.get("parent")
        if up is None:
            self._start = len(self._line)
        else:
            self._start = max(self._start, self._places.get(id(up), 0))
        return depth


def _walk(joint: Item) -> dict[int, Item]:
    line: dict[int, Item] = {}
    up, key = joint, id(joint)
    while key not in line:
        line[key] = up
        above = up.facts.get("parent")
        if above is None:
            break
        up, key = above, id(above)
    return line
