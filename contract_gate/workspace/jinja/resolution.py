"""Which of the nodes of one name a `ref` or `source` means: by version, else the latest; of the package, the root project, any.

Which packages have stand-ins, too. The child that runs templates asks here, and so does what reads templates without running them.
https://docs.getdbt.com/reference/dbt-jinja-functions/ref
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

NodeT = TypeVar("NodeT")
DefaultT = TypeVar("DefaultT")
STAND_INS = frozenset({"dbt_utils", "dbt_date", "dbt_expectations", "codegen"})
"""The packages that `packages` stands in for where a repository does not vendor them."""
Address = tuple[object, object, object]
"""A node's package, its version, and the latest version of its model."""


def meant(
    nodes: Sequence[NodeT],
    address: Callable[[NodeT], Address],
    near: tuple[str, str],
    package: str | None = None,
    version: str | None = None,
) -> NodeT | None:
    """Give the node that is meant; `near` is the reader's package, then the root project. A named `package` is the only one."""
    if version is not None:
        nodes = [node for node in nodes if str(address(node)[1]) == version]
    else:
        nodes = [node for node in nodes if address(node)[1] in (None, address(node)[2])] or nodes
    for wanted in (package,) if package else near:
        for node in nodes:
            if address(node)[0] == wanted:
                return node
    return None if package or not nodes else nodes[0]


def schema_name(custom: object, default: str) -> str:
    """Give the schema that dbt's own macro makes of a setting: https://docs.getdbt.com/docs/build/custom-schemas"""
    return f"{default}_{str(custom).strip()}" if custom else default


def database_name(custom: object, default: DefaultT) -> str | DefaultT:
    """Give the database that dbt's own macro makes of a setting."""
    return str(custom).strip() if custom else default


def alias_name(custom: object, name: str, version: object) -> str:
    """Give a relation's own name by dbt's macro: https://docs.getdbt.com/docs/build/custom-aliases"""
    suffix = f"_v{str(version).replace('.', '_')}" if version else ""
    return str(custom).strip() if custom else name + suffix
