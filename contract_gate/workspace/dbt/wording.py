"""The sentences that a dbt project's limits are told in, and the small readings that they hang on."""

from contract_gate.core.world import Hole, HoleKind, ModelKind
from contract_gate.sql.comments import without_comments
from contract_gate.workspace.dbt.adapters import Target
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.packages import Packages
from contract_gate.workspace.dbt.references import definitions


def notes(packages: Packages, target: Target) -> tuple[str, ...]:
    """Tell how the target was chosen and which packages are not in the repository."""
    known = f"dbt project {packages.root.name}: adapter {target.adapter}, from {target.chosen}"
    return (*((known,) if target.adapter else ()), *limits(packages, target, told=True))


def limits(packages: Packages, target: Target, *, told: bool) -> tuple[str, ...]:
    """Tell what of that may hide something: packages only where it is `told` that a model is not known in full."""
    project, found = f"dbt project {packages.root.name}", []
    if not target.adapter:
        found.append(f"{project}: adapter unknown, no profile names one; `dialect` in the configuration does")
    if packages.absent and told:
        found.append(f"{project}: packages that are not in the repository: {', '.join(packages.absent)}")
    return tuple(found)


def without_sql(node: Node) -> str | None:
    """Say why a node has no SQL to render, None where it has."""
    if node.refused:
        return node.refused
    if node.problem:
        return f"the file could not be read: {node.problem}"
    if node.is_python and node.kind is not ModelKind.FUNCTION:
        return "a Python model: its columns are not analysed"
    match node.kind:
        case ModelKind.SEED:
            return "a seed: its columns are the header of its file"
        case ModelKind.SOURCE:
            return "a source: it has no SQL in the repository"
        case _:
            return None if node.text is not None else "it has no SQL"


def empty(holes: tuple[Hole, ...]) -> str:
    """Say why a model that renders to nothing is unknown: a macro that is absent, else a variable that is not set."""
    absent = [hole.told for hole in holes if hole.kind is HoleKind.MACRO]
    return (
        absent[0]
        if absent
        else "it renders to nothing: its SQL is unknown unless a variable or a target is set"
    )


def has_code(sql: str) -> bool:
    """Tell whether there is more than white space, comments and semicolons."""
    return bool(without_comments(sql).strip(" \t\n\r;"))


def with_snapshot_columns(sql: str, columns: tuple[str, ...]) -> str:
    """Add the columns that dbt adds to a snapshot, on the first and last line so that lines stay where they are."""
    added = ", ".join(f"null as {column}" for column in columns)
    return f"select snapshotted.*, {added} from ({sql.rstrip().rstrip(';')}\n) as snapshotted"  # noqa: S608 - parsed, never run


def macro_names(body: str) -> tuple[str, ...]:
    """Give the names of the macros that a file defines."""
    return tuple(definition.name for definition in definitions(body))
