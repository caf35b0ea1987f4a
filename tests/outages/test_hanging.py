"""Servers that take every call and answer none (SIGSTOP) while people ask, for three seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.outages.load import Load, Stream
from tests.outages.outage import (
    Course,
    assert_as_quick_as_ever,
    assert_nobody_was_let_down,
    live_through,
)

if TYPE_CHECKING:
    from tests.outages.conftest import Product

SECONDS = 3.0
EVERYTHING = ("redis", "cache", "musicbrainz")


def hung(product: Product, names: tuple[str, ...], **settings: str) -> Course:
    broken = product.servers.named(names)

    def freeze() -> None:
        for server in broken:
            server.freeze()

    def thaw() -> None:
        for server in broken:
            server.thaw()

    with product.serving(**settings) as server:
        return live_through(product, server, freeze, thaw, SECONDS)


@pytest.mark.parametrize(
    "names", [("redis",), ("cache",), ("musicbrainz",), EVERYTHING], ids="+".join
)
def test_whatever_hangs_what_was_ever_asked_for_is_served_as_quickly_as_ever(
    product: Product, names: tuple[str, ...]
) -> None:
    course = hung(product, names)
    assert_nobody_was_let_down(course)
    assert_as_quick_as_ever(course)


def test_without_memory_a_redis_that_hangs_is_waited_for_and_then_done_without(
    product: Product,
) -> None:
    assert_nobody_was_let_down(hung(product, ("redis",), MEMORY_CACHE_BYTES="0"))


def test_a_catalogue_that_hangs_keeps_nobody_for_longer_than_the_setting_says(
    product: Product,
) -> None:
    with product.serving(DATABASE_ACQUIRE_TIMEOUT="1") as server:
        product.warm(server)  # so that there are connections that hang
        product.servers.musicbrainz.freeze()
        with Load(server.port, Stream("cold", product.take(60), 20)) as load:
            load.goes_on(2.0)
    asked = load.of("cold")
    assert {one.status for one in asked} == {503}
    assert max(one.took for one in asked) < 2.0  # seconds, on a busy machine
