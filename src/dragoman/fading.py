"""Ends an utterance before its last sample, so that nobody hears a click and the mouth closes."""

from __future__ import annotations

import numpy as np

from dragoman.speech import Utterance, Viseme


def cut(utterance: Utterance, end: int, fade: int) -> Utterance:
    """Its first `end` samples, the last `fade` of them fading out; the mouth closes there."""
    pcm = utterance.pcm[:end].copy()
    fade = min(fade, len(pcm))
    pcm[len(pcm) - fade :] = pcm[len(pcm) - fade :] * np.linspace(1, 0, fade)
    shapes = [viseme for viseme in utterance.visemes if viseme.start < end]
    closed = [] if shapes and shapes[-1].id == 0 else [Viseme(end, 0)]
    return Utterance(pcm, (*shapes, *closed))
