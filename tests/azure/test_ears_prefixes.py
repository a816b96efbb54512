"""Words are given while a phrase grows, in every language at once: none is taken back, lost or given twice."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.engines.azure.prefixes import CUTTING, ELSEWHERE, Clause, Phrase
from dragoman.engines.azure.wording import words
from dragoman.speech import Begun, samples

SPOKEN = ("we", "go", "home", "now.", "then,", "they", "see", "all", "of", "it", "again!")
WORDS = st.lists(st.sampled_from(SPOKEN), min_size=1, max_size=30)
STEP = samples(300)
SOUND = 16_000


def lexical(word: str) -> str:
    return "".join(c for c in word.lower() if c.isalnum())


def keys(*texts: str) -> list[str]:
    return [word.key for text in texts for word in words(text)]


def said(clauses: list[Clause]) -> list[str]:
    return keys(*(clause.text for clause in clauses if clause.text != ELSEWHERE))


def translated(clauses: list[Clause], tag: str) -> list[str]:
    return keys(*(clause.translations.get(tag, "") for clause in clauses))


def grow(phrase: Phrase, source: str, translation: str, *, start: int = SOUND) -> tuple[list[Clause], Clause | None]:
    """The phrase word by word, 300 ms each, its translation along with it."""
    spoken, other = source.split(), translation.split()
    given = []
    for count in range(1, len(spoken) + 1):
        text = " ".join(map(lexical, spoken[:count]))
        upto = round(count * len(other) / len(spoken))
        given += phrase.hear(text, {"fr": " ".join(map(lexical, other[:upto]))}, start, start + count * STEP)
    return given, phrase.finish(source, {"fr": translation}, start, start + len(spoken) * STEP)


TALK = (
    "Good morning everyone and welcome to this house where we will talk about the weather of today, "
    "because it has been raining for three weeks and nobody knows when it will stop."
)
PARLE = (
    "Bonjour à tous et bienvenue dans cette maison où nous allons parler du temps qu'il fait aujourd'hui, "
    "parce qu'il pleut depuis trois semaines et que personne ne sait quand cela va s'arrêter."
)


@pytest.mark.parametrize("mode", ["low", "balanced"])
def test_a_talker_without_pauses_is_given_clause_by_clause(mode: str):
    given, last = grow(Phrase(("fr",), CUTTING[mode]), TALK, PARLE)
    assert len(given) >= 3
    assert last is not None
    everything = [*given, last]
    assert said(everything) == keys(TALK)
    assert translated(everything, "fr") == keys(PARLE)
    assert max(len(clause.text.split()) for clause in given) <= CUTTING[mode].longest + 2
    for before, clause in itertools.pairwise(everything):
        assert before.start < before.end <= clause.start
    assert last.text.endswith("stop.")


def test_low_gives_sooner_than_balanced():
    first = {mode: grow(Phrase(("fr",), CUTTING[mode]), TALK, PARLE)[0][0] for mode in CUTTING}
    assert first["low"].end < first["balanced"].end


def test_a_phrase_is_whole_where_nothing_cuts_it():
    given, last = grow(Phrase(("fr",), None), TALK, PARLE)
    assert given == []
    assert last == Clause(SOUND, SOUND + len(TALK.split()) * STEP, TALK, {"fr": PARLE})


def test_every_language_has_words_of_a_clause_or_it_waits():
    phrase = Phrase(("fr", "de"), CUTTING["low"])
    spoken = TALK.split()
    for count in range(1, 12):
        text = " ".join(spoken[:count])
        assert phrase.hear(text, {"fr": text, "de": ""}, SOUND, SOUND + count * STEP) == []
    last = phrase.finish(TALK, {"fr": PARLE, "de": "Guten Morgen."}, SOUND, 2 * SOUND)
    assert last is not None
    assert last.translations == {"fr": PARLE, "de": "Guten Morgen."}


def test_what_was_given_stays_where_the_final_words_it_differently():
    phrase = Phrase(("fr",), CUTTING["low"])
    given = []
    for count in range(1, 9):
        text = " ".join(["we", "see", "a", "cat", "on", "the", "old", "mat"][:count])
        given += phrase.hear(text, {"fr": text}, SOUND, SOUND + count * STEP)
    before = said(given)
    assert before
    last = phrase.finish("We see the dog on the old mat today.", {"fr": "We see a cat on the old mat."}, SOUND, 80_000)
    assert last is not None
    assert said([*given, last])[: len(before)] == before
    assert said([last]) == keys("We see the dog on the old mat today.")[len(before) :]


def test_where_only_a_translation_goes_on_it_is_not_lost():
    phrase = Phrase(("de",), CUTTING["low"])
    given = []
    for count in range(1, 9):
        text = " ".join(["i", "have", "the", "old", "house", "now", "sold", "again"][:count])
        given += phrase.hear(text, {"de": text}, SOUND, SOUND + count * STEP)
    number = len(said(given))
    source = " ".join(["I", "have", "the", "old", "house", "now", "sold", "again"][:number])
    last = phrase.finish(source, {"de": "i have the old house now sold again verkauft."}, SOUND, 80_000)
    assert last is not None
    assert last.text == ELSEWHERE
    assert translated([*given, last], "de")[-1] == "verkauft"


def test_without_targets_certain_words_grow_and_begin_the_final():
    phrase = Phrase((), CUTTING["low"])
    before = ""
    spoken = TALK.split()
    for count in range(1, len(spoken) + 1):
        assert phrase.hear(" ".join(map(lexical, spoken[:count])), {}, SOUND, SOUND + count * STEP) == []
        assert phrase.certain.startswith(before)
        before = phrase.certain
        assert len(before.split()) + len(phrase.tail.split()) == count
    last = phrase.finish(TALK, {}, SOUND, SOUND + len(spoken) * STEP)
    assert last is not None
    assert last.text == TALK
    assert len(before.split()) == len(spoken) - 1


@given(WORDS, st.data())
def test_without_targets_no_certain_word_changes_its_place(final: list[str], data: st.DataObject):
    phrase = Phrase((), None)
    certain: list[str] = []
    for count in range(1, len(final) + 1):
        heard = [*final[: data.draw(st.integers(max(0, count - 3), count))], *data.draw(WORDS)[:2]]
        phrase.hear(" ".join(map(lexical, heard)), {}, SOUND, SOUND + count * STEP)
        now = keys(phrase.certain)
        assert now[: len(certain)] == certain
        certain = now
    last = phrase.finish(" ".join(final), {}, SOUND, SOUND + len(final) * STEP)
    assert last is not None
    assert keys(last.text)[: len(certain)] == certain


@given(WORDS, WORDS, st.sampled_from(["low", "balanced"]))
def test_what_is_given_in_parts_is_the_whole_once(final: list[str], translation: list[str], mode: str):
    given, last = grow(Phrase(("fr",), CUTTING[mode]), " ".join(final), " ".join(translation))
    everything = [*given, *([last] if last else [])]
    assert said(everything) == keys(" ".join(final))
    assert translated(everything, "fr") == keys(" ".join(translation))


@given(WORDS, WORDS, st.sampled_from(["low", "balanced"]), st.data())
def test_hypotheses_that_change_their_mind_lose_no_end(
    final: list[str], translation: list[str], mode: str, data: st.DataObject
):
    phrase = Phrase(("fr",), CUTTING[mode])
    given: list[Clause] = []
    for count in range(1, len(final) + 1):
        heard = [*final[: max(0, count - data.draw(st.integers(0, 2)))], *data.draw(WORDS)[:1]]
        upto = round(count * len(translation) / len(final))
        other = [*translation[: max(0, upto - data.draw(st.integers(0, 3)))], *data.draw(WORDS)[:2]]
        texts = " ".join(map(lexical, heard)), {"fr": " ".join(map(lexical, other))}
        given += phrase.hear(*texts, SOUND, SOUND + count * STEP)
    before, ahead = said(given), translated(given, "fr")
    last = phrase.finish(" ".join(final), {"fr": " ".join(translation)}, SOUND, SOUND + len(final) * STEP)
    everything = [*given, *([last] if last else [])]
    if keys(" ".join(final))[: len(before)] == before:
        assert said(everything) == keys(" ".join(final))
    if keys(" ".join(translation))[: len(ahead)] == ahead:
        assert translated(everything, "fr") == keys(" ".join(translation))
    assert not phrase.open


# -- speech that is heard again


def test_what_another_stream_gave_is_not_given_again():
    spoken, other = TALK.split(), PARLE.split()
    begun = Begun(" ".join(spoken[:7]), SOUND + 7 * STEP, {"fr": " ".join(other[:7])})
    given, last = grow(Phrase(("fr",), CUTTING["balanced"], begun=begun), TALK, PARLE)
    everything = [*given, *([last] if last else [])]
    assert said(everything) == keys(TALK)[7:]
    assert translated(everything, "fr") == keys(*other[7:])
    assert everything[0].start >= begun.end


def test_a_translation_that_nobody_knows_was_given_as_far_as_the_floors_words():
    spoken = TALK.split()
    begun = Begun(" ".join(spoken[:15]), SOUND + 15 * STEP)
    given, last = grow(Phrase(("fr",), CUTTING["balanced"], begun=begun), TALK, PARLE)
    everything = [*given, *([last] if last else [])]
    assert said(everything) == keys(TALK)[15:]
    rest = translated(everything, "fr")
    assert rest == keys(PARLE)[-len(rest) :]
    assert abs(len(rest) / len(keys(PARLE)) - len(said(everything)) / len(spoken)) < 0.15


def test_what_was_given_may_be_two_phrases_when_it_is_heard_again():
    begun = Begun("one two three four five six", SOUND + 6 * STEP, {"fr": "un deux trois quatre cinq six"})
    phrase = Phrase(("fr",), CUTTING["balanced"], begun=begun)
    given, last = grow(phrase, "One two three.", "Un deux trois.")
    assert (given, last) == ([], None)
    given, last = grow(phrase, "Four five six seven.", "Quatre cinq six sept.", start=SOUND + 3 * STEP)
    assert last is not None
    assert (said([*given, last]), translated([*given, last], "fr")) == (["seven"], ["sept"])
    given, last = grow(phrase, "Six of them.", "Six d'eux.", start=SOUND + 9 * STEP)
    assert last is not None
    assert last.text == "Six of them."


def test_whoever_counts_words_finds_those_that_were_given_in_the_first_final_only():
    begun = Begun("one two three four five six", SOUND + 6 * STEP)
    phrase = Phrase((), None, begun=begun)
    phrase.hear("one two three", {}, SOUND, SOUND + 3 * STEP)
    assert phrase.certain == begun.text
    last = phrase.finish("One two three.", {}, SOUND, SOUND + 3 * STEP)
    assert last is not None
    assert keys(last.text) == keys(begun.text)
    phrase.hear("four five six seven", {}, SOUND + 3 * STEP, SOUND + 7 * STEP)
    assert (phrase.certain, phrase.tail) == ("", "seven")
    last = phrase.finish("Four five six seven.", {}, SOUND + 3 * STEP, SOUND + 7 * STEP)
    assert last is not None
    assert last.text == "seven."


def test_speech_after_the_one_that_was_begun_is_another():
    begun = Begun("we go", SOUND, {"fr": "on y va"})
    given, last = grow(Phrase(("fr",), CUTTING["balanced"], begun=begun), "We go home.", "On y va.", start=SOUND)
    assert (given, last and last.text) == ([], "We go home.")


def test_a_phrase_of_which_no_words_are_left_is_none():
    phrase = Phrase(("fr",), CUTTING["balanced"])
    phrase.hear("we", {"fr": "on"}, SOUND, SOUND + STEP)
    assert phrase.finish("", {}, SOUND, SOUND + STEP) is None
    assert not phrase.open


def test_where_there_is_nothing_to_count_nothing_is_certain_for_whoever_counts():
    phrase = Phrase((), None, spaced=False)
    for text in ("今天", "今天天气", "今天天气很好"):
        phrase.hear(text, {}, SOUND, SOUND + STEP)
        assert (phrase.certain, phrase.tail) == ("", text)
    last = phrase.finish("今天天气很好。", {}, SOUND, SOUND + STEP)
    assert last is not None
    assert last.text == "今天天气很好。"


def test_a_language_without_spaces_is_given_clause_by_clause_with_its_translations():
    phrase = Phrase(("en",), CUTTING["low"], spaced=False)
    source, translation = "今天我们在这里谈谈天气和我们的工作", "today we are here to talk about the weather and work"
    given = []
    for count in range(1, len(source) + 1):
        upto = round(count * len(translation.split()) / len(source))
        given += phrase.hear(
            source[:count], {"en": " ".join(translation.split()[:upto])}, SOUND, SOUND + count * STEP // 2
        )
    last = phrase.finish(source + "。", {"en": translation + "."}, SOUND, SOUND + len(source) * STEP)
    assert len(given) >= 2
    assert last is not None
    assert "".join(clause.text for clause in [*given, last]) == source + "。"
    assert translated([*given, last], "en") == translation.split()
