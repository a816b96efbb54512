"""The lag of a booth: the ear-voice span, from the speaker's words to the avatar's."""

from __future__ import annotations

from dragoman.clock import FloorMap
from dragoman.speech import MEDIA_RATE, Segment


def lag_ms(segment: Segment, at: int, floor: FloorMap, *, starting: bool) -> int | None:
    """How far the avatar is behind the floor in a segment, ms; None where the floor was not followed then.

    at: media time of the avatar's first sound of it, or of its last. starting: from start to start, else from end to
    end. Never negative: a voice that finishes a clause faster than the speaker did is not behind.
    """
    said = floor.media(segment.start if starting else segment.end - 1)
    return None if said is None else max(0, (at - said) * 1000 // MEDIA_RATE)
