"""Names of the program: each means one thing."""

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_no_class_name_twice() -> None:
    """A class name in a trace, an import or a sentence says which class is meant."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "contract_gate").rglob("*.py")):
        for name in re.findall(r"^class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE):
            found[name].append(path.relative_to(ROOT).as_posix())
    assert len(found) > 300
    assert {name: paths for name, paths in found.items() if len(paths) > 1} == {}
