"""The account's limits on avatar connections: a queue in order, and a pause after a refusal."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.engines.azure.avatar_gate import Gate


class Clock:
    """Virtual time."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


def gate(clock: Clock, *, per_minute: int = 2, at_most: int = 10) -> Gate:
    return Gate(per_minute=per_minute, at_most=at_most, now=clock, sleep=clock.sleep, chance=lambda: 0.5)


async def test_so_many_begin_in_a_minute_and_the_rest_wait_in_order() -> None:
    clock = Clock()
    entrance, begun = gate(clock), list[tuple[int, float]]()

    async def connect(number: int) -> None:
        async with entrance.place():
            begun.append((number, clock.now))

    await asyncio.gather(*(connect(number) for number in range(6)))
    assert begun == [(0, 0.0), (1, 0.0), (2, 60.0), (3, 60.0), (4, 120.0), (5, 120.0)]


async def test_so_many_are_connected_at_a_time() -> None:
    entrance = gate(Clock(), per_minute=100, at_most=2)
    leave = [asyncio.Event() for _ in range(3)]
    inside: list[int] = []

    async def connect(number: int) -> None:
        async with entrance.place():
            inside.append(number)
            await leave[number].wait()

    tasks = [asyncio.create_task(connect(number)) for number in range(3)]
    while len(inside) < 2:
        await asyncio.sleep(0)
    assert entrance.waiting == 1
    leave[0].set()
    while len(inside) < 3:
        await asyncio.sleep(0)
    assert inside == [0, 1, 2]
    for event in leave:
        event.set()
    await asyncio.gather(*tasks)
    assert entrance.waiting == 0


async def test_who_gives_up_leaves_the_queue() -> None:
    entrance = gate(Clock(), at_most=1)
    async with entrance.place():
        waiting = asyncio.create_task(entrance.place().__aenter__())
        while entrance.waiting != 1:
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert entrance.waiting == 0


@pytest.mark.parametrize(("refusals", "pause"), [(1, 5.0), (2, 10.0), (3, 20.0), (30, 120.0)])
async def test_after_refusals_nobody_connects_for_a_while_that_grows(refusals: int, pause: float) -> None:
    clock = Clock()
    entrance = gate(clock, per_minute=100)
    for _ in range(refusals):
        entrance.refused()
    async with entrance.place():
        assert clock.now == pytest.approx(pause)
    entrance.welcomed()
    entrance.refused()
    before = clock.now
    async with entrance.place():
        assert clock.now - before == pytest.approx(5.0)
