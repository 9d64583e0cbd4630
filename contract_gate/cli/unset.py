"""The variables without a value in the repository of a directory, and the configuration's lines that would say them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract_gate.edge.config import Config
    from contract_gate.workspace.unset import Unset


def unset_here(directory: Path, config: "Config") -> tuple["Unset", ...]:
    """List the variables of the working tree's dbt projects that have no value. GitError where git fails."""
    from contract_gate.edge.git import WORKING_TREE, Repository
    from contract_gate.workspace.dbt.packages import dbt_roots
    from contract_gate.workspace.tree import Tree
    from contract_gate.workspace.unset import unset

    with Repository.open(directory) as repository:
        tree = Tree(repository, WORKING_TREE)
        roots = dbt_roots(sorted(tree.paths()))
        return unset(tree, roots, config.env, config.vars)


def lines_to_fill_in(found: Sequence["Unset"]) -> list[str]:
    """Write the lines of contract-gate.toml, a table after the other, for a person to fill in."""
    lines: list[str] = []
    for table in ("vars", "env"):
        names = [one.name for one in found if one.table == table]
        lines += [f"[{table}]", *(f'{_key(name)} = "…"' for name in names)] if names else []
    return lines


def places(one: "Unset", named: int = 3) -> str:
    """Name the first files that hang on a variable; what no terminal or comment may hold is left out of the names."""
    shown = ["".join(mark if mark.isprintable() else "?" for mark in path) for path in one.paths[:named]]
    more = [f"{len(one.paths) - named} more files"] if len(one.paths) > named else []
    return ", ".join([*shown, *more])


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
