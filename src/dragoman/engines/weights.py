"""Where the packaged model files lie, and opening them with onnxruntime."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnxruntime as ort


class ModelMissing(Exception):
    """A model file that the engine needs is not there; the sentence says how to get it."""


def packaged() -> Path:
    """The folder of the embedded engines' models inside the installed package, whether or not it exists."""
    return Path(str(resources.files("dragoman.engines.embedded") / "data"))


def locate(folder: Path, name: str) -> Path:
    """The file `name` in `folder`. Raises ModelMissing."""
    path = folder / name
    if not path.is_file():
        raise ModelMissing(
            f"The model file {name} is not in {folder}: a checkout brings it with `python scripts/fetch_models.py`, "
            "a built wheel carries it."
        )
    return path


def session(path: Path) -> ort.InferenceSession:
    """An inference session of one thread on the CPU.

    One thread that does not spin: engines share few cores with everything else. Dequantised weights are
    folded into constants (`disable_quant_qdq`): Moonshine's decoder would otherwise unpack its 37 MB
    output matrix again for every token, which is half of the token's time. No arena: it keeps, in powers of two, what
    the longest utterance so far has needed, tens of megabytes, and saves a twentieth of the time.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    options.log_severity_level = 3  # errors only: the quantised graphs warn about initializers nobody uses
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
