"""The last look at a document before it leaves: nothing goes out that Lidarr would choke on."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from lidarrmetadata.contract import Mended

log = logging.getLogger(__name__)

D = TypeVar("D")


def checked(mended: Mended[D]) -> D:
    """The mended document; what had to be mended is logged, since its cause wants to be found."""
    for repair in mended.repairs:
        log.warning("event=document_mended path=%s reason=%r", repair.path, repair.reason)
    return mended.document
