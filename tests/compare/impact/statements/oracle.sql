analyze table ev compute statistics for columns kind
begin dbms_stats.gather_table_stats('S', 'ev'); end;
begin dbms_stats.gather_table_stats(user, 'EV', method_opt => 'for columns kind'); end;
begin execute immediate 'drop table ev'; end;
begin execute immediate 'alter table ev drop column kind'; end;
exec p('ev')
comment on table ev is 'x'
comment on column ev.kind is 'x'
create materialized view log on ev with rowid, sequence (kind) including new values
create materialized view m refresh fast on commit as select kind from ev
create index i on ev (upper(kind)) tablespace t
create bitmap index i on ev (kind)
create bitmap index i on other (ev.kind) from other, ev where other.kind = ev.id
create index i on ev (kind) indextype is ctxsys.context
alter index i rebuild; select kind from ev
alter table ev move tablespace t
alter table ev shrink space
alter table ev set unused (kind)
alter table ev set unused column kind
alter table ev drop (kind, id)
alter table ev modify kind not null
alter table ev modify (kind default 'a')
alter table ev modify kind invisible
alter table ev add (x varchar2(9) generated always as (upper(kind)) virtual)
alter table ev rename column kind to sort
alter table ev rename constraint a to b
alter table ev disable constraint c
alter table ev enable row movement
alter table ev add supplemental log data (primary key) columns
alter table ev add supplemental log group g (kind) always
alter table ev exchange partition p with table ev_new
alter table ev_all exchange partition p with table ev
alter table ev truncate partition p
alter table ev modify lob (kind) (cache)
alter table ev no inmemory (kind)
alter table ev inmemory
alter table ev add constraint c foreign key (kind) references other (kind)
alter table other add constraint c foreign key (kind) references ev (kind)
associate statistics with columns ev.kind using s
audit select on ev
noaudit select on ev
create audit policy p actions select on ev
flashback table ev to before drop
purge table ev
lock table ev in exclusive mode
create trigger g before insert on ev for each row begin :new.kind := 'a'; end;
create or replace trigger g after update of kind on ev begin null; end;
create package k as procedure p (x ev.kind%type); end k;
create package body k as procedure p is begin delete from ev where kind = 'a'; end p; end k;
create package body k as function f return number is n number; begin select count(kind) into n from ev; return n; end f; end k;
create package body k is cursor c is select kind from ev; procedure p is begin for r in c loop null; end loop; end; end;
create procedure p as r ev%rowtype; begin null; end;
create procedure p as begin for r in (select kind from ev) loop null; end loop; end;
create function f return varchar2 is v ev.kind%type; begin return v; end;
create type t as object (k ev.kind%type)
declare cursor c is select kind from ev; begin null; end;
with function f (x int) return int is begin return x; end; select f(kind) from ev
with function f return int is n int; begin select max(kind) into n from ev; return n; end; select f from dual
insert all into ev (kind) values (a) select a from other
insert into ev (kind) values ('a') log errors into err
merge into ev e using other o on (e.kind = o.kind) when matched then update set e.id = 1
select kind from ev for update of kind nowait
select * from ev as of timestamp systimestamp
select kind from ev partition (p1)
select * from table(dbms_xplan.display_cursor('ev', 'kind'))
explain plan for select kind from ev
call p((select kind from ev))
create edition e; create editioning view v as select kind from ev
create view v as select kind from ev with read only
create directory d as 'ev'; select kind from ev
create database link l; select kind from ev
begin dbms_scheduler.create_job(job_name => 'j', job_action => 'begin delete from ev where kind = 1; end;'); end;
begin dbms_redact.add_policy(object_name => 'ev', column_name => 'kind', policy_name => 'p'); end;
begin dbms_rls.add_policy(object_name => 'ev', policy_name => 'p', sec_relevant_cols => 'kind'); end;
grant select, update (kind) on ev to r
create dimension d level k is ev.kind
create attribute dimension d using ev attributes (kind)
create analytic view a using ev dimension by (d key kind references id)
create property graph g vertex tables (ev key (kind))
create json relational duality view v as select json {'_id': e.kind} from ev e
create search index i on ev (kind) for json
create vector index i on ev (kind) organization neighbor partitions
