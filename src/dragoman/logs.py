"""One structured line per event, on standard error. What people say never stands in one."""

from __future__ import annotations

import logging
import sys

import structlog

from dragoman.settings import Settings


def configure(settings: Settings) -> None:
    """Set the process's logging up: `LOG_FORMAT` console or json, `LOG_LEVEL`."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if settings.log_format == "json":
        ending: list[structlog.typing.Processor] = [
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(),
        ]
    else:
        ending = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries speak up when something is wrong; their debug output may quote payloads.
    logging.basicConfig(level=max(level, logging.WARNING), stream=sys.stderr, force=True)
