"""How often guests may act, each and all together, so that one phone is not the whole audience."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

EACH: Final = (3.0, 0.5)
ALL: Final = (120.0, 60.0)
"""(at once, a second): of one guest, and of all of them."""
_REMEMBERED: Final = 512


class Pace:
    """Counts what each of many has done. Not for more than one thread."""

    def __init__(self) -> None:
        self._all = _Bucket(*ALL)
        self._each: OrderedDict[str, _Bucket] = OrderedDict()

    def allows(self, who: str, now: float) -> bool:
        """May ``who`` act at ``now`` seconds? Counted when they may."""
        one = self._each.pop(who, None) or _Bucket(*EACH)
        self._each[who] = one
        while len(self._each) > _REMEMBERED:
            self._each.popitem(last=False)
        return one.take(now) and self._all.take(now)


class _Bucket:
    def __init__(self, most: float, a_second: float) -> None:
        self._most, self._rate = most, a_second
        self._left, self._at = most, float("-inf")

    def take(self, now: float) -> bool:
        gained = (now - self._at) * self._rate
        self._left, self._at = min(self._most, self._left + max(0.0, gained)), now
        if self._left < 1:
            return False
        self._left -= 1
        return True
