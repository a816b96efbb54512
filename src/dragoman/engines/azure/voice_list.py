"""The list of a region's voices: fetched from the service every day, kept on disk for when it does not answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from dragoman.engines.azure import web
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.speech_token import with_token
from dragoman.engines.azure.tokens import Renewed
from dragoman.engines.azure.voices import Listed, Voices, built_in, read
from dragoman.errors import EngineFailed

log = structlog.get_logger(__name__)

FRESH_SECONDS = 24 * 3600.0
"""How long a list counts as new."""
_PATIENCE_SECONDS = 5.0
"""How long a server's start waits for the list where there is none on disk."""
_MOMENT_SECONDS = 0.2
_RETRY_SECONDS = 60.0
"""How long whatever there is will do where the service did not answer."""


class VoiceList:
    """`voices` is always there; `open` and `close` it."""

    def __init__(
        self,
        account: Account,
        directory: Path,
        own: Sequence[Listed] = (),
        token: Renewed[str] | None = None,
        *,
        patience: float = _PATIENCE_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        """directory: for the copy on disk, made when it is needed. own: custom voices, which are in no list. token: in
        place of the key. patience: seconds that `open` may take. now: seconds since 1970.
        """
        self._url = f"{account.http('tts')}/voices/list"
        # Of another resource the list may be another; neither key nor address is to be read from a file's name.
        self._file = directory / f"voices-{hashlib.sha256(self._url.encode()).hexdigest()[:16]}.json"
        self._key = account.key
        self._token = token
        self._own = own
        self._patience = patience
        self._now = now
        self._left = 0.0
        """seconds for which what was on disk will do"""
        self._failing = False
        self._renewed: Renewed[Voices] = Renewed("list of Azure's voices", self._fetch)
        self.voices = Voices([*own, *built_in()])

    async def open(self) -> None:
        """Have a list: from the disk where there is one, else from the service, else two voices of each language. The
        service is asked again every day, and every minute while it does not answer.
        """
        self._renewed.watch(self._changed)
        kept = await asyncio.to_thread(self._kept)
        if kept is not None:
            listed, at = kept
            self._changed(Voices([*self._own, *listed]))
            self._left = FRESH_SECONDS - abs(self._now() - at)
        # What is on disk will do until the service has answered.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._renewed.get(), self._patience if kept is None else _MOMENT_SECONDS)

    async def close(self) -> None:
        """Ask no more. Idempotent."""
        await self._renewed.close()

    def _changed(self, voices: Voices) -> None:
        self.voices = voices

    async def _fetch(self) -> tuple[Voices, float]:
        """The list and for how long it will do: what there is, for a little, where the service does not answer."""
        left, self._left = self._left, 0.0
        if left > 0:
            return self.voices, left
        try:
            entries, listed = await self._asked()
        except EngineFailed as error:
            (log.debug if self._failing else log.warning)("no list of voices", reason=str(error))
            self._failing = True
            return self.voices, _RETRY_SECONDS
        self._failing = False
        await asyncio.to_thread(self._keep, entries)
        return Voices([*self._own, *listed]), FRESH_SECONDS

    async def _asked(self) -> tuple[Any, list[Listed]]:
        """The service's answer, as it is and as it is understood. Raises EngineFailed."""
        answer = await with_token(self._token, self._fetched)
        try:
            entries = answer.json()
            return entries, read(entries)
        except (ValueError, RecursionError) as error:
            raise EngineFailed("Azure's list of voices cannot be read.") from error

    async def _fetched(self, token: str | None) -> Any:
        allowed = {"Authorization": f"Bearer {token}"} if token else {"Ocp-Apim-Subscription-Key": self._key}
        async with web.client() as client:
            return await web.ask(client, "list of voices", "GET", self._url, headers=allowed)

    def _keep(self, entries: Any) -> None:
        """Write it down, so that whoever reads meanwhile finds the old or the new one."""
        draft = self._file.with_suffix(f".{os.getpid()}.part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps({"at": self._now(), "voices": entries}), encoding="utf-8")
            draft.replace(self._file)
        except OSError as error:
            log.warning("the list of Azure's voices was not kept", reason=error.strerror)

    def _kept(self) -> tuple[list[Listed], float] | None:
        """What was written down, and when."""
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
            return read(found["voices"]), float(found["at"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            log.warning("the copy of the list of Azure's voices is damaged", error=type(error).__name__)
            return None
