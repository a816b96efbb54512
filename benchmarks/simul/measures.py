"""What simultaneous interpreting is measured by. Pure functions; times in seconds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.simul.course import Heard, Shown


def percentile(values: Iterable[float], share: float) -> float | None:
    """The least value that so large a share of them does not exceed (nearest rank); None where there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def slope(points: Iterable[tuple[float, float]]) -> float | None:
    """How fast a lag grows, seconds a minute, by least squares over (time, lag); None of fewer than three points."""
    points = list(points)
    if len(points) < 3 or len({at for at, _ in points}) < 2:
        return None
    return statistics.linear_regression([at / 60 for at, _ in points], [lag for _, lag in points]).slope


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the talk and what became of it."""

    seconds: float
    """|X|: how long the speaker took"""
    reference: int
    """|Y*|: words of its reference translation"""
    delays: Sequence[float]
    """d: for each word of the output, when it was there, from the sentence's beginning on"""


def laal(sentence: Sentence) -> float | None:
    """Length-Adaptive Average Lagging; None where there is no output.

        LAAL = 1/T * sum over i = 1..T of  d_i - (i - 1) * |X| / max(|Y|, |Y*|)

    where T is the first word with d_i >= |X|, or all of them. Computation-aware: d_i is the time that had really
    passed when the word was there, not how much of the speech had been read. Papi, Gaido, Negri, Turchi:
    Over-Generation Cannot Be Rewarded: Length-Adaptive Average Lagging for Simultaneous Speech Translation,
    AutoSimTrans 2022 (arXiv:2206.05807); it is Average Lagging (Ma et al. 2019) with |Y*| replaced by the longer of
    the two.
    """
    if not sentence.delays:
        return None
    step = sentence.seconds / max(len(sentence.delays), sentence.reference)
    lags = []
    for number, delay in enumerate(sentence.delays):
        lags.append(delay - number * step)
        if delay >= sentence.seconds:
            break
    return statistics.fmean(lags)


def stream_laal(sentences: Iterable[Sentence]) -> float | None:
    """StreamLAAL: the mean of the sentences' LAAL in a stream, each counted from its own beginning.

    Papi, Gaido, Negri, Bentivogli: StreamAtt: Direct Streaming Speech-to-Text Translation with Attention-based Audio
    History Selection, ACL 2024 (arXiv:2406.06097). The output is shared out among the sentences by its alignment of
    least edit distance with the reference, as mWERSegmenter does it; see `quality.shared_out`.
    """
    found = [value for value in map(laal, sentences) if value is not None]
    return statistics.fmean(found) if found else None


def normalized_erasure(states: Iterable[Sequence[str]]) -> float:
    """Words taken back for every word that stands in the end.

    states: all that is shown, after every update, as words. An update takes back what follows the longest common
    beginning with the state before. Arivazhagan, Cherry, Macherey, Foster: Re-translation versus Streaming for
    Simultaneous Translation, IWSLT 2020 (arXiv:2004.03643).
    """
    before: Sequence[str] = ()
    erased = 0
    for state in states:
        erased += len(before) - _common(before, state)
        before = state
    return erased / len(before) if before else 0.0


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    shortest = min(len(one), len(other))
    return next((place for place in range(shortest) if one[place] != other[place]), shortest)


def states(shown: Iterable[Shown]) -> Iterator[list[str]]:
    """What stands on one language's page after each of its captions, as words: the finals, then what still grows."""
    settled: list[str] = []
    last = 0
    for caption in shown:
        if caption.segment <= last:
            continue
        if caption.final:
            settled += caption.text.split()
            last = caption.segment
            yield list(settled)
        else:
            yield settled + caption.text.split()


def changed_finals(shown: Iterable[Shown]) -> int:
    """Captions that say something else than the final that was shown for their segment before."""
    finals: dict[tuple[str, int], str] = {}
    changed = 0
    for caption in shown:
        key = caption.language, caption.segment
        changed += key in finals and finals[key] != caption.text
        if caption.final:
            finals.setdefault(key, caption.text)
    return changed


def committed_taken_back(shown: Iterable[Shown]) -> int:
    """Words of the floor that were given as committed and do not stand in the text in the end.

    shown: the floor's captions. What is compared is the running text, so that a clause may end anywhere in it.
    """
    taken = 0
    before: list[str] = []
    for state in states(shown):
        # a final may settle fewer words than were shown as committed: the rest opens the next one
        taken += sum(one != other for one, other in zip(before, state, strict=False))
        before = state if len(state) >= len(before) else [*state, *before[len(state) :]]
    return taken


def begun(heard: Iterable[Heard]) -> dict[int, float]:
    """When an avatar began to say each segment: the first time, where a channel that failed said it again."""
    found: dict[int, float] = {}
    for one in heard:
        if one.begins:
            found.setdefault(one.segment, one.at)
    return found


def ended(heard: Iterable[Heard]) -> dict[int, float]:
    """When an avatar had said each segment."""
    return {one.segment: one.at for one in heard if not one.begins}
