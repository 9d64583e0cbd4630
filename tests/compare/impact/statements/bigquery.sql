alter table ev set options (description = 'x')
alter table ev alter column kind set options (description = 'x')
alter table ev alter column kind drop not null
alter table ev alter column kind set data type string
alter table ev alter column kind set default 'a'
alter table ev add primary key (kind) not enforced
alter table ev add foreign key (kind) references other (kind) not enforced
alter table other add foreign key (kind) references ev (kind) not enforced
alter table ev rename column kind to sort
alter table ev add column x string
alter view ev set options (expiration_timestamp = null)
alter materialized view ev set options (enable_refresh = true)
create search index i on ev (all columns)
create search index i on ev (kind)
create vector index i on ev (kind) options (index_type = 'IVF')
drop search index i on ev
create row access policy p on ev grant to ('x') filter using (kind = 'a')
drop row access policy p on ev
drop all row access policies on ev
create snapshot table s clone ev
create table c clone ev
create table c copy ev
create table c like ev
create materialized view m partition by kind as select kind from ev
create materialized view m as replica of ev
create model m options (model_type = 'linear_reg', input_label_cols = ['kind']) as select * from ev
create model m transform (kind, id) options (model_type = 'x') as select * from ev
select * from ml.predict(model m, table ev)
select * from ml.predict(model m, (select kind from ev))
select * from vector_search(table ev, 'kind', table other)
select * from appends(table ev, null, null)
select * from external_query('c', 'select kind from ev')
select * from search((select kind from ev), 'x')
export data options (uri = 'x') as select kind from ev
load data into ev (kind string) from files (format = 'CSV', uris = ['x'])
load data overwrite ev from files (format = 'CSV', uris = ['x'])
create temp function f() as ((select max(kind) from ev))
create function f(x int64) as ((select max(kind) from ev where id = x))
create table function f() as select kind from ev
create function f() returns string language js as "return 'ev.kind'"
create procedure p() begin delete from ev where kind = 'a'; end
create procedure p() begin execute immediate 'select kind from ev'; end
call p('ev', 'kind')
call bq.refresh_materialized_view('ev')
execute immediate 'select kind from ev'
execute immediate format('select %s from %s', 'kind', 'ev')
declare x string default (select max(kind) from ev)
set x = (select max(kind) from ev)
set (x, y) = (select as struct kind, 1 from ev)
begin transaction; update ev set kind = 'a' where true; commit transaction
if exists (select 1 from ev where kind = 'a') then select 1; end if
for r in (select kind from ev) do select r.kind; end for
while (select count(kind) from ev) > 0 do delete from ev where true; end while
assert (select count(kind) from ev) > 0 as 'x'
assert exists (select 1 from ev where kind = 'a')
grant `roles/bigquery.dataViewer` on table ev to 'user:x'
revoke `roles/bigquery.dataViewer` on table ev from 'user:x'
undrop schema s; select kind from ev
create view v as select kind from ev options (description = 'x')
create table c partition by kind cluster by id as select kind, id from ev
create property graph g node tables (ev key (kind))
create capacity c options (x = 'ev'); select kind from ev
truncate table ev
merge ev using other o on ev.kind = o.kind when not matched by source then delete
select * except (kind) from ev
select * replace (1 as kind) from ev
from ev |> where kind = 'a' |> select id
from ev |> aggregate count(*) group by kind
select * from ev for system_time as of timestamp_sub(current_timestamp(), interval 1 hour)
