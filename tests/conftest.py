"""For all tests."""

from __future__ import annotations

from hypothesis import settings

# On a machine that is busy with something else an example may take any time; what is too slow is for benchmarks to say.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
