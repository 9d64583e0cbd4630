"""The whole command line in this process: exit code and output, as a shell would have them."""

import io
import os
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from contract_gate.cli import main

WRITE = "CONTRACT_GATE_WRITE_DOCS"
"""Set: pages that tests make are written, not compared (`make docs`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    code: int
    out: str
    err: str


def run(*arguments: str) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([*arguments])
        except SystemExit as ended:
            code = ended.code or 0
    assert isinstance(code, int)
    return Ran(code=code, out=out.getvalue(), err=err.getvalue())


def compare_or_write(page: Path, lines: Sequence[str], of: str = "") -> None:
    """Hold the part of a page between its two marks against what was seen (`of` whom, on a page of several), or write it there."""
    text = page.read_text(encoding="utf-8")
    start, end = (f"<!-- {word} of what the test saw{of} -->\n" for word in ("start", "end"))
    head, rest = text.split(start)
    _, tail = rest.split(end)
    wanted = head + start + "\n".join(lines) + "\n" + end + tail
    if os.environ.get(WRITE):
        page.write_text(wanted, encoding="utf-8", newline="\n")
    assert page.read_text(encoding="utf-8") == wanted, f"docs/{page.name} is stale: make docs"
