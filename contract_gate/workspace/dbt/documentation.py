"""Blocks of documentation, and the descriptions that name them: dbt refuses a project with a name that no block has.

https://docs.getdbt.com/docs/build/documentation#using-docs-blocks. Read only where a change may have parted the two.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from contract_gate.core.paths import ending_of
from contract_gate.workspace.dbt.reading import TextReader
from contract_gate.workspace.files import YAML

_BLOCK = re.compile(r"\{%-?\s*docs\s+(\w+)")
_ASKED = re.compile(r"\{\{-?\s*doc\(\s*(?:['\"]\w+['\"]\s*,\s*)?['\"](\w+)['\"]\s*\)")


def lost_blocks(
    sides: tuple[TextReader, TextReader], folders: Collection[str], paths: Collection[str], *, sure: bool
) -> Iterator[tuple[str, int, str]]:
    """Give where the head names a block that it does not have: path, line, name.

    `folders` are those that dbt reads, `paths` the changed files; not `sure`: what never was here may come with a package.
    """
    base, head = sides
    gone = set(_named(base, paths, ".md", _BLOCK)) - set(_named(head, paths, ".md", _BLOCK))
    new = set(_named(head, paths, YAML, _ASKED)) - set(_named(base, paths, YAML, _ASKED))
    wanted = gone | new if sure else gone
    if not wanted:
        return
    wanted -= set(_named(head, head.under(""), ".md", _BLOCK))
    read = [
        path for folder in dict.fromkeys(folders) for path in head.under(folder) if ending_of(path) in YAML
    ]
    head.fetch(read if wanted else ())
    for path in dict.fromkeys(read) if wanted else ():
        text = head.text(path) or ""
        for match in _ASKED.finditer(text):
            if match[1] in wanted:
                yield path, text.count("\n", 0, match.start()) + 1, match[1]


def _named(
    side: TextReader, paths: Iterable[str], ending: str | tuple[str, ...], what: re.Pattern[str]
) -> Iterator[str]:
    listed = [path for path in paths if path.endswith(ending)]
    side.fetch(listed)
    for path in listed:
        yield from what.findall(side.text(path) or "")
