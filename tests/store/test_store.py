import asyncio
import sqlite3
import traceback
from contextlib import closing
from dataclasses import replace

import pytest

from dragoman.journal import CodeTaken, JournalFailed, SessionRecord, Target
from dragoman.speech import Entry, Final, Line, Segment
from dragoman.store import Store
from dragoman.store.writer import WAITING_LIMIT

RECORD = SessionRecord(
    session_id="123456",
    name="Grüße, \N{WAVING HAND SIGN}",
    host="ab" * 32,
    source="en",
    targets=(Target("es"), Target("pt-BR", since=7)),
    created=1_700_000_000_000,
    options={"avatarCharacter": "maya", "glossary": {"stream": "flujo"}, "floorAudio": True, "greeting": None},
    passcode="salt$hash",
    active=True,
    started=True,
    ended=None,
    used=1_700_000_000_000,
    received=16_000,
)


def final(number: int, text: str = "so it goes") -> Final:
    return Final(start=number * 16_000, end=number * 16_000 + 15_000, text=text, safe=number * 16_000 + 16_000)


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'talks.sqlite3'}"


@pytest.fixture
async def store(url):
    async with Store.open(url, patience=0.2) as store:
        yield store


async def test_a_session_is_found_as_it_was_kept_also_after_a_restart(url):
    async with Store.open(url) as store:
        await store.create(RECORD)
        assert await store.find("123456") == RECORD
    async with Store.open(url) as store:
        assert await store.find("123456") == RECORD
        assert await store.find("654321") is None


async def test_a_code_is_given_once(store):
    await store.create(RECORD)
    with pytest.raises(CodeTaken):
        await store.create(replace(RECORD, name="another"))
    assert (await store.find("123456")).name == RECORD.name


async def test_an_update_keeps_everything_except_received_and_an_older_used(store):
    await store.create(RECORD)
    await store.append("123456", final(4), RECORD.used + 500)
    changed = replace(RECORD, name="new", targets=(Target("fr"),), options={}, passcode=None, active=False, ended=5)
    changed = replace(changed, received=1, used=2)
    await store.update(changed)
    assert await store.find("123456") == replace(changed, received=5 * 16_000, used=RECORD.used + 500)
    assert (await store.append("123456", final(5), RECORD.used + 600)).id == 2


