"""Power BI's models as one document of JSON, and where a reader's lines are when a model lies in several files."""

import json

import pytest

from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.values import UnreadableReaderError
from tests.workspace.readers.reading import names, queries, read

M = [
    "let",
    '    Source = Sql.Database("h", "d"),',
    '    Top = Source{[Schema="shop",Item="orders"]}[Data],',
    '    Named = Table.RenameColumns(Top, {{"amount", "Value"}})',
    "in",
    "    Named",
]


def bim(partition: object, *, expressions: object = (), column: str = "Value") -> str:
    table = {
        "name": "Sales",
        "columns": [{"name": "V", "sourceColumn": column}, {"name": "C", "type": "calculated"}],
        "partitions": [{"name": "P", "source": partition}],
    }
    return json.dumps({"name": "m", "model": {"tables": [table], "expressions": expressions}}, indent=1)


@pytest.mark.parametrize(
    ("partition", "sql", "mark"),
    [
        ({"type": "m", "expression": M}, "SELECT read_.amount FROM shop.orders AS read_", '\\"amount\\"'),
        ({"type": "m", "expression": "\n".join(M)}, "SELECT read_.amount FROM shop.orders AS read_", '\\"amount\\"'),
        ({"type": "query", "query": ["select amount", "from shop.orders"]}, "select amount\nfrom shop.orders", "select amount"),
        ({"type": "query", "query": "select amount from shop.orders"}, "select amount from shop.orders", "select amount"),
        ({"type": "entity", "schemaName": "shop", "entityName": "orders"}, 'SELECT read_."Value" FROM shop.orders AS read_', '"Value"'),
        ({"type": "m", "expression": ["let", 'S = Value.NativeQuery(Sql.Database("h", "d"), "select amount', 'from shop.orders") in S']}, "select amount\nfrom shop.orders", "select amount"),
    ],
)  # fmt: skip
def test_a_document(partition: object, sql: str, mark: str) -> None:
    """Each kind of partition reads the columns of its relation, at the lines of the document."""
    text = bim(partition)
    (found,) = read(kind("power-bi"), "m/model.bim", {"m/model.bim": text})
    assert (found.noun, found.name) == ("Power BI table", "Sales")
    (query,) = found.queries
    assert queries((found,)) == [" ".join(sql.split())] or query.sql == sql
    shown = text.split("\n")
    assert any(mark in shown[line - 1] for line in query.lines)
    assert '"name": "Sales"' in "".join(shown[found.line - 1 : found.line + 1])


def test_a_shared_expression_of_a_document() -> None:
    """A table whose M names an expression of the document reads its columns of the expression's source."""
    shared = [{"name": "Orders", "kind": "m", "expression": [*M[:3], "in Top"]}]
    text = bim({"type": "m", "expression": "Orders"}, expressions=shared, column="amount")
    found = read(kind("power-bi"), "model.bim", {"model.bim": text})
    assert names(found) == ["Power BI query Orders", "Power BI table Sales"]
    assert queries(found[1:]) == ["SELECT read_.amount FROM shop.orders AS read_"]


@pytest.mark.parametrize(
    "text", ['{"model": []}', "[1]", '{"model": {"tables": [1, {"partitions": [null]}]}}']
)
def test_a_document_without_tables(text: str) -> None:
    """Other shapes have no readers."""
    assert read(kind("power-bi"), "model.bim", {"model.bim": text}) == ()


def test_a_broken_document() -> None:
    """What is no JSON is told as not read."""
    with pytest.raises(UnreadableReaderError, match="no JSON"):
        read(kind("power-bi"), "model.bim", {"model.bim": '{"model": {"tables": [partition'})


def test_lines_of_a_table_whose_source_is_in_another_file() -> None:
    """What the table takes stands in its own file, and a query that is written out in the expression's."""
    table = (
        "table Sales\n\n\tcolumn Value\n\t\tsourceColumn: amount\n\n\tpartition P = m\n\t\tsource = Orders\n"
    )
    named = 'expression Orders =\n\n\n\n\t\tSource{[Schema="shop",Item="orders"]}[Data]\n'
    written = 'expression Orders =\n\n\n\n\t\tValue.NativeQuery(S, "select amount from shop.orders")\n'
    for text, path, lines in ((named, "t.tmdl", (1, 4, 1)), (written, "", (5,))):
        _, found = read(kind("power-bi"), "e.tmdl", {"e.tmdl": text, "t.tmdl": table})
        (query,) = found.queries
        assert (found.path, query.path, query.lines) == ("t.tmdl", path, lines)


