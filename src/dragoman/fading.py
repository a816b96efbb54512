"""Ends an utterance before its last sample, so that nobody hears a click and the mouth closes."""

from __future__ import annotations

import numpy as np

from dragoman.speech import Utterance, Viseme


def ended(utterance: Utterance, end: int, fade: int) -> Utterance:
    """The first `end` samples, the last `fade` of them fading; the utterance itself where it is no longer."""
    if end >= len(utterance.pcm):
        return utterance
    pcm = utterance.pcm[:end].copy()
    tail = pcm[-fade:]
    tail[:] = tail * np.linspace(1, 0, len(tail))
    shapes = [viseme for viseme in utterance.visemes if viseme.start < end]
    closed = [] if shapes and shapes[-1].id == 0 else [Viseme(end, 0)]
    return Utterance(pcm, (*shapes, *closed))
