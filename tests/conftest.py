"""For all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# On a machine that is busy with something else an example may take any time; what is too slow is for benchmarks to say.
# Continuous integration tries the same examples every time, so that it fails for what was changed; every other run
# tries new ones.
settings.register_profile("here", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("here")
