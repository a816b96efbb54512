"""The websocket of an avatar connection, which Microsoft's SDK holds: SDP passes through it, then lines to be said.

The SDK's calls block and its callbacks come on its own threads: a worker makes the calls, and one door leads back to
the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog

from dragoman.engines.azure import avatar_context
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.refusals import cancelled
from dragoman.engines.azure.sdk import speech
from dragoman.engines.threads import Worker, WorkerClosed
from dragoman.errors import EngineFailed

log = structlog.get_logger(__name__)

_EXTRA_TURN_START = "SpeechSDKInternal-ExtraTurnStartMessage"
_QUERY = "?enableTalkingAvatar=true"
_URGENCY = 0
_STOP = ("synthesis.control", '{"action": "stop"}')
_HUSHED_SECONDS = 5.0
"""How long a turn that was stopped is waited for."""


class Refused(EngineFailed):
    """The service takes no more connections now."""


class NotUnderstood(EngineFailed):
    """The service cannot use what it was asked with: where that came from a listener it says nothing of the account."""


_KINDS: dict[str, type[EngineFailed]] = {"TooManyRequests": Refused, "BadRequest": NotUnderstood}
"""By the SDK's CancellationErrorCode."""


class Link:
    """`open`, then `say` line by line; `close` at any time."""

    def __init__(
        self, account: Account, worker: Worker, *, token: str | None, endpoint: str = "", lost: Callable[[], None]
    ) -> None:
        """token: in place of the account's key. endpoint: the id of a custom voice's deployment.

        lost: called when the websocket is gone. The SDK would quietly make another with the old SDP, say each line
        there and report success, while nobody is at the other end.
        """
        self._account = account
        self._worker = worker
        self._token = token
        self._endpoint = endpoint
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._synthesizer: Any = None
        self._connection: Any = None
        self._turn: asyncio.Future[None] | None = None
        self._begun: Callable[[], None] | None = None
        self._closed = False

    async def open(self, context: str) -> str:
        """Connect with this context; the service's SDP answer. Raises EngineFailed, Refused."""
        await self._worker.run(_URGENCY, self._make, context)
        await self._ask("speak_text_async", "")
        message = self._synthesizer.properties.get_property_by_name(_EXTRA_TURN_START)
        return avatar_context.answer(message)

    async def say(self, ssml: str, *, begun: Callable[[], None] | None = None) -> None:
        """Returns when the service has said it. begun: called when it says that it begins. Raises EngineFailed."""
        self._begun = begun
        try:
            await self._ask("speak_ssml_async", ssml)
        finally:
            self._begun = None

    async def hush(self) -> None:
        """What is being said is to stop; see `ended`."""
        if self._turn is None or self._turn.done() or self._connection is None or self._closed:
            return
        # As the SDK for pages does. This one's stop_speaking_async closes the websocket, and the avatar goes with it.
        with suppress(RuntimeError, WorkerClosed):
            await self._worker.run(_URGENCY, self._connection.send_message_async, *_STOP)

    async def ended(self) -> bool:
        """Whether the service has ended what it said last; what was stopped is waited for."""
        if self._turn is not None:
            await asyncio.wait([self._turn], timeout=_HUSHED_SECONDS)
        return self._turn is None or self._turn.done()

    async def close(self) -> None:
        """Let the websocket go. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._settle(EngineFailed("the avatar connection was closed"))
        if self._synthesizer is not None:
            # A second where the other end does not answer: not in the worker, where others' lines wait.
            await asyncio.to_thread(self._unmake)

    # -- on a thread

    def _make(self, context: str) -> None:
        sdk = speech()
        address = self._account.websocket("tts") + _QUERY
        if self._token is None:
            config = sdk.SpeechConfig(subscription=self._account.key, endpoint=address)
        else:
            config = sdk.SpeechConfig(endpoint=address)
            config.authorization_token = self._token
        if self._endpoint:
            config.endpoint_id = self._endpoint
        synthesizer = sdk.SpeechSynthesizer(speech_config=config, audio_config=None)
        synthesizer.synthesis_started.connect(lambda _: self._home(self._heard_begin))
        synthesizer.synthesis_completed.connect(lambda _: self._home(self._settle, None))
        synthesizer.synthesis_canceled.connect(self._canceled)
        connection = sdk.Connection.from_speech_synthesizer(synthesizer)
        connection.disconnected.connect(lambda _: self._home(self._lost_it))
        connection.set_message_property("speech.config", "context", context)
        self._synthesizer, self._connection = synthesizer, connection

    def _unmake(self) -> None:
        synthesizer, connection = self._synthesizer, self._connection
        self._synthesizer = self._connection = None
        connection.disconnected.disconnect_all()
        for signal in ("synthesis_started", "synthesis_completed", "synthesis_canceled"):
            getattr(synthesizer, signal).disconnect_all()
        with suppress(RuntimeError):
            connection.close()

    # -- on the SDK's threads

    def _canceled(self, event: Any) -> None:
        details = event.result.cancellation_details
        code = getattr(details.error_code, "name", "") if details is not None else ""
        failed = cancelled("avatar service", code, details.error_details if details is not None else "")
        kind = _KINDS.get(code)
        self._home(self._settle, failed if kind is None else kind(str(failed), lasting=failed.lasting))

    def _home(self, call: Callable[..., None], *args: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(call, *args)

    # -- on the event loop

    async def _ask(self, method: str, text: str) -> None:
        """One turn, from its request to its end."""
        if self._closed or self._synthesizer is None:
            raise EngineFailed("the avatar connection is closed")
        if self._turn is not None:
            # What was hushed ends first: its end must not be taken for this one's.
            await self.ended()
            if self._closed:
                raise EngineFailed("the avatar connection is closed")
        turn: asyncio.Future[None] = self._loop.create_future()
        # Where nobody waits any more, its failure is no news.
        turn.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._turn = turn
        # Its result is told by events; what the call returns could only be waited for by a thread.
        await self._worker.run(_URGENCY, getattr(self._synthesizer, method), text)
        await asyncio.shield(turn)

    def _heard_begin(self) -> None:
        if self._begun is not None:
            self._begun()

    def _settle(self, error: EngineFailed | None) -> None:
        if self._turn is None or self._turn.done():
            return
        if error is None:
            self._turn.set_result(None)
        else:
            self._turn.set_exception(error)

    def _lost_it(self) -> None:
        if not self._closed:
            self._settle(EngineFailed("the avatar's websocket was lost"))
            self._lost()
