"""Children: real programs that answer, die, hang, and are gone afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest
import uvloop

from dragoman.engines.children import Children, ChildrenFailed, _End, counted, terminated
from offspring import assert_gone
from offspring import children as offspring

CATS = [["cat"], ["cat"], ["cat"]]


async def ask_on(children: Children) -> None:
    """Ask for a second: a request may overtake the death of a program that stands behind it."""
    for _ in range(100):
        await children.ask(b"and now\0")
        await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def _nobody_stays():
    before = offspring()
    yield
    assert offspring() <= before


async def test_an_answer_has_gone_through_all_programs_in_order():
    children = await Children.start([["sed", "-zu", "s/$/ one/"], ["sed", "-zu", "s/$/ two/"]])
    try:
        assert await children.ask(b"zero\0") == b"zero one two"
        assert await children.ask(b"\0") == b" one two"
    finally:
        await children.end()


async def test_a_terminator_may_come_in_parts():
    children = await Children.start(
        [["sh", "-c", "read x; printf 'a\\r'; sleep 0.1; printf '\\n'; cat"]], framing=terminated(b"\r\n")
    )
    try:
        assert await children.ask(b"go\n") == b"a"
    finally:
        await children.end()


async def test_they_share_a_process_group_that_is_not_this_ones():
    children = await Children.start(CATS)
    more = await Children.start(CATS, group=children.group)
    try:
        groups = {os.getpgid(pid) for pid in (*children.pids, *more.pids)}
        assert groups == {children.group}
        assert children.group != os.getpgrp()
    finally:
        await children.end()
        await more.end()


async def test_ending_leaves_none_and_can_be_repeated():
    children = await Children.start(CATS)
    assert len(children.pids) == 3
    await children.end()
    await children.end()
    assert not any(psutil.pid_exists(pid) for pid in children.pids)
    with pytest.raises(ChildrenFailed):
        await children.ask(b"too late\0")


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_a_request_fails_when_any_program_dies(place: int):
    children = await Children.start(CATS)
    try:
        assert await children.ask(b"well\0") == b"well"
        os.kill(children.pids[place], signal.SIGKILL)
        with pytest.raises(ChildrenFailed):
            await ask_on(children)
        assert not children.alive
    finally:
        await children.end()


async def test_a_death_between_requests_is_seen():
    children = await Children.start(CATS)
    try:
        os.kill(children.pids[1], signal.SIGKILL)
        async with asyncio.timeout(5):
            while children.alive:
                await asyncio.sleep(0.01)
    finally:
        await children.end()


async def test_after_a_timeout_they_are_of_no_more_use():
    children = await Children.start(CATS)
    try:
        os.kill(children.pids[1], signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await children.ask(b"anybody\0")
        assert not children.alive
    finally:
        await children.end()


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("read x; yes", id="an answer without an end"),
        pytest.param("read x; printf 'one\\0two\\0'; cat", id="two answers"),
    ],
)
async def test_what_cannot_be_an_answer_is_none(program: str):
    children = await Children.start([["sh", "-c", program]])
    try:
        with pytest.raises(ChildrenFailed):
            await children.ask(b"go\n")
    finally:
        await children.end()


async def test_programs_that_speak_unasked_are_not_alive():
    children = await Children.start([["sh", "-c", "echo hello; cat"]])
    try:
        async with asyncio.timeout(5):
            while children.alive:
                await asyncio.sleep(0.01)
    finally:
        await children.end()


async def test_a_program_that_does_not_exist_is_an_os_error_and_leaves_no_other():
    with pytest.raises(FileNotFoundError):
        await Children.start([["cat"], ["no-such-program-anywhere"], ["cat"]])
    async with asyncio.timeout(5):
        while any("cat" in psutil.Process(pid).name() for pid in offspring()):
            await asyncio.sleep(0.01)


async def test_complaints_are_seen_only_where_they_are_watched():
    program = [["sh", "-c", "read x; printf 'fine\\0'; read x; echo oh >&2; printf 'fine\\0'; cat"]]
    watched = await Children.start(program, watched=True)
    unwatched = await Children.start(program)
    try:
        for children, then in ((watched, True), (unwatched, False)):
            await children.ask(b"1\n")
            assert not children.complained
            await children.ask(b"2\n")
            assert children.complained is then
    finally:
        await watched.end()
        await unwatched.end()


async def test_children_see_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOST_KEY", "a secret")
    children = await Children.start([["sh", "-c", "read x; env; printf '\\0'; cat"]])
    try:
        seen = await children.ask(b"go\n")
    finally:
        await children.end()
    assert b"LC_ALL=C.UTF-8" in seen
    assert b"secret" not in seen


async def test_a_start_that_is_cancelled_leaves_none():
    before = offspring()
    for delay in (0.0, 0.001, 0.005, 0.02):
        starting = asyncio.create_task(Children.start([["cat"]] * 20))
        await asyncio.sleep(delay)
        starting.cancel()
        with suppress(asyncio.CancelledError):
            await (await starting).end()
    async with asyncio.timeout(5):
        while offspring() - before:
            await asyncio.sleep(0.01)


async def test_the_loop_goes_on_while_they_start():
    longest, last = 0.0, time.perf_counter()

    async def tick() -> None:
        nonlocal longest, last
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now

    ticking = asyncio.create_task(tick())
    began = time.perf_counter()
    children = await Children.start([["cat"]] * 60)
    took = time.perf_counter() - began
    ticking.cancel()
    await children.end()
    assert longest < took / 3


def test_it_all_works_on_uvloop_too():
    async def live_and_die() -> None:
        children = await Children.start(CATS)
        assert await children.ask(b"hello\0") == b"hello"
        os.kill(children.pids[1], signal.SIGKILL)
        with pytest.raises(ChildrenFailed):
            await ask_on(children)
        await children.end()
        await children.end()

    uvloop.run(live_and_die())


HOLDER = """
import asyncio
from dragoman.engines.children import Children

