"""How words that were heard are written: hypotheses, phrases, their translations, and the messages' bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .hearing import Heard
from .script import Script, Span, lexical, parts
from .usp import TICKS
from .wishes import Wishes

_PAUSES = ",;:–—"


class Wording:
    """Of one turn."""

    def __init__(self, script: Script, wishes: Wishes, rate: int, wobble: bool) -> None:
        self._script = script
        self._wishes = wishes
        self._rate = rate
        self._wobble = wobble and wishes.segmentation.stable == 0
        self._boosted = {lexical(word) for phrase in wishes.phrases for word in phrase.split()}

    def hypothesis(self, words: Sequence[Heard], count: int) -> dict[str, Any]:
        """The body of a hypothesis, the count-th of its phrase. Lower case, without punctuation."""
        spans = self._script.spans([word.number for word in words])
        said = [lexical(self._word(word)) for span in spans for word in span.words]
        said = [word for word in self._censored(said) if word]
        if self._wobble and count % 3 == 2 and len(said) > 1:
            # A last word is often heard wrong until its end; the next hypothesis has it right.
            said[-1] = said[-1][::-1] if said[-1][::-1] != said[-1] else said[-1] + "s"
        body = self._timed(words) | {"Text": " ".join(said)}
        return body | self._identified(spans) | self._translation(spans, final=False, count=count)

    def phrase(self, words: Sequence[Heard]) -> dict[str, Any]:
        """The body of a phrase."""
        spans = self._script.spans([word.number for word in words])
        text = self.text(spans)
        body = {"RecognitionStatus": "Success"} | self._timed(words) | {"Text": text, "DisplayText": text}
        if self._wishes.detailed:
            body["NBest"] = [self._best(words, spans, text)]
        return body | self._identified(spans) | self._translation(spans, final=True, count=0)

    def text(self, spans: Sequence[Span]) -> str:
        """With capitals and punctuation; a part of a sentence begins and ends like a whole one, as Azure does it."""
        words = self._censored([self._word(word) for span in spans for word in span.words])
        return _finished(" ".join(word for word in words if word))

    def language(self, spans: Sequence[Span]) -> str:
        """In which they are recognised: the candidate in which they are spoken, else the first."""
        spoken = spans[0].sentence.language
        if not self._wishes.candidates:
            return self._wishes.language
        same = [one for one in self._wishes.candidates if one.lower() == spoken.lower()]
        near = [one for one in self._wishes.candidates if one.partition("-")[0] == spoken.partition("-")[0]]
        return (same or near or list(self._wishes.candidates))[0]

    def translations(self, spans: Sequence[Span], *, final: bool) -> dict[str, str]:
        """By target language."""
        found: dict[str, str] = {}
        for target in self._wishes.targets:
            gap = parts("", target)[1] or ""
            said = gap.join(s for s in (span.sentence.translated(span.first, span.last, target) for span in spans) if s)
            found[target] = said if final else _unfinished(said)
        return found

    def _translation(self, spans: Sequence[Span], *, final: bool, count: int) -> dict[str, Any]:
        if not self._wishes.targets:
            return {}
        said = self.translations(spans, final=final)
        if not final and self._wobble and count % 2:
            said = {target: _turned(text, target) for target, text in said.items()}
        rows = [{"Language": target, "Text": text} for target, text in said.items()]
        return {"Translation": {"TranslationStatus": "Success", "Translations": rows}}

    def _identified(self, spans: Sequence[Span]) -> dict[str, Any]:
        """The newer path names the language always, with a confidence where it was identified."""
        language = {"Language": self.language(spans)}
        if self._wishes.candidates:
            language["Confidence"] = "High"
        return {"PrimaryLanguage": language}

    def _timed(self, words: Sequence[Heard]) -> dict[str, Any]:
        offset, end = self.ticks(words[0].start), self.ticks(words[-1].end)
        return {"Offset": offset, "Duration": end - offset}

    def ticks(self, sample: int) -> int:
        return sample * TICKS // self._rate

    def _word(self, word: str) -> str:
        plain = lexical(word)
        if plain in self._script.misheard and plain not in self._boosted:
            return word.lower().replace(plain, self._script.misheard[plain])
        return word

    def _censored(self, words: Sequence[str]) -> list[str]:
        if self._wishes.profanity == "raw":
            return list(words)
        cover = "" if self._wishes.profanity == "removed" else "*"
        return [
            word.lower().replace(lexical(word), cover * len(lexical(word))) if lexical(word) in self._script.profane
            else word
            for word in words
        ]  # fmt: skip

    def _best(self, words: Sequence[Heard], spans: Sequence[Span], text: str) -> dict[str, Any]:
        said = [lexical(word) for span in spans for word in span.words]
        timed = [
            self._timed([heard]) | {"Word": word, "Confidence": 0.9} for heard, word in zip(words, said, strict=True)
        ]
        lower = " ".join(said)
        return {
            "Confidence": 0.9, "Lexical": lower, "ITN": lower, "MaskedITN": lower, "Display": text, "Words": timed
        }  # fmt: skip


def _finished(text: str) -> str:
    text = text.rstrip(_PAUSES + " ")
    if text and text[-1] not in ".?!…。？！":
        text += "."
    return text[:1].upper() + text[1:]


def _unfinished(text: str) -> str:
    return text.rstrip(".?!…。？！")


def _turned(text: str, language: str) -> str:
    """The last two words the other way round: a translation of half a sentence is often put right later."""
    words, gap = parts(text, language)
    if len(words) > 2:
        words[-2:] = words[:-3:-1]
    return gap.join(words)
