"""Fixtures, for conftest.py to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.internet.server import Internet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def internet() -> AsyncIterator[Internet]:
    """All outside services, in this event loop.

    A test in which one of them is used wrongly fails, unless it clears `internet.violations`.
    """
    async with Internet() as running:
        yield running
    assert not running.violations, "\n".join(
        f"{wrong.service}: {wrong.reason}: {wrong.url}" for wrong in running.violations
    )
