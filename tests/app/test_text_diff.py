"""One pair of texts: the comparison and the witness together, and the Python API."""

import json
import subprocess
import sys

import pytest

import contract_gate
from contract_gate.app.text_diff import witnessed
from contract_gate.compare.changes.api import Difference
from contract_gate.compare.changes.change import Certainty, Change, ChangeClass, Kind, Witness
from contract_gate.witness import Found, ResultShape, RowQuestion

FILTER = "select id, amount from orders where amount > {}"


def found(*, columns: tuple[str, ...] = (), rows_differ: bool = False) -> Found:
    return Found(
        question=RowQuestion(before="", after="", dialect=""),
        witness=Witness(tables=(("orders", ({"id": 1},)),), before=(), after=({"id": 1},)),
        columns=columns, rows_differ=rows_differ, before_sql="", after_sql="", inputs=(),
        outputs=(ResultShape(name="before", columns=()), ResultShape(name="after", columns=())), relations=(), trials=1, seconds=0.1,
    )  # fmt: skip


def told(kind: Kind, change_class: ChangeClass, column: str | None = None) -> Difference:
    change = Change(
        kind=kind, change_class=change_class, certainty=Certainty.POSSIBLE, message="", column=column
    )
    return Difference(changes=(change,))


def test_rows_are_shown() -> None:
    """A changed filter comes with rows that JSON can hold."""
    pytest.importorskip("duckdb")
    answer = contract_gate.diff(FILTER.format("10.5"), FILTER.format("20.5"), dialect="postgres").to_dict()
    (change,) = json.loads(json.dumps(answer))["changes"]
    assert (answer["class"], change["kind"], change["certainty"]) == (
        "rows",
        "rows-filter-changed",
        "witnessed",
    )
    assert change["witness"]["before"] != change["witness"]["after"]


def test_without_a_witness() -> None:
    """On request nothing is searched: the change stays possible."""
    answer = contract_gate.diff(FILTER.format(10), FILTER.format(20), dialect="postgres", witness=False)
    assert [change.certainty for change in answer.changes] == [Certainty.POSSIBLE]


def test_values_alone_do_not_show_a_filter() -> None:
    """Rows whose values differ in the one column that is told show that, and not what is suspected of the rows."""
    values = told(Kind.COLUMN_VALUES_CHANGED, ChangeClass.VALUES, "amount").changes
    both = Difference(changes=(*told(Kind.ROWS_FILTER_CHANGED, ChangeClass.ROWS).changes, *values))
    for rows_differ, shown in ((False, Kind.COLUMN_VALUES_CHANGED), (True, Kind.ROWS_FILTER_CHANGED)):
        changes = witnessed(both, found(columns=("amount",), rows_differ=rows_differ)).changes
        assert [change.kind for change in changes if change.certainty is Certainty.WITNESSED] == [shown]


def test_rows_overrule_no_change() -> None:
    """Where rows differ, "no change" and "undecided" are wrong, whatever the comparison said."""
    for start in (Difference(), told(Kind.UNDECIDED, ChangeClass.UNDECIDED)):
        for rows, kind in ((True, Kind.ROWS_SOURCE_CHANGED), (False, Kind.COLUMN_VALUES_CHANGED)):
            (change,) = witnessed(start, found(columns=("id",), rows_differ=rows)).changes
            assert (change.kind, change.certainty, change.witness is None) == (
                kind,
                Certainty.WITNESSED,
                False,
            )


def test_rows_of_a_column() -> None:
    """They go to the column whose values differ, and not to another one."""
    values = Kind.COLUMN_VALUES_CHANGED
    start = told(values, ChangeClass.VALUES, "amount")
    assert witnessed(start, found(columns=("amount",))).changes[0].certainty is Certainty.WITNESSED
    both = witnessed(start, found(columns=("id",))).changes
    assert [(change.column, change.certainty) for change in both] == [
        ("amount", Certainty.POSSIBLE),
        ("id", Certainty.WITNESSED),
    ]


def test_lineage_of_a_text() -> None:
    """Names are completed with the defaults; the path is null."""
    (file,) = contract_gate.lineage(
        "insert into marts.a select x from c", dialect="postgres", default_schema="s"
    ).to_dict()["files"]  # type: ignore[misc]
    assert (file["path"], file["targets"], file["sources"]) == (None, ["marts.a"], ["s.c"])


def test_unknown_dialect() -> None:
    """It is a ValueError, not an answer."""
    with pytest.raises(ValueError, match="nope"):
        contract_gate.diff("select 1", "select 2", dialect="nope")
    with pytest.raises(ValueError, match="nope"):
        contract_gate.lineage("select 1", dialect="nope")


def test_redshifts_concat_is_run_as_its_operator() -> None:
    """Redshift's CONCAT is NULL where an argument is: rows run in DuckDB must not say otherwise."""
    pytest.importorskip("duckdb")
    schema = {"t": {"a": "varchar", "b": "varchar"}}
    found = contract_gate.diff(
        "select concat(a, b) as c from t", "select a || b as c from t", dialect="redshift", schema=schema
    )
    assert found.changes == ()


def test_the_import_is_cheap() -> None:
    """Neither the package nor its command line loads what only a run needs."""
    script = (
        "import contract_gate, contract_gate.cli, sys;"
        "print([name for name in ('sqlglot', 'httpx', 'jinja2', 'duckdb', 'yaml') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout.strip() == "[]"
