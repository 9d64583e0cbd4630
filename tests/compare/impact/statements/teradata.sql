collect statistics on ev column (kind)
collect statistics column kind on ev
drop statistics on ev
help table ev
help column ev.kind
show table ev
lock table ev for access select kind from ev
locking row for access select kind from ev
locking table ev for access select kind from ev
comment on column ev.kind as 'x'
create join index j as select kind from ev
create hash index h (kind) on ev
create index (kind) on ev
drop index (kind) on ev
replace view v as select kind from ev
replace view v as locking row for access select kind from ev
create macro m as (select kind from ev;)
replace macro m (x int) as (update ev set kind = :x;)
exec m('ev')
create multiset table c as ev with no data
create table c as (select kind from ev) with data primary index (kind)
create volatile table v as (select kind from ev) with data on commit preserve rows
alter table ev modify primary index (kind)
alter table ev drop kind
alter table ev rename kind to sort
rename table ev to ev2
del from ev where kind = 1
sel kind from ev
ins into ev (kind) values (1)
upd ev set kind = 1
update ev set kind = 1 else insert into ev (kind) values (1)
merge into ev using other o on ev.kind = o.kind when matched then update set id = 1
create trigger g after insert on ev referencing new as n for each row (insert into l values (n.kind);)
grant select (kind) on ev to r
create procedure p() begin delete from ev where kind = 'a'; end
