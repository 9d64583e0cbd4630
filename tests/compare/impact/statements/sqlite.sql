reindex ev
analyze ev
pragma table_info(ev)
pragma foreign_key_check(ev)
pragma integrity_check(ev)
explain query plan select kind from ev
create virtual table f using fts5(kind, content='ev')
create index i on ev (kind collate nocase) where kind is not null
create trigger g after update of kind on ev begin update other set kind = new.kind; end
create trigger g instead of insert on ev begin select raise(abort, 'x') where new.kind = 1; end
insert into ev (id) values (1) on conflict (kind) do update set id = 2
replace into ev (kind) values (1)
update ev set kind = 1 returning kind
delete from ev where kind = 1 limit 3
attach 'x' as y; select kind from ev
drop index ev_kind; select kind from ev
alter table ev rename to ev2
create table c (k text references ev (kind))
