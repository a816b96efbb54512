"""Where the talk is cut: every word once, in order, whatever is recognised and whenever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.clauses import Clauses
from dragoman.fluency import fluent, text_of
from dragoman.modes import BALANCED, CONSECUTIVE, LOW, MODES, Mode
from dragoman.speech import Begun, Final, Partial, Span, samples

WORDS = ["the", "ship", "sailed", "home,", "because", "night", "fell.", "Mr.", "We", "um,", "uh", "saw", "it", "of"]


@dataclass(frozen=True)
class Speech:
    """One utterance as it is said: a word ends where the next begins, or before a pause."""

    words: tuple[str, ...]
    times: tuple[Span, ...]

    @property
    def start(self) -> int:
        return self.times[0][0]

    @property
    def end(self) -> int:
        return self.times[-1][1]

    def partial(self, committed: int, tail: int = 0) -> Partial:
        certain, rest = self.words[:committed], self.words[committed : committed + tail]
        return Partial(self.start, " ".join(certain), " ".join(rest), self.times[:committed])

    def final(self) -> Final:
        return Final(self.start, self.end, " ".join(self.words), self.end + samples(300), self.times)


@st.composite
def speeches(draw: st.DrawFn, most: int = 40) -> Speech:
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=most))
    at, times = draw(st.integers(0, 10_000)), []
    for _ in words:
        end = at + draw(st.integers(500, 12_000))
        times.append((at, end))
        at = end + draw(st.sampled_from([0, 0, 0, 5_000]))
    return Speech(tuple(words), tuple(times))


def spoken(words: str, seconds: float = 0.3) -> Speech:
    """Words said at an even pace."""
    step, said = samples(1000 * seconds), tuple(words.split())
    return Speech(said, tuple((i * step, (i + 1) * step) for i in range(len(said))))


def growing(clauses: Clauses, speech: Speech, steps: Sequence[int], mode: Mode) -> Iterator[Final]:
    """All that a speech gives whose committed words become these many, one after the other."""
    for committed in sorted({min(step, len(speech.words)) for step in steps}):
        heard = speech.times[committed - 1][1] if committed else speech.start
        cut = clauses.hear(speech.partial(committed, tail=2), mode, heard + samples(1000))
        yield from cut.finals
        assert cut.rest is not None
    last = clauses.finish(speech.final(), mode).finals
    if last:
        assert (last[-1].said, last[-1].safe) == ("", speech.final().safe), "the speech is over"
    yield from last


def said(finals: Sequence[Final]) -> str:
    return " ".join(final.text for final in finals).lower().replace(",", "").replace(".", "")


@given(st.lists(speeches(), min_size=1, max_size=3), st.lists(st.integers(0, 40)), st.sampled_from([*MODES.values()]))
def test_every_word_is_in_one_clause_in_order_and_clauses_do_not_overlap(talk, steps, mode):
    clauses, finals, expected, offset = Clauses("en", safe=0), [], [], 0
    for speech in talk:
        moved = Speech(speech.words, tuple((a + offset, b + offset) for a, b in speech.times))
        offset = moved.end + samples(600)
        given_of_this = list(growing(clauses, moved, steps, mode))
        kept = [word for word, stays in zip(moved.words, fluent(moved.words, "en"), strict=True) if stays]
        expected += kept
        finals += given_of_this
        assert all(final.said for final in given_of_this[:-1])
    assert said(finals) == " ".join(expected).lower().replace(",", "").replace(".", "")
    ends = 0
    for final in finals:
        assert ends <= final.start < final.end
        assert final.safe >= 0
        ends = final.end


@given(speeches(), st.lists(st.integers(0, 40), min_size=1), st.sampled_from([*MODES.values()]), st.data())
def test_who_goes_on_after_any_clause_gives_the_rest_and_nothing_twice(speech, steps, mode, data):
    whole = list(growing(Clauses("en", safe=0), speech, steps, mode))
    open_ones = [number for number, final in enumerate(whole) if final.said]
    if not open_ones:
        return
    last = data.draw(st.sampled_from(open_ones))
    begun = Begun(whole[last].said, whole[last].end)
    resumed = Clauses("en", safe=0, begun=begun)
    rest = list(growing(resumed, speech, steps, mode))
    assert said([*whole[: last + 1], *rest]) == said(whole)
    assert all(final.start >= begun.end for final in rest)


@given(speeches(), st.lists(st.integers(0, 40), min_size=1))
def test_speech_that_begins_later_is_not_what_was_begun(speech, steps):
    begun = Begun("something else entirely", speech.start)
    assert list(growing(Clauses("en", safe=0, begun=begun), speech, steps, BALANCED)) == list(
        growing(Clauses("en", safe=0), speech, steps, BALANCED)
    )


@given(speeches(), st.lists(st.integers(0, 40)), st.sampled_from([BALANCED, LOW]))
def test_no_clause_is_much_longer_than_its_mode_allows(speech, steps, mode):
    assert mode.longest is not None
    for final in growing(Clauses("en", safe=0), speech, [*steps, *range(len(speech.words))], mode):
        assert len(final.text.split()) <= mode.longest + 4


@pytest.mark.parametrize(
    ("mode", "clauses"),
    [
        (CONSECUTIVE, ["It was late, and we had no money because the bank was closed. We walked home."]),
        (BALANCED, ["It was late,", "and we had no money", "because the bank was closed.", "We walked home."]),
        (LOW, ["It was late,", "and we had", "no money", "because the bank", "was closed.", "We walked home."]),
    ],
    ids=lambda value: value.name if isinstance(value, Mode) else "",
)
def test_the_modes_cut_as_their_thresholds_say(mode: Mode, clauses: list[str]):
    speech = spoken("It was late, and we had no money because the bank was closed. We walked home.")
    given_of_it = [final.text for final in growing(Clauses("en", safe=0), speech, range(20), mode)]
    if mode is CONSECUTIVE:
        assert given_of_it == ["It was late, and we had no money because the bank was closed.", "We walked home."]
    else:
        assert " ".join(given_of_it) == " ".join(clauses)
        assert len(given_of_it) >= len(clauses) - 2


def test_a_title_ends_no_sentence():
    speech = spoken("And Mr. Dashwood left. Dr. Smith stayed.")
    assert [f.text for f in growing(Clauses("en", safe=0), speech, range(9), CONSECUTIVE)] == [
        "And Mr. Dashwood left.",
        "Dr. Smith stayed.",
    ]


def test_a_clause_does_not_wait_for_ever_for_its_end():
    """A slow speaker: a word in a second."""
    speech = spoken("the harbour master spoke to nobody there", seconds=1.0)
    clauses = Clauses("en", safe=0)
    first = next(
        number for number in range(7) if clauses.hear(speech.partial(number), BALANCED, number * 16_000).finals
    )
    assert first <= 5


def test_where_nothing_is_known_of_the_words_times_they_are_spread_by_their_letters():
    clauses = Clauses("en", safe=0)
    [first] = clauses.hear(Partial(0, "All of it is over. And", "then"), BALANCED, 50_000).finals
    assert first.text == "All of it is over."
    assert 30_000 < first.end < 50_000


def test_words_of_a_language_of_which_nothing_is_known_are_cut_at_marks_and_by_length():
    speech = spoken("Das Schiff fuhr heim, weil die Nacht hereinbrach und niemand an Bord mehr wach war.")
    texts = [final.text for final in growing(Clauses("de", safe=0), speech, range(20), BALANCED)]
    assert texts[0] == "Das Schiff fuhr heim,"
    assert " ".join(texts) == " ".join(speech.words)


@pytest.mark.parametrize(
    ("said_so", "fluently"),
    [
        ("Um, I think, uh, it works.", "I think it works."),
        ("the the the house", "the house"),
        ("The the house", "The house"),
        ("I I want that that one", "I want that that one"),
        ("It was, um.", "It was."),
        ("No, no, no.", "No, no, no."),
        ("Um uh, the end", "The end"),
        ("we go. We stay", "we go. We stay"),
        ("um", ""),
        ("", ""),
    ],
)
def test_what_people_say_while_they_search_for_words_is_left_out(said_so: str, fluently: str):
    words = said_so.split()
    assert text_of(words, fluent(words, "en")) == fluently


def test_a_word_that_is_a_filler_elsewhere_stays():
    words = ["Er", "ist", "um", "acht", "da"]
    assert text_of(words, fluent(words, "de")) == "Er ist um acht da"


@given(st.lists(st.sampled_from(WORDS), max_size=20), st.integers(0, 20))
def test_what_is_said_of_a_word_does_not_depend_on_what_follows(words, number):
    assert fluent(words[:number], "en") == fluent(words, "en")[:number]
