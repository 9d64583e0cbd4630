"""Tables that statements fill and nothing here creates: what is filled no longer may still be there."""

import pytest

from contract_gate.compare.changes.change import Certainty, Kind
from contract_gate.compare.impact import Effect
from tests.comparing import assessed

READER = {"v.sql": "create view mart.v as select id, note from mart.orders;\n"}
FILLED = "insert into mart.orders (id, amount, note) select id, amount, note from raw.orders;\n"


@pytest.mark.parametrize(
    ("left", "kind"),
    [
        ("insert into mart.orders (id, amount) select id, amount from raw.orders;", Kind.COLUMN_REMOVED),
        ("insert into mart.orders select id, amount from raw.orders;", Kind.COLUMN_REMOVED),
        (
            "insert into mart.orders (id, amount, remark) select id, amount, note as remark from raw.orders;",
            Kind.COLUMN_RENAMED,
        ),
    ],
)
def test_what_is_filled_no_longer_may_be_there(left: str, kind: Kind) -> None:
    """The table is made elsewhere: its readers may break, and nobody here can say so for sure."""
    found = assessed({**READER, "load.sql": FILLED}, {**READER, "load.sql": left}, "postgres")
    (change,) = (each for each in found.changes if each.kind is kind)
    (impact,) = (each for each in found.impacts if each.consumer.path == "v.sql")
    assert (change.column, change.certainty) == ("note", Certainty.POSSIBLE)
    assert (impact.effect, impact.certainty) == (Effect.UNKNOWN, Certainty.UNDECIDED)


def test_what_a_table_here_loses_is_gone() -> None:
    """Near-miss: the file creates what it fills."""
    table = "create table mart.orders (id int, amount int{});\n"
    base = {**READER, "load.sql": table.format(", note text") + FILLED}
    head = {**READER, "load.sql": table.format("") + FILLED.replace(", note", "")}
    (impact,) = (each for each in assessed(base, head, "postgres").impacts if each.consumer.path == "v.sql")
    assert (impact.effect, impact.certainty) == (Effect.BREAKS, Certainty.PROVEN)


def test_what_is_filled_no_longer_where_the_table_stands() -> None:
    """Near-miss: another file creates it, so the column is there and is NULL by now."""
    table = {"t.sql": "create table mart.orders (id int, amount int, note text);\n"}
    head = {"load.sql": FILLED.replace("amount, note", "amount")}
    found = assessed({**READER, **table, "load.sql": FILLED}, {**READER, **table, **head}, "postgres")
    (impact,) = (each for each in found.impacts if each.consumer.path == "v.sql")
    assert impact.effect is Effect.CHANGES
