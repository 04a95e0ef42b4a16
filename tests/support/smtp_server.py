"""A small SMTP server that keeps what it is given, and can be told to refuse or to hang up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class SmtpServer:
    """What it received, as raw messages with their receivers."""

    port: int = 0
    received: list[tuple[str, bytes]] = field(default_factory=list)
    refuses: bool = False
    dies_after_accepting: bool = False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one client, command by command (RFC 5321)."""
        writer.write(b"220 desk.example ready\r\n")
        receiver = ""
        while line := await reader.readline():
            command = line.strip().upper()
            if command == b"DATA":
                writer.write(b"354 go on\r\n")
                self.received.append((receiver, await reader.readuntil(b"\r\n.\r\n")))
                if self.dies_after_accepting:
                    break
                writer.write(b"250 taken\r\n")
            elif command.startswith(b"RCPT TO:") and self.refuses:
                writer.write(b"450 busy, come back later\r\n")
            elif command == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                receiver = (
                    line.decode().partition(":")[2].strip() if command.startswith(b"RCPT") else receiver
                )
                writer.write(b"250 fine\r\n")
        writer.close()


@asynccontextmanager
async def an_smtp_server() -> AsyncIterator[SmtpServer]:
    """Listens on a free port of this machine."""
    server = SmtpServer()
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server
