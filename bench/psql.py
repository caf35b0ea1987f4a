"""The same statements, sent by psql: what an answer costs the database, without any of our code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from bench import BenchError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.statements import Document, Sent
    from bench.target import Target

_TIMED = re.compile(r"^Time: (\d+\.\d+) ms")
_DOCUMENT = "document"
# asyncpg opens its transactions like this too.
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"


def literal(value: Any) -> str:  # noqa: ANN401  whatever asyncpg takes
    """An argument as SQL: True, numbers, texts, and flat lists of those."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return _quoted("{" + ",".join(_element(item) for item in value) + "}")
    return str(value) if isinstance(value, int) else _quoted(str(value))


def prepare(name: str, sql: str) -> str:
    """The command that prepares a statement."""
    return f'PREPARE "{name}" AS {sql.rstrip().rstrip(";")};'


def execute(sent: Sent) -> str:
    """The command that executes a prepared statement."""
    arguments = ", ".join(literal(value) for value in sent.arguments)
    return f'EXECUTE "{sent.name}"' + (f"({arguments})" if arguments else "")


def milliseconds(
    target: Target, session: Mapping[str, str], documents: Sequence[Document]
) -> list[float]:
    """For each document, in order, the sum of the times that psql measures, in milliseconds.

    In one session and, like the provider's, in one transaction per document. The first document is
    done twice, since a session plans a statement when it is used first. Raises `BenchError`.
    """
    output = _run(target, "\n".join(_script(session, documents)))
    sums: list[float] = []
    for line in output.splitlines():
        if line == _DOCUMENT:
            sums.append(0.0)
        elif timed := _TIMED.match(line):
            sums[-1] += float(timed[1])
    return sums[1:]


def _script(session: Mapping[str, str], documents: Sequence[Document]) -> Iterator[str]:
    yield from (f"SET {name} = {_setting(name, value)};" for name, value in session.items())
    yield r"\pset format unaligned"
    yield r"\o /dev/null"
    sql = {sent.name: sent.sql for document in documents for sent in document.sent}
    yield from (prepare(name, text) for name, text in sql.items())
    for document in (documents[0], *documents):
        yield _BEGIN
        yield rf"\echo {_DOCUMENT}"
        yield r"\timing on"
        yield from (f"{execute(sent)};" for sent in document.sent)
        yield r"\timing off"
        yield "COMMIT;"


def _run(target: Target, script: str) -> str:
    psql = shutil.which("psql")
    if psql is None:
        raise BenchError(
            "psql is missing, which the times are compared with: apt install postgresql-client"
        )
    done = subprocess.run(
        [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"],
        input=script,
        # Whatever language the operator reads, the times are looked for in English.
        env={**os.environ, **target.psql_environment, "LC_ALL": "C", "PGCLIENTENCODING": "UTF8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise BenchError(f"psql cannot execute the provider's statements: {done.stderr.strip()}")
    return done.stdout


def _element(value: Any) -> str:  # noqa: ANN401  see literal
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("\\", r"\\").replace('"', r"\"")
    return f'"{text}"'


def _quoted(text: str) -> str:
    # E'…' means the same whatever standard_conforming_strings says.
    return "E'" + text.replace("\\", r"\\").replace("'", r"\'") + "'"


def _setting(name: str, value: str) -> str:
    # A list of names: quoted as a whole it would be one name.
    return value if name == "search_path" else _quoted(value)
