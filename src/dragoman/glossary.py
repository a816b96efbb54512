"""The glossary of a session: names and terms, and what its host wants made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from dragoman.languages import match

T = TypeVar("T")

_INITIALS = 4
"""Letters up to which a source in capitals is found in capitals only: US is not the word "us"."""

_TOKEN = re.compile(r"\w+|[^\w\s]")

Options = Mapping[str, Any]
"""A session's choices, as in createSession."""


@dataclass(frozen=True, slots=True)
class Term:
    """One entry."""

    source: str
    """as it is spelled in the floor's language"""
    target: Mapping[str, str] = field(default_factory=dict)
    """its translations by tag"""
    keep: bool = False
    """stays as it is in every language that `target` has not"""
    sounds: str = ""
    """how to spell it so that a voice says it right; empty where it does anyway"""

    def wording(self, tag: str) -> str | None:
        """What it has to be in the language of this tag; None where that is the engine's affair."""
        fixed = self.target.get(match(tag, self.target) or "")
        return fixed or (self.source if self.keep else None)

    def named(self, tag: str) -> bool:
        """Whether it is a name that stays in this language, so that its capitals are as its host wrote them."""
        return self.wording(tag) == self.source


@dataclass(frozen=True, slots=True)
class Found:
    """A term where it stands in a text."""

    start: int
    end: int
    term: Term


_Index = dict[str, list[tuple[re.Pattern[str], Term]]]
"""Patterns of what is looked for, by how it begins, the longest first."""


@dataclass(frozen=True)
class Glossary:
    """All entries of a session. Of two for the same words the later one counts."""

    terms: tuple[Term, ...] = ()
    _prepared: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """what is looked for, by purpose"""

    def fixed(self, text: str, tag: str, *, plural: str = "") -> list[Found]:
        """The terms in a text of the floor's language that have a wording in the language of this tag, in order.

        plural: the ending with which they are found, too.
        """
        wanted = ((term.source, term) for term in self.terms if term.wording(tag) is not None)
        return self._find(text, f"fixed {tag}", wanted, plural)

    def respelled(self, text: str, tag: str) -> str:
        """A text in the language of this tag as a voice should read it."""
        wanted = [(term.wording(tag) or term.source, term) for term in self.terms if term.sounds]
        if not wanted:
            return text
        for found in reversed(self._find(text, f"said {tag}", wanted, "")):
            text = text[: found.start] + found.term.sounds + text[found.end :]
        return text

    def prepared(self, purpose: str, make: Callable[[], T]) -> T:
        """What is made of these terms for a purpose, made once."""
        if purpose not in self._prepared:
            self._prepared[purpose] = make()
        found: T = self._prepared[purpose]
        return found

    def _find(self, text: str, purpose: str, wanted: Iterable[tuple[str, Term]], plural: str) -> list[Found]:
        index = self.prepared(purpose, lambda: _prepare(wanted, plural))
        found: list[Found] = []
        for token in _TOKEN.finditer(text) if index else ():
            if found and token.start() < found[-1].end:
                continue
            for pattern, term in index.get(_key(token[0]), ()):
                hit = pattern.match(text, token.start())
                if hit is not None:
                    found.append(Found(hit.start(), hit.end(), term))
                    break
        return found


def glossary_of(options: Options) -> Glossary:
    """The glossary among a session's choices."""
    return Glossary(
        tuple(
            Term(
                " ".join(entry["source"].split()), _filled(entry), bool(entry.get("keep")), _plain(entry.get("sounds"))
            )
            for entry in options.get("glossary") or ()
            if entry["source"].strip()
        )
    )


def following(options: Callable[[], Options]) -> Callable[[], Glossary]:
    """The glossary as it stands whenever it is asked for; made anew only when the host has changed it."""
    entries, made = None, Glossary()

    def current() -> Glossary:
        nonlocal entries, made
        chosen = options()
        if chosen.get("glossary") is not entries:
            entries, made = chosen.get("glossary"), glossary_of(chosen)
        return made

    return current


def _filled(entry: Mapping[str, Any]) -> dict[str, str]:
    texts = {tag: _plain(text) for tag, text in (entry.get("target") or {}).items()}
    return {tag: text for tag, text in texts.items() if text}


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


def pattern_of(words: str, plural: str = "") -> str:
    """A regular expression for words as they may stand in a text: their spaces, apostrophes and capitals vary."""
    spelled = r"\s+".join(re.sub(r"['’]", "['’]", re.escape(word)) for word in words.split())
    exact = words.isupper() and sum(map(str.isalpha, words)) <= _INITIALS
    return f"(?-i:{spelled})" if exact else f"{spelled}{plural}"


def _prepare(wanted: Iterable[tuple[str, Term]], plural: str) -> _Index:
    by_words = {words.casefold(): (words, term) for words, term in wanted if words}
    index: _Index = {}
    for words, term in sorted(by_words.values(), key=lambda pair: -len(pair[0])):
        first = _TOKEN.match(words)
        # Not within a word, nor as a part of an address.
        pattern = re.compile(rf"(?<![\w@]){pattern_of(words, plural)}(?![\w@])", re.IGNORECASE)
        index.setdefault(_key(first[0] if first else ""), []).append((pattern, term))
    return index


def _key(token: str) -> str:
    """By what a term is looked up: so many letters of its first word that a plural's ending changes nothing."""
    return token.casefold()[:3]
