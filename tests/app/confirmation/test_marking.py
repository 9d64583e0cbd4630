"""`contract_gate.app.confirmation.marking`: which change the rows show."""

from contract_gate.app.confirmation.marking import marked, open_columns, untold
from contract_gate.app.confirmation.questions import Subject
from contract_gate.compare.changes.change import Certainty, Change, Kind, Witness
from contract_gate.compare.changes.kinds import class_of
from contract_gate.core.relation import RelationName
from contract_gate.core.world import Model, ModelKind
from contract_gate.witness import Found, NoDifference, NotPossible, ResultShape, RowQuestion

ORDERS = RelationName(("shop", "orders"))


def change(kind: Kind, column: str | None = None) -> Change:
    return Change(
        kind=kind,
        change_class=class_of(kind),
        certainty=Certainty.UNDECIDED if kind is Kind.UNDECIDED else Certainty.POSSIBLE,
        message="something differs",
        relation=ORDERS,
        column=column,
        id=f"{kind}-{column}",
    )


def subject(*targets: Change) -> Subject:
    return Subject(old="k", new="k", name="shop.orders", targets=targets)


def found(*columns: str, rows_differ: bool = False) -> Found:
    shape = ResultShape(name="", columns=())
    return Found(
        question=RowQuestion(before="", after="", dialect=""),
        witness=Witness(tables=(), before=(), after=()),
        columns=columns,
        rows_differ=rows_differ,
        before_sql="",
        after_sql="",
        inputs=(),
        outputs=(shape, shape),
        relations=(),
        trials=1,
        seconds=0.1,
    )


ROWS, GRAIN = change(Kind.ROWS_FILTER_CHANGED), change(Kind.GRAIN_CHANGED)
X, Y = change(Kind.COLUMN_VALUES_CHANGED, "x"), change(Kind.COLUMN_VALUES_CHANGED, "y")


def shown(answer: Found, *targets: Change) -> list[str]:
    return [one.id for one in marked(subject(*targets), answer)]


def test_another_number_of_rows_shows_the_change_of_rows() -> None:
    """Whatever values differ with it; without such a change it shows none of the values."""
    assert shown(found("x", rows_differ=True), ROWS, X) == [ROWS.id]
    assert shown(found("x", rows_differ=True), GRAIN) == [GRAIN.id]
    assert shown(found("x", rows_differ=True), X) == []


def test_values_show_their_columns_alone() -> None:
    """With as many rows, the columns that differ are shown where they are all told."""
    assert shown(found("x"), X, Y) == [X.id]
    assert shown(found("x"), ROWS, X) == [X.id]
    assert shown(found("x", "z"), ROWS, X) == [ROWS.id]


def test_what_was_not_decided_stays_so() -> None:
    """Rows say that it differs, not all that differs."""
    (only,) = marked(subject(change(Kind.UNDECIDED)), found("x"))
    assert only.certainty is Certainty.UNDECIDED
    assert only.witness is not None
    assert "shown by rows" in only.message


def test_a_search_without_rows_speaks_of_what_it_compared() -> None:
    """A column that was not compared, and a limit, which takes many rows to show, stay as they were."""
    limit = change(Kind.ROWS_LIMIT_CHANGED)
    answer = NoDifference(trials=400, seconds=1.0, columns=("x",))
    assert [(one.id, one.unconfirmed) for one in marked(subject(ROWS, limit, X, Y), answer)] == [
        (ROWS.id, 400),
        (X.id, 400),
    ]


def test_no_search_says_nothing() -> None:
    """What can't be run, and two sides that are one statement, leave the changes alone."""
    assert marked(subject(ROWS), NotPossible(reason="it can't be parsed")) == ()
    assert marked(subject(ROWS), NoDifference(trials=0, seconds=0.0)) == ()


def test_columns_that_are_still_to_be_shown() -> None:
    """They are asked about again until a search shows none of them."""
    assert open_columns(subject(X, Y), [found("x")]) == ("y",)
    assert open_columns(subject(X, Y), [found("x"), found("y")]) == ()
    assert open_columns(subject(X, Y), [found("x"), NoDifference(trials=9, seconds=1.0)]) == ()
    assert open_columns(subject(X, Y), [found("z")]) == ()
    assert open_columns(subject(ROWS, X), [found("z")]) == ()


def test_a_field_that_goes_explains_its_struct() -> None:
    """A struct that differs by a field which is told is not told once more; another column is."""
    model = Model(key="k", name="orders", kind=ModelKind.MODEL, path="orders.sql", relation=ORDERS)
    field = change(Kind.COLUMN_REMOVED, "ship.zip")
    assert untold(subject(), model, [field], [found("ship")]) == ()
    assert [one.column for one in untold(subject(), model, [field], [found("ship", "total")])] == ["total"]
