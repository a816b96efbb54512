"""The embedded recogniser's models, loaded once."""

import pytest

from dragoman.engines.embedded.models import Models
from dragoman.engines.weights import packaged


@pytest.fixture(scope="session")
def models() -> Models:
    """The models that the package carries."""
    return Models.read(packaged())
