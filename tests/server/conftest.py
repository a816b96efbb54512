from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from houses import House, house


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as opened:
        yield opened


@pytest.fixture
def host() -> str:
    return str(uuid4())


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One server for all tests of a module that do not change what it is; its limits are out of the way."""
    limits = dict.fromkeys(("sessions_per_minute", "wrong_codes_per_minute", "wrong_passcodes", "max_sessions"), 10**6)
    async with house(tmp_path_factory.mktemp("shared"), **limits) as opened:
        yield opened
