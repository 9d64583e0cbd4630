"""CONTRIBUTING.md and SECURITY.md name what is there: files, make targets, tests."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONTRIBUTING, SECURITY = (
    (ROOT / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md", "SECURITY.md")
)
_PATH = re.compile(r"`((?:contract_gate|tests|docs|\.ci)/[\w./-]*)`")


def test_the_files() -> None:
    """Each file or folder that contributing takes exists."""
    named = set(_PATH.findall(CONTRIBUTING))
    assert len(named) > 20
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_the_names() -> None:
    """What a step says is in a file, as a name in capitals, stands in it."""
    steps = [
        step for step in re.split(r"^(?=\d\. |#)", CONTRIBUTING, flags=re.MULTILINE) if step[:1].isdigit()
    ]
    told = [(step, re.findall(r"`(_?[A-Z][A-Z_]{2,})`", step)) for step in steps]
    assert sum(len(names) for _, names in told) > 5
    for step, names in told:
        files = [ROOT / path for path in _PATH.findall(step) if path.endswith(".py")]
        text = "".join(path.read_text(encoding="utf-8") for path in files)
        assert [name for name in names if not re.search(rf"\b{name}\b", text)] == [], step


def test_the_targets() -> None:
    """Each make target exists."""
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", CONTRIBUTING, re.MULTILINE)) <= known


def test_what_the_threat_model_is_proven_by() -> None:
    """Each test that stands for a protection exists, and each line of the model has one."""
    rows = [line for line in SECURITY.splitlines() if re.match(r"\| (?!attempt|---)", line)]
    assert len(rows) > 20
    for row in rows:
        named = re.findall(r"`(tests/[\w/.]+)::(\w+)`", row)
        assert named, row
        for path, test in named:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, (
                path,
                test,
            )
