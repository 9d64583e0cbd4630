optimize table ev final deduplicate by kind
optimize table ev partition 'a'
alter table ev update kind = 'a' where id = 1
alter table ev delete where kind = 'a'
alter table ev materialize column kind
alter table ev clear column kind in partition 'a'
alter table ev comment column kind 'x'
alter table ev modify column kind codec(zstd)
alter table ev modify column kind ttl id + interval 1 day
alter table ev modify column kind remove ttl
alter table ev modify setting x = 1
alter table ev modify order by (id, kind)
alter table ev modify sample by kind
alter table ev add index x kind type bloom_filter
alter table ev drop index x
alter table ev materialize index x
alter table ev add projection p (select kind, count() group by kind)
alter table ev materialize projection p
alter table ev drop projection p
alter table ev add constraint c check kind <> ''
alter table ev attach partition 'a' from ev2
alter table ev2 replace partition 'a' from ev
alter table ev move partition 'a' to table ev2
alter table ev2 move partition 'a' to table ev
alter table ev freeze
alter table ev fetch partition 'a' from 'x'
alter table ev add statistics kind type tdigest
alter table ev modify query select kind from other
alter table v modify query select kind from ev
alter live view ev refresh
attach table ev
detach table ev
check table ev
check table ev partition 'a'
exists table ev
describe table ev
show create table ev
show columns from ev
show index from ev
system sync replica ev
system flush distributed ev
system stop merges ev
system reload dictionary ev
system refresh view ev
system restart replica ev
exchange tables ev and ev2
rename table ev to ev2
create materialized view m to l as select kind from ev
create materialized view m refresh every 1 hour to l as select kind from ev
create materialized view m engine = MergeTree order by kind populate as select kind from ev
create live view v as select kind from ev
create window view w as select count(kind), tumble(id, interval '1' second) as t from ev group by t
create table d as ev engine = Distributed(c, currentDatabase(), ev, rand())
create table d (kind String) engine = Distributed(c, currentDatabase(), 'ev', cityHash64(kind))
create table b as ev engine = Buffer('', ev, 1, 1, 1, 1, 1, 1, 1)
create table m (kind String) engine = Merge('', '^ev$')
create table c as ev
create table c clone as ev
create dictionary d (id UInt64, kind String) primary key id source(clickhouse(query 'select id, kind from ev')) layout(flat())
create row policy p on ev using kind = 'a' to all
create row policy p on ev for select using kind = 'a' to r
drop row policy p on ev
alter row policy p on ev using kind = 'b'
create quota q; select kind from ev
grant select(kind) on ev to r
create function f as (x) -> (select max(kind) from ev where id = x)
insert into function file('x') select kind from ev
insert into ev (kind) format CSV
select * from merge('', '^ev$')
select kind from remote('h', currentDatabase(), ev)
select kind from cluster('c', view(select kind from ev))
select dictGet('ev', 'kind', 1)
select joinGet('ev', 'kind', 1)
select kind from ev final sample 0.1 prewhere kind = 'a'
select columns('^kind$') from ev
select * apply(sum) from ev
truncate table ev
undrop table ev
backup table ev to disk('x', 'y')
restore table ev from disk('x', 'y')
explain select kind from ev
watch ev
kill mutation where table = 'ev'
delete from ev where kind = 'a'
select 1 from ev array join kind as k
create view v (kind String) as select kind from ev
create named collection n as x = 'ev'; select kind from ev
