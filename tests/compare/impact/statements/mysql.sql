analyze table ev
analyze table ev update histogram on kind with 10 buckets
check table ev extended
checksum table ev
optimize table ev
repair table ev
handler ev open
lock tables ev read
flush tables ev with read lock
describe ev kind
desc ev
explain select kind from ev
show columns from ev
show create table ev
show index from ev where column_name = 'kind'
rename table ev to ev2
create index i on ev (kind(10))
create fulltext index i on ev (kind)
create spatial index i on ev (kind)
drop index kind on ev
alter table ev drop primary key, add primary key (kind)
alter table ev drop foreign key fk
alter table ev add key k (kind)
alter table ev convert to character set utf8mb4
alter table ev order by kind
alter table ev partition by hash (kind)
alter table ev partition by range columns (kind) (partition p0 values less than ('m'))
alter table ev drop partition p0
alter table ev change kind sort varchar(9)
alter table ev modify kind text after id
alter table ev alter kind set default 'a'
alter table ev rename index kind to k
alter table ev engine = innodb
alter table ev auto_increment = 4
alter table ev add column x int after kind
alter table ev add column x varchar(9) as (upper(kind)) stored
create trigger g before insert on ev for each row set new.kind = 'a'
create trigger g after update on ev for each row begin if old.kind <> new.kind then insert into l values (old.kind); end if; end
create event e on schedule every 1 day do delete from ev where kind = 'a'
create procedure p() begin declare c cursor for select kind from ev; open c; end
create procedure p() begin set @s = 'select kind from ev'; prepare q from @s; execute q; end
create function f() returns int reads sql data return (select count(kind) from ev)
prepare q from 'select kind from ev'
load data infile 'x' into table ev (id, kind)
load index into cache ev
cache index ev in hot
replace into ev (id, kind) values (1, 'a')
insert into ev set kind = 'a'
insert into ev (id) values (1) on duplicate key update kind = 'a'
delete e from ev e join other o on e.kind = o.kind
update ev, other set ev.kind = other.kind
do (select sleep(kind) from ev)
set @x = (select max(kind) from ev)
call p('ev', 'kind')
table ev order by kind
import table from 'ev.sdi'
select kind from ev into @x
grant select (kind) on ev to r
create view v as select kind from ev procedure analyse()
select * from ev use index (kind)
select * from ev force index for order by (kind)
