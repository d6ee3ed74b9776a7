"""What a rule for reading is: an expression, and what is said for a match of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

Say = Callable[[re.Match[str]], "str | None"]
Rule = tuple[re.Pattern[str], Say, frozenset[str]]
"""Expression, what is said, and characters of which a text must have one for the rule to be tried (none: always)."""

TO: Final = r"\s?[-–—]\s?"
"""Between two numbers of which the first is the lower."""


def rule(pattern: str, say: Say, flags: int = 0, needs: str = "") -> Rule:
    """needs : characters of which a text must have one for the rule to be tried."""
    return re.compile(pattern, flags), say, frozenset(needs)
