"""Nothing that axe-core can find is wrong with the speaker's page, in whatever state it is, in both schemes."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk_states import TOURS, States, Tour, rooms
from visitors import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_WIDE = "() => document.documentElement.scrollWidth <= innerWidth"


@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: tour.__name__)
async def test_the_desk_can_be_read_and_used_in_every_state(tour: Tour, tmp_path: Path, crowd: Visitors) -> None:
    async with rooms(tmp_path, crowd) as here:
        seen = await holds(tour(here, "en-US"))
    assert len(seen) == len(set(seen)) > 5


async def holds(states: States) -> list[str]:
    """The names of the states, each of which is accessible, and no wider than a phone."""
    seen = []
    async for state in states:
        page = state.visitor.page
        # Without movement, or colours are looked at half way from one scheme to the other.
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        await state.visitor.accessible()
        await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        await state.visitor.accessible(contrast=True)
        before = page.viewport_size
        assert before
        await page.set_viewport_size({"width": 320, "height": 640})
        assert await page.evaluate(_WIDE), state.name
        await page.set_viewport_size(before)
        seen.append(state.name)
    return seen
