"""One avatar for all listeners of a language: who is seen and heard when, and that every line is said once."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from avatar_talk import HoldUps, Talk, longest_still, talking, watching
from azure_service import AzureService, Limits, Pace
from dragoman import stage as stages
from dragoman.engines.azure.avatar_gate import Gate

FIRST = "Buenos días."
SECOND = "Son barcos."
LONG = "Hablaremos de barcos que llevan grano."
SHORT = "Así es."


async def test_the_first_listener_brings_the_avatar_and_others_find_it_there(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with talking(azure, tmp_path) as (talk, peers), AsyncExitStack() as people:
            assert not azure.pictures
            watchers = [await people.enter_async_context(watching(talk, peers, f"c{n}")) for n in range(5)]
            await azure.until(lambda: all(watcher.azure for watcher in watchers))
            talk.say(FIRST)
            talk.say(SECOND)
            await azure.until(lambda: talk.told.ended() == [1, 2])
            assert len(azure.pictures) == 1
            assert [spoken.text for spoken in azure.spoken] == [FIRST, SECOND]
            assert talk.voice.said == [], "nobody had to stand in"
            assert all(len(watcher.loud) > 10 for watcher in watchers)


async def test_a_line_waits_a_little_for_an_avatar_that_is_coming(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with talking(azure, tmp_path) as (talk, peers), watching(talk, peers):
            talk.say(FIRST)
            await azure.until(lambda: talk.told.ended() == [1])
            assert [*talk.voice.said, *(spoken.text for spoken in azure.spoken)] == [FIRST]


async def test_somebody_stands_in_for_an_avatar_that_takes_long_and_leaves_between_two_lines(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        azure.faults.refuse("avatar", 503, times=2)
        async with talking(azure, tmp_path) as (talk, peers), watching(talk, peers) as watcher:
            azure.faults.slow("avatar", 1.5)
            talk.say(FIRST)
            talk.say(SECOND)
            await azure.until(lambda: talk.told.ended() == [1, 2])
            assert talk.voice.said == [("es-f", FIRST), ("es-f", SECOND)]
            assert watcher.frames
            azure.faults.clear("avatar")
            await azure.until(lambda: watcher.azure)
            talk.say(SHORT)
            await azure.until(lambda: talk.told.ended() == [1, 2, 3])
            assert [spoken.text for spoken in azure.spoken] == [SHORT]
            assert talk.told.begun() == [1, 2, 3]


async def test_it_is_let_go_when_the_last_listener_has_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "LINGER_SECONDS", 0.2)
    with AzureService(relays=()) as azure:
        async with talking(azure, tmp_path) as (talk, peers):
            async with watching(talk, peers) as watcher:
                await azure.until(lambda: watcher.azure)
            await azure.until(lambda: not azure.live("avatar") and azure.pictures[0].closed is not None)
            assert 0 < talk.used["avatar"] < 60


async def test_it_is_let_go_where_nothing_is_said_and_comes_back_for_the_next_line(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with (
            talking(azure, tmp_path, AZURE_AVATAR_IDLE_SECONDS=2.0) as (talk, peers),
            watching(talk, peers) as watcher,
        ):
            await azure.until(lambda: watcher.azure)
            await azure.until(lambda: not azure.live("avatar"))
            await azure.until(lambda: not watcher.azure)
            talk.say(FIRST)
            await azure.until(lambda: talk.told.ended() == [1])
            assert [*(text for _, text in talk.voice.said), *(spoken.text for spoken in azure.spoken)] == [FIRST]
            await azure.until(lambda: len(azure.pictures) == 2)
            was = azure.pictures[0]
            assert was.closed is not None
            assert 0 < talk.used["avatar"] <= was.closed - was.opened + 2.0, "nothing while it is away"


async def test_renewals_lose_no_line_and_are_not_noticed(tmp_path: Path) -> None:
    """The service ends a connection after 10 s here; it is renewed after 1.5, and at the next end of a line."""
    with AzureService(relays=(), limits=Limits(avatar_connection=10.0)) as azure:
        async with (
            talking(azure, tmp_path, AZURE_AVATAR_RENEW_SECONDS=1.5) as (talk, peers),
            watching(talk, peers) as watcher,
            HoldUps() as machine,
        ):
            await azure.until(lambda: watcher.azure)
            begun = watcher.frames[-1].at + 1.0
            await azure.until(lambda: watcher.frames[-1].at >= begun)
            said = [f"{number} barcos." for number in range(1, 6)]
            for number, text in enumerate(said, 1):
                talk.say(text)
                await azure.until(lambda: len(talk.told.ended()) >= number - 1)  # noqa: B023
            await azure.until(lambda: talk.told.ended() == [1, 2, 3, 4, 5])
            assert len(azure.pictures) >= 3, "connections"
            assert [spoken.text for spoken in azure.spoken] == said
            assert talk.told.begun() == [1, 2, 3, 4, 5]
            assert talk.voice.said == []
            assert talk.told.condensings == []
            assert {picture.reason for picture in azure.pictures if picture.closed} == {"closed"}, (
                "never by the service"
            )
            assert all(frame.seen for frame in watcher.frames if frame.at > begun)
            assert longest_still(watcher.frames, begun) <= 0.3 + machine.longest
            lasted = zip(talk.told.lasted(), (spoken.seconds for spoken in azure.spoken), strict=True)
            assert all(took - seconds <= 0.3 + machine.longest for took, seconds in lasted), "no hole in a line"


@pytest.mark.parametrize("death", ["websocket", "peer", "pictures"])
async def test_a_line_in_whose_middle_it_dies_is_said_again_once(tmp_path: Path, death: str) -> None:
    with AzureService(relays=()) as azure:
        async with talking(azure, tmp_path) as (talk, peers), watching(talk, peers) as watcher:
            await azure.until(lambda: watcher.azure)
            if death == "websocket":
                azure.faults.drop_in_turn("avatar")
            talk.say(LONG)
            talk.say(SHORT)
            if death != "websocket":
                await azure.until(lambda: talk.told.begun() == [1])
                azure.faults.peers_die(quietly=death == "pictures")
            await azure.until(lambda: talk.told.ended()[-1:] == [2])
            assert talk.told.begun() == [1, 1, 2]
            said = Counter([*(text for _, text in talk.voice.said), *(spoken.text for spoken in azure.spoken)])
            if death == "websocket":
                # The SDK, by itself and before it can be closed, may connect again and send it to where nobody is.
                said[LONG] = min(2, said[LONG])
            assert said == {LONG: 2, SHORT: 1}
            await azure.until(lambda: watcher.azure)
            await azure.until(lambda: len(azure.live("avatar")) == 1)


async def take_back_a_long_line(azure: AzureService, talk: Talk) -> None:
    """While it is said; returns when the short one behind it has been said."""
    talk.say(LONG * 6)
    talk.say(SHORT)
    await azure.until(lambda: talk.told.begun() == [1])
    talk.history.retract(1)
    talk.stage.retract(1)
    await azure.until(lambda: talk.told.ended()[-1:] == [2])


@pytest.mark.parametrize("stops", [0.0, 1.0])
async def test_of_a_line_that_is_taken_back_nothing_is_heard_in_the_next_one(tmp_path: Path, stops: float) -> None:
    with AzureService(relays=(), pace=Pace(stops=stops)) as azure:
        async with talking(azure, tmp_path) as (talk, peers), watching(talk, peers) as watcher, HoldUps() as machine:
            await azure.until(lambda: watcher.azure)
            await take_back_a_long_line(azure, talk)
            first, second = azure.spoken
            assert [first.text, second.text] == [LONG * 6, SHORT]
            begun = next(at for at, state in talk.told.states if state.segment_id == 2)
            assert begun > second.at, "it is heard after it was asked for"
            assert talk.told.lasted()[-1] - second.seconds <= 0.3 + machine.longest
            assert second.at - first.at < 4.0 + machine.longest < first.seconds, "the old one is stopped"
            assert len(azure.pictures) == 1, "on the same connection"
            assert talk.voice.said == []


async def test_an_avatar_that_does_not_stop_is_left_and_the_next_line_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dragoman.engines.azure.avatar_link._HUSHED_SECONDS", 1.0)
    with AzureService(relays=(), pace=Pace(stops=60.0)) as azure:
        async with talking(azure, tmp_path) as (talk, peers), watching(talk, peers) as watcher:
            await azure.until(lambda: watcher.azure)
            await take_back_a_long_line(azure, talk)
            assert [*(text for _, text in talk.voice.said), *(one.text for one in azure.spoken[1:])] == [SHORT]
            await azure.until(lambda: azure.pictures[0].closed and watcher.azure)


async def test_a_service_that_does_not_say_when_a_line_has_ended_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dragoman.engines.azure.avatar_presenter.MUTE_SECONDS", 1.0)
    with AzureService(relays=()) as azure:
        async with talking(azure, tmp_path) as (talk, peers), watching(talk, peers) as watcher:
            await azure.until(lambda: watcher.azure)
            azure.faults.silence("avatar")
            talk.say(FIRST)
            await azure.until(lambda: talk.told.ended() == [1])
            await azure.until(lambda: azure.pictures[0].closed)
            talk.say(SECOND)
            await azure.until(lambda: talk.told.ended() == [1, 2])
            assert talk.voice.said == [("es-f", SECOND)]
            assert [spoken.text for spoken in azure.spoken] == [FIRST]


async def test_an_avatar_whose_sound_does_not_come_costs_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dragoman.engines.azure.avatar_presenter.FIRST_SOUND_SECONDS", 1.0)
    with AzureService(relays=(), pace=Pace(first_audio=60.0)) as azure:
        async with talking(azure, tmp_path) as (talk, peers), watching(talk, peers) as watcher:
            await azure.until(lambda: watcher.azure)
            talk.say(FIRST)
            await azure.until(lambda: talk.told.ended() == [1])
            assert talk.voice.said == [("es-f", FIRST)]
            assert talk.told.begun() == [1]


async def test_an_avatar_that_answers_and_is_not_there_is_stood_in_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dragoman.engines.azure.avatar_connection.CONNECT_SECONDS", 2.0)
    with AzureService(relays=()) as azure:
        azure.faults.no_peer(times=1)
        async with talking(azure, tmp_path) as (talk, peers), watching(talk, peers) as watcher:
            talk.say(FIRST)
            await azure.until(lambda: talk.told.ended() == [1])
            assert talk.voice.said == [("es-f", FIRST)]
            await azure.until(lambda: watcher.azure)


async def test_too_many_connections_back_off_and_succeed(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        azure.faults.refuse("avatar", 429, times=1)
        gate = Gate(per_minute=100, at_most=5, minute=6.0)
        async with talking(azure, tmp_path, gate=gate) as (talk, peers), watching(talk, peers) as watcher:
            await azure.until(lambda: watcher.azure)
            talk.say(FIRST)
            await azure.until(lambda: talk.told.ended() == [1])
            assert [spoken.text for spoken in azure.spoken] == [FIRST]


async def test_an_avatar_whose_token_was_taken_back_comes_again_with_another(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with (
            talking(azure, tmp_path, ENABLE_TOKEN_AUTH=True) as (talk, peers),
            watching(talk, peers) as watcher,
        ):
            await azure.until(lambda: watcher.azure)
            azure.state.keys.revoke()
            azure.faults.drop("avatar")
            await azure.until(lambda: len(azure.pictures) == 2 and watcher.azure)
            assert [one.status for one in azure.connections if one.service == "avatar"] == [101, 401, 101]
            talk.say(FIRST)
            await azure.until(lambda: talk.told.ended() == [1])
            assert [spoken.text for spoken in azure.spoken] == [FIRST]


async def test_languages_queue_for_their_connection_and_both_are_heard(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        gate = Gate(per_minute=1, at_most=5, minute=4.0)
        async with (
            talking(azure, tmp_path, gate=gate) as (talk, peers),
            watching(talk, peers, "ana", "es") as ana,
            watching(talk, peers, "luc", "fr") as luc,
        ):
            await azure.until(lambda: ana.azure or luc.azure)
            assert gate.waiting == 1
            await azure.until(lambda: ana.azure and luc.azure)
            first, second = azure.pictures
            assert second.opened - first.opened > 3.0
