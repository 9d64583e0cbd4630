"""Write docs/rules.md, and the kinds in docs/report.schema.json, from the catalog; `--check` tells whether they are current."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from contract_gate.compare.changes.kinds import PAGES, KindPage

DOCS = Path(__file__).parents[1] / "docs"
RULES = DOCS / "rules.md"
SCHEMA = DOCS / "report.schema.json"
HEAD = """\
<!-- Written by scripts/write_rules_page.py from contract_gate/compare/changes/catalog.toml. -->
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


def _section(page: KindPage) -> Iterator[str]:
    yield f"\n## {page.kind}\n"
    yield f"**{page.title}.** Class `{page.change_class}`, level {page.level}.\n"
    yield f"{page.why}\n"
    yield f"Before:\n\n```sql\n{page.before}\n```\n\nAfter:\n\n```sql\n{page.after}\n```\n"
    yield f"**Instead.** {page.instead}\n"


def schema_text() -> str:
    """Give the whole text of docs/report.schema.json: what stands there, with the catalog's kinds."""
    kinds = ",\n".join(f'        "{kind}"' for kind in PAGES)
    text = SCHEMA.read_text(encoding="utf-8")
    return re.sub(r'("kind": \{\n\s+"enum": \[\n)[^\]]*?(\n\s+\])', rf"\g<1>{kinds}\g<2>", text, count=1)


def main() -> int:
    """Write both pages, or compare them; exit 1 where `--check` finds one stale."""
    texts = {RULES: page_text(), SCHEMA: schema_text()}
    if "--check" in sys.argv[1:]:
        return int(any(path.read_text(encoding="utf-8") != text for path, text in texts.items()))
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