async def main():
    first = await Children.start([["cat"]] * 5)
    second = await Children.start([["cat"]] * 5)
    await first.ask(b"a\\0")
    await second.ask(b"b\\0")
    print(*first.pids, *second.pids, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_children_of_a_killed_process_are_gone_within_two_seconds():
    holder = subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    with holder.stdout:
        pids = [int(pid) for pid in holder.stdout.readline().split()]
        assert len(pids) == 10
        assert all(psutil.pid_exists(pid) for pid in pids)
        holder.kill()
        holder.wait()
    assert_gone(pids, 2)


async def test_an_answer_may_be_any_bytes_where_they_are_counted():
    answer = bytes(range(256)) * 40
    program = f"import sys; sys.stdin.readline(); sys.stdout.buffer.write({counted_as(answer)!r}); sys.stdout.flush()"
    children = await Children.start(
        [[sys.executable, "-I", "-S", "-c", f"{program}; sys.stdin.read()"]], framing=counted
    )
    try:
        assert await children.ask(b"go\n") == answer
    finally:
        await children.end()


def counted_as(answer: bytes) -> bytes:
    """An answer after its length."""
    return len(answer).to_bytes(4, "little") + answer


@pytest.mark.parametrize("parts", [1, 3, 4, 5])
def test_a_counted_answer_is_complete_only_when_all_of_it_is_there(parts: int):
    whole = counted_as(b"\0\1\2")
    heard = bytearray()
    for at in range(0, len(whole), parts):
        assert counted(heard) is None
        heard += whole[at : at + parts]
    assert counted(heard) == (b"\0\1\2", len(whole))
    assert counted(heard + b"more") == (b"\0\1\2", len(whole))
    assert counted(bytearray(counted_as(b""))) == (b"", 4)


def test_a_number_that_was_given_to_somebody_else_meanwhile_is_not_closed() -> None:
    reading, writing = os.pipe()
    try:
        end = _End(reading)
        os.close(reading)  # as uvloop's transports do, before they close what they were given
        taken = os.memfd_create("somebody's")
        assert taken == reading
        end.close()
        assert os.fstat(taken)
        os.close(taken)
        end.close()
    finally:
        os.close(writing)


def test_an_end_that_nobody_closed_is_closed() -> None:
    reading, writing = os.pipe()
    end = _End(reading)
    end.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(reading)
    os.close(writing)
