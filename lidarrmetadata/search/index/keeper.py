"""Keeps the index of the embedded catalogue while a server runs, without anybody asking for it.

Whoever has a catalogue of their own decides themselves when it is indexed.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from lidarrmetadata.errors import Unavailable
from lidarrmetadata.search.index.build import build
from lidarrmetadata.search.index.errors import IndexBusy, IndexUnwritable, RebuildNeeded
from lidarrmetadata.search.index.folder import IndexFolder
from lidarrmetadata.search.index.update import update

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lidarrmetadata.config import DefaultConfig
    from lidarrmetadata.search.index.catalogue import Names

log = logging.getLogger(__name__)

_TRY_AGAIN = (1.0, 5.0, 30.0, 300.0)  # seconds after each time that it could not be done


class IndexKeeper:
    """Builds the index at the start if there is none, else updates it, in the background."""

    def __init__(self, config: DefaultConfig, catalogues: Sequence[Names]) -> None:
        """`catalogues` can list their names, the best first."""
        self._folder = IndexFolder.of(config)
        self._memory = config.SEARCH_INDEX_MEMORY
        self._catalogues = catalogues
        self._keeping: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin, if the catalogue is the embedded one."""
        if self._folder.is_embedded and self._catalogues:
            self._keeping = asyncio.create_task(self._keep(self._catalogues[0]))

    async def close(self) -> None:
        """Stop after what is being written; the next start goes on there."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait({self._keeping})

    async def _keep(self, catalogue: Names) -> None:
        for pause in (*_TRY_AGAIN, None):
            try:
                await self._bring_up(catalogue)
            except IndexBusy:
                return  # whoever has it does the same
            except (Unavailable, IndexUnwritable, OSError) as error:
                log.warning("event=search_index_not_kept cause=%r", str(error))
                if pause is None:
                    return
                await asyncio.sleep(pause)
            except Exception:
                log.exception("event=search_index_not_kept")
                return
            else:
                return

    async def _bring_up(self, catalogue: Names) -> None:
        try:
            await update(catalogue, self._folder, memory=self._memory)
        except RebuildNeeded as error:
            log.info("event=search_index_rebuild cause=%r", str(error))
            await build(catalogue, self._folder, memory=self._memory)
