"""The one writer: a thread that commits what it is asked for, and all that waits in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from dragoman.journal import CodeTaken, JournalFailed

T = TypeVar("T")

WAITING_LIMIT = 1024
"""Operations asked for and not committed; beyond it `run` waits for a place, so the slowness reaches the asker."""
GROUP_LIMIT = 256
"""Operations in one transaction: keeps the wait of the first one in it within some 70 ms."""


@dataclass(frozen=True, slots=True)
class _Task:
    operation: Callable[[Connection], Any]
    answer: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Done:
    task: _Task
    result: Any = None
    error: Exception | None = None


class Writer:
    """Takes operations on the loop and commits them in the order in which they were asked for. Open with `writing`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._places = asyncio.Semaphore(WAITING_LIMIT)
        self._queue: SimpleQueue[_Task | None] = SimpleQueue()
        self._closed = False

    async def run(self, operation: Callable[[Connection], T]) -> T:
        """Run an operation in a transaction; returns its result when that is committed.

        The operation runs in the writer's thread, under a savepoint: where it raises, it alone is undone. A caller
        that is cancelled while it waits does not take back what it asked for. Raises what the operation raises if
        the journal knows that error, else JournalFailed.
        """
        await self._places.acquire()
        if self._closed:
            self._places.release()
            raise JournalFailed("the store is closed")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Task(operation, answer))
        return await answer

    def close(self) -> None:
        """Take nothing more; the thread ends when what waits is committed."""
        self._closed = True
        self._queue.put(None)

    def work(self) -> None:
        """The thread's life: until `close`."""
        closing = False
        while not closing:
            tasks, closing = self._next_group()
            if tasks:
                done = self._commit(tasks)
                try:
                    self._loop.call_soon_threadsafe(self._answer, done)
                except RuntimeError:  # the loop died without closing the store: nobody waits any more
                    return

    def _next_group(self) -> tuple[list[_Task], bool]:
        """Wait for an operation, then take all that waits with it. The flag says that it is the last group."""
        tasks: list[_Task] = []
        task = self._queue.get()
        while task is not None:
            tasks.append(task)
            if len(tasks) == GROUP_LIMIT:
                return tasks, False
            try:
                task = self._queue.get_nowait()
            except Empty:
                return tasks, False
        return tasks, True

    def _commit(self, tasks: Sequence[_Task]) -> list[_Done]:
        try:
            with self._engine.begin() as connection:
                return [_attempt(connection, task) for task in tasks]
        except Exception as error:  # noqa: BLE001  # whatever broke the transaction, the next one must be tried
            return [_Done(task, error=_known(error)) for task in tasks]

    def _answer(self, done: Sequence[_Done]) -> None:
        for each in done:
            self._places.release()
            if each.task.answer.done():  # its caller was cancelled
                continue
            if each.error is None:
                each.task.answer.set_result(each.result)
            else:
                each.task.answer.set_exception(each.error)


@asynccontextmanager
async def writing(engine: Engine) -> AsyncIterator[Writer]:
    """A writer whose thread runs until the end of the block; what was asked for by then is committed."""
    writer = Writer(engine)
    # A daemon: a loop that dies without closing the store must not keep the process from ending. Half a
    # transaction leaves nothing behind.
    thread = Thread(target=writer.work, name="store-writer", daemon=True)
    thread.start()
    try:
        yield writer
    finally:
        writer.close()
        await asyncio.to_thread(thread.join)


def _attempt(connection: Connection, task: _Task) -> _Done:
    savepoint = connection.begin_nested()
    try:
        result = task.operation(connection)
    except Exception as error:  # noqa: BLE001  # e.g. text that cannot be encoded costs its caller only
        # Raises where the failure has undone the whole transaction (SQLite does so when the disk is full): then
        # the group has failed.
        savepoint.rollback()
        return _Done(task, error=_known(error))
    savepoint.commit()
    return _Done(task, result=result)


def _known(error: Exception) -> Exception:
    """The error as the journal's callers know it. The statement and its parameters are left out: they are speech."""
    if isinstance(error, (CodeTaken, JournalFailed)):
        return error
    if isinstance(error, SQLAlchemyError):
        reason = getattr(error, "orig", None) or type(error).__name__
        return JournalFailed(f"the database could not keep this: {reason}")
    return JournalFailed(f"the database could not keep this: {type(error).__name__}")
