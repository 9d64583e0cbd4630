"""Digests of what decides rows and can't be bound: the rows of a CSV file, the code of a Python model.

Two contents with one digest give the same rows. Layout, comments and the order of rows are no part of it.
"""

import ast
import hashlib


def rows_digest(text: str) -> str:
    """Name the rows of a CSV text without its header, in any order."""
    lines = sorted(line.rstrip() for line in text.splitlines()[1:] if line.strip())
    return _named("\n".join(lines))


def code_digest(text: str) -> str:
    """Name what a Python text does, as its syntax tree has it; the text itself where it can't be parsed."""
    try:
        return _named(ast.dump(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _named(text)


def _named(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
