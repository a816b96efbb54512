from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from hosts import KEY
from served import Server, serving, without_settings
from visitors import Visitors, visitors


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server for whoever needs nothing special."""
    with serving(tmp_path_factory.mktemp("server")) as ready:
        yield ready


@pytest.fixture(scope="session")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a host key and a single place per session."""
    environment = without_settings({"HOST_KEY": KEY, "MAX_LISTENERS": "1"})
    with serving(tmp_path_factory.mktemp("strict"), environment=environment) as ready:
        yield ready


@pytest.fixture
async def crowd() -> AsyncIterator[Visitors]:
    """People without a microphone of interest."""
    async with visitors() as everybody:
        yield everybody
