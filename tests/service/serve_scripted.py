"""Run as a process: the service with a scripted rag, logging as in earnest. Prints its port.

python -m tests.service.serve_scripted HOME SECONDS_BETWEEN_PIECES SHUTDOWN_SECONDS
"""

import asyncio
import sys
from pathlib import Path

from privrag_service.keys import KeyStore
from privrag_service.logs import configure_logging
from privrag_service.serve import bind, keys_path, serve, stop_on_signals
from privrag_service.settings import ServiceSettings
from tests.service.scripted import ScriptedRag, answer


async def main() -> None:
    home, pause, patience = Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])
    configure_logging()
    pieces = [item for number in range(8) for item in (f"piece{number} ", pause)]
    text = "".join(item for item in pieces if isinstance(item, str))
    rag = ScriptedRag(script=(*pieces, answer(text, citations=())))
    listener = bind("127.0.0.1", 0)
    print(listener.getsockname()[1], flush=True)
    async with stop_on_signals() as stop:
        settings = ServiceSettings(shutdown_seconds=patience)
        await serve(rag, settings, KeyStore(keys_path(home)), listener, stop)
    assert rag.closed


asyncio.run(main())
