"""For all tests."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# On a machine that is busy with something else an example may take any time; what is too slow is for benchmarks to say.
# Continuous integration tries the same examples every time, so that it fails for what was changed; every other run
# tries new ones.
settings.register_profile("here", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("here")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks a real Azure account costs money: it runs where there is one and it was asked for by its marker."""
    wanted = "azure_live" in (config.option.markexpr or "") and "SPEECH_KEY" in os.environ
    live = [item for item in items if item.get_closest_marker("azure_live")]
    if live and not wanted:
        config.hook.pytest_deselected(items=live)
        items[:] = [item for item in items if item not in live]
