"""All outside services on one loopback port: docs/testing-without-internet.md."""

from __future__ import annotations

from tests.internet.facts import Facts, Subject
from tests.internet.ledger import Asked, Violation
from tests.internet.server import Internet
from tests.internet.service import Service

__all__ = ["Asked", "Facts", "Internet", "Service", "Subject", "Violation"]
