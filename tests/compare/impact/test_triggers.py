"""Triggers, rules and row policies in every spelling: they read the row of their table, and their bodies do what they say."""

import pytest

from contract_gate.compare.impact import Effect
from tests.compare.impact.conftest import AssessIn

TABLE = "create table s.o (id int, amount int, x int);"
LESS = "create table s.o (id int, x int);"
CASES = [
    ('mysql', 'create trigger s.tr before insert on s.o for each row set new.amount = 0;', True),
    ('mysql', 'delimiter //\ncreate trigger s.tr before update on s.o for each row begin if new.amount < 0 then set new.amount = 0; end if; end//\ndelimiter ;\n', True),
    ('mysql', 'create trigger s.tr before insert on s.o for each row set new.x = 0;', False),
    ('mysql', 'create trigger s.tr after insert on s.p for each row insert into s.log (a) select amount from s.o where id = new.id;', True),
    ('mysql', 'create trigger s.tr after insert on s.p for each row insert into s.log (a) select x from s.o where id = new.amount;', False),
    ('mysql', 'create trigger s.tr after insert on s.p for each row set new.q = (select max(amount) from s.o);', True),
    ('sqlite', 'create trigger tr after update of amount on s.o begin insert into log values (old.id, 1); end;', True),
    ('sqlite', 'create trigger tr after insert on s.o when new.amount > 5 begin insert into log values (new.id); update s.o set x = 1 where id = new.id; end;', True),
    ('sqlite', 'create trigger tr after insert on s.o begin update s.o set x = 1 where id = new.id; end;\ncreate view v as select x from s.o;', False),
    ('sqlite', 'create trigger tr instead of insert on v begin insert into s.o (id, amount) values (new.id, new.whatever); end;', True),
    ('oracle', 'create or replace trigger s.tr before insert on s.o for each row begin :new.amount := 0; end;\n/\n', True),
    ('oracle', 'create or replace trigger s.tr before insert or update of amount on s.o for each row when (new.id > 0) declare v number; begin select count(*) into v from s.q; end;\n/\n', True),
    ('oracle', 'create or replace trigger s.tr after insert on s.o referencing new as n for each row begin insert into s.log values (:n.amount); end;\n/\n', True),
    ('oracle', 'create or replace trigger s.tr before insert on s.o for each row begin :new.x := 0; end;\n/\n', False),
    ('tsql', 'create trigger s.tr on s.o after insert as begin update s.p set a = i.amount from inserted i where s.p.id = i.id; end', True),
    ('tsql', 'create trigger s.tr on s.o after insert, update as begin set nocount on; insert into s.log (a) select amount from inserted; end\nGO\n', True),
    ('tsql', 'create trigger s.tr on s.o after delete as begin insert into s.log (a) select d.x from deleted d join s.q on q.id = d.id; end', False),
    ('tsql', 'create trigger s.tr on s.q instead of update as\nupdate s.o set amount = 1 where id in (select id from inserted)', True),
    ('postgres', 'create policy p on s.o using (amount > 5);', True),
    ('postgres', 'create policy p on s.o for update to public using (x > 5) with check (amount is not null);', True),
    ('postgres', 'create policy p on s.o as restrictive for select using (x > 5 and exists (select 1 from s.q where q.id = o.id));', False),
    ('postgres', 'create rule r as on insert to s.o do also insert into s.log values (new.id, new.amount);', True),
    ('postgres', 'create rule r as on delete to s.o do instead nothing;', False),
    ('postgres', 'create rule r as on update to s.v do instead update s.o set amount = new.z where id = old.id;', True),
    ('postgres', 'create trigger x before insert or update of amount on s.o for each row execute function f();', True),
    ('postgres', 'grant select (id, amount), update (x) on table s.o to r, q with grant option;', True),
    ('postgres', 'grant select (id), update (x) on s.o to r;', False),
    ('postgres', 'revoke insert (amount) on s.o from r;', True),
    ('postgres', 'grant execute on function s.f(amount) to r;', False),
    ('tsql', 'grant select on object::s.o (id, amount) to r;', True),
    ('tsql', 'deny select on s.o (id, x) to r;', False),
    ('tsql', 'grant select on s.o (id, x) to r;\nselect amount from s.o', True),
    ('mysql', 'grant select (amount) on s.o to ann;', True),
    ('postgres', 'create statistics st (mcv) on id, amount from s.o;', True),
    ('postgres', 'create statistics st on id, x from s.o;', False),
    ('postgres', 'create publication p for table s.q, table s.o (id, amount) where (x > 1);', True),
    ('postgres', 'create publication p for table s.o (id, x) where (x > 1), s.q (amount);', False),
    ('mysql', 'create trigger a before insert on s.o for each row set new.x = 1;\ncreate view s.v as select amount from s.o;', True),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "text", "fails"), CASES)
def test_what_a_trigger_policy_or_right_names_is_read(
    dialect: str, text: str, fails: bool, assess_in: AssessIn
) -> None:
    """A column of the row, or of a table that a body reads, breaks them when it goes; others leave them in peace."""
    found = assess_in(dialect, {"t.sql": TABLE, "k.sql": text}, {"t.sql": LESS, "k.sql": text})
    hit = {(impact.consumer.path, impact.effect) for impact in found.impacts}
    assert hit == ({("k.sql", Effect.BREAKS)} if fails else set())


@pytest.mark.parametrize(
    "text", ["create policy p on s.o using (amount > 5);", "grant select (amount) on s.o to r;"]
)
def test_a_file_of_policies_makes_no_relation(text: str, assess_in: AssessIn) -> None:
    """What a policy asks is no query that a file is named for: the script is the reader."""
    found = assess_in("postgres", {"t.sql": TABLE, "k.sql": text}, {"t.sql": LESS, "k.sql": text})
    assert [impact.consumer.kind for impact in found.impacts] == ["script"]
