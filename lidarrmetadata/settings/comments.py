"""The comments on the settings, read from the source of `lidarrmetadata.config`."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lidarrmetadata.config import DefaultConfig

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Documented:
    """A setting as it stands in the source: its comment, its assignment, its entries' comments."""

    section: str
    name: str
    comment: str
    assignment: str
    entries: Mapping[str, str]


def documented(source: str) -> list[Documented]:
    """Return the settings of the class `DefaultConfig` in the source of `lidarrmetadata.config`."""
    comments = {
        token.start[0]: token.string.removeprefix("#").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#")
    }

    def above(line: int) -> str:
        first = line
        while first - 1 in comments:
            first -= 1
        return "\n".join(comments[number] for number in range(first, line))

    headings = {
        line: heading[1]
        for line, comment in comments.items()
        if (heading := re.fullmatch(r"--- (.+) ---", comment))
    }
    tree = ast.parse(source)
    body = next(
        node.body
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == DefaultConfig.__name__
    )
    found = []
    for node in body:
        if not (isinstance(node, ast.AnnAssign) and node.value):
            continue
        name = ast.unparse(node.target)
        entries = {}
        if isinstance(node.value, ast.Dict):
            keys = [key for key in node.value.keys if isinstance(key, ast.Constant)]
            entries = {str(key.value): above(key.lineno) for key in keys}
        section = headings[max(line for line in headings if line < node.lineno)]
        assignment = f"{name} = {ast.get_source_segment(source, node.value)}"
        found.append(Documented(section, name, above(node.lineno), assignment, entries))
    return found
