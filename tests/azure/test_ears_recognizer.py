"""The Azure recogniser against the local Azure, by the unmodified SDK: recognition and translation in one stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import numpy as np
import pytest

from azure_service import AzureService, Limits, Script, Sentence, silence
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.recognizer import SILENCE, AzureRecognizer, load
from dragoman.engines.protocols import Brief
from dragoman.errors import EngineFailed
from dragoman.speech import Begun, Final, Pcm, samples
from ears_talk import Talk, keys

LONG = Sentence(
    "Good morning everyone and welcome to this old house where we are going to talk about the weather of today "
    "because it has been raining for three weeks and nobody here can say when it will stop at last.",
)
"""33 words without a pause: ten seconds"""


@pytest.fixture
async def recognizer(azure: AzureService) -> AsyncIterator[AzureRecognizer]:
    """An engine on the local Azure."""
    engine = await load("", azure.settings())
    yield engine
    await engine.close()


def whole(script: Script, target: str, *places: int) -> list[str]:
    """The words of sentences in a target language."""
    sentences = [script.sentences[place] for place in places] if places else script.sentences
    return keys(*(sentence.translation(target) for sentence in sentences))


async def test_every_target_comes_in_one_stream(azure: AzureService, recognizer: AzureRecognizer):
    brief = Brief(targets=("fr", "es", "zh-CN", "zh-TW", "pt-PT", "pt-BR", "nb", "fil", "eu"))
    talk = await Talk(recognizer, azure.talk(), brief).run()
    assert talk.said == keys(*(sentence.text for sentence in azure.script.sentences))
    for tag, code in {"fr": "fr", "es": "es", "zh-CN": "zh-Hans", "pt-PT": "pt-pt", "pt-BR": "pt", "nb": "nb"}.items():
        assert talk.translated(tag) == whole(azure.script, code), tag
    assert all(set(final.translations) == set(brief.targets) - {"eu"} for final in talk.finals)
    assert talk.failures == []
    assert len({one.connection for one in azure.recognised}) == 1


async def test_positions_rise_and_partials_belong_to_what_follows(azure: AzureService, recognizer: AzureRecognizer):
    talk = await Talk(recognizer, azure.talk(), Brief(targets=("fr",)), start=5000).run()
    for before, after in pairwise(talk.finals):
        assert before.start < before.end <= after.start
        assert before.safe <= after.safe
    assert talk.finals[-1].end <= 5000 + len(azure.talk())
    first = azure.script.numbers(0)
    assert talk.finals[0].start == pytest.approx(5000 + samples(200), abs=samples(100))
    sentence = next(final for final in talk.finals if not final.said)
    assert sentence.end == pytest.approx(5000 + samples(200 + 280 * len(first)), abs=samples(150))
    assert any(partial.committed and partial.translations["fr"] for partial in talk.partials)


@pytest.mark.parametrize(("mode", "longest"), [("low", 2.6), ("balanced", 4.2)])
async def test_a_talker_without_pauses_is_interpreted_while_speaking(mode: str, longest: float):
    with AzureService([LONG]) as azure:
        recognizer = await load("", azure.settings())
        talk = await Talk(recognizer, azure.talk(), Brief(mode=mode, targets=("fr", "de"))).run()
        await recognizer.close()
    assert talk.said == keys(LONG.text)
    for tag in ("fr", "de"):
        assert talk.translated(tag) == keys(LONG.translation(tag))
    given = [final for final in talk.finals if final.said]
    assert len(given) >= 3
    assert all((final.end - final.start) / 16_000 < longest for final in given)
    assert all(final.translations["fr"] and final.translations["de"] for final in given)
    assert all(final.safe <= final.start for final in given), "an open phrase is kept until it is whole"
    assert given[1].said == f"{given[0].text} {given[1].text}"


async def test_hypotheses_that_change_their_mind_lose_and_double_nothing():
    script = [LONG, "We will talk about ships that carry grain from here to there every day of the year."]
    with AzureService(script, wobble=True) as azure:
        recognizer = await load("", azure.settings())
        talk = await Talk(recognizer, azure.talk(), Brief(targets=("fr",))).run()
        await recognizer.close()
        expected = [keys(sentence.text) for sentence in azure.script.sentences]
    assert talk.said == [word for sentence in expected for word in sentence]
    assert [word for word in talk.translated("fr") if word == talk.translated("fr")[-1]]
    assert len(talk.translated("fr")) == len(whole(Script(script), "fr"))


async def test_in_consecutive_mode_phrases_are_whole(azure: AzureService, recognizer: AzureRecognizer):
    talk = await Talk(recognizer, azure.talk(pause=1.2), Brief(mode="consecutive", targets=("fr",))).run()
    assert [final.text for final in talk.finals] == [sentence.text for sentence in azure.script.sentences]
    assert all(final.said == "" and final.safe >= final.end for final in talk.finals)


async def test_without_targets_words_are_certain_and_phrases_whole(azure: AzureService, recognizer: AzureRecognizer):
    talk = await Talk(recognizer, azure.talk(), Brief(mode="low")).run()
    assert [final.text for final in talk.finals] == [sentence.text for sentence in azure.script.sentences]
    assert all(not final.translations for final in talk.finals)
    assert max(len(partial.committed.split()) for partial in talk.partials) >= 4


@pytest.mark.parametrize("mode", list(SILENCE))
async def test_the_mode_says_which_silence_ends_a_phrase(mode: str):
    script = ["One two three.", "Four five six."]
    with AzureService(script) as azure:
        recognizer = await load("", azure.settings())
        for pause in (SILENCE[mode] / 1000 - 0.25, SILENCE[mode] / 1000 + 0.25):
            talk = await Talk(recognizer, azure.talk(pause=pause), Brief(mode=mode)).run()
            together = " ".join(script)
            assert [final.text for final in talk.finals] == ([together] if pause < SILENCE[mode] / 1000 else script)
        await recognizer.close()


async def test_the_glossary_is_heard_and_profanity_treated_as_asked():
    script = Script(["We met Zaphod in the bloody harbour."], misheard={"zaphod": "suffered"}, profane=["bloody"])
    with AzureService(script) as azure:
        recognizer = await load("", azure.settings())
        heard = {}
        for profanity, phrases in (("raw", ()), ("masked", ("Zaphod", "Trillian")), ("removed", ())):
            brief = Brief(targets=("fr",), phrases=phrases, profanity=profanity)
            talk = await Talk(recognizer, azure.talk(), brief).run()
            heard[profanity] = " ".join(final.text for final in talk.finals)
        await recognizer.close()
        assert azure.phrase_lists[-1].phrases == ("Zaphod", "Trillian")
    assert "bloody" in heard["raw"]
    assert "suffered" in heard["raw"].lower()
    assert "zaphod" in heard["masked"].lower()
    assert "bloody" not in heard["masked"]
    assert "*" in heard["masked"]
    assert "bloody" not in heard["removed"]


async def test_the_spoken_language_is_identified_again_and_again(azure: AzureService, recognizer: AzureRecognizer):
    brief = Brief(mode="consecutive", targets=("fr", "en"), candidates=("en", "de", "es"))
    talk = await Talk(recognizer, azure.talk(pause=1.2), brief).run()
    assert [final.language for final in talk.finals] == ["en", "en", "en", "de"]
    assert {partial.language for partial in talk.partials} >= {"en", "de"}
    assert talk.translated("fr") == whole(azure.script, "fr")


async def test_too_many_candidates_and_unheard_ones_are_refused(recognizer: AzureRecognizer):
    with pytest.raises(ValueError, match="10 at most"):
        await recognizer.open("en", start=0, live=True, brief=Brief(candidates=recognizer.languages[:11]))
    with pytest.raises(ValueError, match="tlh"):
        await recognizer.open("en", start=0, live=True, brief=Brief(candidates=("en", "tlh")))


async def test_a_gap_is_not_listened_to_and_positions_are_right_behind_it(
    azure: AzureService, recognizer: AzureRecognizer
):
    hour = 3600 * 16_000
    stream = await recognizer.open("en", start=0, live=True, brief=Brief(targets=("fr",)))
    spoken = [np.concatenate([silence(0.2), azure.speak(place)]) for place in range(3)]

    async def speak() -> None:
        for place, sound in enumerate(spoken):
            await stream.feed(Pcm(sound, place * hour))
        await stream.finish()

    speaking = asyncio.create_task(speak())
    finals = [event async for event in stream.events() if isinstance(event, Final)]
    await speaking
    await stream.close()
    for place, sound in enumerate(spoken):
        own = [final for final in finals if place * hour <= final.start < place * hour + len(sound)]
        assert keys(*(final.text for final in own)) == keys(azure.script.sentences[place].text)
        assert own[0].start == pytest.approx(place * hour + samples(200), abs=samples(100))
        assert own[-1].end == pytest.approx(place * hour + len(sound), abs=samples(150))


async def test_what_was_given_before_is_not_given_again(azure: AzureService, recognizer: AzureRecognizer):
    sentence = azure.script.sentences[0]
    given = Begun("good morning everybody", samples(200 + 3 * 280), {"fr": "bonjour à tous"})
    stream = await recognizer.open("en", start=0, live=True, begun=given, brief=Brief(targets=("fr",)))
    await stream.feed(Pcm(np.concatenate([silence(0.2), azure.speak(0), silence(1)]), 0))
    await stream.finish()
    finals = [event async for event in stream.events() if isinstance(event, Final)]
    await stream.close()
    assert keys(*(final.text for final in finals)) == keys(sentence.text)[3:]
    assert keys(*(final.translations["fr"] for final in finals)) == keys(sentence.translation("fr"))[3:]


# -- the account


async def test_tokens_take_the_keys_place_and_are_renewed_under_a_living_stream(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("dragoman.engines.azure.speech_token.LIFE", 1.0)
    with AzureService(["One two three.", "Four five six."], limits=Limits(token=1.0)) as azure:
        recognizer = await load("", {**azure.settings(), "ENABLE_TOKEN_AUTH": True})
        assert azure.tokens == []
        talk = Talk(recognizer, azure.talk(pause=4.0), Brief(targets=("fr",)), pace=2.0)

        def heard(event: object) -> None:
            # The connection breaks when its first token has long run out; the SDK makes another one.
            if isinstance(event, Final) and keys(event.text)[-1:] == ["three"]:
                asyncio.get_running_loop().call_later(1.5, azure.faults.drop, "recognition")

        talk.heard = heard
        await talk.run()
        await recognizer.close()
        assert talk.failures == []
        assert talk.said == keys("One two three. Four five six.")
        assert len(azure.tokens) >= 3
        assert [one.credential for one in azure.connections if one.service == "recognition"] == ["token", "token"]


async def test_a_key_is_missing_only_where_it_is_used(azure: AzureService):
    recognizer = await load("", {**azure.settings(), "SPEECH_KEY": "f" * 32})
    stream = await recognizer.open("en", start=0, live=True)
    await stream.feed(Pcm(silence(0.1), 0))
    with pytest.raises(EngineFailed, match="SPEECH_KEY") as refused:
        await anext(stream.events())
    assert refused.value.lasting
    await stream.close()
    await recognizer.close()


def test_the_key_stands_in_no_text(azure: AzureService):
    assert azure.key not in repr(Account.of(azure.settings()))
