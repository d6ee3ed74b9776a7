"""The exception tree, whole.

    AvatarError                something Presence can name; ``str(error)`` is one clear line for a person
    ├── UsageError             a command, an argument or a path is wrong
    ├── SourceError            a picture source cannot be opened or read      (code: none busy denied unreadable)
    ├── ModelError             a companion, motion or prop file is not acceptable (path, JSON pointer, rule)
    │   └── LimitError         it asks for more than the limits for files from strangers allow
    ├── AssetError             a file Presence ships or needs is missing or not the one expected
    ├── GraphicsError          no OpenGL, a shader that does not compile, a GL error
    ├── VoiceError             text cannot be spoken, or a voice is not there
    │   └── UnknownVoiceError  no voice of that name or language             (field)
    ├── OutputError            a recording, picture or journal cannot be written
    ├── JournalError           a journal is damaged or no journal             (path, line, rule)
    ├── EventError             an event is refused                            (code, JSON pointer)
    ├── ChatError              who should answer a person cannot, or broke off
    ├── CeremonyError          a ceremony's script is refused              (file, line, column, rule)
    └── PortError              a local port cannot be listened on

An error is handled once: raised to the edge, and said there in one line; never logged on the way.
"""

from __future__ import annotations

from pathlib import Path


class AvatarError(Exception):
    """Base of every error Presence raises on purpose; its text is one line that a person can act on.

    Line breaks and control characters, which a file's name may hold, are replaced."""

    def __init__(self, message: str = "") -> None:
        if not message.isprintable():
            message = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in message)
        super().__init__(message)


class UsageError(AvatarError):
    """A command, an argument or a path is wrong."""


class SourceError(AvatarError):
    """A picture source cannot be opened or read.

    code : ``none`` (there is no such device or file), ``busy``, ``denied`` or ``unreadable``.
    """

    def __init__(self, message: str, code: str = "unreadable") -> None:
        super().__init__(message)
        self.code = code


class ModelError(AvatarError):
    """A file is refused: says which file, where in it (JSON pointer, RFC 6901) and which rule.

    path : the file; pointer : place in its JSON, ``""`` for the whole; rule : what is wrong, in words.
    """

    def __init__(self, path: str | Path, pointer: str, rule: str) -> None:
        self.path, self.pointer, self.rule = str(path), pointer, rule
        where = f" at {pointer}" if pointer else ""
        super().__init__(f"{self.path}{where}: {rule}")


class LimitError(ModelError):
    """A file goes beyond a limit that Presence sets, whatever its format allows (docs/HOSTILE_FILES.md)."""


class AssetError(AvatarError):
    """A file that Presence ships or needs is missing, or is not the one expected."""


class GraphicsError(AvatarError):
    """OpenGL is missing, a shader does not compile, or GL reported an error."""


class VoiceError(AvatarError):
    """Text cannot be spoken, or a voice is not there."""


class UnknownVoiceError(VoiceError):
    """There is no voice of this name, or none for this language; the text names the choices.

    field : ``voice`` or ``language``, whichever cannot be met.
    """

    def __init__(self, message: str, field: str = "voice") -> None:
        super().__init__(message)
        self.field = field


class OutputError(AvatarError):
    """A recording or a picture cannot be written."""


class JournalError(AvatarError):
    """A journal is damaged, or none. path : the file; line : from 1, 0 for the whole; rule : what is wrong."""

    def __init__(self, path: str | Path, line: int, rule: str) -> None:
        self.path, self.line, self.rule = str(path), line, rule
        super().__init__(f"{self.path}{f' at line {line}' if line else ''}: {rule}")


class EventError(AvatarError):
    """An event is refused. code : one of the contract's error codes; pointer : JSON pointer to the field."""

    def __init__(self, code: str, message: str, pointer: str = "", event_id: str | None = None) -> None:
        super().__init__(message)
        self.code, self.pointer, self.event_id = code, pointer, event_id


class ChatError(AvatarError):
    """Who should answer a person cannot be reached, refuses, or broke off in the middle; the text names the host."""


class CeremonyError(AvatarError):
    """A ceremony's script, or what it asks for, is refused: ``file:line:column: rule``.

    path : the file; line, column : from 1, where it is; rule : what is wrong and which rule it breaks, in words.
    """

    def __init__(self, path: str | Path, line: int, column: int, rule: str) -> None:
        self.path, self.line, self.column, self.rule = str(path), line, column, rule
        super().__init__(f"{self.path}:{line}:{column}: {rule}")


class PortError(AvatarError):
    """A local port cannot be listened on."""
