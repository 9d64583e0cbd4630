"""Generic tests as SQL: the project's own by running their macros, those of well-known packages by what their words mean.

https://docs.getdbt.com/reference/resource-properties/data-tests, https://docs.getdbt.com/reference/resource-configs/where
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping

from contract_gate.core.values import dataclass
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.dbt.properties import FRESHNESS, DeclaredTest
from contract_gate.workspace.documents import Plain

_KNOWN = frozenset({"dbt_utils", "dbt_expectations", "dbt_constraints", "elementary"})
_CALL = re.compile(r"\s*(?:ref|source|var|env_var)\s*\(.+\)\s*", re.DOTALL)
_WHOLE = re.compile(r"\s*\{\{((?:(?!\}\}).)*)\}\}\s*", re.DOTALL)
_CONDITIONS = ("row_condition", "condition", "from_condition", "where_expression")
_COLUMNS = (
    "lower_bound_column", "upper_bound_column", "partition_by", "column_a", "column_b", "date_col", "sort_column",
    "timestamp_column", "dimensions", "fk_column_name", "fk_column_names", "compare_columns",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOf:
    """A generic test and the node that it is declared for."""

    test: DeclaredTest
    node: Node


def test_template(found: TestOf, own: Collection[str], where: str | None) -> str | None:
    """Give a template that writes the test's SQL; None where its columns are all that is known of it.

    `own`: the macros of the project and its packages that are here.
    """
    test = found.test
    if test.name == FRESHNESS:
        return _of_freshness(test, _reference(found.node))
    package, _, name = test.name.rpartition(".")
    model = _reference(found.node)
    if f"test_{name}" in own:
        words = ", ".join(f"{key}={_literal(value)}" for key, value in _arguments(test).items())
        call = f"{package + '.' if package else ''}test_{name}(model=model{', ' + words if words else ''})"
        return f"{_set_model(model, where)}{{{{ {call} }}}}"
    conditions = [f"({text})" for text in (where, *_conditions(test, package, name)) if text]
    columns = list(_columns(test)) if package in _KNOWN else []
    other = _of_other_side(test) if package in _KNOWN else None
    parts = [_select(model, conditions, columns)] if conditions or columns else []
    parts += (
        [_select(other[0], [f"({text})" for text in other[2]], other[1])]
        if other and (other[1] or other[2])
        else []
    )
    return ";\n".join(parts) or None


def _of_freshness(test: DeclaredTest, source: str) -> str:
    """Write what dbt runs: `collect_freshness` in dbt-adapters' freshness.sql."""
    query, loaded, condition = (test.arg(key) for key in ("query", "loaded_at", "filter"))
    if isinstance(query, str):
        return f"{{% set this = {source} %}}{query}"
    return f"select max({loaded or 1}) from {{{{ {source} }}}}" + (f" where {condition}" if condition else "")  # noqa: S608 - parsed, never run


def _select(relation: str, conditions: list[str], columns: list[str]) -> str:
    ordered = f" order by {', '.join(columns)}" if columns else ""
    filtered = f" where {' and '.join(conditions)}" if conditions else ""
    return f"select 1 as one from {{{{ {relation} }}}}{filtered}{ordered}"  # noqa: S608 - parsed, never run


def _conditions(test: DeclaredTest, package: str, name: str) -> Iterator[str]:
    if package not in _KNOWN:
        return
    expression = test.arg("expression")
    if name == "expression_is_true" and isinstance(expression, str):
        yield f"{test.column} {expression}" if test.column is not None else expression
    for word in _CONDITIONS:
        value = test.arg(word)
        if isinstance(value, str):
            yield value


def _columns(test: DeclaredTest) -> Iterator[str]:
    for word, value in test.args:
        named = word.lower() in _COLUMNS or (word == "field" and test.arg("to") is None)
        for name in value if isinstance(value, list) else [value]:
            if named and isinstance(name, str) and name:
                yield name


def _of_other_side(test: DeclaredTest) -> tuple[str, list[str], list[str]] | None:
    """Give the other relation that a test reads, with the columns and conditions that are of it."""
    other = next((value for word in _OTHERS if isinstance(value := test.arg(word), str)), None)
    if other is None or _CALL.fullmatch(other) is None:
        return None
    columns = [
        name
        for word in ("compare_columns", "pk_column_name", "pk_column_names", "group_by_columns", "field")
        for value in [test.arg(word)]
        for name in (value if isinstance(value, list) else [value])
        if isinstance(name, str)
    ]
    condition = test.arg("to_condition")
    return other, columns, [condition] if isinstance(condition, str) else []


_OTHERS = ("compare_model", "to", "pk_table_name")


def _arguments(test: DeclaredTest) -> Mapping[str, Plain]:
    given = dict(test.args)
    return {"column_name": test.column, **given} if test.column is not None else given


def _set_model(model: str, where: str | None) -> str:
    if not where:
        return f"{{% set model = {model} %}}"
    return f"{{% set model %}}(select * from {{{{ {model} }}}} where {where}) dbt_subquery{{% endset %}}"  # noqa: S608 - parsed, never run


def _reference(node: Node) -> str:
    if node.source is not None:
        return f"source({_text(node.source)}, {_text(node.name)})"
    version = f", v={_text(node.version)}" if node.version else ""
    return f"ref({_text(node.package)}, {_text(node.name)}{version})"


def _literal(value: Plain) -> str:
    """Write an argument as Jinja; dbt runs texts that call `ref` and its like: `build_from` in parser/generic_test_builders.py."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case str() if _CALL.fullmatch(value):
            return f"({value})"
        case str() if found := _WHOLE.fullmatch(value):
            return f"({found[1]})"
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(_literal(item) for item in value)}]"
        case dict():
            return "{" + ", ".join(f"{_text(key)}: {_literal(item)}" for key, item in value.items()) + "}"
        case _:
            return repr(value)


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
