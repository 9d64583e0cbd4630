optimize ev
optimize ev where kind = 'a' zorder by (id)
optimize ev zorder by (kind)
vacuum ev retain 168 hours
describe history ev
describe detail ev
describe extended ev kind
describe table ev
analyze table ev compute statistics for all columns
analyze table ev compute statistics for columns kind
analyze table ev partition (kind) compute statistics
restore table ev to version as of 3
fsck repair table ev
msck repair table ev
repair table ev
refresh table ev
refresh foreign table ev
refresh materialized view ev
cache table ev
cache select kind from ev
uncache table ev
alter table ev set tblproperties ('delta.enableChangeDataFeed' = 'true')
alter table ev unset tblproperties ('x')
alter table ev cluster by (kind)
alter table ev alter column kind comment 'x'
alter table ev alter column kind set mask f
alter table ev alter column kind drop mask
alter table ev alter column kind set tags ('a' = 'b')
alter table ev alter column kind after id
alter table ev alter column kind set not null
alter table ev change column kind kind string comment 'x'
alter table ev set row filter f on (kind)
alter table ev drop row filter
alter table ev add constraint c check (kind is not null)
alter table ev drop constraint c
alter table ev add partition (kind = 'a')
alter table ev drop if exists partition (kind = 'a')
alter table ev partition (kind = 'a') rename to partition (kind = 'b')
alter table ev recover partitions
alter table ev set location 'x'
alter table ev set serde 'x'
alter table ev replace columns (id int)
alter table ev drop columns (kind)
alter table ev rename column kind to sort
alter table ev owner to r
alter table ev set tags ('a' = 'b')
alter table ev add columns (x int after kind)
alter table ev set default collation utf8
alter table ev execute expire_snapshots
alter streaming table ev add schedule cron 'x'
alter view ev set tblproperties ('a' = 'b')
comment on table ev is 'x'
comment on column ev.kind is 'x'
convert to delta ev partitioned by (kind string)
create table c shallow clone ev
create table c deep clone ev version as of 3
create bloomfilter index on table ev for columns (kind options (fpp = 0.1))
drop bloomfilter index on table ev for columns (kind)
create streaming table s as select kind from stream(ev)
create streaming table s as select kind from stream ev
create or refresh streaming table s as select * from stream read_files('x'); select kind from ev
create materialized view m as select kind from ev
create temporary live view v as select kind from live.ev
create or refresh live table l (constraint c expect (kind is not null)) as select kind from live.ev
apply changes into live.l from stream(live.ev) keys (kind) sequence by id
create flow f as auto cdc into l from stream(ev) keys (kind) sequence by id stored as scd type 2
create flow f as insert into l by name select kind from stream(ev)
create view v with metrics language yaml as $$ source: ev dimensions: [{name: k, expr: kind}] $$
create function f() returns int return (select count(kind) from ev)
create function f() returns string language python as $$ return 'ev kind' $$
grant select on table ev to r
grant modify on ev to `x`
show columns in ev
show partitions ev partition (kind = 'a')
show create table ev
show tblproperties ev
insert overwrite table ev partition (kind = 'a') select 1, 2
insert into ev replace where kind = 'a' select 1, 'a', 2
insert into ev partition (kind) select 1, 2, 'a'
from ev insert into l select kind
load data inpath 'x' into table ev partition (kind = 'a')
copy into ev from 'x' fileformat = csv
merge with schema evolution into ev using other o on ev.kind = o.kind when matched then update set *
delete from ev where kind = 'a'
reorg table ev apply (purge)
set var x = (select max(kind) from ev)
declare variable x string default (select max(kind) from ev)
execute immediate 'select kind from ev'
call system.rollback_to_snapshot('ev', 1)
call cat.system.rewrite_data_files(table => 'ev', sort_order => 'kind')
truncate table ev partition (kind = 'a')
explain extended select kind from ev
with recursive r as (select kind from ev) select * from r
begin declare x int; select max(kind) from ev; end
sync table c.s.ev from hive_metastore.s.ev
undrop table ev
generate symlink_format_manifest for table ev
create online table o from ev
alter table ev enable predictive optimization
alter share s add table ev
alter share s add table ev partition (kind = 'a') as s.t
