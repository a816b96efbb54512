"""A value that a service lends is fetched once for all, renewed before it ends, asked for again where that fails."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterator

import pytest

from dragoman.engines.azure.tokens import Renewed
from dragoman.errors import EngineFailed

LIFE = 600.0
"""seconds"""


class Clock:
    """Time that passes only when told to."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    async def sleep(self, seconds: float) -> None:
        self._count += 1
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, future))
        await future

    async def pass_to(self, when: float) -> None:
        await settled()
        while self._sleepers and self._sleepers[0][0] <= when:
            self.now, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
            await settled()
        self.now = when


async def settled() -> None:
    """Whatever can run without time passing has run."""
    for _ in range(20):
        await asyncio.sleep(0)


class Office:
    """Gives out numbered tokens, and notes when it was asked."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.asked: list[float] = []
        self.broken = False

    async def issue(self) -> tuple[str, float]:
        self.asked.append(self.clock.now)
        await asyncio.sleep(0)
        if self.broken:
            raise EngineFailed("The office is shut.")
        return f"token {len(self.asked)}", LIFE


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(clock: Clock) -> Office:
    return Office(clock)


@pytest.fixture(params=[0.0, 0.5, 1.0])
async def token(request: pytest.FixtureRequest, clock: Clock, office: Office) -> Iterator[Renewed[str]]:
    chance = request.param
    renewed = Renewed("token", office.issue, now=lambda: clock.now, sleep=clock.sleep, chance=lambda: chance)
    yield renewed
    await renewed.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_nothing_is_fetched_before_it_is_wanted_and_once_for_all_who_want_it(token, office):
    await settled()
    assert office.asked == []
    assert await asyncio.gather(*(token.get() for _ in range(50))) == ["token 1"] * 50
    assert len(office.asked) == 1


async def test_it_is_renewed_ahead_of_its_end_and_there_is_always_one(token, office, clock):
    await token.get()
    for at in range(0, 6000, 7):
        await clock.pass_to(at)
        number = len(office.asked)
        assert await token.get() == f"token {number}"
        assert len(office.asked) == number, "it was there already"
    gaps = [after - before for before, after in zip(office.asked, office.asked[1:], strict=False)]
    assert gaps
    assert all(0.7 * LIFE - 1e-6 <= gap <= 0.8 * LIFE + 1e-6 for gap in gaps)


async def test_whoever_watches_is_told_of_every_new_one_until_it_ends_that(token, office, clock):
    told: list[str] = []
    end = token.watch(told.append)
    await token.get()
    await clock.pass_to(2 * LIFE)
    assert told == [f"token {number}" for number in range(1, len(office.asked) + 1)]
    assert len(told) >= 3
    end()
    end()
    before = list(told)
    await clock.pass_to(4 * LIFE)
    assert told == before


async def test_a_failed_renewal_is_tried_again_while_the_old_one_lasts(token, office, clock):
    await token.get()
    office.broken = True
    await clock.pass_to(0.9 * LIFE)
    assert await token.get() == "token 1"
    tries = len(office.asked)
    assert 5 <= tries <= 40, "again and again, further and further apart"
    office.broken = False
    await clock.pass_to(0.95 * LIFE)
    assert await token.get() == f"token {len(office.asked)}"


async def test_what_has_run_out_is_not_given_and_not_asked_for_by_itself(token, office, clock):
    await token.get()
    office.broken = True
    await clock.pass_to(2 * LIFE)
    tries = len(office.asked)
    await clock.pass_to(20 * LIFE)
    assert len(office.asked) == tries, "nobody wants it"
    with pytest.raises(EngineFailed, match="shut"):
        await token.get()
    office.broken = False
    assert await token.get() == f"token {len(office.asked)}"


async def test_while_somebody_watches_renewing_is_never_given_up(token, office, clock):
    told: list[str] = []
    token.watch(told.append)
    await token.get()
    office.broken = True
    await clock.pass_to(5 * LIFE)
    office.broken = False
    await clock.pass_to(5 * LIFE + 20)
    assert told[-1] == f"token {len(office.asked)}"


async def test_who_waits_when_it_is_closed_is_told_so(clock):
    never = asyncio.Event()

    async def issue() -> tuple[str, float]:
        await never.wait()
        raise AssertionError

    token = Renewed("token", issue, now=lambda: clock.now, sleep=clock.sleep)
    waiting = asyncio.create_task(token.get())
    await settled()
    await token.close()
    await token.close()
    with pytest.raises(EngineFailed, match="closed"):
        await waiting
    with pytest.raises(EngineFailed, match="closed"):
        await token.get()


async def test_who_goes_away_while_it_is_fetched_costs_the_others_nothing(token, office):
    one, other = asyncio.create_task(token.get()), asyncio.create_task(token.get())
    await asyncio.sleep(0)
    one.cancel()
    assert await other == "token 1"
    assert len(office.asked) == 1
