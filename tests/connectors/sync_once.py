"""One sync with small models, to be killed: python -m tests.connectors.sync_once HOME DOCS."""

import asyncio
import sys
from pathlib import Path

from privrag_connectors.sync import sync_folders
from tests.opened import open_small


async def main(home: Path, docs: Path) -> None:
    rag = await open_small(home)
    print("open", flush=True)
    await sync_folders(rag, [docs], allow_mass_delete=True)
    print("done", flush=True)
    await rag.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
