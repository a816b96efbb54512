"""From sound to Finals on real recordings, without threads."""

from itertools import pairwise

import numpy as np
import pytest

from dragoman.engines.embedded.ear import STEP, Ear
from dragoman.engines.embedded.vad import FRAME
from dragoman.speech import Begun, Final, Partial, Pcm, Safe, samples
from speech_data import LIBRIVOX, recording, silence, word_errors


def finals(models, sound, start=0, chunk=16_000):
    """What a file becomes."""
    ear = Ear(models, start)
    found = []
    for i in range(0, len(sound), chunk):
        ear.take(Pcm(sound[i : i + chunk], start + i))
        while utterance := ear.advance():
            found.append(ear.final(utterance))
    if utterance := ear.flush():
        found.append(ear.final(utterance))
    return [event for event in found if isinstance(event, Final)]


def live(models, sound, start=0, chunk=640):
    """What a speaker's sound becomes on a machine that is never behind: Partials and Finals."""
    ear = Ear(models, start)
    for i in range(0, len(sound), chunk):
        ear.take(Pcm(sound[i : i + chunk], start + i))
        while utterance := ear.advance():
            yield ear.final(utterance)
        if partial := ear.partial():
            yield partial
    if utterance := ear.flush():
        yield ear.final(utterance)


def text(events):
    return " ".join(event.text for event in events if isinstance(event, Final))


