from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.subtitles import LINE_WIDTH, MINIMUM_MS, Cue, Passage, clean, cues

SPEECH = (
    "Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in Liberty, "
    "and dedicated to the proposition that all men are created equal."
)

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=400)
PASSAGES = st.lists(
    st.builds(
        lambda start, length, text: Passage(start, start + length, text),
        st.integers(0, 30_000),
        st.integers(0, 20_000),
        ANY_TEXT,
    ),
    max_size=8,
)


def test_a_short_passage_is_one_cue_at_its_own_time():
    assert cues([Passage(500, 2500, "So it goes.")]) == [Cue(500, 2500, ("So it goes.",))]


def test_a_long_passage_becomes_cues_of_two_even_lines_whose_time_follows_their_length():
    made = cues([Passage(10_000, 20_000, SPEECH)])
    assert [line for cue in made for line in cue.lines] == [
        "Four score and seven years ago our",
        "fathers brought forth on this continent,",
        "a new nation, conceived in Liberty, and",
        "dedicated to the proposition that all",
        "men are created equal.",
    ]
    assert (made[0].start, made[-1].end) == (10_000, 20_000)
    total = sum(len(line) for cue in made for line in cue.lines)
    for cue in made:
        share = sum(map(len, cue.lines)) / total
        assert cue.end - cue.start == pytest.approx(10_000 * share, abs=3)


def test_what_was_typed_stays_long_enough_to_be_read_but_not_into_the_next_passage():
    typed = Passage(5000, 5000, "Questions may be asked in the chat.")
    assert cues([typed])[0].end == 5000 + 35 * 1000 // 17
    assert cues([typed, Passage(5900, 9000, "Next.")])[0].end == 5900
    assert cues([Passage(5000, 5100, "Yes.")])[0].end == 5000 + MINIMUM_MS


def test_what_was_typed_into_a_sentence_follows_it():
    made = cues([Passage(9000, 9000, "Typed."), Passage(1000, 12_000, "A sentence that was begun before.")])
    assert [(cue.start, cue.lines[0][:5]) for cue in made] == [(1000, "A sen"), (12_000, "Typed")]


def test_french_punctuation_stays_with_its_word():
    text = "Il a dit ceci et puis encore cela aux gens\u00a0: venez"
    (cue,) = cues([Passage(0, 5000, text)])
    assert any("gens\u00a0:" in line for line in cue.lines)


def test_languages_without_spaces_are_broken_but_not_before_a_full_stop():
    text = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所で泣いていた。"
    lines = [line for cue in cues([Passage(0, 9000, text)]) for line in cue.lines]
    assert "".join(lines) == text
    assert all(len(line) <= LINE_WIDTH // 2 for line in lines)
    assert not any(line.startswith("。") for line in lines)


def test_korean_is_broken_at_its_spaces():
    text = "동해 물과 백두산이 마르고 닳도록 하느님이 보우하사 우리나라 만세 무궁화 삼천리 화려강산"
    lines = [line for cue in cues([Passage(0, 9000, text)]) for line in cue.lines]
    assert " ".join(lines) == text


def test_an_endless_word_is_cut_but_no_accent_loses_its_letter():
    lines = [line for cue in cues([Passage(0, 9000, "e\u0301" * 100)]) for line in cue.lines]
    assert "".join(lines) == "e\u0301" * 100
    assert all(line[0] == "e" and len(line) <= 2 * LINE_WIDTH for line in lines)


def test_text_without_anything_to_see_makes_no_cue():
    assert cues([Passage(0, 1000, " \n\u00a0\x00\u2028 ")]) == []


@given(PASSAGES)
def test_cues_never_overlap_and_lose_nothing_whatever_is_said(passages):
    made = cues(passages)
    assert all(cue.start < cue.end for cue in made)
    assert all(before.end <= after.start for before, after in pairwise(made))
    assert all(len(cue.lines) in (1, 2) and all(line.strip() for line in cue.lines) for cue in made)
    shown = "".join("".join(cue.lines) for cue in made)
    said = "".join(clean(p.text) for p in sorted(passages, key=lambda p: p.start) if clean(p.text).strip())
    assert shown.replace(" ", "") == said.replace(" ", "")


@given(st.text(st.characters(codec="latin-1"), max_size=400))
def test_no_line_is_wider_than_it_may_be(text):
    assert all(len(line) <= LINE_WIDTH for cue in cues([Passage(0, 1000, text)]) for line in cue.lines)


@given(ANY_TEXT)
def test_clean_text_is_one_line_that_every_encoding_of_unicode_takes(text):
    cleaned = clean(text)
    assert len(cleaned.splitlines()) <= 1
    assert cleaned.encode("utf-8").decode() == cleaned
    assert clean(cleaned) == cleaned


def test_the_clauses_of_a_sentence_are_shown_together_where_that_is_one_cue():
    clauses = [
        Passage(0, 900, "It was the age"),
        Passage(950, 1500, "of wisdom."),
        Passage(1500, 2600, "It was the age"),
        Passage(3500, 4200, "of foolishness,"),
    ]
    made = [(cue.start, cue.end, " ".join(cue.lines)) for cue in cues(clauses)]
    assert made == [
        (0, 1500, "It was the age of wisdom."),
        (1500, 2600, "It was the age"),
        (3500, 4382, "of foolishness,"),
    ]
    assert [cue.lines for cue in cues([Passage(0, 900, "就是"), Passage(900, 1800, "这样")])] == [("就是这样",)]


def test_clauses_are_shown_one_after_the_other_where_together_they_are_too_long():
    clauses = [Passage(n * 2000, n * 2000 + 2000, "a clause of some thirty characters") for n in range(5)]
    made = cues(clauses)
    assert [len(cue.lines) for cue in made] == [2, 2, 1]
    assert [cue.start for cue in made] == [0, 4000, 8000]
