"""An animator that suits a companion's mouth."""

from __future__ import annotations

from ..animate.animator import Animator
from ..animate.persona import Persona
from ..model.model import AvatarModel
from ..speech.visemes import vrm_matrix


def animator_for(model: AvatarModel, seed: int, persona: Persona | None = None) -> Animator:
    """An animator whose mouth uses all of the shapes for speech that this companion has."""
    shapes = [n for n in ("aa", "ih", "ou", "ee", "oh", "lipPress", "lipBite") if n in model.expressions]
    return Animator(model, seed, persona, mouth_map=vrm_matrix(shapes), mouth_names=shapes)
