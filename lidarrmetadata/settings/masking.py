"""Secrets are shown as `***`, wherever a value is shown."""

from __future__ import annotations

import re

SECRET_NAMES = "|".join(("KEY", "SECRET", "TOKEN", "PASSWORD", "DSN"))


def is_secret(name: str) -> bool:
    """Whether a setting of this name, as the environment has it, holds a secret."""
    return re.search(SECRET_NAMES, name) is not None


def masked(name: str, value: object) -> object:
    """Return the value as it may be shown: all of it hidden, or the passwords in an address."""
    if is_secret(name):
        return "***" if value else value
    if isinstance(value, str):
        return _hide_passwords(value)
    return tuple(masked(name, item) for item in value) if isinstance(value, tuple | list) else value


def _hide_passwords(text: str) -> str:
    head, at, host = text.rpartition("@")
    scheme, mark, user = head.partition("://") if "://" in head else ("", "", head)
    if at and ":" in user:
        text = f"{scheme}{mark}{user.partition(':')[0] + ':' if mark else ''}***@{host}"
    return re.sub(rf"(?i)([?&][^=&]*(?:{SECRET_NAMES})[^=&]*=)[^&\s]+", r"\1***", text)