async def test_segments_are_numbered_from_one_in_each_session(store):
    for code in ("000001", "000002"):
        await store.create(replace(RECORD, session_id=code))
    kept = await asyncio.gather(*(store.append(f"00000{1 + n % 2}", final(n), n) for n in range(20)))
    assert [segment.id for segment in kept] == [1 + n // 2 for n in range(20)]
    assert kept[6] == Segment(id=4, start=6 * 16_000, end=6 * 16_000 + 15_000, text="so it goes", timestamp=6)


async def test_received_grows_with_finals_and_with_silence_and_never_shrinks(store):
    await store.create(replace(RECORD, received=0))

    async def received():
        return (await store.find("123456")).received

    await store.append("123456", final(9), 1)
    assert await received() == 160_000
    await store.received("123456", 200_000)
    assert await received() == 200_000
    await store.received("123456", 170_000)
    await store.append("123456", final(3), 2)
    assert await received() == 200_000


async def test_history_comes_in_order_with_every_line_made_so_far(store):
    await store.create(RECORD)
    await store.create(replace(RECORD, session_id="999999"))
    hostile = "'); DROP TABLE lines; -- \x00 <b>&amp;\N{WAVING HAND SIGN}"
    segments = [await store.append("123456", final(n, text=hostile), n) for n in range(3)]
    await store.append("999999", final(1, text="elsewhere"), 1)
    await store.lines("123456", [Line(2, "pt-BR", hostile), Line(1, "es", "así es")])
    await store.lines("123456", [Line(2, "es", hostile, untranslated=True)])
    await store.lines("123456", [])
    assert await store.history("123456") == [
        Entry(segments[0], {"es": Line(1, "es", "así es")}),
        Entry(segments[1], {"pt-BR": Line(2, "pt-BR", hostile), "es": Line(2, "es", hostile, untranslated=True)}),
        Entry(segments[2], {}),
    ]
    assert await store.history("000000") == []


async def test_a_line_that_is_kept_stays_as_it_was(store):
    await store.create(RECORD)
    await store.append("123456", final(1), 1)
    await store.lines("123456", [Line(1, "es", "primera"), Line(1, "es", "doble")])
    await store.lines("123456", [Line(1, "es", "segunda"), Line(1, "fr", "première")])
    (entry,) = await store.history("123456")
    assert {tag: line.text for tag, line in entry.lines.items()} == {"es": "primera", "fr": "première"}


async def test_what_became_of_a_line_at_its_avatar_is_kept_with_it_and_nothing_else_of_it_changes(store):
    await store.create(RECORD)
    for number in (1, 2):
        await store.append("123456", final(number), 1)
        await store.lines("123456", [Line(number, "es", "uno"), Line(number, "fr", "un", untranslated=True)])
    await store.spoken("123456", 1, "es", 2400)
    await store.condensed("123456", 2, "es")
    await store.spoken("123456", 7, "es", 1)
    await store.condensed("654321", 1, "es")
    assert [entry.lines for entry in await store.history("123456")] == [
        {"es": Line(1, "es", "uno", lag=2400), "fr": Line(1, "fr", "un", untranslated=True)},
        {"es": Line(2, "es", "uno", condensed=True), "fr": Line(2, "fr", "un", untranslated=True)},
    ]
    await store.lines("123456", [Line(2, "es", "otra")])
    assert (await store.history("123456"))[1].lines["es"] == Line(2, "es", "uno", condensed=True)


async def test_one_bad_operation_in_a_group_costs_its_own_caller_only(store):
    await store.create(RECORD)
    answers = await asyncio.gather(
        store.append("123456", final(1), 1),
        store.append("000000", final(1), 1),
        store.append("123456", final(2, text="half a character \ud800"), 1),
        store.lines("123456", [Line(1, "es", "uno"), Line(77, "es", "of no segment")]),
        store.update(replace(RECORD, session_id="000000")),
        store.create(RECORD),
        store.append("123456", final(3), 1),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers] == [
        Segment,
        JournalFailed,
        JournalFailed,
        JournalFailed,
        JournalFailed,
        CodeTaken,
        Segment,
    ]
    assert "no session 000000" in str(answers[1])
    assert [(entry.segment.id, entry.lines) for entry in await store.history("123456")] == [(1, {}), (2, {})]


@pytest.mark.parametrize("segment", [1, 2])
async def test_errors_do_not_quote_what_was_said_in_their_tracebacks_either(store, segment):
    await store.create(RECORD)
    await store.append("123456", final(1), 1)
    word = "tercespot"[::-1]  # as it would stand in a traceback's source line otherwise
    with pytest.raises(JournalFailed) as caught:
        await store.lines("123456", [Line(segment, "es", word + "\ud800" * (2 - segment))])
    assert word not in "".join(traceback.format_exception(caught.value))


async def test_deleting_forgets_the_words_in_the_files_too(store, tmp_path):
    def files():
        return b"".join(path.read_bytes() for path in tmp_path.iterdir())

    await store.create(RECORD)
    for number in range(50):
        await store.append("123456", final(number, text="xylophone " * 100), number)
        await store.lines("123456", [Line(number + 1, "es", "marimba " * 100)])
    assert b"xylophone" in files()
    await store.delete("123456")
    assert await store.find("123456") is None
    assert await store.history("123456") == []
    assert b"xylophone" not in files()
    assert b"marimba" not in files()
    await store.delete("123456")


async def test_sessions_that_have_not_ended_come_oldest_first(store):
    for code, created, ended in (("000003", 30, None), ("000001", 10, None), ("000002", 20, 25)):
        await store.create(replace(RECORD, session_id=code, created=created, ended=ended))
    assert [record.session_id for record in await store.sessions()] == ["000001", "000003"]


@pytest.mark.parametrize(
    ("record", "gone"),
    [
        (replace(RECORD, ended=99, used=0, created=0), True),
        (replace(RECORD, ended=100, used=0, created=0), False),
        (replace(RECORD, started=False, created=199, used=0), True),
        (replace(RECORD, started=False, created=200, used=0), False),
        (replace(RECORD, started=True, created=0, used=299), True),
        (replace(RECORD, started=True, created=0, used=300), False),
    ],
)
async def test_time_is_up_for_ended_unstarted_and_idle_sessions_each_by_its_own_limit(store, record, gone):
    await store.create(record)
    found = await store.expired(ended_before=100, unstarted_before=200, idle_before=300)
    assert found == (["123456"] if gone else [])


async def test_a_locked_database_fails_the_caller_and_the_writer_goes_on(store, tmp_path):
    await store.create(RECORD)
    with closing(sqlite3.connect(tmp_path / "talks.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalFailed, match="locked"):
            await store.append("123456", final(1), 1)
        with pytest.raises(JournalFailed, match="locked"):
            await store.check()
        assert await store.find("123456") == RECORD, "readers do not wait for a writer"
        other.execute("ROLLBACK")
    await store.check()
    assert (await store.append("123456", final(1), 1)).id == 1


async def test_more_callers_than_places_are_all_served_in_order(store):
    await store.create(RECORD)
    many = 2 * WAITING_LIMIT
    kept = await asyncio.gather(*(store.append("123456", final(n), n) for n in range(many)))
    assert [(segment.id, segment.timestamp) for segment in kept] == [(n + 1, n) for n in range(many)]


async def test_a_caller_that_leaves_takes_nothing_from_the_others(store):
    await store.create(RECORD)
    calls = [asyncio.create_task(store.append("123456", final(n), n)) for n in range(10)]
    await asyncio.sleep(0)
    calls[3].cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [Segment] * 3 + [asyncio.CancelledError] + [Segment] * 6
    assert len(await store.history("123456")) == 10


async def test_closing_commits_what_was_asked_for_and_refuses_what_comes_later(url):
    async with Store.open(url) as store:
        await store.create(RECORD)
        calls = [asyncio.create_task(store.append("123456", final(n), n)) for n in range(300)]
        await asyncio.sleep(0)
    assert [segment.id for segment in await asyncio.gather(*calls)] == list(range(1, 301))
    with pytest.raises(JournalFailed, match="closed"):
        await store.append("123456", final(1), 1)
    with pytest.raises(JournalFailed, match="closed"):
        await store.find("123456")


async def test_files_are_made_where_they_are_missing_and_only_their_owner_reads_them(tmp_path):
    folder = tmp_path / "not" / "there yet"
    async with Store.open(f"sqlite:///{folder / 'talks.sqlite3'}") as store:
        await store.create(RECORD)
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == dict.fromkeys(("talks.sqlite3", "talks.sqlite3-wal", "talks.sqlite3-shm"), 0o600)


async def test_a_history_of_thousands_leaves_the_loop_alone_while_it_is_read(store):
    await store.create(RECORD)
    await asyncio.gather(*(store.append("123456", final(n), n) for n in range(2000)))
    await store.lines("123456", [Line(n + 1, tag, "palabra " * 10) for n in range(2000) for tag in ("es", "fr", "it")])
    turns = 0

    async def turn():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    entries = await store.history("123456")
    turning.cancel()
    assert [entry.segment.id for entry in entries] == list(range(1, 2001))
    assert all(len(entry.lines) == 3 for entry in entries)
    assert turns > 20
