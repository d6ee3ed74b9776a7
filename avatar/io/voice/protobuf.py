"""One more output of a network, without a library for its format.

An ONNX file is a Protocol Buffers message, and those merge what is appended to them: a few bytes after the file say
that its graph (field 7) has another output (field 12) of this name (field 1).
"""

from __future__ import annotations


def with_output(model: bytes, tensor: str) -> bytes:
    """The model with one of its tensors, of any inner node, as its last output. tensor : at most 100 characters."""
    return model + _field(7, _field(12, _field(1, tensor.encode())))


def _field(number: int, content: bytes) -> bytes:
    """One length-delimited field (all of ours are shorter than 128 bytes)."""
    return bytes((number << 3 | 2, len(content))) + content
