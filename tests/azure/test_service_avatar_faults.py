"""What becomes of an avatar in each fault of the local Azure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import azure.cognitiveservices.speech as speechsdk
import pytest

from avatar_client import AvatarClient, watching
from azure_service import AzureService

COMPLETED = speechsdk.ResultReason.SynthesizingAudioCompleted
TEXT = "Bonjour à tous."


@pytest.fixture
async def avatar(azure: AzureService) -> AsyncIterator[AvatarClient]:
    """An avatar that is seen and heard."""
    async with watching(azure) as client:
        await client.start()
        await azure.until(lambda: client.watched.pictures and client.watched.sounds)
        yield client


async def test_a_socket_that_breaks_in_a_turn_is_replaced_and_nobody_hears_the_rest(
    azure: AzureService, avatar: AvatarClient
) -> None:
    """The SDK connects again with the old offer, speaks the text again, and reports success: only the connection's
    event and the dead peer tell."""
    azure.faults.drop_in_turn("avatar")
    result = await avatar.speak(TEXT)
    assert result.reason == COMPLETED
    assert [one.text for one in azure.spoken] == [TEXT, TEXT]
    assert len({one.connection for one in azure.spoken}) == 2
    assert len(avatar.disconnected) == 1
    assert avatar.connection.connectionState == "closed"
    assert [one.connected is None for one in azure.pictures] == [False, True]


async def test_a_socket_that_breaks_between_turns_is_replaced_as_well(
    azure: AzureService, avatar: AvatarClient
) -> None:
    azure.faults.drop("avatar")
    await azure.until(lambda: avatar.connection.connectionState == "closed")
    assert (await avatar.speak("Bonjour.")).reason == COMPLETED
    assert len(avatar.disconnected) == 1
    assert [one.connected is None for one in azure.pictures] == [False, True]


async def test_a_peer_that_dies_leaves_a_websocket_that_speaks_to_nobody(
    azure: AzureService, avatar: AvatarClient
) -> None:
    await asyncio.to_thread(azure.faults.peers_die)
    await azure.until(lambda: avatar.connection.connectionState == "closed")
    assert (await avatar.speak(TEXT)).reason == COMPLETED
    assert not avatar.disconnected
    assert [one.text for one in azure.spoken] == [TEXT]
    assert azure.pictures[0].reason == "died"


async def test_a_peer_that_stops_without_a_word(azure: AzureService, avatar: AvatarClient) -> None:
    await asyncio.to_thread(lambda: azure.faults.peers_die(quietly=True))
    await asyncio.sleep(0.3)
    count = len(avatar.watched.pictures)
    assert (await avatar.speak(TEXT)).reason == COMPLETED
    assert len(avatar.watched.pictures) == count
    assert avatar.connection.connectionState == "connected"


async def test_an_answer_of_nobody_never_connects(azure: AzureService) -> None:
    azure.faults.no_peer(1)
    async with watching(azure) as client:
        assert (await client.start()).reason == COMPLETED
        await asyncio.sleep(1.0)
        assert client.connection.connectionState != "connected"
        assert azure.pictures[0].connected is None
    async with watching(azure) as client:
        await client.start()
        await azure.until(lambda: client.watched.pictures)


async def test_refusals_quota_and_silence(azure: AzureService) -> None:
    for status, code in (
        (401, speechsdk.CancellationErrorCode.AuthenticationFailure),
        (429, speechsdk.CancellationErrorCode.TooManyRequests),
    ):
        azure.faults.refuse("avatar", status)
        async with watching(azure) as client:
            assert (await client.start()).cancellation_details.error_code == code
        azure.faults.clear()
    azure.faults.quota("avatar", code=4429)
    async with watching(azure) as client:
        details = (await client.start()).cancellation_details
        assert details.error_code == speechsdk.CancellationErrorCode.TooManyRequests
        assert "Quota exceeded" in details.error_details
    azure.faults.clear()
    azure.faults.silence("avatar")
    async with watching(azure) as client:
        starting = asyncio.create_task(client.start())
        await azure.until(lambda: azure.pictures)
        done, _ = await asyncio.wait([starting], timeout=1.0)
        assert not done
        await asyncio.to_thread(lambda: client.synthesizer.stop_speaking_async().get())
        assert "499" in (await starting).cancellation_details.error_details


async def test_a_connection_that_is_closed_at_its_time(azure: AzureService) -> None:
    azure.faults.close_after("avatar", 1.5)
    async with watching(azure) as client:
        began = time.monotonic()
        await client.start()
        await azure.until(lambda: client.disconnected)
        assert time.monotonic() - began >= 1.5
        await azure.until(lambda: client.connection.connectionState == "closed")
