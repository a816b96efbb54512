"""The local Azure's avatars, through the unmodified SDK and a real WebRTC peer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import azure.cognitiveservices.speech as speechsdk
import numpy as np
import pytest

from avatar_client import AvatarClient, watching
from azure_service import AzureService, Limits
from azure_service.pictures import PHASES, Seen, drawn, read

TEXT = "Bonjour à tous."


@pytest.fixture
async def avatar(azure: AzureService) -> AsyncIterator[AvatarClient]:
    """An avatar that is seen and heard."""
    async with watching(azure) as client:
        result = await client.start()
        assert result.reason == speechsdk.ResultReason.SynthesizingAudioCompleted
        await azure.until(lambda: client.watched.pictures and client.watched.sounds)
        yield client


@pytest.mark.parametrize("codec", ["H264", "VP8"])
async def test_an_avatar_is_seen_moving_and_heard_exactly_while_it_speaks(azure: AzureService, codec: str) -> None:
    async with watching(azure, codec) as client:
        await client.start()
        await azure.until(lambda: len(client.watched.pictures) > 10)
        result = await client.speak(TEXT)
        assert result.reason == speechsdk.ResultReason.SynthesizingAudioCompleted
        await azure.until(lambda: all(level < 0.005 for _, _, level in client.watched.sounds[-15:]))
    assert azure.pictures[0].codec == codec
    seen = [one for _, _, one in client.watched.pictures]
    assert None not in seen
    assert {one.number for one in seen if one} == {1}
    # every picture differs from the one before
    assert all(a != b for a, b in pairwise(seen))
    speaking = [at for _, at, one in client.watched.pictures if one and one.speaking]
    loud = [at for _, at, level in client.watched.sounds if level > 0.03]
    assert loud
    assert speaking
    # silence before, after; from the first to the last word as long as the text takes
    assert loud[-1] - loud[0] == pytest.approx(azure.spoken[0].seconds - 0.2, abs=0.2)
    assert speaking[-1] - speaking[0] == pytest.approx(azure.spoken[0].seconds, abs=0.2)
    assert max(level for _, at, level in client.watched.sounds if at < loud[0] - 0.05) < 0.005
    assert max(level for _, at, level in client.watched.sounds if at > loud[-1] + 0.1) < 0.005
    arrived = [next(at for at, _, one in client.watched.pictures if one and one.speaking)]
    arrived.append(next(at for at, _, level in client.watched.sounds if level > 0.03))
    assert arrived[0] == pytest.approx(arrived[1], abs=0.5)
    assert [(one.service, one.text) for one in azure.spoken] == [("avatar", TEXT)]


async def test_twenty_five_pictures_a_second(azure: AzureService, avatar: AvatarClient) -> None:
    await azure.until(lambda: len(avatar.watched.pictures) > 50)
    steps = [later - earlier for (_, earlier, _), (_, later, _) in pairwise(avatar.watched.pictures)]
    # A busy machine may skip some.
    assert np.median(steps) == pytest.approx(0.04, abs=0.001)
    assert all(step / 0.04 == pytest.approx(round(step / 0.04), abs=0.05) for step in steps)


async def test_what_an_avatar_looks_like_is_recorded_and_drawn(azure: AzureService) -> None:
    async with watching(azure) as client:
        await client.start(
            character="harry", style="business", crop=((600, 0), (1320, 1080)), background={"color": "#00FF00FF"}
        )
        await azure.until(lambda: client.watched.pictures)
    record = azure.pictures[0]
    assert (record.character, record.style) == ("harry", "business")
    assert record.video["talkingAvatar"]["background"] == {"color": "#00FF00FF"}
    assert "clientDescription" not in str(record.video)
    assert client.watched.shapes == {(record.width, record.height)} == {(240, 360)}
    assert client.watched.first is not None
    red, green, blue = client.watched.first[2, 2]
    assert green > 200 > 80 > max(red, blue)


async def test_events_come_on_the_data_channel(azure: AzureService, avatar: AvatarClient) -> None:
    await avatar.speak("Bonjour.")
    wanted = [f"EVENT_TYPE_{one}" for one in ("TURN_START", "SWITCH_TO_SPEAKING", "SWITCH_TO_IDLE", "TURN_END")]
    await azure.until(lambda: avatar.watched.events == wanted)


async def test_a_turn_lasts_as_long_as_its_text_and_can_be_stopped(azure: AzureService, avatar: AvatarClient) -> None:
    speaking = asyncio.create_task(avatar.speak(TEXT * 20))
    await azure.until(lambda: any(level > 0.03 for _, _, level in avatar.watched.sounds))
    avatar.socket.send_message_async("synthesis.control", '{"action": "stop"}').get()
    result = await asyncio.wait_for(speaking, 5)
    assert result.reason == speechsdk.ResultReason.SynthesizingAudioCompleted
    assert azure.spoken[0].seconds > 15
    await azure.until(lambda: all(level < 0.01 for _, _, level in avatar.watched.sounds[-10:]))


async def test_an_offer_that_is_none_ends_the_connection(azure: AzureService) -> None:
    async with watching(azure) as client:
        result = await client.start(character="")
    assert result.reason == speechsdk.ResultReason.Canceled
    assert "1007" in result.cancellation_details.error_details
    assert "character" in result.cancellation_details.error_details


@pytest.mark.parametrize(
    ("limits", "reason"), [(Limits(avatar_idle=1.5), "idle"), (Limits(avatar_connection=2.0), "longest")]
)
async def test_an_avatar_is_disconnected_when_idle_or_there_for_too_long(limits: Limits, reason: str) -> None:
    async with AzureService(limits=limits) as azure, watching(azure) as client:
        await client.start()
        await azure.until(lambda: client.disconnected)
        await azure.until(lambda: client.connection.connectionState == "closed")
        assert azure.pictures[0].reason == reason
        assert not azure.live("avatar")


async def test_no_more_avatars_than_the_limits_allow() -> None:
    async with AzureService(limits=Limits(avatars=1, avatars_a_minute=2, avatar_minute=3600)) as azure:
        async with watching(azure) as first, watching(azure) as second:
            await first.start()
            refused = await second.start()
            assert "429" in refused.cancellation_details.error_details
            assert refused.cancellation_details.error_code == speechsdk.CancellationErrorCode.TooManyRequests
        await azure.until(lambda: not azure.live("avatar"))
        async with watching(azure) as third, watching(azure) as fourth:
            assert (await third.start()).reason == speechsdk.ResultReason.SynthesizingAudioCompleted
        await azure.until(lambda: not azure.live("avatar"))
        async with watching(azure) as fourth:
            assert "429" in (await fourth.start()).cancellation_details.error_details


def test_a_picture_is_read_whatever_its_size() -> None:
    for number, phase in ((1, 0), (77, 13), (255, PHASES - 1)):
        picture = drawn(Seen(number, phase, True), 640, 360)
        assert read(picture) == Seen(number, phase, True)
        assert read(np.ascontiguousarray(picture[::2, ::2])) == Seen(number, phase, True)
        assert read(np.ascontiguousarray(picture[:, 140:500])) == Seen(number, phase, True)
    assert read(np.zeros((360, 640, 3), np.uint8)) is None
