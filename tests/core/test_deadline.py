"""The time of a run: what it cuts is told, and never passes for looked at."""

from itertools import count
from pathlib import Path

import pytest

from contract_gate.app.gate import compare
from contract_gate.compare.impact.assess import Assessment
from contract_gate.compare.impact.impact import Effect
from contract_gate.core.coverage import Coverage
from contract_gate.core.deadline import OutOfTimeError, apart, checkpoint, current, within
from contract_gate.edge.git import ChangedFile, FileStatus
from contract_gate.sql.stack import deep_stack
from tests.compare.impact.conftest import world
from tests.e2e.project import Project

BASE = {
    "a.sql": "create view s.a as select id, amount, kind from s.raw",
    "b.sql": "create view s.b as select id, amount from s.a",
    "c.sql": "create view s.c as with x as (select * from s.b) select sum(amount) as total from x",
    "d.sql": "create view s.d as select kind, id from s.a where kind = 'x'",
}
HEAD = BASE | {
    "a.sql": "create view s.a as select id, kind from s.raw",
    "d.sql": "create view s.d as select kind, id from s.a where kind = 'y'",
}


def compared(ticks: float) -> tuple[Assessment, Coverage]:
    """Compare with a clock that goes on by one each time that it is read."""
    changed = [
        ChangedFile(path=path, status=FileStatus.MODIFIED, old_path=path) for path in ("a.sql", "d.sql")
    ]
    clock = count()
    with (
        world(BASE, "base") as base,
        world(HEAD, "head") as head,
        within(ticks / 100, "the time was over", lambda: next(clock) / 100),
    ):
        return deep_stack(lambda: compare(base, head, changed))


def test_nothing_is_set_where_nobody_set_it() -> None:
    """Without a deadline there is no end."""
    checkpoint()
    assert current().left == float("inf")


def test_the_nearer_of_two_deadlines_holds() -> None:
    """A step inside of another can't have more time than what is around it, and can have less."""
    with within(10, "outer", lambda: 0.0):
        with within(20, "inner"):
            assert (current().left, current().reason) == (10, "outer")
        with within(5, "inner"):
            assert (current().left, current().reason) == (5, "inner")
        assert current().left == 10


def test_a_step_inside_of_another_takes_nothing_from_it() -> None:
    """What a model needs bound first is not held against it, and the run's end holds for both."""
    now = [0.0]
    with within(100, "run", lambda: now[0]), apart(10, "outer"):
        now[0] = 6
        with apart(10, "inner"):
            now[0] = 15
            checkpoint()
        now[0] = 18
        checkpoint()
        now[0] = 19.5
        with pytest.raises(OutOfTimeError, match="outer"):
            checkpoint()
        with apart(1000, "inner"):
            now[0] = 101
            with pytest.raises(OutOfTimeError, match="run"):
                checkpoint()


def test_a_deadline_holds_in_the_deep_stack_too() -> None:
    """The thread that binds has the deadline of the one that asked for it."""
    clock = count()
    with (
        within(1, "over", lambda: float(next(clock))),
        pytest.raises(OutOfTimeError, match="over"),
    ):
        deep_stack(checkpoint)


@pytest.mark.parametrize("ticks", [*range(1, 60), *range(60, 400, 7)])
def test_what_was_cut_is_told_wherever_the_time_ends(ticks: int) -> None:
    """A reader that breaks is told as broken or as unknown, and a changed model as changed or as not analysed."""
    try:
        assessment, coverage = compared(ticks)
    except OutOfTimeError:
        return
    effects = {impact.consumer.name: impact.effect for impact in assessment.impacts}
    changed = {str(change.relation) for change in assessment.changes}
    assert changed >= {"s.a", "s.d"}
    assert {effects.get("s.b"), effects.get("s.c")} <= {Effect.BREAKS, Effect.UNKNOWN}
    if Effect.UNKNOWN in (effects["s.b"], effects["s.c"]):
        assert coverage.cut_short == "the time was over"


def test_with_time_enough_nothing_is_cut() -> None:
    """The same change with no end in sight is looked at whole."""
    assessment, coverage = compared(1_000_000)
    assert coverage.cut_short is None
    effects = {impact.consumer.name: impact.effect for impact in assessment.impacts}
    assert (effects["s.b"], effects["s.c"]) == (Effect.BREAKS, Effect.BREAKS)


SLOW = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"


@pytest.mark.parametrize("is_hook", [False, True])
def test_a_run_that_takes_too_long_ends_undecided(tmp_path: Path, is_hook: bool) -> None:
    """A template without end, or a hook of the run, can't make the gate pass, nor wait: exit 3 within the limit, with what to do."""
    base = {
        "contract-gate.toml": "time-limit = 3\n",
        "dbt_project.yml": "name: shop\nprofile: shop\n",
        "models/a.sql": "select id, amount from raw.orders",
        "models/b.sql": "select id from {{ ref('a') }}",
    }
    repository = Project(tmp_path / "repository").start()
    head = {"models/a.sql": (SLOW if not is_hook else "") + "select id from raw.orders"}
    if is_hook:
        head["dbt_project.yml"] = f'{base["dbt_project.yml"]}on-run-end: ["{SLOW}drop table a"]\n'
    repository.commit(base).pull_request(head)
    ran = repository.check("--no-witness")
    assert ran.code == 3
    assert ran.report["coverage"]["cut_short"] == "the 3 seconds for the whole run were over"
    assert any("time-limit" in (finding["instead"] or "") for finding in ran.report["findings"])
