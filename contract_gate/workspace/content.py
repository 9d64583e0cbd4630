"""What decides rows and can't be bound: the rows of a CSV file, the code of a Python model, statements beside a query.

Two contents with one digest give the same rows. Layout, comments and the order of rows are no part of it.
"""

import ast
import csv
import hashlib
import io
import json
import re
from functools import lru_cache

from contract_gate.core.paths import ending_of
from contract_gate.core.remembering import remembered
from contract_gate.sql.comments import on_one_line
from contract_gate.workspace.python_syntax import parse_python

_WRITES = re.compile(
    r"\b(?:delete|update|insert|merge|truncate|alter|drop|create|replace|call|copy|swap|exec(?:ute)?|exchange|rename|undrop|restore|load\s+data)\b",
    re.IGNORECASE,
)
TEMPLATE_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_TAG = re.compile(r"(\{[{%]-?)\s*(.*?)\s*(-?[}%]\})", re.DOTALL)
_RIGHTS = re.compile(r"^\s*(grant|revoke|comment|analyze|vacuum|optimize)\b", re.IGNORECASE)


def rows_digest(text: str, delimiter: str = ",") -> str:
    """Name the rows of a CSV text without its header, in any order; how a value is quoted is no part of it."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter[:1] or ","))[1:]
        lines = sorted(json.dumps([value.strip() for value in row]) for row in rows if any(row))
    except csv.Error:
        lines = sorted(line.rstrip() for line in text.splitlines()[1:] if line.strip())
    return text_digest("\n".join(lines))


def csv_header(text: str, delimiter: str = ",") -> list[str]:
    """Give the names in the first row of a CSV text; none where it can't be read."""
    try:
        header = next(csv.reader(io.StringIO(text.strip(), newline=""), delimiter=delimiter[:1] or ","), [])
    except csv.Error:
        return []
    return [name.strip() for name in header if name.strip()]


@lru_cache(maxsize=4096)
def code_digest(text: str) -> str:
    """Name what a Python text does, as its syntax tree has it; the text itself where it can't be parsed."""
    return remembered("code", (text,), str, lambda: (_code_digest(text),))[0]


def _code_digest(text: str) -> str:
    tree = parse_python(text)
    return text_digest(text if isinstance(tree, str) else ast.dump(tree))


def file_digest(path: str, text: str) -> str:
    """Name what a file of code says: layout and comments are no part of it."""
    return code_digest(text) if ending_of(path) == ".py" else template_digest(text)


def template_digest(text: str) -> str:
    """Name what a template or SQL that no parser reads says: layout and comments are no part of it."""
    tags = _TAG.sub(lambda tag: f"{tag[1]} {tag[2]} {tag[3]}", without_template_comments(text))
    return text_digest(on_one_line(tags))


def without_template_comments(text: str) -> str:
    """Take `{# … #}` away."""
    return TEMPLATE_COMMENT.sub("", text)


def may_write(statement: str) -> bool:
    """Tell whether a statement that runs before or after a model may change rows; rights and maintenance do not."""
    return _WRITES.search(statement) is not None and _RIGHTS.match(statement) is None


def text_digest(text: str) -> str:
    """Name a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
