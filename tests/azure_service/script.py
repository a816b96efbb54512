"""What is said in a test: sentences with numbered words and translations, and their parts."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any

from .rendering import rendered

_EDGE = re.compile(r"^\W+|\W+$")
_SPACELESS = ("zh", "ja", "th", "lo", "km", "my", "yue")


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    translations: Mapping[str, str] = field(default_factory=dict)
    """by target language as Azure writes it: fr, zh-Hans, pt-pt; a missing one is rendered word by word"""
    language: str = "en-US"
    """in which it is spoken"""

    @property
    def words(self) -> list[str]:
        """As they are displayed: with capitals and punctuation."""
        return self.text.split()

    def translation(self, target: str) -> str:
        """Into a target language. Into the language in which it is spoken: the text itself."""
        wanted = target.lower()
        table = {name.lower(): said for name, said in self.translations.items()}
        if wanted in table:
            return table[wanted]
        base = wanted.partition("-")[0]
        if base == self.language.lower().partition("-")[0]:
            return self.text
        return table.get(base) or rendered(self.text, target)

    def translated(self, first: int, last: int, target: str) -> str:
        """The part of the translation that belongs to words first..last-1.

        Aligned by proportion: the parts of a sentence, put together, are its translation, no word twice or missing.
        """
        pieces, gap = parts(self.translation(target), target)
        whole = len(self.words)
        return gap.join(pieces[round(first * len(pieces) / whole) : round(last * len(pieces) / whole)])


def parts(text: str, language: str) -> tuple[list[str], str]:
    """A text's words and what stands between them; characters where a language writes no spaces."""
    if language.lower().startswith(_SPACELESS):
        return list(text), ""
    return text.split(), " "


def lexical(word: str) -> str:
    """A word as a hypothesis has it: lower case, no punctuation around it."""
    return _EDGE.sub("", word).lower()


@dataclass(frozen=True, slots=True)
class Span:
    """Words first..last-1 of a sentence."""

    sentence: Sentence
    first: int
    last: int

    @property
    def complete(self) -> bool:
        return self.first == 0 and self.last == len(self.sentence.words)

    @property
    def words(self) -> list[str]:
        return self.sentence.words[self.first : self.last]


class Script:
    """Sentences in order. Word n is the n-th of the whole script, so a number says sentence and place at once.

    Threads may add sentences while a service reads; nothing is ever removed.
    """

    def __init__(
        self,
        sentences: Iterable[Sentence | str | tuple[str, Mapping[str, str]]] = (),
        *,
        misheard: Mapping[str, str] | None = None,
        profane: Iterable[str] = (),
    ) -> None:
        """misheard: lexical word -> what is recognised in its place unless a phrase list has it. profane: lexical
        words to mask or remove as the recogniser is told."""
        self.misheard = dict(misheard or {})
        self.profane = frozenset(profane)
        self._lock = threading.Lock()
        self._sentences: list[Sentence] = []
        self._starts: list[int] = []
        self._words: list[tuple[Sentence, int]] = []
        for sentence in sentences:
            self.add(sentence)

    @classmethod
    def read(cls, path: Path) -> Script:
        """From JSON: {"sentences": [{"text", "translations": {..}, "language"}], "misheard": {..}, "profane": [..]};
        or a plain text file with a sentence per line. Raises ValueError."""
        written = path.read_text(encoding="utf-8")
        if path.suffix != ".json":
            return cls(line.strip() for line in written.splitlines() if line.strip())
        found: Any = json.loads(written)
        rows = found["sentences"] if isinstance(found, dict) else found
        sentences = [row if isinstance(row, str) else Sentence(**row) for row in rows]
        if not isinstance(found, dict):
            return cls(sentences)
        return cls(sentences, misheard=found.get("misheard"), profane=found.get("profane", ()))

    def add(self, sentence: Sentence | str | tuple[str, Mapping[str, str]]) -> Sentence:
        """Put at the end."""
        if isinstance(sentence, str):
            sentence = Sentence(sentence)
        elif isinstance(sentence, tuple):
            sentence = Sentence(*sentence)
        if not sentence.words:
            raise ValueError("a sentence of a script needs a word")
        with self._lock:
            self._starts.append(len(self._words))
            self._sentences.append(sentence)
            self._words += [(sentence, i) for i in range(len(sentence.words))]
        return sentence

    @property
    def sentences(self) -> Sequence[Sentence]:
        return tuple(self._sentences)

    def __len__(self) -> int:
        """How many words there are."""
        return len(self._words)

    def numbers(self, sentence: Sentence | str | int) -> range:
        """The numbers of a sentence's words; a sentence is named by itself, its text or its place. Raises KeyError."""
        if isinstance(sentence, int):
            place = range(len(self._sentences))[sentence]
        else:
            text = sentence if isinstance(sentence, str) else sentence.text
            place = next((i for i, one in enumerate(self._sentences) if one.text == text), -1)
            if place < 0:
                raise KeyError(f"no sentence of the script is {text!r}")
        start = self._starts[place]
        return range(start, start + len(self._sentences[place].words))

    def spans(self, numbers: Sequence[int]) -> list[Span]:
        """Word numbers as runs of neighbouring words of one sentence, in their order."""
        spans: list[Span] = []
        for n in numbers:
            sentence, i = self._words[n]
            if spans and spans[-1].sentence is sentence and spans[-1].last == i:
                spans[-1] = Span(sentence, spans[-1].first, i + 1)
            else:
                spans.append(Span(sentence, i, i + 1))
        return spans

    def find(self, text: str) -> list[Span]:
        """The parts of sentences that a text consists of, whatever its punctuation and case; none where it has words
        of its own. A single word is a part only where it is a whole sentence."""
        wanted = [lexical(word) for word in text.split()]
        spans: list[Span] = []
        at = 0
        while at < len(wanted):
            span = self._longest(wanted[at:])
            if span is None:
                return []
            spans.append(span)
            at += span.last - span.first
        return spans

    def _longest(self, wanted: list[str]) -> Span | None:
        best: Span | None = None
        for sentence in self._sentences:
            words = [lexical(word) for word in sentence.words]
            for first in range(len(words)):
                pairs = zip(words[first:], wanted, strict=False)
                length = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
                span = Span(sentence, first, first + length)
                long_enough = length > 1 or (length == 1 and span.complete)
                if long_enough and (best is None or length > best.last - best.first):
                    best = span
        return best
