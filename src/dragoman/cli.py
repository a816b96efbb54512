"""The command line: the only module that prints.

What a command starts is imported when it is asked for, so that help is quick.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dragoman import __version__
from dragoman.settings import Settings, SettingsError, read

if TYPE_CHECKING:
    from dragoman.app import Started
    from dragoman.doctor import Finding

UNUSABLE = 2
"""Exit code when what was asked for cannot be done as it was asked; 1 is for something that is missing or broke."""
_COLOURS = {"ok": "green", "advice": "yellow", "missing": "red"}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dragoman")
def main() -> None:
    """Live speech translation that people can watch and hear, self-hosted."""


@main.command()
@click.option("--host", help="Address to listen on.  [HOST, else 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on, 0 for a free one.  [PORT, else 5000]")
@click.option("--tls-self-signed", is_flag=True, help="HTTPS for phones on the same network.")
def serve(host: str | None, port: int | None, tls_self_signed: bool) -> None:
    """Serve the pages and the sessions until Ctrl-C."""
    settings = _settings(host=host or ("0.0.0.0" if tls_self_signed else None), port=port)  # noqa: S104  # asked for
    with _sentences():
        from dragoman import app, logs

        logs.configure(settings)
        tls = _certificate(settings) if tls_self_signed else None
        _run(app.serve(settings, tls=tls, ready=lambda started: _announce(settings, started, secure=tls_self_signed)))


@main.command()
def doctor() -> None:
    """Check this machine; say what is missing, and how to get it."""
    from dragoman import doctor as examination

    missing = 0
    for finding in examination.examine(_settings()):
        missing += finding.state is examination.State.MISSING
        _show(finding)
    if missing:
        click.echo(f"\n{missing} needed thing{'s are' if missing > 1 else ' is'} missing.")
        sys.exit(1)
    click.echo("\nNothing that is needed is missing.")


def _settings(**overrides: object) -> Settings:
    """The settings, with those options that were given."""
    try:
        return read(**{name: value for name, value in overrides.items() if value is not None})
    except SettingsError as error:
        click.echo(f"Settings: {error}", err=True)
        sys.exit(UNUSABLE)


@contextlib.contextmanager
def _sentences() -> Iterator[None]:
    """What people can do something about ends in a sentence; anything else is a bug, and keeps its traceback."""
    from dragoman.app import PortTaken
    from dragoman.engines.registry import UnknownEngine
    from dragoman.engines.weights import ModelMissing
    from dragoman.store import DatabaseUnusable

    try:
        yield
    except (PortTaken, UnknownEngine, DatabaseUnusable) as error:
        click.echo(f"dragoman: {error}", err=True)
        sys.exit(UNUSABLE)
    except ModelMissing as error:
        click.echo(f"dragoman: {error}", err=True)
        sys.exit(1)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end, or until Ctrl-C or SIGTERM: then everything is undone in order, and that is no error."""
    import uvloop

    async def until_told() -> None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    uvloop.run(until_told())


def _certificate(settings: Settings) -> tuple[Path, Path]:
    from dragoman import tls

    try:
        pair = tls.key_pair(settings.data_dir / "tls", tls.own_names(), datetime.now(UTC))
    except OSError as error:
        click.echo(f"dragoman: the certificate cannot be kept in {settings.data_dir}/tls: {error.strerror}", err=True)
        sys.exit(UNUSABLE)
    click.echo(f"Certificate of this machine, SHA-256 {tls.fingerprint(pair)}")
    return pair.certificate, pair.key


def _announce(settings: Settings, started: Started, *, secure: bool) -> None:
    """Where the server is, what it does, and what would make it better."""
    from dragoman import doctor, tls

    click.echo(f"Dragoman {__version__} is ready. Ctrl-C ends it; sessions and what was said stay.\n")
    _row("Speaker's page", f"{started.url}/speaker")
    if settings.host not in ("127.0.0.1", "localhost", "::1"):
        scheme = "https" if secure else "http"
        _row("On the network", f"{scheme}://{tls.lan_address()}:{started.port}/speaker")
    if secure:
        _row("", "The browser will warn that nobody vouches for this server. Compare the certificate's")
        _row("", "fingerprint above if you like, then choose to go on: it asks once per device.")
    for job, does in doctor.abilities(started.engines):
        _row(job, does)
    for sentence in doctor.improvements(settings, started.engines):
        _row("Better with", sentence)
    click.echo()


def _row(title: str, text: str) -> None:
    click.echo(f"  {title:<16} {text}")


def _show(finding: Finding) -> None:
    state = finding.state.value
    click.echo(f"{click.style(f'{state:<8}', fg=_COLOURS[state])} {finding.subject}: {finding.text}")
    if finding.remedy:
        click.echo(f"{'':<8} {finding.remedy}")
