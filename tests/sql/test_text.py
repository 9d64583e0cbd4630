"""What a message shows of a query."""

import pytest

from contract_gate.compare.changes.api import diff

BY_NAME = "(select a from t union all by name select a, b from t) order by {} limit 3"
EITHER = "select * from (select * from u union all select * from v) order by {} limit 3"
WITHIN = "select a in (select x from u except select {} from v) as k from t"


@pytest.mark.parametrize(
    ("query", "before", "after", "shown"),
    [
        (BY_NAME, "b", "b desc", ("ORDER BY b", "ORDER BY b DESC")),
        (BY_NAME, "a", "a desc", ("ORDER BY a", "ORDER BY a DESC")),
        (EITHER, "c", "d", ("ORDER BY c", "ORDER BY d")),
        (EITHER, '"@c"', "d", ("ORDER BY @c", "ORDER BY d")),
        (WITHIN, "y", "z", ("a IN (SELECT … FROM u, v)", "a IN (SELECT … FROM u, v)")),
    ],
)
def test_columns_are_shown_as_they_are_called(
    query: str, before: str, after: str, shown: tuple[str, str]
) -> None:
    """A column of a set operation has the name that a branch has it by, not its place."""
    schema = {"t": {"a": "INT", "b": "INT"}}
    found = diff(query.format(before), query.format(after), "duckdb", schema=schema).changes
    assert [(change.before, change.after) for change in found] == [shown]
