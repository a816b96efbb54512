"""The embedded recogniser: English by Moonshine Tiny, endpoints by Silero VAD, on one thread for all speakers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dragoman.engines.embedded.ear import Ear
from dragoman.engines.embedded.models import Models
from dragoman.engines.embedded.stream import EmbeddedStream, Urgency
from dragoman.engines.protocols import NOTHING_TOLD, Brief
from dragoman.engines.threads import Worker
from dragoman.engines.weights import packaged
from dragoman.languages import match
from dragoman.speech import Begun


class EmbeddedRecognizer:
    """A Recognizer for machines without a GPU or a connection."""

    name = "embedded"
    languages: Sequence[str] = ("en",)
    translates: Sequence[str] = ()
    most_candidates = 0

    def __init__(self, models: Models, worker: Worker) -> None:
        """Takes over the worker: `close` closes it."""
        self._models = models
        self._worker = worker
        self._streams: set[EmbeddedStream] = set()

    async def open(
        self, language: str, *, start: int, live: bool, begun: Begun | None = None, brief: Brief = NOTHING_TOLD
    ) -> EmbeddedStream:
        """See Recognizer; the brief is not used. Raises ValueError for a language that is not heard."""
        if match(language, self.languages) is None:
            raise ValueError(f"The embedded recogniser hears {', '.join(self.languages)}, not {language}.")
        stream = EmbeddedStream(Ear(self._models, start, begun), self._worker, live=live, closed=self._streams.discard)
        self._streams.add(stream)
        stream.begin()
        return stream

    async def close(self) -> None:
        """See Recognizer. Closes the streams that are open."""
        for stream in list(self._streams):
            await stream.close()
        await self._worker.close()


async def load(
    _variant: str = "", _settings: Mapping[str, Any] | None = None, *, folder: Path | None = None
) -> EmbeddedRecognizer:
    """Load the models from `folder`, by default those that the package carries; there is one variant.

    Raises ModelMissing.
    """
    worker = Worker("recognizer")
    try:
        models = await worker.run(Urgency.LISTEN, Models.read, folder or packaged())
    except BaseException:  # cancelled too: nothing of it is left behind
        await worker.close()
        raise
    return EmbeddedRecognizer(models, worker)
