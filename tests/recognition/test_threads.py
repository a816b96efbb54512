"""The one door to threads."""

import asyncio
import threading

import pytest

from dragoman.engines.threads import Worker, WorkerClosed


@pytest.fixture
async def worker():
    worker = Worker("test worker")
    yield worker
    await worker.close()


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "test worker"]


class Gate:
    """A job that holds the thread until it is opened."""

    def __init__(self):
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self):
        self.entered.set()
        assert self.opened.wait(10)


async def held(worker):
    """The worker busy with a Gate."""
    gate = Gate()
    task = asyncio.create_task(worker.run(9, gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    return gate, task


async def test_a_job_runs_in_the_thread_and_answers(worker):
    assert threads() == []
    name = await worker.run(0, lambda: threading.current_thread().name)
    assert name == "test worker"
    assert await worker.run(0, divmod, 7, 2) == (3, 1)
    assert len(threads()) == 1


async def test_what_a_job_raises_reaches_the_asker_and_the_thread_goes_on(worker):
    with pytest.raises(ZeroDivisionError):
        await worker.run(0, divmod, 1, 0)
    assert await worker.run(0, divmod, 1, 1) == (1, 0)


async def test_the_most_urgent_goes_first_and_equals_in_order(worker):
    gate, task = await held(worker)
    done = []
    jobs = [
        asyncio.create_task(worker.run(urgency, done.append, (urgency, i))) for i, urgency in enumerate((2, 1, 2, 0))
    ]
    await asyncio.sleep(0)
    gate.opened.set()
    await asyncio.gather(task, *jobs)
    assert done == [(0, 3), (1, 1), (2, 0), (2, 2)]


async def test_a_job_whose_asker_has_gone_is_left_out(worker):
    gate, task = await held(worker)
    done = []
    job = asyncio.create_task(worker.run(1, done.append, "left out"))
    await asyncio.sleep(0)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    gate.opened.set()
    await task
    await worker.run(1, done.append, "done")
    assert done == ["done"]


async def test_the_loop_goes_on_while_a_job_runs(worker):
    gate, task = await held(worker)
    for _ in range(10):
        await asyncio.sleep(0.001)
    assert not task.done()
    gate.opened.set()
    await task


async def test_closing_ends_the_running_job_answers_the_waiting_and_leaves_no_thread(worker):
    gate, running = await held(worker)
    waiting = asyncio.create_task(worker.run(1, print))
    await asyncio.sleep(0)
    closing = asyncio.create_task(worker.close())
    with pytest.raises(WorkerClosed):
        await waiting
    assert not closing.done()
    gate.opened.set()
    await closing
    await running
    assert threads() == []
    await worker.close()
    with pytest.raises(WorkerClosed):
        await worker.run(0, print)


async def test_a_worker_that_never_worked_has_no_thread_to_close():
    worker = Worker("test worker")
    await worker.close()
    assert threads() == []
