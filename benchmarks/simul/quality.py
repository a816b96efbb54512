"""What was recognised and translated, against what was said and what the same engine makes of the whole."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

import jiwer
import sacrebleu
from benchmarks.simul.course import Shown
from benchmarks.simul.measures import Sentence
from benchmarks.simul.talks import Talk
from benchmarks.simul.truth import sentences_of

from dragoman.engines import registry
from dragoman.engines.protocols import Translator
from dragoman.relay import Relay
from speech_data import words


def matched(reference: Sequence[str], given: Sequence[str]) -> list[int | None]:
    """For each given word which word of the reference it stands for, by least edit distance; None: it was added."""
    places: list[int | None] = [None] * len(given)
    if not reference or not given:
        return places
    for chunk in jiwer.process_words(" ".join(reference), " ".join(given)).alignments[0]:
        if chunk.type in ("equal", "substitute"):
            for offset in range(chunk.hyp_end_idx - chunk.hyp_start_idx):
                places[chunk.hyp_start_idx + offset] = chunk.ref_start_idx + offset
    return places


def word_error_rate(reference: Sequence[str], given: Sequence[str]) -> float:
    """Substituted, left out and added words for every word of the reference, percent."""
    return 100 * float(jiwer.wer(" ".join(reference), " ".join(given)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a clause is in the talk, seconds."""

    start: float
    """true start of its first word"""
    end: float
    """true end of its last word"""
    exact: bool
    """its first and its last word were both said where they stand; otherwise they are the nearest ones that were"""


def places(talk: Talk, clauses: Sequence[Shown]) -> dict[int, Place]:
    """Where the recognised clauses are in the talk, by segment; one of which no word was said is left out."""
    owners = [(clause.segment, word) for clause in clauses for word in words(clause.source)]
    found: dict[int, list[int | None]] = {}
    for (segment, _), place in zip(
        owners, matched([word.text for word in talk.words], [word for _, word in owners]), strict=True
    ):
        found.setdefault(segment, []).append(place)
    result = {}
    for segment, those in found.items():
        known = [place for place in those if place is not None]
        if known:
            exact = those[0] is not None and those[-1] is not None
            result[segment] = Place(talk.words[known[0]].start, talk.words[known[-1]].end, exact)
    return result


def shared_out(talk: Talk, references: Sequence[str], output: Sequence[Shown]) -> list[Sentence]:
    """The output in one language, shared out among the talk's sentences.

    references: their translations. A word that stands for none of the reference belongs with the one before it.
    """
    expected = [(number, word) for number, text in enumerate(references) for word in _bare(text)]
    given = [(caption.at, word) for caption in output for word in _bare(caption.text)]
    delays: list[list[float]] = [[] for _ in references]
    current = 0
    spans = spans_of(talk)
    for (at, _), place in zip(given, matched([word for _, word in expected], [word for _, word in given]), strict=True):
        current = expected[place][0] if place is not None else current
        delays[current].append(at - spans[current][0])
    lengths = [len(_bare(text)) for text in references]
    return [
        Sentence(end - start, length, late) for (start, end), length, late in zip(spans, lengths, delays, strict=True)
    ]


def _bare(text: str) -> list[str]:
    """The words of a text in any language, without case and punctuation."""
    return re.findall(r"[\w'’]+", text.lower())


def spans_of(talk: Talk) -> list[tuple[float, float]]:
    """True start and end of every sentence."""
    found: list[tuple[float, float]] = []
    for word in talk.words:
        if word.sentence == len(found):
            found.append((word.start, word.end))
        else:
            found[-1] = (found[-1][0], word.end)
    return found


def chrf(output: str, reference: str, *, cased: bool) -> float:
    """chrF2 by sacrebleu."""
    return float(sacrebleu.CHRF(lowercase=not cased).sentence_score(output, [reference]).score)


def translated(texts: Sequence[str], languages: Sequence[str]) -> dict[str, list[str]]:
    """What the embedded translator makes of each text by itself, by language; in a loop and children of its own."""
    return asyncio.run(_translated(texts, languages))


async def _translated(texts: Sequence[str], languages: Sequence[str]) -> dict[str, list[str]]:
    translator: Translator = await registry.load_one("translator", "embedded")
    routes = {route.target: route for route in translator.routes() if route.source == "en"}
    relay = Relay(translator, "en", routes)
    try:
        return {language: [await relay.translate(text, language) for text in texts] for language in languages}
    finally:
        await relay.close()
        await translator.close()


def whole(clauses: Sequence[Shown]) -> list[str]:
    """The recognised text, sentence by sentence."""
    return sentences_of(" ".join(clause.source for clause in clauses))
