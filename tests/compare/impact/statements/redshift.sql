unload ('select kind from ev') to 's3://x' iam_role default partition by (kind)
unload ('select * from ev') to 's3://x' iam_role default partition by (kind)
copy ev (kind) from 's3://x' iam_role default
copy ev from 's3://x' iam_role default
vacuum full ev to 99 percent
vacuum reindex ev
analyze ev (kind)
analyze compression ev (kind)
analyze ev predicate columns
alter table ev alter sortkey (kind)
alter table ev alter compound sortkey (kind, id)
alter table ev alter distkey kind
alter table ev alter diststyle key distkey kind
alter table ev alter column kind encode zstd
alter table ev alter encode auto
alter table ev append from ev2
alter table ev2 append from ev
alter table ev row level security on
alter table ev masking on for datashares
alter table ev add partition (kind = 'a') location 's3://x'
alter external table ev set location 'x'
attach rls policy p on ev to role r
detach rls policy p on ev from role r
attach masking policy p on ev (kind) to role r
detach masking policy p on ev (kind) from role r
create masking policy p with (kind varchar(9)) using ('x'); attach masking policy p on ev (kind) to public
create materialized view m auto refresh yes as select kind from ev
refresh materialized view ev
create model m from ev target kind function f iam_role default
create model m from (select kind from ev) target kind function f iam_role default
create external table e (kind int) location 's3://x' table properties ('x' = 'ev'); select kind from ev
create view v as select kind from ev with no schema binding
create library l language plpythonu from 'x'; select kind from ev
alter datashare d add table ev
grant select (kind) on ev to r
grant assumerole on 'x' to r; select kind from ev
lock ev
create procedure p() as $$ begin delete from ev where kind = 'a'; end $$ language plpgsql
create function f() returns int stable as $$ select 1 $$ language sql; select kind from ev
call p('ev')
show table ev
show columns from table ev
cancel 1; select kind from ev
comment on column ev.kind is 'x'
insert into ev (kind) (select kind from other)
select kind into temp t from ev
prepare p as select kind from ev
declare c cursor for select kind from ev
create table c (kind int distkey sortkey) backup no; select kind from ev
create table c (like ev)
delete ev where kind = 'a'
truncate ev
