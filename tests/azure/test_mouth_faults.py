"""Azure's voice when Azure fails: in bounded time, nothing twice, and well again when the service is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from azure_service import AzureService, Limits, Pace, Script
from dragoman.engines.azure.synthesis import Patience
from dragoman.errors import EngineFailed
from dragoman.speech import MEDIA_RATE, Utterance
from mouths import ELVIRA, TEXT, begins_with, mouth, said, seconds

HASTY = Patience(first=0.5, following=0.5, whole=5.0)
"""For services that say nothing: what is waited for in vain."""


async def fails(call: Callable[[], object], within: float = 10.0) -> EngineFailed:
    """How it fails; in so many seconds at most."""
    began = time.monotonic()
    with pytest.raises(EngineFailed) as failed:
        await call()  # type: ignore[misc]
    assert time.monotonic() - began < within
    assert "ws://" not in str(failed.value), "no address in what is logged"
    return failed.value


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_fails_at_once_and_for_good(azure: AzureService, tmp_path: Path, status: int) -> None:
    azure.faults.refuse("synthesis", status)
    async with mouth(azure, tmp_path) as voice:
        failure = await fails(lambda: voice.speak(TEXT, ELVIRA))
        assert failure.lasting
        assert str(status) in str(failure)
        azure.faults.clear()
        assert seconds(await voice.speak(TEXT, ELVIRA)) > 1
    assert said(azure) == [TEXT]


async def test_too_many_requests_are_waited_for_a_little(azure: AzureService, tmp_path: Path) -> None:
    azure.faults.refuse("synthesis", 429, times=3)
    async with mouth(azure, tmp_path) as voice:
        assert seconds(await voice.speak(TEXT, ELVIRA)) > 1
        azure.faults.refuse("synthesis", 429)
        azure.faults.drop("synthesis")
        await azure.until(lambda: not azure.live("synthesis"))
        assert "429" in str(await fails(lambda: voice.speak(TEXT, ELVIRA)))
        azure.faults.clear()
        assert seconds(await voice.speak(TEXT, ELVIRA)) > 1
    assert said(azure) == [TEXT, TEXT]


async def test_a_used_up_quota_is_said_and_lasts(azure: AzureService, tmp_path: Path) -> None:
    azure.faults.quota("synthesis")
    async with mouth(azure, tmp_path) as voice:
        failure = await fails(lambda: voice.speak(TEXT, ELVIRA))
        assert failure.lasting
        assert "quota" in str(failure)


async def test_a_connection_that_breaks_in_the_middle_is_a_failure_and_nothing_is_said_twice(
    azure: AzureService, tmp_path: Path
) -> None:
    azure.faults.drop_in_turn("synthesis")
    heard: list[Utterance] = []
    async with mouth(azure, tmp_path) as voice:

        async def listen() -> None:
            async for utterance in voice.stream(TEXT, ELVIRA):
                heard.append(utterance)

        await fails(listen)
        assert 0.5 < seconds(heard[-1]) < 3
        assert said(azure) == [TEXT], "whoever asks decides whether it is asked again"
        whole = await voice.speak(TEXT, ELVIRA)
        assert begins_with(whole, heard[-1])
        assert heard[-1].words
        assert whole.words[: len(heard[-1].words)] == heard[-1].words


@pytest.mark.parametrize("fault", ["silence", "garbage"])
async def test_a_service_that_says_nothing_is_given_up(azure: AzureService, tmp_path: Path, fault: str) -> None:
    async with mouth(azure, tmp_path, patience=HASTY) as voice:
        getattr(azure.faults, fault)("synthesis")
        await fails(lambda: voice.speak(TEXT, ELVIRA))
        azure.faults.clear()
        await _well(lambda: voice.speak(TEXT, ELVIRA))


async def _well(speak: Callable[[], object]) -> None:
    """On a machine that is busy a hasty voice may be waited for in vain once more."""
    for _ in range(5):
        with suppress(EngineFailed):
            assert seconds(await speak()) > 1  # type: ignore[misc]
            return
    pytest.fail("the service is well, and the voice is not")


async def test_a_slow_service_is_waited_for(azure: AzureService, tmp_path: Path) -> None:
    azure.faults.slow("synthesis", 0.7)
    async with mouth(azure, tmp_path) as voice:
        assert seconds(await voice.speak(TEXT, ELVIRA)) > 1


async def test_what_comes_drop_by_drop_is_given_up(tmp_path: Path) -> None:
    with AzureService(Script([]), pace=Pace(realtime=0.2)) as azure:
        async with mouth(azure, tmp_path, patience=Patience(first=5.0, following=5.0, whole=1.0)) as voice:
            await fails(lambda: voice.speak(TEXT, ELVIRA))


async def test_a_network_that_is_gone_is_told_at_once_and_used_again_when_it_is_back(
    azure: AzureService, tmp_path: Path
) -> None:
    async with mouth(azure, tmp_path) as voice:
        await voice.speak("uno", ELVIRA)
        azure.vanish()
        await fails(lambda: voice.speak(TEXT, ELVIRA))
        azure.come_back()
        assert seconds(await voice.speak(TEXT, ELVIRA)) > 1


async def test_an_open_connection_is_used_again(azure: AzureService, tmp_path: Path) -> None:
    async with mouth(azure, tmp_path) as voice:
        await voice.speak(TEXT, ELVIRA)
        connections = {one.connection for one in azure.spoken}
        for _ in range(4):
            await voice.speak(TEXT, ELVIRA)
    assert {one.connection for one in azure.spoken[1:]} <= {one.id for one in azure.connections[:2]}
    assert len(connections | {one.connection for one in azure.spoken}) <= 2, "the one that was made ahead, at most"
    await azure.until(lambda: not azure.live("synthesis"))


async def test_a_connection_that_the_service_closes_just_then_costs_nothing(
    azure: AzureService, tmp_path: Path
) -> None:
    """The SDK never tells of what is asked for in that moment."""
    async with mouth(azure, tmp_path) as voice:
        for number in range(6):
            text = f"Texto número {number}."
            await voice.speak(text, ELVIRA)
            azure.faults.close_after("synthesis", 0.0)
            await azure.until(lambda: not azure.live("synthesis"))
            azure.faults.clear()
            await asyncio.sleep(number % 4 / 1000)
            assert seconds(await voice.speak(text, ELVIRA)) > 1
    assert len(said(azure)) == 12, "what was not heard was not said"


async def test_who_goes_away_ends_what_was_being_made(azure: AzureService, tmp_path: Path) -> None:
    azure.state.pace = Pace(realtime=1.0)
    async with mouth(azure, tmp_path) as voice:
        stream = voice.stream("Buenos días a todos.", ELVIRA)
        await anext(stream)
        await stream.aclose()
        await azure.until(lambda: azure.spoken[0].connection not in {one.id for one in azure.live("synthesis")})
        call = asyncio.create_task(voice.speak("Buenos días a todos.", ELVIRA))
        await azure.until(lambda: len(said(azure)) == 2)
        call.cancel()
        await asyncio.wait([call])
        assert call.cancelled()
        await azure.until(lambda: azure.spoken[1].connection not in {one.id for one in azure.live("synthesis")})


async def test_no_more_are_under_way_than_allowed_and_the_others_wait_in_order(
    azure: AzureService, tmp_path: Path
) -> None:
    azure.state.pace = Pace(realtime=5.0)
    texts = [f"Texto número {number}." for number in range(9)]
    async with mouth(azure, tmp_path, most=2) as voice:
        calls = [asyncio.create_task(voice.speak(text, ELVIRA)) for text in texts]
        await azure.until(lambda: len(said(azure)) >= 2)
        calls[4].cancel()
        spoken = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(one, Utterance) for one in spoken] == [number != 4 for number in range(9)]
    assert sorted(said(azure)[:2]) == texts[:2]
    places = [texts.index(text) for text in said(azure)]
    assert 4 not in places
    assert all(abs(place - order) <= 2 for order, place in enumerate(places))
    assert max(len({one.id for one in azure.connections}), 2) <= 3


async def test_a_voice_that_is_closed_in_the_middle_leaves_nobody_waiting(azure: AzureService, tmp_path: Path) -> None:
    azure.faults.silence("synthesis")
    async with mouth(azure, tmp_path, most=2) as voice:
        calls = [asyncio.create_task(voice.speak(TEXT, ELVIRA)) for _ in range(5)]
        await azure.until(lambda: len(said(azure)) >= 1)
        await voice.close()
        for answer in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(answer, EngineFailed)


async def test_tokens_are_used_where_the_settings_say_so(tmp_path: Path) -> None:
    with AzureService(Script([]), limits=Limits(token=600.0)) as azure:
        async with mouth(azure, tmp_path, ENABLE_TOKEN_AUTH=True) as voice:
            assert seconds(await voice.speak(TEXT, ELVIRA)) > 1
        assert {one.credential for one in azure.connections} == {"token"}
        assert len(azure.tokens) == 1


async def test_a_token_service_that_refuses_fails_what_is_asked_and_not_the_start(
    azure: AzureService, tmp_path: Path
) -> None:
    azure.faults.refuse("http", 401)
    async with mouth(azure, tmp_path, ENABLE_TOKEN_AUTH=True) as voice:
        assert voice.voices("es")
        assert (await fails(lambda: voice.speak(TEXT, ELVIRA))).lasting
        azure.faults.clear()
        assert seconds(await voice.speak(TEXT, ELVIRA)) > 1


async def test_a_custom_voice_is_asked_for_at_its_own_deployment(azure: AzureService, tmp_path: Path) -> None:
    from dragoman.engines.azure.voices import custom

    async with mouth(azure, tmp_path, own=custom("AcmeNeural@es-ES:male=11-22")) as voice:
        assert next((one.name, one.gender) for one in voice.voices("es")) == ("AcmeNeural", "male")
        assert seconds(await voice.speak(TEXT, "AcmeNeural")) > 1
        assert seconds(await voice.speak(TEXT, ELVIRA)) > 1
    asked = {(one.voice, azure_query(azure, one.connection)) for one in azure.spoken}
    assert asked == {("AcmeNeural", "11-22"), (ELVIRA, None)}


def azure_query(azure: AzureService, connection: str) -> str | None:
    """The deployment that a connection asked for."""
    return next(one.query.get("deploymentId") for one in azure.connections if one.id == connection)


async def test_the_first_sound_is_there_long_before_the_last(azure: AzureService, tmp_path: Path) -> None:
    azure.state.pace = Pace(realtime=3.0)
    async with mouth(azure, tmp_path) as voice:
        await voice.speak("uno", ELVIRA)
        parts = [utterance async for utterance in voice.stream(TEXT, ELVIRA)]
    assert all(begins_with(parts[-1], part) for part in parts)
    assert seconds(parts[0]) < 0.3
    assert len(parts) > 10
    assert {viseme.id for viseme in parts[4].visemes} > {0}
    assert len(parts[-1].words) == len(TEXT.split())
    assert parts[-1].words[-1] < len(parts[-1].pcm) - MEDIA_RATE // 10
