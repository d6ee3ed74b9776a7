"""What every event's data is made of: the base class, scopes, and the checked kinds of value."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Scope: TypeAlias = Literal["speak", "pose", "direct", "observe"]
SCOPES: Final[frozenset[Scope]] = frozenset(("speak", "pose", "direct", "observe"))

Ident = Annotated[str, Field(min_length=1, max_length=256)]
Name = Annotated[str, Field(min_length=1, max_length=128)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=86400)]
Point: TypeAlias = tuple[float, float, float]


class Data(BaseModel):
    """What an event carries."""

    TYPE: ClassVar[str] = ""
    SCOPE: ClassVar[Scope | None] = None
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)
