"""Who may come in by the network door of a run, and what the person is told about it."""

from __future__ import annotations

from collections.abc import Callable

from ..config import Settings
from ..errors import OutputError, UsageError
from ..io.transports.tokens import LOCAL, TokenFiles
from ..spelling import LOOPBACK

_HOW = "'avatar token add NAME --scope speak,pose' makes one"


def door_keys(settings: Settings, tell: Callable[[str], None]) -> TokenFiles | None:
    """The person's tokens, their own made where there is none; None where no door opens, or no token is wanted.

    Raises UsageError for a door to other machines that nobody could come in by.
    """
    if settings.port is None:
        return None
    if not settings.token:
        tell("note: any program on this machine may drive the companion, and read what it tells (--no-token)")
        return None
    keys = TokenFiles(tell=lambda line: tell(f"note: {line}"))
    if settings.host != LOOPBACK:
        if not any(grant.name != LOCAL for grant in keys.listed()):
            raise UsageError(f"host {settings.host}: other machines need a token, and there is none: {_HOW}")
        tell(f"note: other machines may connect to {settings.host} with a token; what they send is not encrypted")
    try:
        keys.own()
    except OutputError as error:
        tell(f"note: {error}: there is no token for this user's own programs; {_HOW}")
    return keys
