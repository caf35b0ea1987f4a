"""Many values coded at once, without holding up the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from lidarrmetadata.cache.codec import Plain, Undecodable, decode, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lidarrmetadata.cache.entry import Entry

# Compressed bytes above which decoding takes longer than handing it to a thread.
_BIG = 64 * 1024


async def encode_all(entries: Mapping[str, Entry]) -> dict[str, bytes]:
    """Return the encoded values by key. Raises what `encode` raises.

    Always in a thread: how big a value is shows only once it is encoded.
    """
    return await asyncio.to_thread(
        lambda: {key: encode(entry.value) for key, entry in entries.items()}
    )


async def decode_all(
    encoded: Mapping[str, bytes],
) -> tuple[dict[str, Plain], dict[str, Undecodable]]:
    """Return the values by key, and by key why others are none."""
    if sum(map(len, encoded.values())) > _BIG:
        return await asyncio.to_thread(_decode, encoded)
    return _decode(encoded)


def _decode(encoded: Mapping[str, bytes]) -> tuple[dict[str, Plain], dict[str, Undecodable]]:
    values: dict[str, Plain] = {}
    refused: dict[str, Undecodable] = {}
    for key, data in encoded.items():
        try:
            values[key] = decode(data)
        except Undecodable as error:
            refused[key] = error
    return values, refused
