"""Hostile texts: the binder says what it does not read, and never raises."""

import subprocess
import sys
from importlib import import_module

import pytest
from sqlglot.errors import SqlglotError

import contract_gate
from contract_gate.core.deadline import OutOfTimeError, within
from contract_gate.sql.algebra import Term
from contract_gate.sql.canonical.conditions import without_implied
from contract_gate.sql.canonical.missing import first_of_each

DEEP = 10_000


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT " + "(" * DEEP + "1" + ")" * DEEP, "nested too deeply to be read"),
        ("SELECT " + "CASE WHEN a THEN " * DEEP + "1" + " END" * DEEP, "nested too deeply to be read"),
        ("SELECT * FROM " + "(SELECT * FROM " * DEEP + "t" + ")" * DEEP, "nested too deeply to be read"),
        ("SELECT a" + "[1]" * 2_000, "nested too deeply to be read"),
        ("SELECT 1" + " " * 5_000_000, "longer than 5,000,000 characters"),
        ("SELECT 1 IN (" + "1," * 130_000 + "1)", "longer than 250,000 words"),
    ],
    ids=["parentheses", "cases", "subqueries", "subscripts", "characters", "words"],
)
def test_what_is_too_deep_or_too_long_is_said(sql: str, said: str) -> None:
    """A bound that stops the reading is a problem of the file."""
    assert [problem.message for problem in contract_gate.lineage(sql, "duckdb").files[0].problems] == [said]


@pytest.mark.parametrize(
    "sql",
    [
        " UNION ALL ".join(["SELECT a FROM t"] * 500),
        "SELECT a FROM t WHERE " + " AND ".join(f"a <> {i}" for i in range(2_000)),
        "SELECT " + ", ".join(f"a AS c{i}" for i in range(2_000)) + " FROM t",
        "SELECT a FROM t WHERE a IN (" + ", ".join(map(str, range(10_000))) + ")",
        "WITH c0 AS (SELECT a FROM t)"
        + "".join(
            f", c{i} AS (SELECT x.a FROM c{i - 1} x JOIN c{i - 1} y ON x.a = y.a)" for i in range(1, 60)
        )
        + " SELECT a FROM c59",
        "SELECT " + "(" * 400 + "a" + ")" * 400 + " FROM t",
    ],
    ids=["branches", "conjuncts", "columns", "list", "ctes read twice", "parentheses"],
)
def test_what_is_large_is_read(sql: str) -> None:
    """Long chains and wide lists are read whole."""
    file = contract_gate.lineage(sql, "duckdb").files[0]
    assert file.problems == ()
    assert [str(name) for name in file.sources] == ["t"]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("bigquery", "SELECT * FROM foo.bar..25"),
        ("bigquery", "SELECT * FROM `domain.com#tproject-.id.region-us.INFORMATION_SCHEMA`.JOBS"),
        ("duckdb", "TABLE a UNION DISTINCT SELECT * FROM b"),
        ("", "SELECT '"),
        ("postgres", "DO $$ DO $$ DO"),
        ("tsql", "BEGIN BEGIN BEGIN"),
        ("snowflake", "INSERT ALL INTO"),
    ],
)
def test_odd_texts_do_not_raise(dialect: str, sql: str) -> None:
    """What is no SQL, or a tree of no known form, is told or read, never raised."""
    assert len(contract_gate.lineage(sql, dialect).files) == 1


def test_a_subquery_in_one_unnest_may_read_another_unnest() -> None:
    """Items of FROM whose subqueries read each other are traced whatever their order."""
    sql = (
        "SELECT r.k, p.k AS l FROM t, UNNEST(ARRAY(SELECT e FROM UNNEST(t.items) AS e)) AS r, "
        "UNNEST(ARRAY(SELECT e FROM UNNEST(r.parts) AS e)) AS p"
    )
    edges = contract_gate.lineage(sql, "bigquery").files[0].statements[0].columns
    assert [[(str(name), column) for name, column in edge.upstream] for edge in edges] == [
        [("t", "items")],
        [("t", "items")],
    ]


def bounds(op: str, number: int) -> list[Term]:
    """Give conditions of many columns, none of which implies another."""
    sides = ("this", "expression")
    return [
        Term(op, (Term("column", value=f"a{place}"), Term("number", value="1")), sides)
        for place in range(number)
    ]


def test_conditions_that_nothing_implies_are_not_held_against_each_other() -> None:
    """Twenty thousand of them are 400 million pairs; the run's time is not looked at for those."""
    conditions = bounds("neq", 20_000)
    with within(0, "over"):
        assert without_implied(conditions) == tuple(conditions)


def test_conditions_that_are_held_against_each_other_look_at_the_time() -> None:
    """Bounds are compared pair by pair, so that a long list of them must end with the run's time."""
    with within(0, "over"), pytest.raises(OutOfTimeError):
        without_implied(bounds("lt", 3))


def test_terms_that_are_held_against_each_other_look_at_the_time() -> None:
    """So does any list whose terms are looked for in each other, as the arguments of a long COALESCE are."""
    columns = [Term("column", value=f"a{place}") for place in range(100)]
    with within(0, "over"), pytest.raises(OutOfTimeError):
        first_of_each(columns)


_SMALL = """
import resource, pathlib
from contract_gate.sql.parsing.parse import parse
from contract_gate.sql.stack import deep_stack
parse("SELECT a FROM t", "duckdb")
pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + {megabytes} * 1024 * 1024
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
print(deep_stack(lambda: parse("SELECT " + "(" * 450 + "a" + ")" * 450 + " FROM t", "duckdb")).problems)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the address space is read from /proc")
@pytest.mark.parametrize(("megabytes", "read"), [(220, True), (110, True), (40, False)])
def test_a_small_address_space_has_a_smaller_stack_and_never_the_smallest(megabytes: int, read: bool) -> None:
    """Nested SQL is read on the deepest stack that can be had; where there is none, that is an error and no crash."""
    code = _SMALL.format(megabytes=megabytes)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == ((0, "()\n") if read else (1, ""))
    assert read or run.stderr.rstrip().endswith("can't start new thread")


@pytest.mark.parametrize(
    ("error", "told"), [(SqlglotError("no"), False), (KeyError("no"), True)], ids=["refused", "fault"]
)
def test_a_type_that_the_parser_refuses_is_unknown_and_a_fault_is_told(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: bool
) -> None:
    """What annotate_types refuses is an unknown type; what trips it is a fault that the file's problems tell."""

    def refuse(*_args: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(import_module("sqlglot.optimizer.annotate_types"), "annotate_types", refuse)
    problems = contract_gate.lineage("SELECT a + 1 AS refused FROM t", "duckdb").files[0].problems
    assert [problem.message.startswith("a fault of contract-gate") for problem in problems] == [True] * told
