"""The benchmark over the small catalogue of edge cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bench.target import Target

if TYPE_CHECKING:
    from tests.dumps import Database


@pytest.fixture(scope="session")
def edge_target(edge_catalogue: Database) -> Target:
    settings: dict[str, Any] = {**edge_catalogue}
    return Target(**settings)
