"""No two keys meet in the database, and it takes all of them."""

from __future__ import annotations

import hashlib

from lidarrmetadata.cache.keys import storable
from tests.cache.odd_keys import ODD_KEYS


def test_ordinary_keys_are_kept_as_they_are() -> None:
    for key in ("", "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d", "artist:björk 'n' 50%", "涅槃"):
        assert storable(key) == key


def test_odd_keys_stay_different_and_fit() -> None:
    stored = [storable(key) for key in ODD_KEYS]
    assert len(set(stored)) == len(set(ODD_KEYS)) == len(ODD_KEYS)
    for key in stored:
        assert len(key.encode()) <= 1000
        assert "\0" not in key


def test_no_key_can_pass_for_the_digest_of_another() -> None:
    digest = hashlib.sha256(b"a" * 2000).hexdigest()
    assert storable("a" * 2000) == rf"\sha256:{digest}"
    assert storable(rf"\sha256:{digest}") == rf"\\sha256:{digest}"
