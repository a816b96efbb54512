"""What a recogniser was told: its speech.context and the query of its address, as one value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .segmenting import Segmentation

DEFAULT_SILENCE = 0.5
"""seconds; assumed"""


@dataclass(frozen=True, slots=True)
class Wishes:
    language: str
    candidates: tuple[str, ...]
    """to identify the language among; empty: it is `language`"""
    targets: tuple[str, ...]
    """to translate into; empty: no translation"""
    phrases: tuple[str, ...]
    profanity: str
    """raw, masked or removed"""
    detailed: bool
    segmentation: Segmentation


def wishes(context: Mapping[str, Any], query: Mapping[str, Sequence[str]]) -> Wishes:
    """The newer path has everything in the context, the older ones have languages and options in the query."""
    detection = _at(context, "phraseDetection")
    output = _at(context, "phraseOutput")
    targets = _at(context, "translation").get("targetLanguages") or query.get("to", ())
    groups = _at(context, "dgi").get("Groups", ())
    return Wishes(
        language=detection.get("language") or _first(query, "language") or _first(query, "from") or "en-US",
        candidates=tuple(_at(context, "languageId").get("languages", ())),
        targets=tuple(targets),
        phrases=tuple(item["Text"] for group in groups for item in group.get("Items", ()) if "Text" in item),
        profanity=(_at(detection, "enrichment").get("profanity") or _first(query, "profanity") or "masked").lower(),
        detailed=(output.get("format") or _first(query, "format") or "simple").lower() == "detailed",
        segmentation=_segmentation(detection, output, query),
    )


def _segmentation(
    detection: Mapping[str, Any], output: Mapping[str, Any], query: Mapping[str, Sequence[str]]
) -> Segmentation:
    mode = str(detection.get("mode", "CONVERSATION"))
    asked = _at(_at(detection, mode), "segmentation")
    stable = _at(output, "interimResults").get("stableThreshold") or _first(query, "stableIntermediateThreshold") or 0
    silence = asked.get("segmentationSilenceTimeoutMs") or _first(query, "segmentationSilenceTimeoutMs")
    longest = asked.get("segmentationForcedTimeoutMs")
    return Segmentation(
        silence=int(silence) / 1000 if silence else DEFAULT_SILENCE,
        longest=int(longest) / 1000 if longest else Segmentation().longest,
        semantic=str(asked.get("mode", "")).lower() == "semantic",
        stable=int(stable),
    )


def _at(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tree.get(name)
    return found if isinstance(found, Mapping) else {}


def _first(query: Mapping[str, Sequence[str]], name: str) -> str:
    values = query.get(name, ())
    return values[0] if values else ""
