alter table ev cluster by (kind)
alter table ev add search optimization on equality(kind)
alter table ev drop search optimization
alter table ev modify column kind set masking policy p
alter table ev modify column kind unset masking policy
alter table ev alter kind set tag t = 'x'
alter table ev add row access policy p on (kind)
alter table ev drop row access policy p
alter table ev set tag t = 'x'
alter table ev set data_retention_time_in_days = 3
alter table ev swap with ev2
alter table ev set change_tracking = true
alter table ev add data metric function snowflake.core.null_count on (kind)
alter table ev set aggregation policy p entity key (kind)
alter table ev set projection policy p
alter view ev modify column kind set masking policy p
alter view ev set secure
alter dynamic table ev refresh
alter external table ev refresh
alter materialized view ev cluster by (kind)
create stream s on table ev
create or replace stream s on view ev append_only = true
create task t warehouse = w schedule = '1 minute' as delete from ev where kind = 'a'
create task t when system$stream_has_data('ev') as insert into l select 1
create task t as call p('ev', 'kind')
create alert a if (exists (select kind from ev)) then call p()
create pipe p as copy into ev (kind) from @s
create row access policy p as (k varchar) returns boolean -> exists (select 1 from ev where kind = k)
create masking policy p as (v string) returns string -> case when exists (select kind from ev) then v end
create projection policy p as () returns projection_constraint -> projection_constraint(allow => true); select kind from ev
create share s; grant select on table ev to share s
grant ownership on table ev to role r copy grants
grant select on view ev to role r
show columns in table ev
describe table ev
desc view ev
undrop table ev
create table c clone ev
create table c like ev
create table c using template (select array_agg(kind) from ev)
create dynamic table d target_lag = '1 minute' warehouse = w as select kind from ev
create hybrid table h (kind int, foreign key (kind) references ev (kind))
create search optimization on ev
create cortex search service s on kind warehouse = w target_lag = '1 day' as select kind from ev
create semantic view v tables (ev primary key (id)) dimensions (ev.kind as kind)
create semantic view v tables (e as ev) facts (e.k as kind) metrics (e.n as count(e.kind))
create notebook n; select kind from ev
create materialized view m cluster by (kind) as select kind from ev
create secure view v as select kind from ev
create function f() returns int as 'select count(kind) from ev'
create function f() returns table (k int) as $$ select kind from ev $$
create function f() returns int language javascript as $$ var s = 'select kind from ev'; $$
create procedure p() returns int language sql as begin delete from ev where kind = 'a'; return 1; end
create procedure p() returns int language javascript as $$ snowflake.execute({sqlText: 'select kind from ev'}) $$
create procedure p() returns int language sql as $$ begin let c cursor for select kind from ev; return 1; end $$
execute immediate 'select kind from ev'
execute immediate $$ begin delete from ev where kind = 1; end $$
execute task t; select kind from ev
call system$clustering_information('ev', '(kind)')
select system$clustering_information('ev', '(kind)')
select system$get_tag('t', 'ev.kind', 'column')
select * from table(information_schema.tag_references('ev.kind', 'column'))
select get_ddl('table', 'ev')
copy into ev (kind) from @s file_format = (type = csv)
copy into @s/x from ev partition by (kind)
copy into @s from (select kind from ev) partition by (kind)
put file://x @%ev
list @%ev
remove @%ev
insert overwrite into ev (kind) select 1
insert all when kind = 'a' then into l (k) values (kind) select kind from ev
merge into ev using other o on ev.kind = o.kind when not matched then insert (kind) values (o.kind)
set v = (select max(kind) from ev)
truncate table if exists ev
comment on column ev.kind is 'x'
comment if exists on table ev is 'x'
select kind from ev at (offset => -60)
select * from ev changes (information => default) at (offset => -60)
select kind from ev match_condition(kind > id)
