"""T-SQL needs nothing between two statements: none takes the one on the next line for words of its own."""

import pytest

from contract_gate.compare.changes.change import Kind
from tests.compare.impact.conftest import AssessIn

BASE = {
    "db/V1__t.sql": "create table t (id int, a int)\nGO\n",
    "db/V2__v.sql": "create view v as select id, a from t\nGO\n",
}
BEFORE = [
    "print 'x'",
    "print 'x' + cast(@y as varchar)",
    "begin print 'x' end",
    "set nocount on",
    "SET ANSI_NULLS ON\nSET QUOTED_IDENTIFIER ON",
    "set identity_insert t on",
    "set transaction isolation level serializable",
    "set @x = (select max(id) from t)",
    "alter database x set y on",
    "alter table t nocheck constraint all",
    "alter table t check constraint all",
    "update statistics t",
    "dbcc checkident('t')",
    "disable trigger x on t",
    "fetch next from c into @x",
    "exec dbo.p 1, 2",
    "create index i on t (id)",
]


@pytest.mark.parametrize("before", BEFORE)
def test_a_step_on_the_next_line_counts(assess_in: AssessIn, before: str) -> None:
    found = assess_in("tsql", BASE, {**BASE, "db/V3__x.sql": f"{before}\nalter table t drop column a\nGO\n"})
    assert Kind.COLUMN_REMOVED in {change.kind for change in found.changes}
    alone = assess_in("tsql", BASE, {**BASE, "db/V3__x.sql": f"{before}\nGO\n"})
    assert (alone.changes, alone.impacts) == ((), ())


@pytest.mark.parametrize(
    "step",
    [
        "alter table t add constraint f foreign key (a) references u (a) on\ndelete cascade",
        "set @x =\n(select a from t)",
        "update t\nset a = 1",
        "merge t using u on t.id = u.id when matched then\nupdate set a = 1;",
    ],
)
def test_a_statement_of_several_lines_is_one(assess_in: AssessIn, step: str) -> None:
    base = {**BASE, "db/V1__t.sql": BASE["db/V1__t.sql"] + "create table u (id int, a int primary key)\nGO\n"}
    found = assess_in("tsql", base, {**base, "db/V3__x.sql": f"{step}\nGO\n"})
    assert not {Kind.UNDECIDED, Kind.DOES_NOT_BIND, Kind.RELATION_ADDED} & {c.kind for c in found.changes}
