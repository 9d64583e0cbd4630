analyze ev with (columns = array['kind'])
alter table ev execute optimize where kind = 'a'
alter table ev execute expire_snapshots(retention_threshold => '7d')
alter table ev set properties partitioning = array['kind']
alter table ev alter column kind set data type varchar
alter table ev set authorization r
alter view ev set authorization r
alter materialized view ev rename to m
call system.sync_partition_metadata('s', 'ev', 'full')
call iceberg.system.register_table('s', 'ev', 'x')
create table c (like ev including properties)
create table c with (partitioned_by = array['kind']) as select id, kind from ev
create materialized view m as select kind from ev
create view v security invoker as select kind from ev
refresh materialized view ev
show columns from ev
show create table ev
show stats for ev
show stats for (select kind from ev)
describe ev
explain (type distributed) select kind from ev
explain analyze select kind from ev
prepare p from select kind from ev
execute immediate 'select kind from ev'
comment on column ev.kind is 'x'
comment on table ev is 'x'
grant select on ev to r
deny select on table ev to r
table ev
truncate table ev
select * from table(system.query(query => 'select kind from ev'))
select * from table(exclude_columns(input => table(ev), columns => descriptor(kind)))
select kind from ev for version as of 3
select * from ev match_recognize (partition by kind order by id measures a.id as x pattern (a+) define a as true)
with function f(x int) returns int return (select max(kind) from ev) select f(1)
unload (select kind from ev) to 's3://x' with (format = 'PARQUET')
msck repair table ev
alter table ev add partition (kind = 'a')
vacuum ev
optimize ev rewrite data using bin_pack where kind = 'a'
