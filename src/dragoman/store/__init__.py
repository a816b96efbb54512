"""Sessions and transcripts that outlive a restart."""

from dragoman.store.database import DatabaseUnusable
from dragoman.store.store import Store

__all__ = ["DatabaseUnusable", "Store"]
