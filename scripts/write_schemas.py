"""Write docs/config.schema.json and docs/waivers.schema.json from the parsers; `--check` tells whether they are current.

The descriptions are those of the tables in docs/configuration.md.
"""

import json
import re
import sys
from pathlib import Path

from contract_gate.edge.config_file import config_schema
from contract_gate.edge.table import Fragment
from contract_gate.edge.waivers import waivers_schema

DOCS = Path(__file__).parents[1] / "docs"
ROW = re.compile(r"^\| `(?P<key>[\w.-]+)` \| .* \| (?P<does>[^|]*) \|$", re.MULTILINE)


def texts() -> dict[Path, str]:
    """Give the text of each schema."""
    page = (DOCS / "configuration.md").read_text(encoding="utf-8")
    said = {row["key"]: row["does"].replace("`", "").strip() for row in ROW.finditer(page)}
    made = {
        "config.schema.json": ("contract-gate.toml", config_schema()),
        "waivers.schema.json": ("contract-gate-waivers.toml", waivers_schema()),
    }
    return {DOCS / name: _text(title, schema, said) for name, (title, schema) in made.items()}


def _text(title: str, schema: Fragment, said: dict[str, str]) -> str:
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": title}
    return json.dumps({**head, **_described(schema, said, "")}, indent=2) + "\n"


def _described(schema: Fragment, said: dict[str, str], prefix: str) -> Fragment:
    below = schema.get("properties")
    if not isinstance(below, dict):
        return schema
    properties: Fragment = {}
    for key, part in below.items():
        name = f"{prefix}{key}"
        told: Fragment = {"description": said[name]} if name in said else {}
        inner = _described(part, said, f"{name}.")
        if isinstance(part.get("items"), dict):
            inner = {**inner, "items": _described(part["items"], said, f"{name}.")}
        properties[key] = {**told, **inner}
    return {**schema, "properties": properties}


def main() -> int:
    """Write both, or compare them; exit 1 where `--check` finds one stale."""
    if "--check" in sys.argv[1:]:
        return int(
            any(
                not path.exists() or path.read_text(encoding="utf-8") != text
                for path, text in texts().items()
            )
        )
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
