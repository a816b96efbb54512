"""Virtual time, the simulated cores, and a whole conference on them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from benchmarks.simul import hall
from benchmarks.simul.engines import BookedWorker
from benchmarks.simul.machine import Machine
from benchmarks.simul.measures import begun, changed_finals, ended
from benchmarks.simul.outside import Outside, cpu_of
from benchmarks.simul.talks import talk
from benchmarks.simul.virtual_time import Stuck, VirtualLoop

from dragoman.engines.threads import WorkerClosed


def on_virtual_time(work: Callable[[], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        return await work()

    loop = VirtualLoop()
    try:
        return loop.run_until_complete(run())
    finally:
        loop.close()


def test_an_hour_of_sleep_takes_no_time() -> None:
    async def sleep() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    began = time.monotonic()
    assert on_virtual_time(sleep) == pytest.approx(3600)
    assert time.monotonic() - began < 5


def test_waiting_for_what_never_comes_is_an_error() -> None:
    async def wait() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Stuck):
        on_virtual_time(wait)


def done_at(*jobs: tuple[float, float]) -> list[float]:
    """When jobs are done on two cores: (when each begins, its seconds)."""

    async def one(machine: Machine, begins: float, seconds: float) -> float:
        await asyncio.sleep(begins)
        await machine.work("work", seconds)
        return asyncio.get_running_loop().time()

    async def run() -> list[float]:
        machine = Machine(cores=2)
        found = await asyncio.gather(*(one(machine, *job) for job in jobs))
        assert machine.booked["work"] == pytest.approx(sum(seconds for _, seconds in jobs))
        return found

    result: list[float] = on_virtual_time(run)
    return result


def test_as_many_jobs_as_cores_do_not_disturb_each_other() -> None:
    assert done_at((0, 1), (0, 2)) == pytest.approx([1, 2])


def test_more_jobs_than_cores_share_them() -> None:
    assert done_at((0, 1), (0, 1), (0, 1)) == pytest.approx([1.5, 1.5, 1.5])
    # the third comes when the others have half a second left, which then take 0.75 s
    assert done_at((0, 1), (0, 1), (0.5, 1)) == pytest.approx([1.25, 1.25, 1.75])


def test_a_job_of_no_length_is_done_at_once() -> None:
    assert done_at((1, 0)) == pytest.approx([1])


def test_a_booked_worker_does_one_job_at_a_time_the_most_urgent_first() -> None:
    order: list[str] = []

    async def run() -> dict[str, float]:
        machine = Machine()
        worker = BookedWorker("work", machine)

        def job(name: str) -> str:
            order.append(name)
            end = time.thread_time() + 0.01
            while time.thread_time() < end:
                pass
            return name

        jobs = [
            asyncio.ensure_future(worker.run(urgency, job, name))
            for urgency, name in ((2, "partial"), (2, "left"), (0, "ears"), (1, "final"))
        ]
        await asyncio.sleep(0)
        jobs[1].cancel()
        found = await asyncio.gather(*jobs, return_exceptions=True)
        assert [one for one in found if isinstance(one, str)] == ["partial", "ears", "final"]
        assert asyncio.get_running_loop().time() == pytest.approx(machine.booked["work"])
        await worker.close()
        with pytest.raises(WorkerClosed):
            await worker.run(0, job, "late")
        return dict(machine.booked)

    assert on_virtual_time(run)["work"] >= 0.03
    assert order == ["partial", "ears", "final"]


def test_real_time_passes_outside_and_children_have_a_clock() -> None:
    async def child() -> float:
        process = await asyncio.create_subprocess_exec(
            "sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; read x", stdin=asyncio.subprocess.PIPE
        )
        while cpu_of(process.pid) < 0.002:
            await asyncio.sleep(0.01)
        spent = cpu_of(process.pid)
        process.kill()
        await process.wait()
        return spent

    with Outside() as outside:
        assert outside.call(child()) >= 0.002


@pytest.mark.slow
def test_a_minute_of_a_whole_conference() -> None:
    speech = talk(1, pauses=True)
    course = hall.play(speech.sound, "balanced")
    clauses = course.finals("en")
    assert len(clauses) > 5
    for language in hall.LANGUAGES:
        assert [line.segment for line in course.finals(language)] == [clause.segment for clause in clauses]
        heard = [one for one in course.heard if one.language == language]
        assert set(begun(heard)) == set(ended(heard))
        assert len(begun(heard)) + course.condensed[language] == len(clauses)
    assert changed_finals(course.shown) == 0
    assert speech.end - 1 < clauses[-1].at < speech.seconds + hall.TAIL_SECONDS + 2
    assert max(shown.at for shown in course.shown) < speech.seconds + 30
    kinds = {"recognition", "translation", "voice", "drawing and encoding", "encoding sound", "journal", "event loop"}
    assert kinds <= {kind for kind, share in course.costs.items() if share > 0}
    assert sum(course.costs.values()) < 2
