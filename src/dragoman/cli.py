"""The command line: the only module that prints.

What a command starts is imported when it is asked for, so that help is quick.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from dragoman import __version__
from dragoman.settings import Settings, SettingsError, read

if TYPE_CHECKING:
    from dragoman.app import Started
    from dragoman.doctor import Finding
    from dragoman.interpret import Failure, Outcome

T = TypeVar("T")

BROKE = 1
"""Exit code when something is missing or failed."""
UNUSABLE = 2
"""Exit code when what was asked for cannot be done as it was asked; click's own for wrong options."""
STOPPED = 130
"""Exit code when a command was stopped before it was done; what a shell gives for Ctrl-C."""
_COLOURS = {"ok": "green", "advice": "yellow", "missing": "red"}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dragoman")
def main() -> None:
    """Live speech translation that people can watch and hear, self-hosted."""


@main.command()
@click.option("--host", help="Address to listen on.  [HOST, else 127.0.0.1; with --tls-self-signed all]")
@click.option("--port", type=int, help="Port to listen on, 0 for a free one.  [PORT, else 5000]")
@click.option("--tls-self-signed", is_flag=True, help="HTTPS for phones on the same network.")
def serve(host: str | None, port: int | None, tls_self_signed: bool) -> None:
    """Serve the pages and the sessions until Ctrl-C."""
    settings = _settings(host=host, port=port)
    if tls_self_signed and "host" not in settings.model_fields_set:
        # A phone comes by the network: without an address of one's own choice this option means all of them.
        settings = _settings(host="0.0.0.0", port=port)  # noqa: S104  # asked for by the option
    with _sentences():
        from dragoman import app, logs

        logs.configure(settings)
        tls = _certificate(settings) if tls_self_signed else None
        _run(app.serve(settings, tls=tls, ready=lambda started: _announce(settings, started, secure=tls_self_signed)))


@main.command()
@click.argument("talks", nargs=-1, required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", "targets", required=True, metavar="TAGS", help="Languages to translate into, as es,fr.")
@click.option("--from", "source", default="en", show_default=True, metavar="TAG", help="The language spoken.")
@click.option("--out", default=".", type=click.Path(file_okay=False, path_type=Path), help="Folder for the files.")
@click.option("--avatar", metavar="NAME", help="Also film this presenter saying it, one MP4 per language.")
def interpret(talks: tuple[Path, ...], targets: str, source: str, out: Path, avatar: str | None) -> None:
    """Interpret recordings: WebVTT, SRT and one JSON of each, faster than real time."""
    settings = _settings()
    tags = [tag.strip() for tag in targets.split(",") if tag.strip()]
    with _sentences():
        from dragoman import logs

        logs.configure(settings)
        results = _run(_interpreted(settings, talks, tags, source, out, avatar))
    if results is None:
        sys.exit(STOPPED)
    good = [_report(result) for result in results]
    if not all(good):
        sys.exit(BROKE)


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
        sys.exit(BROKE)
    click.echo("\nNothing that is needed is missing.")


def _settings(**overrides: object) -> Settings:
    """The settings, with those options that were given."""
    try:
        return read(**{name: value for name, value in overrides.items() if value is not None})
    except SettingsError as error:
        _give_up(str(error), UNUSABLE)


def _give_up(sentence: str, code: int) -> NoReturn:
    click.echo(f"dragoman: {sentence}", err=True)
    sys.exit(code)


@contextlib.contextmanager
def _sentences() -> Iterator[None]:
    """What people can do something about ends in a sentence; anything else is a bug, and keeps its traceback."""
    try:
        yield
    except Exception as error:
        from dragoman.app import PortTaken
        from dragoman.engines.azure.account import NotConfigured
        from dragoman.engines.registry import UnknownEngine
        from dragoman.engines.weights import ModelMissing
        from dragoman.interpret import Uninterpretable
        from dragoman.store import DatabaseUnusable

        if isinstance(error, PortTaken | SettingsError | UnknownEngine | DatabaseUnusable | Uninterpretable):
            _give_up(str(error), UNUSABLE)
        if isinstance(error, NotConfigured):
            _give_up(str(error), UNUSABLE)
        if isinstance(error, ModelMissing):
            _give_up(str(error), BROKE)
        raise


def _run(work: Coroutine[Any, Any, T]) -> T | None:
    """Run to the end, or until Ctrl-C or SIGTERM: then everything is undone in order, and there is no result."""
    import uvloop

    async def until_told() -> T | None:
        task = asyncio.ensure_future(work)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            return await task
        return None

    return uvloop.run(until_told())


def _certificate(settings: Settings) -> tuple[Path, Path]:
    from dragoman import tls

    try:
        pair = tls.key_pair(settings.data_dir / "tls", tls.own_names(), datetime.now(UTC))
    except OSError as error:
        _give_up(f"the certificate cannot be kept in {settings.data_dir / 'tls'}: {error.strerror}", UNUSABLE)
    click.echo(f"Certificate of this machine, SHA-256 {tls.fingerprint(pair)}")
    return pair.certificate, pair.key


def _announce(settings: Settings, started: Started, *, secure: bool) -> None:
    """Where the server is, what it does, and what would make it better."""
    from dragoman import doctor, tls

    click.echo(f"Dragoman {__version__} is ready. Ctrl-C ends it; sessions and what was said stay.\n")
    _row("Speaker's page", f"{started.url}/speaker")
    if settings.host not in doctor.LOOPBACK:
        scheme = "https" if secure else "http"
        _row("On the network", f"{scheme}://{tls.lan_address()}:{started.port}/speaker")
    if secure:
        _row("", "The browser warns that nobody vouches for this server. Compare the fingerprint above")
        _row("", "with the one it shows if you like, then go on: it asks once per device.")
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


async def _interpreted(
    settings: Settings, talks: Sequence[Path], targets: Sequence[str], source: str, out: Path, avatar: str | None
) -> list[Outcome | Failure]:
    """Interpret all talks behind one progress bar: the mean of their shares."""
    from dragoman import app
    from dragoman.filming import Presenter
    from dragoman.interpret import interpret_all

    shares = [0.0] * len(talks)
    async with app.engines(settings) as engines:
        best = engines.best
        presenter = Presenter.cast(avatar, best) if avatar else None
        with click.progressbar(length=1000, label="Interpreting", file=sys.stderr) as bar:

            def progress(number: int, share: float) -> None:
                shares[number] = share
                bar.update(int(1000 * sum(shares) / len(shares)) - bar.pos)

            return await interpret_all(
                talks,
                targets,
                out,
                recognizer=best.recognizer,
                translator=best.translator,
                source=source,
                presenter=presenter,
                progress=progress,
                prices=app.prices(settings),
            )


def _report(result: Outcome | Failure) -> bool:
    """Say what became of a talk; whether it was interpreted."""
    from dragoman.interpret import Failure

    if isinstance(result, Failure):
        click.echo(f"{result.talk}: {result.reason}", err=True)
        return False
    notes = f", {result.untranslated} lines left untranslated" if result.untranslated else ""
    notes += f", {result.unspoken} sentences not spoken" if result.unspoken else ""
    notes += f", {result.damaged} damaged packets left out" if result.damaged else ""
    cost = result.cost
    notes += f", about {cost.total:.2f} {cost.currency} by list prices" if cost.items else ""
    click.echo(f"{result.talk}: {result.segments} segments of {result.duration:.0f} s in {result.elapsed:.0f} s{notes}")
    for file in result.files:
        click.echo(f"  {file}")
    return True
