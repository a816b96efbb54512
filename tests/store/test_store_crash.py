"""The store in processes that are killed and on a disk that is full."""

import asyncio
import random
import signal
import subprocess
import sys
import time
from itertools import pairwise

from dragoman.journal import SessionRecord, Target
from dragoman.store import Store

CODES = ("000001", "000002", "000003")

TALKING = """
import asyncio, sys
from dragoman.speech import Final, Line
from dragoman.store import Store

async def talk(store, code):
    while True:
        start = (await store.find(code)).received
        said = Final(start, start + 700, "so it goes", start + 1000)
        segment = await store.append(code, said, start)
        print(code, segment.id, said.safe, flush=True)
        await store.lines(code, [Line(segment.id, "es", "así es")])
        print(code, segment.id, "es", flush=True)

async def main():
    async with Store.open(sys.argv[1]) as store:
        await asyncio.gather(*(talk(store, code) for code in sys.argv[2:]))

asyncio.run(main())
"""

FULL_DISK = """
import asyncio, resource, sys
from dragoman.journal import JournalFailed
from dragoman.speech import Final
from dragoman.store import Store

async def main():
    async with Store.open(sys.argv[1]) as store:
        async def say(size):
            return (await store.append("000001", Final(0, 1, "x" * size, 1), 1)).id
        assert await say(10) == 1
        room = 200_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        failed = 0
        for _ in range(3):
            answers = await asyncio.gather(*(say(100_000) for _ in range(4)), return_exceptions=True)
            assert all(isinstance(answer, (int, JournalFailed)) for answer in answers), answers
            failed += sum(isinstance(answer, JournalFailed) for answer in answers)
        assert failed, "nothing failed"
        try:
            for _ in range(100):
                await store.check()
        except JournalFailed as error:
            print("check:", error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await store.check()
        kept = [entry.segment.id for entry in await store.history("000001")]
        assert kept == list(range(1, len(kept) + 1)), kept
        assert await say(100_000) == len(kept) + 1
        print("failed", failed)

asyncio.run(main())
"""


async def make(url):
    async with Store.open(url) as store:
        for code in CODES:
            await store.create(SessionRecord(code, "", "", "en", (Target("es"),), created=1))


def talk_until_killed(url, seconds):
    """What a talking process printed before it was killed `seconds` after its first word."""
    child = subprocess.Popen([sys.executable, "-c", TALKING, url, *CODES], stdout=subprocess.PIPE, text=True)
    try:
        first = child.stdout.readline()
        time.sleep(seconds)
    finally:
        child.send_signal(signal.SIGKILL)
    rest, _ = child.communicate()
    assert child.returncode == -signal.SIGKILL
    return [tuple(line.split()) for line in (first + rest).splitlines() if line.count(" ") == 2]


async def test_nothing_that_was_committed_is_lost_when_the_process_is_killed(tmp_path):
    url = f"sqlite:///{tmp_path / 'talks.sqlite3'}"
    await make(url)
    told = []
    chance = random.Random(7)
    for _ in range(6):
        told += await asyncio.to_thread(talk_until_killed, url, chance.uniform(0, 0.4))
    assert len(told) > 50
    async with Store.open(url) as store:
        for code in CODES:
            entries = await store.history(code)
            assert [entry.segment.id for entry in entries] == list(range(1, len(entries) + 1))
            assert (await store.find(code)).received == entries[-1].segment.start + 1000
            doubled = [now for before, now in pairwise(entries) if now.segment.start != before.segment.start + 1000]
            assert not doubled
            kept = {(code, str(entry.segment.id), str(entry.segment.start + 1000)) for entry in entries}
            kept |= {(code, str(entry.segment.id), "es") for entry in entries if entry.lines}
            assert {line for line in told if line[0] == code} <= kept


async def test_a_full_disk_fails_its_callers_and_the_writer_goes_on_when_there_is_room(tmp_path):
    url = f"sqlite:///{tmp_path / 'talks.sqlite3'}"
    await make(url)
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", FULL_DISK, url], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "check: the database could not keep this" in done.stdout


def test_a_process_with_an_open_store_ends_when_it_is_told_to(tmp_path):
    url = f"sqlite:///{tmp_path / 'talks.sqlite3'}"
    asyncio.run(make(url))
    child = subprocess.Popen([sys.executable, "-c", TALKING, url, *CODES], stdout=subprocess.PIPE, text=True)
    child.stdout.readline()
    child.terminate()
    child.communicate(timeout=10)
    assert child.returncode == -signal.SIGTERM
