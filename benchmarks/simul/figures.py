"""The figures of a course."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from benchmarks.recordings import RATE
from benchmarks.simul import measures, quality
from benchmarks.simul.course import Course
from benchmarks.simul.measures import percentile
from benchmarks.simul.talks import Talk

from speech_data import words

Row = dict[str, Any]


def rows(course: Course, talk: Talk) -> list[Row]:
    """One for each language."""
    clauses = course.finals(course.floor)
    places = quality.places(talk, clauses)
    references = quality.translated(talk.sentences, course.languages)
    wholes = quality.translated(quality.whole(clauses), course.languages)
    return [
        {
            "language": language,
            **latency(course, talk, places, language),
            "StreamLAAL s": measures.stream_laal(
                quality.shared_out(talk, references[language], course.finals(language))
            ),
            "erasure": measures.normalized_erasure(
                measures.states(shown for shown in course.shown if shown.language == language)
            ),
            **paces(course, language),
            **likeness(course, language, wholes[language]),
        }
        for language in course.languages
    ]


def latency(course: Course, talk: Talk, places: dict[int, quality.Place], language: str) -> Row:
    """First caption, ear-voice span, how far behind the avatar ends."""
    captions = [shown for shown in course.shown if shown.language == language and shown.text]
    heard = [one for one in course.heard if one.language == language]
    begun, ended = measures.begun(heard), measures.ended(heard)
    spans = [at - places[segment].start for segment, at in begun.items() if segment in places]
    own = [one.lag for one in heard if one.begins and one.lag is not None]
    behind = [(places[segment].end, at - places[segment].end) for segment, at in ended.items() if segment in places]
    return {
        "first caption s": captions[0].at - talk.words[0].start if captions else None,
        "span, median s": statistics.median(spans) if spans else None,
        "span, p95 s": percentile(spans, 0.95),
        "span, most s": max(spans, default=None),
        "the session says, median s": statistics.median(own) if own else None,
        "the session says, p95 s": percentile(own, 0.95),
        "end behind the talk's s": max(ended.values()) - talk.end if ended else None,
        "grows, s a minute": measures.slope(behind),
        "clauses said": len(begun),
    }


def paces(course: Course, language: str) -> Row:
    """How much faster than its natural pace the voice had to speak, and what it left out."""
    rates = course.rates.get(language, [])
    return {
        "pace, median": statistics.median(rates) if rates else None,
        "pace, most": max(rates, default=None),
        "condensed": course.condensed.get(language),
    }


def likeness(course: Course, language: str, sentences: Sequence[str]) -> Row:
    """The output as a whole against the translation of whole sentences."""
    output, reference = " ".join(line.text for line in course.finals(language)), " ".join(sentences)
    return {
        "chrF lower-cased": quality.chrf(output, reference, cased=False),
        "chrF cased": quality.chrf(output, reference, cased=True),
    }


def floor(course: Course, talk: Talk) -> Row:
    """What was recognised, how it was cut, and how well the session knows where it was."""
    clauses = course.finals(course.floor)
    given = [word for clause in clauses for word in words(clause.source)]
    places = quality.places(talk, clauses)
    sure = [clause for clause in clauses if clause.segment in places and places[clause.segment].exact]
    starts = [abs(clause.start / RATE - places[clause.segment].start) for clause in sure]
    ends = [abs(clause.end / RATE - places[clause.segment].end) for clause in sure]
    on_floor = [shown for shown in course.shown if shown.language == course.floor]
    return {
        "minutes": talk.seconds / 60,
        "word error rate %": quality.word_error_rate([word.text for word in talk.words], given),
        "clauses": len(clauses),
        "words a clause": len(given) / max(1, len(clauses)),
        "its start off by, median s": percentile(starts, 0.5),
        "its start off by, p95 s": percentile(starts, 0.95),
        "its end off by, median s": percentile(ends, 0.5),
        "its end off by, p95 s": percentile(ends, 0.95),
        "finals changed": measures.changed_finals(course.shown),
        "committed words changed": measures.committed_taken_back(on_floor),
        "not captioned": sum(len(clauses) - len(course.finals(language)) for language in course.languages),
    }


def machine(course: Course) -> Row:
    """What it cost, percent of one core."""
    return {
        **{f"{kind} %": 100 * share for kind, share in sorted(course.costs.items())},
        "all, % of a core": 100 * sum(course.costs.values()),
        **course.notes,
    }
