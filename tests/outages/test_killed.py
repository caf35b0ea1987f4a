"""Servers that are killed (SIGKILL) while people ask, and back after three seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.outages.outage import (
    Course,
    assert_as_quick_as_ever,
    assert_nobody_was_let_down,
    live_through,
)

if TYPE_CHECKING:
    from tests.outages.conftest import Product

SECONDS = 2.5  # until they are started again, which takes another half
EVERYTHING = ("redis", "cache", "musicbrainz")


def killed(product: Product, names: tuple[str, ...], **settings: str) -> Course:
    broken = product.servers.named(names)

    def kill() -> None:
        for server in broken:
            server.kill()

    def start() -> None:
        for server in broken:
            server.start()

    with product.serving(**settings) as server:
        return live_through(product, server, kill, start, SECONDS)


@pytest.mark.parametrize(
    "names", [("redis",), ("cache",), ("musicbrainz",), EVERYTHING], ids="+".join
)
def test_whatever_is_killed_what_was_ever_asked_for_is_served_as_quickly_as_ever(
    product: Product, names: tuple[str, ...]
) -> None:
    course = killed(product, names)
    assert_nobody_was_let_down(course)
    assert_as_quick_as_ever(course)


@pytest.mark.parametrize("name", EVERYTHING)
def test_without_memory_what_is_left_carries_it(product: Product, name: str) -> None:
    course = killed(product, (name,), MEMORY_CACHE_BYTES="0")
    assert_nobody_was_let_down(course)
    assert_as_quick_as_ever(course)
