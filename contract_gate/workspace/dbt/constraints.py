"""What generic tests and contracts promise of a model's rows, as constraints, and which columns they read.

Built-in tests: https://docs.getdbt.com/reference/resource-properties/data-tests. A test with a `where`, a mere
warning, or one that is off promises nothing of all rows, and still reads its column.
"""

from collections.abc import Callable, Iterator

from contract_gate.core.relation import RelationName
from contract_gate.core.world import ColumnRead, Constraint, ConstraintKind
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.properties import DeclaredTest
from contract_gate.workspace.dbt.references import references_in
from contract_gate.workspace.dbt.resolve import Resolver
from contract_gate.workspace.dbt.settings import is_true
from contract_gate.workspace.documents import Plain

Fold = Callable[[str], str]
RelationOf = Callable[[Node], RelationName | None]

_KINDS = {
    "unique": ConstraintKind.UNIQUE,
    "not_null": ConstraintKind.NOT_NULL,
    "primary_key": ConstraintKind.UNIQUE,
    "dbt_constraints.primary_key": ConstraintKind.UNIQUE,
    "dbt_constraints.unique_key": ConstraintKind.UNIQUE,
    "dbt_expectations.expect_column_values_to_be_unique": ConstraintKind.UNIQUE,
    "dbt_expectations.expect_column_values_to_not_be_null": ConstraintKind.NOT_NULL,
    "accepted_values": ConstraintKind.ACCEPTED_VALUES,
    "dbt_expectations.expect_column_values_to_be_in_set": ConstraintKind.ACCEPTED_VALUES,
    "relationships": ConstraintKind.RELATIONSHIPS,
    "dbt_utils.unique_combination_of_columns": ConstraintKind.UNIQUE,
    "unique_combination_of_columns": ConstraintKind.UNIQUE,
    "dbt_expectations.expect_compound_columns_to_be_unique": ConstraintKind.UNIQUE,
}
# Arguments of tests that name columns of the tested model.
_COLUMN_LISTS = (
    "combination_of_columns",
    "column_list",
    "group_by_columns",
    "columns",
    "column_names",
    "group_by",
)


def constraints_of(
    node: Node, resolver: Resolver, fold: Fold, relation_of: RelationOf
) -> Iterator[Constraint]:
    """Give what the YAML promises of all rows of a node."""
    for declared in node.constraints:
        columns = tuple(fold(column) for column in declared.columns)
        for kind in _contract_kinds(declared.type) if columns else ():
            yield Constraint(kind=kind, columns=columns)
    for test in node.tests:
        if constraint := _tested(test, node, resolver, fold, relation_of):
            yield constraint


def reads_of(test: DeclaredTest, node: Node, resolver: Resolver, fold: Fold) -> Iterator[ColumnRead]:
    """Give the columns that a test names, of its own model and of a relationship's parent."""
    if test.column is not None:
        yield ColumnRead(key=node.key, column=fold(test.column), line=test.line)
    for column in _listed_columns(test):
        yield ColumnRead(key=node.key, column=fold(column), line=test.line)
    parent, parent_field = _parent(test, node, resolver)
    if parent is not None and parent_field:
        yield ColumnRead(key=parent.key, column=fold(parent_field), line=test.line)


def named_in(test: DeclaredTest, node: Node, resolver: Resolver) -> Iterator[Node]:
    """Give the nodes that the words of a test refer to."""
    for _, value in (*test.args, *test.config):
        if isinstance(value, str) and ("ref" in value or "source" in value):
            for reference in references_in(value):
                target = resolver.resolve(reference, node.package)
                if target is not None:
                    yield target


def _contract_kinds(kind: str) -> tuple[ConstraintKind, ...]:
    match kind.lower():
        case "not_null":
            return (ConstraintKind.NOT_NULL,)
        case "unique":
            return (ConstraintKind.UNIQUE,)
        case "primary_key":
            return (ConstraintKind.UNIQUE, ConstraintKind.NOT_NULL)
        case _:
            return ()


def _tested(
    test: DeclaredTest, node: Node, resolver: Resolver, fold: Fold, relation_of: RelationOf
) -> Constraint | None:
    kind = _KINDS.get(test.name.removeprefix("dbt."))
    config = dict(test.config)
    severity = str(config.get("severity", "error")).lower()
    if kind is None or config.get("where") or severity == "warn" or not is_true(config.get("enabled", True)):
        return None
    columns = _listed_columns(test) if test.column is None else (test.column,)
    if not columns or test.arg("row_condition"):
        return None
    folded = tuple(fold(column) for column in columns)
    match kind:
        case ConstraintKind.ACCEPTED_VALUES:
            values = test.arg("values") or test.arg("value_set")
            listed = tuple(str(value) for value in values) if isinstance(values, list) else ()
            return Constraint(kind=kind, columns=folded, values=listed) if listed else None
        case ConstraintKind.RELATIONSHIPS:
            parent, parent_field = _parent(test, node, resolver)
            relation = relation_of(parent) if parent else None
            if relation is None or not parent_field:
                return None
            return Constraint(kind=kind, columns=folded, to=(relation, fold(parent_field)))
        case _:
            return Constraint(kind=kind, columns=folded)


def _listed_columns(test: DeclaredTest) -> tuple[str, ...]:
    for key in _COLUMN_LISTS:
        value: Plain = test.arg(key)
        if isinstance(value, list):
            names = [item for item in value if isinstance(item, str)]
            return tuple(name.strip('"`') for name in names if name.strip('"`').replace("_", "a").isalnum())
    return ()


def _parent(test: DeclaredTest, node: Node, resolver: Resolver) -> tuple[Node | None, str | None]:
    to, parent_field = test.arg("to"), test.arg("field")
    if not isinstance(to, str):
        return None, None
    references = references_in(to)
    parent = resolver.resolve(references[0], node.package) if references else None
    return parent, str(parent_field) if parent_field else None
