"""A Socket.IO client that does only what it is told, for all that a decent one would never do."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
from typing import Any
from urllib.parse import urlsplit


class RawSocket:
    """A WebSocket by hand (RFC 6455): sends any text or bytes, reads only when asked, answers no ping by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, url: str, *, origin: str = "", receive_buffer: int = 0) -> RawSocket:
        """Up to Engine.IO's greeting, which is read. Raises ConnectionRefusedError where the server says no."""
        place = urlsplit(url)
        plain = socket.socket()
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, (place.hostname, place.port))
        # What the kernel has not yet been asked for counts as unread, so the stream must not read ahead.
        reader, writer = await asyncio.open_connection(sock=plain, limit=receive_buffer or 2**20)
        lines = [
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Host: {place.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            *([f"Origin: {origin}"] if origin else []),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        raw = cls(reader, writer)
        if b" 101 " not in answer.split(b"\r\n")[0]:
            raw.cut()
            raise ConnectionRefusedError(answer.decode())
        assert str(await raw.receive()).startswith("0{")
        return raw

    async def connect(self) -> None:
        """Into the default namespace."""
        await self.send("40")
        assert str(await self.receive()).startswith("40{")

    async def send(self, message: str | bytes) -> None:
        payload = message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message
        head = bytearray([0x81 if isinstance(message, str) else 0x82])
        if len(payload) < 126:
            head.append(0x80 | len(payload))
        elif len(payload) < 2**16:
            head += struct.pack("!BH", 0x80 | 126, len(payload))
        else:
            head += struct.pack("!BQ", 0x80 | 127, len(payload))
        # A mask of zeros is a mask too.
        self._writer.write(bytes(head) + bytes(4) + payload)
        await self._writer.drain()

    async def receive(self) -> str | bytes | None:
        """The next message; None for the connection's end."""
        try:
            first, length = await self._reader.readexactly(2)
            if length == 126:
                (length,) = struct.unpack("!H", await self._reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", await self._reader.readexactly(8))
            payload = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        if first & 0x0F == 0x08:
            return None
        return payload.decode() if first & 0x0F == 0x01 else payload

    async def call(self, message: str, number: int) -> Any:
        """Send this text, which carries the number, and wait for its acknowledgement."""
        await self.send(message)
        return await self.acknowledged(number)

    async def acknowledged(self, number: int | None = None) -> Any:
        """The answer to the event with this number, or the next one to any; None for the connection's end."""
        async with asyncio.timeout(10):
            while (heard := await self.receive()) is not None:
                if heard == "2":
                    await self.send("3")
                elif isinstance(heard, str) and heard.startswith("43"):
                    answered, _, answer = heard.removeprefix("43").partition("[")
                    if number in (None, int(answered)):
                        return json.loads(f"[{answer}")[0]
        return None

    async def ended(self) -> bool:
        """Whether the server ends the connection within 10 s."""
        async with asyncio.timeout(10):
            while (heard := await self.receive()) is not None:
                if heard == "2":
                    await self.send("3")
        return True

    async def __aenter__(self) -> RawSocket:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.cut()

    def cut(self) -> None:
        """Gone, without a word of the WebSocket's or Socket.IO's."""
        self._writer.transport.abort()


def event(number: int | str, name: str, *payloads: Any) -> str:
    """An event's packet as text; a number asks for an acknowledgement."""
    return f"42{number}{json.dumps([name, *payloads])}"


def secret() -> str:
    """Something that is not to be seen again anywhere."""
    return os.urandom(8).hex()
