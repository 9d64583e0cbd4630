"""Which columns of the source the steps of Power Query's M name, whatever the model takes in the end."""

import pytest

from contract_gate.workspace.readers.power_bi.power_query import columns_of
from contract_gate.workspace.readers.values import UnreadableReaderError

STEPS = [
    ('Table.SelectColumns(a, {"x", "y"})', "x y"),
    ('Table.SelectColumns(a, {"x", "y"}, MissingField.Ignore)', ""),
    ('Table.RemoveColumns(a, {"x"})', "x"),
    ('Table.RemoveColumns(a, "x")', "x"),
    ('Table.TransformColumnTypes(a, {{"x", type text}, {"y", Int64.Type}}, "en-US")', "x y"),
    ('Table.TransformColumns(a, {{"x", each Text.Replace(_, "b", "c"), type text}})', "x"),
    ('Table.AddColumn(a, "new", each if [x] = "old" then [#"y z"] else null)', "x y z"),
    ('Table.AddColumn(Table.AddColumn(a, "n", each [x]), "m", each [n])', "x"),
    ('b = Table.AddColumn(a, "n", each [x]), c = Table.RemoveColumns(b, {"n"})', "x"),
    ('b = Table.RenameColumns(a, {{"x", "n"}}), c = Table.SelectColumns(b, {"n"})', "x x"),
    ('Table.SelectRows(a, each [x] > 1 and Other[y] = {0}[z])', "x"),
    ('Table.Group(a, {"x"}, {{"n", each List.Sum([y]), type number}})', "y x"),
    ('b = Table.NestedJoin(a, {"x"}, Other, {"y"}, "n", JoinKind.Inner), c = Table.ExpandTableColumn(b, "n", {"z"}, {"m"}), Table.Sort(c, {{"m", Order.Ascending}, {"x", Order.Descending}})', "x x"),
    ('b = Table.UnpivotOtherColumns(a, {"x"}, "k", "v"), Table.SelectRows(b, each [k] <> "x")', "x"),
    ('Table.ReplaceValue(a, "p", null, Replacer.ReplaceValue, {"x"})', "x"),
    ('Table.CombineColumns(a, {"x", "y"}, Combiner.CombineTextByDelimiter(";"), "n")', "x y"),
    ('// Table.RemoveColumns(a, {"x"})\nTable.Distinct(a, {"y"})', "y"),
    ('#"Table.RemoveColumns(a, {""x""})"', ""),
    ('Source{[Schema="dbo",Item="x"]}[Data]', ""),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "read"), STEPS)
def test_columns_that_steps_name(steps: str, read: str) -> None:
    """Those of the source, by its names; not what a step made or renamed, nor those of another table."""
    assert " ".join(name for name, _ in columns_of(steps).read) == read


def test_what_a_column_was_in_the_source() -> None:
    """A rename is followed back through others; what is made again under an old name is none of the source."""
    found = columns_of(
        'b = Table.RenameColumns(a, {{"x", "y"}}), c = Table.RenameColumns(b, {{"y", "z"}}), d = Table.AddColumn(c, "x", each 1)'
    )
    assert {name: found.source(name) for name in "xyz"} == {"x": "", "y": "", "z": "x"}
    assert columns_of('Table.Sort(b, {"z"})', found).read[-1][0] == "x"


def test_hostile_steps() -> None:
    """What is nested or long without an end is refused, and many names are read at once."""
    for text in ("Table.A(b," * 10_000, "x" * 200_001):
        with pytest.raises(UnreadableReaderError, match="its M"):
            columns_of(text)
    assert len(columns_of('Table.SelectColumns(a, {"' + '", "'.join("b" * 30_000) + '"})').read) == 30_000