def gapless(models, name):
    """The recording with all pauses cut out."""
    sound = recording(name).samples
    sound = sound[: len(sound) // 512 * 512]
    ear = Ear(models, 0)
    loud = models.vad.speech(sound.astype(np.float32) / 32768, ear._memory)[0] > 0.5
    return sound[np.repeat(loud, 512)]


def test_the_size_of_chunks_changes_nothing(models):
    sound = np.concatenate([recording("0880").samples, silence(1), recording("0930").samples])
    found = finals(models, sound)
    assert len(found) == 2
    assert finals(models, sound, chunk=333) == found
    assert finals(models, sound, chunk=len(sound)) == found


def test_positions_count_from_where_the_stream_began(models):
    [here] = finals(models, recording("0930").samples)
    [there] = finals(models, recording("0930").samples, start=1_000_000)
    assert (there.start, there.end, there.safe) == tuple(1_000_000 + p for p in (here.start, here.end, here.safe))
    assert there.text == here.text


def test_resuming_at_any_final_of_a_talk_loses_and_doubles_nothing(models):
    sound = recording("two_cities").samples
    whole = finals(models, sound)
    assert len(whole) >= 6
    for i, final in enumerate(whole[:-1]):
        following = whole[i + 1]
        resumed = finals(models, sound[final.safe : following.safe + samples(700)], start=final.safe)
        assert resumed[0] == following


def test_resuming_where_speech_was_cut_loses_and_doubles_nothing(models):
    sound = np.concatenate([gapless(models, "two_cities"), silence(1)])
    whole = finals(models, sound)
    assert [final.end for final in whole[:2]] == [final.start for final in whole[1:3]], "cut, so they adjoin"
    # a doubled or lost word at each cut would make more errors than the model makes by itself
    assert word_errors(recording("two_cities").text, text(whole))[0] <= 10
    resumed = finals(models, sound[whole[0].safe :], start=whole[0].safe)
    assert [(f.end, f.safe, f.text) for f in resumed] == [(f.end, f.safe, f.text) for f in whole[1:]]


def test_a_live_talk_resumed_at_every_final_is_the_same_talk(models):
    names = ("0880", "0890", "0930")
    sound = np.concatenate([part for name in names for part in (recording(name).samples, silence(0.5))])
    heard, position = [], 0
    while final := next((e for e in live(models, sound[position:], start=position) if isinstance(e, Final)), None):
        heard.append(final)
        position = final.safe
    assert len(heard) == len(names)
    assert word_errors(" ".join(recording(name).text for name in names), text(heard))[0] <= 3


@pytest.mark.parametrize("name", ["0870", "0920"])
def test_committed_words_only_grow_and_begin_the_final(models, name):
    events = list(live(models, np.concatenate([recording(name).samples, silence(1)])))
    [final] = [event for event in events if isinstance(event, Final)]
    partials = [event for event in events if isinstance(event, Partial)]
    assert partials
    committed = ""
    for partial in partials:
        assert partial.start == final.start
        assert partial.committed.startswith(committed)
        committed = partial.committed
    assert len(committed.split()) > 5
    assert final.text.startswith(committed)


def test_words_are_committed_while_the_speaker_talks(models):
    half = recording("0870").samples[: samples(4000)]
    last = [event for event in live(models, half) if isinstance(event, Partial)][-1]
    assert last.committed.startswith("And Mr. John Dashwood")
    assert last.tail


def test_an_end_of_speech_is_decoded_before_the_silence_is_long_enough(models):
    ear = Ear(models, 0)
    ear.take(Pcm(recording("0930").samples, 0))
    ear.take(Pcm(silence(0.15), ear.end))
    assert ear.advance() is None
    ear.partial()
    ear.take(Pcm(silence(1), ear.end))
    utterance = ear.advance()
    assert utterance is not None
    assert utterance.decoded is not None
    assert ear.final(utterance).text == "He might even have been made amiable himself."


def test_a_partial_is_due_only_when_there_is_something_new(models):
    ear = Ear(models, 0)
    assert not ear.due
    ear.take(Pcm(recording("0870").samples[: samples(2000)], 0))
    ear.advance()
    assert ear.due
    assert ear.partial() is not None
    assert not ear.due
    assert ear.partial() is None
    # A frame more: only whole ones are heard.
    ear.take(Pcm(recording("0870").samples[samples(2000) : samples(2000) + STEP + FRAME], ear.end))
    ear.advance()
    assert ear.due


def test_live_words_are_as_good_as_those_of_a_file(models):
    errors = [
        sum(word_errors(recording(name).text, text(listen(models, recording(name).samples)))[0] for name in LIBRIVOX)
        for listen in (finals, live)
    ]
    assert errors[0] <= 2
    assert errors[1] <= 4


def noises():
    """Things that are not speech, five seconds each, -1 to 1."""
    time = np.arange(5 * 16_000) / 16_000
    random = np.random.default_rng(7)
    beat = time % 0.5
    return {
        "silence": np.zeros(len(time)),
        "white noise": random.normal(0, 0.1, len(time)),
        "a hum": 0.2 * sum(np.sin(2 * np.pi * 120 * k * time + np.sin(2 * np.pi * 5 * time)) / k for k in range(1, 15)),
        "chords": sum(0.1 * np.sin(2 * np.pi * f * time) for f in (262, 330, 392)) * np.exp(-3 * beat),
        "typing": random.normal(0, 0.3, len(time)) * np.exp(-300 * (time % 0.17)),
        "applause": 0.05
        * sum(np.roll(random.normal(0, 1, len(time)) * np.exp(-60 * (time % 0.1)), 999 * k) for k in range(8)),
    }


@pytest.mark.parametrize("name", sorted(noises()))
def test_what_is_no_speech_gives_no_words(models, name):
    sound = (np.clip(noises()[name], -1, 1) * 32767).astype(np.int16)
    assert finals(models, np.concatenate([silence(0.5), sound, silence(1)])) == []


def test_an_utterance_without_words_is_safe(models):
    sound = (np.clip(noises()["chords"], -1, 1) * 32767).astype(np.int16)
    ear = Ear(models, 0)
    ear.take(Pcm(np.concatenate([silence(0.5), sound, silence(1)]), 0))
    outcomes = []
    while utterance := ear.advance():
        outcomes.append((utterance.span.safe, ear.final(utterance)))
    assert outcomes
    assert all(outcome == Safe(safe) for safe, outcome in outcomes)


def committed(models, sound):
    """The Partials of a recording, and its whole text."""
    events = list(live(models, sound))
    return [event for event in events if isinstance(event, Partial)], text(events)


def test_every_committed_word_has_its_place_and_keeps_it(models):
    sound = np.concatenate([recording("two_cities").samples[: samples(14_000)], silence(1)])
    places, speech = (), -1
    for event in live(models, sound):
        words = event.committed.split() if isinstance(event, Partial) else event.text.split()
        assert len(event.times) == len(words)
        if event.start == speech:
            assert event.times[: len(places)] == places
        places, speech = event.times, event.start
        for (start, end), (following, _) in pairwise(places):
            assert event.start - samples(300) <= start <= end <= following


def test_speech_that_was_begun_is_heard_again_with_the_words_that_were_given(models):
    sound = np.concatenate([recording("two_cities").samples[: samples(9_000)], silence(1)])
    partials, whole = committed(models, sound)
    checked = 0
    for partial in [event for event in partials if len(event.committed.split()) >= 4][::3]:
        begun = Begun(partial.committed, partial.times[-1][1])
        again = Ear(models, 0, begun)
        again.take(Pcm(sound, 0))
        found = []
        while utterance := again.advance():
            found.append(again.final(utterance))
        if utterance := again.flush():
            found.append(again.final(utterance))
        first = next(event for event in found if isinstance(event, Final))
        if partial.start < first.end and partial.start == first.start:
            assert first.text.startswith(partial.committed)
            assert abs(len(text(found).split()) - len(whole.split())) <= 1
            checked += 1
    assert checked >= 2


def test_no_word_comes_before_what_was_begun_has_been_heard_again(models):
    sound = recording("two_cities").samples[: samples(9_000)]
    partials, _ = committed(models, sound)
    partial = next(event for event in partials if len(event.committed.split()) >= 6)
    begun = Begun(partial.committed, partial.times[-1][1])
    again = Ear(models, 0, begun)
    for i in range(0, len(sound), 640):
        again.take(Pcm(sound[i : i + 640], i))
        assert again.advance() is None or i > begun.end
        event = again.partial()
        if event is not None:
            assert i >= begun.end
            assert event.committed.startswith(partial.committed)
            break


def test_words_of_somebody_who_is_gone_are_not_put_into_the_mouth_of_the_next(models):
    begun = Begun("I have been here before", samples(500))
    later = np.concatenate([silence(2), recording("0930").samples, silence(1)])
    ear = Ear(models, 0, begun)
    ear.take(Pcm(later, 0))
    utterance = ear.advance()
    assert utterance is not None
    assert ear.final(utterance).text.startswith("He might")
