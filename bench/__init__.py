"""How long answers take over a large catalogue, beside what they could take at best."""

from __future__ import annotations


class BenchError(Exception):
    """The benchmark cannot be run here. The message names the cause and the cure."""
