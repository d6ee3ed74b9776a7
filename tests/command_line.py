"""The command line inside the test's own process: quicker, where nothing of the outside world is needed."""

from __future__ import annotations

import sys

import pytest

from avatar import cli


def here(*arguments: str) -> int:
    """Run ``avatar`` with these arguments; its exit code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["avatar", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code or 0)
