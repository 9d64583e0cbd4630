reindex table ev
cluster ev using ev_kind
alter table ev cluster on ev_kind
alter table ev replica identity using index ev_kind
alter table ev replica identity full
lock table ev in access exclusive mode
vacuum (full, analyze) ev (kind)
analyze verbose ev (kind, id)
explain select kind from ev
explain analyze select kind from ev
prepare p as select kind from ev
prepare p (int) as update ev set kind = $1
declare c cursor for select kind from ev
comment on table ev is 'what happened'
comment on column ev.kind is 'which'
grant select on ev to reader
grant select (id, kind) on ev to reader
revoke update (kind) on table ev from reader
create publication p for table ev
create publication p for table ev (id, kind)
create publication p for table ev where (kind = 'a')
alter publication p add table ev
alter publication p set table ev (id, kind)
create statistics s on id, kind from ev
create index concurrently if not exists i on ev (kind)
create index i on ev (id) include (kind)
create index i on ev (id) where kind = 'a'
create unique index i on ev ((lower(kind)))
create index i on only ev using brin (kind)
create policy p on ev for select to public using (kind = 'a')
create policy p on ev with check (kind = 'a')
alter policy p on ev using (kind = 'b')
create rule r as on update to ev where new.kind = 'a' do nothing
create rule r as on select to ev do instead select kind from other
create trigger g before insert on ev for each row execute function f('kind')
create constraint trigger g after insert on ev deferrable for each row when (new.kind is null) execute function f()
alter table ev enable row level security
alter table ev disable trigger all
alter table ev attach partition ev_a for values in ('a')
alter table ev_all attach partition ev for values in ('a')
alter table ev detach partition ev_a
alter table child inherit ev
alter table child no inherit ev
alter table child of ev
alter table ev alter column kind set statistics 500
alter table ev alter column kind set storage external
alter table ev alter kind set compression lz4
alter table ev alter column kind drop not null
alter table ev alter column kind set default 'a'
alter table ev alter column kind add generated always as identity
alter table ev alter column kind drop identity if exists
alter table ev alter column kind restart with 4
alter table ev alter column kind type int using kind::int
alter table ev alter column kind drop expression
alter table ev alter column kind set (n_distinct = 5)
alter table ev validate constraint c_kind
alter table ev add constraint c check (kind <> '') not valid
alter table ev add constraint p primary key using index ev_kind
alter table ev owner to bob
alter table ev set schema s
alter table ev set tablespace fast
alter table ev set (fillfactor = 70)
alter table ev set logged
alter sequence s owned by ev.kind
create sequence s owned by ev.kind
refresh materialized view concurrently ev
create foreign table f (kind text) server s options (table_name 'ev')
import foreign schema public limit to (ev) from server s into l
security label for l on column ev.kind is 'secret'
security label on table ev is 'secret'
create view v as table ev
copy ev (kind) from stdin
copy (select kind from ev where id > 3) to stdout with csv
copy ev to '/x.csv' with (format csv, force_quote (kind))
insert into ev (id, kind) values (1, 'a') on conflict (kind) do nothing
insert into ev (id) values (1) on conflict (kind) do update set id = excluded.id
insert into ev (id) values (1) on conflict (id) do update set kind = excluded.kind
insert into ev (id) values (1) on conflict (id) where kind = 'a' do nothing
insert into ev (id) values (1) returning kind
merge into ev using other o on ev.kind = o.kind when matched then delete
truncate ev restart identity cascade
delete from ev using other o where ev.kind = o.kind
update ev set kind = default
update ev set (id, kind) = (1, 'a')
call p((select max(kind) from ev))
do $$ begin execute 'update ev set kind = 1'; end $$
do $$ begin execute format('alter table %I drop column %I', 'ev', 'kind'); end $$
select setval('ev_id_seq', (select max(kind) from ev))
select pg_get_serial_sequence('ev', 'kind')
select create_hypertable('ev', 'kind')
select cron.schedule('n', '0 3 * * *', 'delete from ev where kind = 1')
select add_retention_policy('ev', interval '1 day')
select audit.audit_table('ev')
select dblink_exec('c', 'insert into ev (kind) values (1)')
select 'ev'::regclass
create function f() returns int language sql as 'select count(kind) from ev'
create function f() returns trigger language plpgsql as $$ begin insert into ev (kind) values (new.kind); return new; end $$
create function f(x ev) returns text language sql as 'select x.kind'
create function f() returns setof ev language sql as 'select * from ev'
create function f() returns text language plpgsql as $$ declare k ev.kind%type; begin return k; end $$
create function f() returns text language plpgsql as $$ declare r ev%rowtype; begin return r.kind; end $$
create function f() returns text language plpython3u as $$ plpy.execute('select kind from ev') $$
create procedure p() language plpgsql as $$ begin delete from ev where kind = 'a'; end $$
create aggregate a (ev) (sfunc = f, stype = int)
create type t as (e ev)
create cast (ev as text) with function f(ev)
create operator === (leftarg = ev, rightarg = ev, function = f)
create domain d as ev
create event trigger e on ddl_command_end when tag in ('ev') execute function f()
create table c (like ev including all)
create table c () inherits (ev)
create table c partition of ev for values in ('a')
create table c (k text references ev (kind))
create table c (k text, foreign key (k) references ev (kind) on delete cascade)
create table c of ev
create table c as table ev
drop view if exists x; select kind from ev
drop index ev_kind; drop policy p on ev
drop trigger g on ev
drop rule r on ev
alter trigger g on ev rename to h
alter rule r on ev rename to h
alter extension e add table ev
alter default privileges grant select on tables to ev
notify ev, 'kind'
begin; update ev set kind = 'a'; commit
set x.y = 'ev'; select kind from ev
values ((select max(kind) from ev))
select * from crosstab('select id, kind, 1 from ev') as c (a int, b int)
select query_to_xml('select kind from ev', true, true, '')
select table_to_xml('ev', true, true, '')
