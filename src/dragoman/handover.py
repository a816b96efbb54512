"""Which of the host's pages has the microphone."""

from __future__ import annotations

from collections import deque

MOST_PAGES = 100
"""Pages of which it is known that another one took the microphone after them."""


class Handover:
    """The microphone goes to whoever of the host joins last; not back to a page by its coming back from a cut."""

    def __init__(self) -> None:
        self._socket: str | None = None
        self._page: str | None = None
        self._passed: deque[str] = deque(maxlen=MOST_PAGES)

    def take(self, socket: str, page: str | None) -> str | None:
        """A socket of the host has joined; the one that does not send from now on, if any.

        page: what its page calls itself, the same at every connection. Where another page has had the microphone since
        this one had it, the socket that does not send is this one.
        """
        if page is not None and page in self._passed:
            return socket
        if self._page is not None and self._page != page:
            self._passed.append(self._page)
        self._page = page
        before, self._socket = self._socket, socket
        return before if before != socket else None

    def sends(self, socket: str) -> bool:
        """Whether this socket may send; where none has the microphone it takes it."""
        if self._socket is None:
            self._socket = socket
        return socket == self._socket

    def release(self, socket: str) -> None:
        """This socket sends no more; another one of the host may."""
        if socket == self._socket:
            self._socket = None
