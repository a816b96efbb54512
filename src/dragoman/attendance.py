"""Which presenters of a face that speaks by itself are there: what they tell is what the face is worth.

Opening such a face says nothing of it, for who is drawn costs nothing: only its presenters are connected, later and
again and again.
"""

from __future__ import annotations

from dragoman.engines.pool import family
from dragoman.engines.protocols import Attendance
from dragoman.errors import EngineFailed
from dragoman.lineup import Lineup


class Register:
    """The presenters of one session, by the face they belong to. On the event loop."""

    def __init__(self, lineup: Lineup, voices: tuple[str, ...]) -> None:
        """voices: the names of the voices' engines. A presenter speaks with those of its own family."""
        self._lineup = lineup
        self._voices = voices
        self._there: dict[str, set[object]] = {}

    def of(self, face: str) -> Attendance:
        """What one presenter of a face is given, to tell whether it is there."""
        me = object()
        there = self._there.setdefault(face, set())

        def attendance(is_there: bool, error: EngineFailed | None = None, /) -> None:
            if is_there:
                there.add(me)
                self._answered(face)
                return
            there.discard(me)
            # As long as another one is there the face answers: it is only this one's turn that has not come.
            if error is not None and not there:
                self._lineup.ask("face", face, anyway=True)
                self._lineup.failed("face", face, error)

        return attendance

    def _answered(self, face: str) -> None:
        self._lineup.ask("face", face, anyway=True)
        self._lineup.succeeded("face", face)
        # While it speaks nobody asks the voices, and one that was left alone with it would stay so for ever.
        for voice in self._voices:
            if family(voice) == family(face):
                self._lineup.ask("voice", voice, anyway=True)
                self._lineup.succeeded("voice", voice)
