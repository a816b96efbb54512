"""Azure's services over HTTP: one request, asked again where that makes sense, and failures as sentences."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

from dragoman.engines.azure.refusals import refused
from dragoman.engines.weights import ModelMissing
from dragoman.errors import EngineFailed

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
_MOST_WAIT = 3.0
"""Seconds for which a service may ask to be left alone (Retry-After) before the failure is told instead."""
_ATTEMPTS = 2
"""Times a request is made: a connection that was kept open may just have been closed."""


def httpx() -> Any:
    """The module httpx. Raises ModelMissing where it is not installed."""
    try:
        return import_module("httpx")
    except ImportError as error:
        raise ModelMissing("The Azure engines need httpx. Run: pip install 'dragoman[azure]'") from error


def client() -> Any:
    """An httpx.AsyncClient, to be closed by its user. It reads no proxies and no .netrc: keys go where they should."""
    module = httpx()
    timeout = module.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    return module.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False)


async def ask(client: Any, service: str, method: str, address: str, **request: Any) -> Any:
    """The httpx.Response of a request, its status 200. service: its name in sentences. Raises EngineFailed."""
    for attempt in range(1, _ATTEMPTS + 1):
        last = attempt == _ATTEMPTS
        try:
            answer = await client.request(method, address, **request)
        except httpx().TimeoutException as error:
            raise EngineFailed(f"Azure's {service} did not answer in time.") from error
        except (httpx().HTTPError, httpx().InvalidURL) as error:
            if last:
                raise EngineFailed(f"Azure's {service} cannot be reached ({type(error).__name__}).") from error
            continue
        except RuntimeError as error:
            raise EngineFailed(f"The {service} was closed.") from error
        if answer.status_code == 200:
            return answer
        wait = _wait(answer)
        if last or wait is None:
            raise refused(service, answer.status_code, answer.text[:2000])
        await asyncio.sleep(wait)
    raise AssertionError("the last attempt answers or raises")


def _wait(answer: Any) -> float | None:
    """Seconds after which the same request may succeed; None where it will not, or not soon."""
    if answer.status_code != 429 and answer.status_code < 500:
        return None
    try:
        wait = float(answer.headers.get("Retry-After", "0.5"))
    except ValueError:
        wait = 0.5
    return max(0.0, wait) if wait <= _MOST_WAIT else None
