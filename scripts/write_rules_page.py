"""Write docs/rules.md from the catalog of kinds; `--check` tells whether it is current."""

import sys
from collections.abc import Iterator
from pathlib import Path

from contract_gate.changes.kinds import PAGES, Page

TARGET = Path(__file__).parents[1] / "docs" / "rules.md"
HEAD = """\
<!-- Written by scripts/write_rules_page.py from contract_gate/changes/catalog.toml. -->
# Kinds of change

Each finding names a kind of change. `contract-gate rules` shows this page in a terminal, `contract-gate rules ID` one kind.

The **level** is the gravest that a known reader can raise a finding to; [what blocks](configuration.md#what-blocks) says when it
does. A reader in the repository that no longer binds is an error whatever the kind.

| id | class | level | what it is |
| --- | --- | --- | --- |
"""


def page_text() -> str:
    """Give the whole text of docs/rules.md."""
    rows = [
        f"| [`{page.kind}`](#{page.kind}) | {page.change_class} | {page.level} | {page.title} |"
        for page in PAGES.values()
    ]
    return HEAD + "\n".join(rows) + "\n" + "".join("\n".join(_section(page)) for page in PAGES.values())


def _section(page: Page) -> Iterator[str]:
    yield f"\n## {page.kind}\n"
    yield f"**{page.title}.** Class `{page.change_class}`, level {page.level}.\n"
    yield f"{page.why}\n"
    yield f"Before:\n\n```sql\n{page.before}\n```\n\nAfter:\n\n```sql\n{page.after}\n```\n"
    yield f"**Instead.** {page.instead}\n"


def main() -> int:
    """Write the page, or compare it; exit 1 where `--check` finds it stale."""
    if "--check" in sys.argv[1:]:
        return int(TARGET.read_text(encoding="utf-8") != page_text())
    TARGET.write_text(page_text(), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
