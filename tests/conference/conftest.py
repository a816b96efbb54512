from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crews import Crew, terms
from rooms import Room, room


@pytest.fixture
def crew() -> Crew:
    return Crew()


@pytest.fixture
async def here(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Room]:
    """With a test's crew at work, where it has one."""
    staff = request.getfixturevalue("crew") if "crew" in request.fixturenames else None
    async with room(tmp_path, **({"pool": staff.pool, "terms": terms()} if staff else {})) as opened:
        yield opened