def table_of(m: str) -> str:
    lines = "".join(f"\t\t\t\t{line}\n" for line in m.split("\n"))
    return f"table Sales\n\n\tcolumn V\n\t\tsourceColumn: amount\n\n\tpartition P = m\n\t\tmode: import\n\t\tsource =\n{lines}"


OPENED = 'PostgreSQL.Database("h", "d")'
ITEM = f"let\n    S = {OPENED},\n    T = S{{[Schema=%s,Item=%s]}}[Data]\nin\n    T"
NAMED = ["SELECT read_.amount FROM shop.orders AS read_"]
TEXTS: dict[str, tuple[str, str, list[str]]] = {
    "a parameter": (ITEM % ('"shop"', "Wanted"), 'expression Wanted = "orders" meta [IsParameterQuery=true, Type="Text"]\n', NAMED),
    "a parameter in quotes": (ITEM % ('"shop"', '#"The table"'), "expression 'The table' = \"orders\" meta [IsParameterQuery=true]\n", NAMED),
    "a step": (ITEM.replace("let\n", 'let\n    Wanted = "orders",\n') % ('"shop"', "Wanted"), "", NAMED),
    "a function": ('let S = Rows("shop", "orders") in S', f"expression Rows = (schema as text, item as text) =>\n\t\tlet\n\t\t\tS = {OPENED}, // the source\n\t\t\tT = S{{[Schema=schema,Item=item]}}[Data]\n\t\tin\n\t\t\tT\n", NAMED),
    "a function that runs a query": ('Run("select a from shop.orders")', f"expression Run = (q as text) => Value.NativeQuery({OPENED}, q)\n", ["select a from shop.orders"]),
    "a step that is a query": (f'let\n    Q = "select a from shop.orders",\n    S = Value.NativeQuery({OPENED}, Q)\nin\n    S', "", ["select a from shop.orders"] * 2),
    "texts put together": (f'let S = Value.NativeQuery({OPENED}, "select a " &\n    "from " & Schema & ".orders") in S', 'expression Schema = "shop" meta [IsParameterQuery=true]\n', ["select a from shop.orders"]),
    "a text that nobody knows": (f'let S = Value.NativeQuery({OPENED}, "select a from " & Schema & ".orders where b = " & Text.From(n) & " limit 5") in S', "", ["select a from ${Schema}.orders where b = ${Text_From_n} limit 5"]),
    "a field of that name": ('let S = Other("x"), T = S[Wanted], Wanted = T{[Wanted="x"]} in S', 'expression Wanted = "orders" meta [IsParameterQuery=true]\n', []),
    "a sentence": (ITEM % ('"shop"', '"orders"') + ' meta [Note = "Update the table by hand"]', "", ["Update the table by hand", *NAMED]),
}  # fmt: skip


@pytest.mark.parametrize("what", TEXTS)
def test_texts_of_m(what: str) -> None:
    """A text stands where its name does: of a step, of a parameter of the model, of what a function is called with."""
    m, shared, expected = TEXTS[what]
    files = {"m/definition/tables/Sales.tmdl": table_of(m), "m/definition/expressions.tmdl": shared}
    found = read(kind("power-bi"), "m/definition/tables/Sales.tmdl", files)
    assert queries(found) == expected


@pytest.mark.parametrize(
    ("column", "expected"), [("amount", ["m/definition/tables/Sales.tmdl"]), ("orders", [])]
)
def test_a_parameter_that_names_the_relation_alone(column: str, expected: list[str]) -> None:
    """The tables that take the name are found by the parameter; one that has the word itself is found by itself."""
    table = table_of(ITEM % ('"shop"', "Wanted")).replace("amount", column)
    shared = 'expression Wanted = "orders" meta [IsParameterQuery=true, Type="Text"]\n'
    files = {"m/definition/tables/Sales.tmdl": table, "m/definition/expressions.tmdl": shared}
    found = read(kind("power-bi"), "m/definition/expressions.tmdl", files)
    assert [reader.path for reader in found] == expected
    assert all(queries(found) == NAMED for _ in expected)


def test_texts_that_grow() -> None:
    """What is filled in again and again is so a bounded number of times; all else stays as it is written."""
    shared = f'expression A = "{"x" * 9_000}" meta [IsParameterQuery=true]\nexpression F = (q as text) => q & A & A & A\n'
    calls = ", ".join(f'R{number} = F("y") & A & A' for number in range(3_000))
    files = {"m/tables/Sales.tmdl": table_of(f"let {calls} in R1"), "m/expressions.tmdl": shared}
    assert read(kind("power-bi"), "m/tables/Sales.tmdl", files) == ()
