"""A server that must be found out: it hands on what another answers, and remembers it for a moment.

    python3 -m freshness.cache PORT OF_THE_OTHER SECONDS
"""

import asyncio
import sys
import time

from .clients import LENGTH


async def read(stream):
    """A head, and the body that its length says; empty where there is no more."""
    try:
        head = await stream.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = LENGTH.search(head)
    return head + await stream.readexactly(int(length[1]) if length else 0)


async def main(port, other, seconds):
    """Serves until it is ended."""
    kept = {}  # request: (when it was answered, the answer)

    async def serve(reader, writer):
        behind = await asyncio.open_connection("127.0.0.1", other)
        while request := await read(reader):
            when, answer = kept.get(request, (0.0, b""))
            if time.monotonic() - when > seconds:
                behind[1].write(request)
                answer = await read(behind[0])
                kept[request] = time.monotonic(), answer
            writer.write(answer)
        behind[1].close()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
