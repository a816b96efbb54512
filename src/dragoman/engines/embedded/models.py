"""The recogniser's models, loaded once for all speakers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dragoman.engines.embedded.moonshine import Moonshine
from dragoman.engines.embedded.vad import Vad
from dragoman.engines.embedded.vocabulary import Vocabulary
from dragoman.engines.weights import locate


@dataclass(frozen=True, slots=True)
class Models:
    """Everything that is loaded from files. Not for use by two threads at once."""

    moonshine: Moonshine
    vad: Vad
    vocabulary: Vocabulary

    @classmethod
    def read(cls, folder: Path) -> Models:
        """Load the files that scripts/fetch_models.py brings; 1 s, 200 MB. Raises ModelMissing."""
        return cls(
            Moonshine(locate(folder, "encoder_model.onnx"), locate(folder, "decoder_model_merged.onnx")),
            Vad(locate(folder, "silero_vad.onnx")),
            Vocabulary.read(locate(folder, "vocabulary.json")),
        )
