"""An animator that suits a companion's mouth."""

from __future__ import annotations

from ..animate.animator import Animator
from ..animate.jaw import JawMap
from ..animate.persona import Persona
from ..model.model import AvatarModel
from ..model.mouth import find_mouth
from ..speech.mouths import jaw_row, mouth_map


def animator_for(model: AvatarModel, seed: int, persona: Persona | None = None) -> Animator:
    """An animator whose mouth uses the best shapes for speech that this companion has, or its jaw."""
    mouth = find_mouth(model)
    table, names = mouth_map(mouth.kind, mouth.shapes)
    jaw = JawMap(mouth.jaw, mouth.jaw_sign, jaw_row()) if mouth.jaw >= 0 else None
    return Animator(model, seed, persona, mouth_map=table, mouth_names=names, jaw=jaw)
