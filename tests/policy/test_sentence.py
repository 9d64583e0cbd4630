"""Who is hit, in words: the second half of a finding's message."""

from dataclasses import replace
from typing import Any

import pytest

from contract_gate.compare.changes.change import Kind, Window
from contract_gate.compare.impact import Effect
from contract_gate.core.coverage import Coverage, NotAnalysed
from contract_gate.policy.cause import Cause
from contract_gate.policy.fingerprint import fingerprint
from contract_gate.policy.headline import windows
from contract_gate.policy.sentence import hit, readers


@pytest.mark.parametrize(
    ("kind", "by", "effect", "said"),
    [
        (Kind.COLUMN_REMOVED, "binding", Effect.BREAKS, "breaks"),
        (Kind.COLUMN_REMOVED, "binding", Effect.CHANGES, "changes"),
        (Kind.COLUMN_REMOVED, "declared", Effect.CHANGES, "reads the table"),
        (Kind.COLUMN_REMOVED, "columns", Effect.CHANGES, "reads it"),
        (Kind.COLUMN_REMOVED, "table", Effect.CHANGES, "reads the table"),
        (Kind.COLUMN_VALUES_CHANGED, "columns", Effect.CHANGES, "changes"),
        (Kind.COLUMN_VALUES_CHANGED, "table", Effect.CHANGES, "changes"),
    ],
)
def test_what_a_reader_feels(bench: Any, kind: Kind, by: str, effect: Effect, said: str) -> None:
    """The catalog knows who reads a column, or only who reads the table; a model's own text says more."""
    assert hit(bench.change(kind), bench.impact(effect=effect, by=by)) == said


@pytest.mark.parametrize(("number", "end"), [(3, ""), (4, ", +1 more"), (9, ", +6 more")])
def test_three_readers_are_named(bench: Any, number: int, end: str) -> None:
    change = bench.change()
    said = readers([(change, bench.impact(f"m{each}")) for each in range(number)])
    assert said == ": " + ", ".join(f"m{each} breaks (models/revenue.sql:9)" for each in range(3)) + end


@pytest.mark.parametrize(
    ("columns", "is_over", "verb"),
    [(["a"], True, "was"), (["a"], False, "is"), (["a", "b"], True, "were"), (["a", "b"], False, "are")],
)
def test_what_was_promised(bench: Any, columns: list[str], is_over: bool, verb: str) -> None:
    window = Window(until="2027-01-31", said_at="models/x.yml:3", is_over=is_over)
    roots = [replace(bench.change(id=each, column=each), window=window) for each in columns]
    said = windows(Cause(root=roots[0], others=tuple(roots[1:]), follows=(), impacts=()))
    assert f" {verb} deprecated and promised until 2027-01-31 (models/x.yml:3)" in said


def test_a_fingerprint_is_32_signs(bench: Any) -> None:
    assert len(fingerprint("x", [bench.change()], None)) == 32


def test_an_undecided_change_of_one_file_does_not_hide_another(bench: Any) -> None:
    coverage = Coverage(
        files_changed=2, models_changed=2, models_analysed=0,
        not_analysed=(NotAnalysed(path="models/sales.sql", reason="does not parse"),),
    )  # fmt: skip
    findings, _ = bench.judge(bench.change(Kind.UNDECIDED), coverage=coverage)
    assert {"models/orders.sql", "models/sales.sql"} <= {one.location.path for one in findings}
