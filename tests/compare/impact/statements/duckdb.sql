summarize ev
summarize select kind from ev
describe ev
describe select kind from ev
show ev
pragma table_info('ev')
pragma show('ev')
checkpoint; select kind from ev
vacuum analyze ev (kind)
analyze ev
export database 'x'; select kind from ev
copy ev to 'x.parquet' (format parquet, partition_by (kind))
copy ev (kind) to 'x.csv'
copy (from ev select kind) to 'x.csv'
copy ev from 'x.csv' (force_not_null (kind))
create macro m() as table select kind from ev
create macro m(x) as (select max(kind) from ev where id = x)
create index i on ev (kind)
create unique index i on ev (lower(kind))
alter table ev alter kind set default 'a'
alter table ev alter kind set data type int using kind::int
alter table ev add primary key (kind)
alter table ev set sorted by (kind)
alter view ev rename to ev2
pivot ev on kind using count(*)
unpivot ev on kind into name n value v
from ev
from ev select kind
select * exclude (kind) from ev
select * replace (upper(kind) as kind) from ev
select * rename (kind as k) from ev
select columns('kind') from ev
prepare p as select kind from ev where id = $1
set variable x = (select max(kind) from ev)
create type t as enum (select kind from ev)
insert or replace into ev (id, kind) values (1, 'a')
insert into ev by name select 'a' as kind
insert into ev (id) values (1) on conflict (kind) do nothing
create table c as from ev
create trigger g after insert on ev for each row insert into l values (1)
explain select kind from ev
pragma fts_create_index('ev', 'id', 'kind')
create secret s (type s3); select kind from ev
comment on column ev.kind is 'x'
comment on table ev is 'x'
load spatial; select kind from ev
call duckdb_tables(); select kind from ev
select * from query_table('ev')
select * from query('select kind from ev')
select kind from ev using sample 10%
update ev set kind = other.kind from other
merge into ev using other using (kind) when matched then delete
attach 'x' as y; select kind from ev
execute p(1); select kind from ev
create sequence s; create table c (k int default (nextval('s'))); select kind from ev
