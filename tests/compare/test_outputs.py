"""What an earlier run knows of a model's columns is taken over where its text and all that it reads are the same."""

from collections.abc import Mapping

import pytest

from contract_gate.compare import bound
from contract_gate.compare.impact.assess import Assessment
from contract_gate.core.remembering import remembering
from contract_gate.sql.script import Script
from contract_gate.sql.stack import deep_stack
from tests.cases.test_cases import Kept
from tests.comparing import assessed

BASE = {
    "a.sql": "create table s.a (id int primary key, amount int, kind text)",
    "b.sql": "create view s.b as select * from s.a",
    "c.sql": "create view s.c as select b.*, f(b.id) as more from s.b as b join s.open as o on o.id = b.id",
    "d.sql": "create view s.d as select id, amount, kind, more from s.c",
    "e.sql": "create table s.e (id int references s.a (id), up int references s.e (id), note text); insert into s.e (id, note) select id, kind from s.d",
    "f.sql": "create function f(x int) returns int language sql as 'select x + 1'",
    "g.sql": "create view s.g as select * from s.open",
    "h.sql": "create view s.h as select tag from s.g",
    "i.sql": "create view s.i as select note from s.e",
    "x.sql": "create view s.x as select * from s.y",
    "y.sql": "create view s.y as select * from s.x union all select * from s.b",
}
EDITS: Mapping[str, Mapping[str, str]] = {
    "a column goes": {"a.sql": "create table s.a (id int primary key, kind text)"},
    "a column is renamed": {"b.sql": "create view s.b as select id, amount as total, kind from s.a"},
    "a column has another type": {"a.sql": BASE["a.sql"].replace("amount int", "amount text")},
    "a key goes": {"a.sql": BASE["a.sql"].replace(" primary key", "")},
    "a model is renamed": {"b.sql": "create view s.b2 as select * from s.a", "c.sql": BASE["c.sql"].replace("s.b as b", "s.b2 as b")},
    "a function takes more": {"f.sql": "create function f(x int, y int) returns int language sql as 'select x + y'"},
    "a relation is made here": {"open.sql": "create view s.open as select 1 as id, 2 as tag, 3 as more"},
    "the last reader": {"e.sql": BASE["e.sql"].replace("select id, kind from", "select id, more from")},
    "the last but one of them": {"i.sql": "create view s.i as select note, id from s.e"},
    "a circle is cut": {"x.sql": "create view s.x as select * from s.b"},
}  # fmt: skip


@pytest.fixture(scope="module")
def kept() -> Kept:
    """The facts of all comparisons here: what one keeps may answer each of the others, rightly or not at all."""
    return Kept()


def _compare(before: Mapping[str, str], after: Mapping[str, str]) -> Assessment:
    return deep_stack(lambda: assessed(before, after, "postgres"))


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("turned", [False, True])
def test_a_warm_run_finds_what_a_cold_one_finds(kept: Kept, edit: str, turned: bool) -> None:
    """The same changes and impacts, whatever other repositories the facts are of."""
    sides = (BASE, {**BASE, **EDITS[edit]})
    before, after = reversed(sides) if turned else sides
    cold = _compare(before, after)
    assert cold.changes
    for _ in range(2):
        with remembering(kept):
            assert _compare(before, after) == cold


@pytest.mark.parametrize("edit", EDITS)
def test_what_differs_upstream_of_an_edit_is_seen(kept: Kept, edit: str) -> None:
    """A star brings what the relation has that is read here, not what one of the same text had in another repository."""
    for repository in (BASE, {**BASE, **EDITS[edit]}):
        edited = {
            "d.sql": "create view s.d as select * from s.c",
            "h.sql": "create view s.h as select * from s.g",
        }
        after = {**repository, **edited}
        cold = _compare(repository, after)
        assert cold.changes
        for _ in range(2):
            with remembering(kept):
                assert _compare(repository, after) == cold


def test_what_lies_upstream_is_not_bound_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later run binds the edited model, and asks the facts for the columns of what it reads."""
    texts: list[str] = []
    real = bound.bind_script

    def counted(sql: str, *given: object, **named: object) -> Script:
        texts.append(sql)
        return real(sql, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(bound, "bind_script", counted)
    head = {**BASE, "d.sql": "create view s.d as select id, amount, kind from s.c"}
    kept = Kept()
    runs = []
    for _ in range(2):
        texts.clear()
        with remembering(kept):
            _compare(BASE, head)
        runs.append({path for path, text in BASE.items() if text in texts})
    assert {"a.sql", "b.sql", "c.sql"} <= runs[0]
    assert runs[1].isdisjoint({"a.sql", "b.sql", "c.sql"})
    assert "d.sql" in runs[1]
