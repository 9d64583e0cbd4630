"""What nobody follows is kept by its words, but for the names that the code around it declares."""

import pytest

from contract_gate.sql.bind import bind_script


@pytest.mark.parametrize(
    ("condition", "declared", "is_named"),
    [
        ("i <= array_length(events)", "events", False),
        ("i <= array_length(events)", "others", True),
        ("i <= (select count(*) from events)", "events", True),
    ],
)
def test_declared_names_are_no_tables(condition: str, declared: str, is_named: bool) -> None:
    """Where no table is read a parameter's name is the parameter's; any other may be a table's, and so may one behind FROM."""
    head = f"create procedure d.p({declared} array<string>) begin declare f array<string> default[];"
    script = bind_script(
        f"{head}\nwhile {condition} do set f = []; end while; end", "bigquery", lambda _: None
    )
    read = {read.relation.name for statement in script.statements for read in statement.reads}
    assert ("events" in {word for each in script.opaque for word in each.words} | read) is is_named
