dbcc checktable ('ev')
dbcc checkident ('ev', reseed, 0)
dbcc show_statistics ('ev', kind)
update statistics ev (kind)
create statistics s on ev (kind)
drop statistics ev.kind
create clustered columnstore index c on ev
create columnstore index c on ev (kind)
create nonclustered index i on ev (id) where kind = 'a'
create unique index i on ev (kind) with (online = on)
alter index all on ev rebuild
alter index i on ev reorganize
create fulltext index on ev (kind) key index pk
create xml index x on ev (kind)
create spatial index x on ev (kind)
drop index i on ev
drop index ev.kind
exec sp_rename 'ev', 'ev2'
exec sp_rename 'dbo.ev.kind', 'sort', 'COLUMN'
exec sp_help 'ev'
exec sp_helpindex ev
exec sp_spaceused 'ev'
exec sp_depends ev
exec sp_bindefault 'd', 'ev.kind'
exec sp_addextendedproperty @name = 'MS_Description', @value = 'x', @level1type = 'TABLE', @level1name = 'ev', @level2type = 'COLUMN', @level2name = 'kind'
exec sp_refreshview 'ev'
exec sp_recompile ev
exec sp_executesql N'select kind from ev'
exec ('select kind from ev')
exec p @table = 'ev', @column = 'kind'
execute dbo.p ev, kind
set identity_insert ev on
create synonym s for dbo.ev
create security policy p add filter predicate dbo.f(kind) on dbo.ev
alter table ev enable change_tracking with (track_columns_updated = on)
alter table ev nocheck constraint all
alter table ev with check check constraint fk
alter table ev switch partition 1 to ev_old
alter table ev_old switch to ev
alter table ev rebuild with (data_compression = page)
alter table ev add default 'a' for kind
alter table ev add constraint d default ('a') for kind with values
alter table ev alter column kind add masked with (function = 'default()')
alter table ev alter column kind drop masked
alter table ev alter column kind sparse
alter table ev add period for system_time (id, kind)
alter table ev set (system_versioning = on (history_table = dbo.ev_h))
alter table x set (system_versioning = on (history_table = dbo.ev))
alter table ev drop constraint c, column kind
create trigger g on ev after insert as begin insert into l (kind) select kind from inserted end
create trigger g on ev instead of delete as begin if update(kind) rollback end
disable trigger g on ev
enable trigger all on ev
bulk insert ev from 'x.csv'
grant select on dbo.ev (kind) to r
grant select on object::dbo.ev to r
deny update on ev (kind) to r
alter schema s transfer dbo.ev
alter authorization on object::dbo.ev to r
add sensitivity classification to dbo.ev.kind with (label = 'x')
add signature to dbo.ev by certificate c
create view v with schemabinding as select kind from dbo.ev
create procedure p as select kind from ev for xml path
create procedure p as begin declare c cursor for select kind from ev; open c; fetch next from c into @x; end
create function f() returns table as return select kind from ev
create function f() returns @r table (k int) as begin insert @r select kind from ev; return end
declare @t table (k int); insert into @t select kind from ev
if exists (select 1 from ev where kind = 'a') print 'x'
while (select max(kind) from ev) < 3 update ev set kind = kind + 1
if col_length('ev', 'kind') is null print 'none'
waitfor (receive kind from ev)
readtext ev.kind @p 0 5
updatetext ev.kind @p 0 5 'x'
select * from openquery(srv, 'select kind from ev')
select * from openrowset('x', 'y', 'select kind from ev')
select * from containstable(ev, kind, 'x')
select * from changetable(changes ev, 0) c
merge ev as t using other o on t.kind = o.kind when matched then update set t.id = 1;
insert into ev (kind) exec p
create rule r as @x in (select 1); exec sp_bindrule 'r', 'ev.kind'
create type t from ev
create xml schema collection ev as N'kind'
create partition function f (int) as range left for values (1); create table c (kind int) on f (kind); select kind from ev
backup table ev to d
