"""Everything that is wrong with a glTF, VRM or VRMA file, as a report (docs/VALIDATE.md)."""

from .validator import exit_code, validate

__all__ = ["exit_code", "validate"]
