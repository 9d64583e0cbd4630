"""A file that makes a reading go over it again and again ends with its time, and costs no more than its length where it need not."""

from collections.abc import Callable

import pytest

from contract_gate.core.deadline import OutOfTimeError, within
from contract_gate.core.relation import RelationName
from contract_gate.sql.bind import bind_script
from contract_gate.sql.statement.definition import define
from contract_gate.workspace.dataform.tokens import tokenize
from contract_gate.workspace.readers.code import queries_of_code
from contract_gate.workspace.readers.r import queries_of_r

ALTERED = bind_script("create table t (a int); alter table t add b int;", "postgres", lambda _: None)
STEPS: dict[str, Callable[[], object]] = {
    "a bracket in R that nothing closes": lambda: list(queries_of_r("paste0(paste0('select a from s.t', b")),
    "a bracket in a pattern of JavaScript that nothing closes": lambda: tokenize("a = /[</a>", 1),
    "an ALTER of a table of many columns": lambda: define(ALTERED, RelationName(("t",))),
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
def test_a_step_asks_for_the_time(name: str) -> None:
    """What is done for each part of a file, and takes as long as the file for each, ends where the time is over."""
    assert STEPS[name]() is not None
    with within(-1, "over"), pytest.raises(OutOfTimeError, match="over"):
        STEPS[name]()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("const q = `" + "select amount from s.a " * 20_000, False),
        ("\n" * 300_000 + "const q = `select amount from s.a`", True),
        ("q = `select amount from s.a`;" + "\n \n" * 100_000 + "q('x')", True),
        ("`" + "from " * 60_000 + "{`", False),
    ],
    ids=["quote", "lines", "clauses", "words"],
)
def test_a_program_is_read_once(text: str, found: bool) -> None:
    """A quote without an end, empty lines without a query: each would be looked through again from each of its places."""
    assert bool(list(queries_of_code(text, "ts"))) is found


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("const T = 's.t';\nq(`select a from ${T}`)", "select a from s.t"),
        ("const W = 'where a = 1';\nq(`select a ${W} from s.t`)", "select a where a = 1 from s.t"),
        ("q(\n\n  `select a from s.t`)", "select a from s.t"),
    ],
)
def test_what_is_read_of_it(text: str, query: str) -> None:
    """As before: constants are filled in behind the words of a clause, and a query may stand on a line of its own."""
    assert [one.sql for one in queries_of_code(text, "ts")] == [query]
