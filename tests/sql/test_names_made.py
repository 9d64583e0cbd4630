"""Names that a construct makes are no lost columns, and beside them a column that is not there is still told."""

import pytest

from contract_gate.core.relation import Column, RelationName
from contract_gate.sql.algebra import Problem, Shape
from contract_gate.sql.bind import bind_script

TABLES = {
    "t": "id INT, n INT, k VARCHAR, d DATE, arr INT[], s STRUCT<a INT, b VARCHAR>, j JSON",
    "u": "id INT, parent INT, nm VARCHAR",
    "tgt": "n INT, id INT, nm VARCHAR",
}


def problems(dialect: str, sql: str) -> list[Problem]:
    def lookup(name: RelationName) -> Shape | None:
        text = TABLES.get(name.name.lower())
        if text is None:
            return None
        written = text.replace("a INT, b", "a INT; b").split(", ")
        pairs = (part.replace(";", ",").split(" ", 1) for part in written)
        return Shape(name=name, columns=tuple(Column(name=n, type=kind) for n, kind in pairs), closed=True)

    script = bind_script(sql, dialect, lookup)
    return [*script.problems, *(p for statement in script.statements for p in statement.problems)]


VALID = """
databricks|select id, window.start as s, count(*) as c from t group by id, window(d, '1 hour')
spark|select session_window.end from t group by session_window(d, '5 minutes')
postgres|create temp table z on commit drop as select id from t; select id from z
databricks|declare lim int default 3; select id, session.lim as l, system.session.lim as m from t where n > lim
spark|from t |> set n = n + 1, k = upper(k) |> drop d |> rename id as i |> where n > 1 |> select i, n, k
bigquery|from t |> rename n as m |> set m = m * 2 |> aggregate sum(m) as total group by id
bigquery|select id, fn from t match_recognize (partition by id order by d measures first(a.n) as fn pattern (a b+) define a as n = 1, b as n > 1)
teradata|select id, n * 2 (named m), m + 1 (named o) from t
mysql|select id, default(n) as m from t where n <> default(n)
clickhouse|alter table t update n = n + 1, k = 'x' where id = 3
clickhouse|alter table t on cluster c update n = 2 where k = 'a'
postgres|comment on column t.n is 'x'
oracle|comment on column unknown_table.n is 'x'
postgres|select id, user, current_date from t
clickhouse|select (n as a) + 1 as b, a * b as c from t where (id as k) > 0 order by k
clickhouse|select s.1, s.2, arr.size0 from t
clickhouse|select a, b from values('a UInt8, b Decimal(9, 2)', (1, 2.0))
clickhouse|select c1, c2 from values((1, 'x'), (2, 'y'))
clickhouse|select if(n = 0, NaN, -inf) as r from t where n < Infinity
duckdb|merge into tgt using t on tgt.id = t.id when matched then delete returning merge_action, id
duckdb|update t set n = q.x from (select id as i, n as x from t) q where t.id = q.i
postgres|update t set n = q.x from (select t.id as i, t.n as x from t) q where t.id = q.i
sqlite|select n * 2 as m from t where m > 3 group by m having m > 2
snowflake|select * from semantic_view(sv metrics sales.total dimensions sales.region)
tsql|select k.[rank], k.[key] from containstable(t, (k, n), 'x') k join t on t.id = k.[key]
snowflake|select id, "Total A", BB from (select id, k, n from t) pivot (sum(n) for k in ('a' as "Total A", 'b' as bb))
oracle|select id, "a_S", "B_S" from (select id, k, n from t) pivot (sum(n) as s for k in ('a' as "a", 'b' as b))
postgres|select u.e, u.ordinality from t, unnest(arr) with ordinality as u(e)
postgres|insert into tgt (id) values (1) on conflict (id) do update set id = 2 where excluded.n > tgt.n
mysql|select column_0, column_1 from (values row(1, 2), row(3, 4)) as q
snowflake|select id, metadata$row_last_commit_time from t
snowflake|select t.id, upper(t.k) as up, up || 'x' as more from t join u on up = u.nm and more <> ''
clickhouse|with 60 as sec select id, n*sec as m from t
clickhouse|with n*2 as m select id, m from t
clickhouse|with (select max(n) from t) as mx select id, n/mx from t
clickhouse|select n2 + 1 as x, n * 2 as n2 from t
clickhouse|select id, n+1 as n, n*2 as m from t
clickhouse|select id, n*2 as m from t where m > 2 group by id, m having m > 3
clickhouse|select id, x from t array join arr as x
clickhouse|select arrayMap(x -> x + id, arr) as y, arrayFilter((x, i) -> i > 1, arr, arr) as z from t
clickhouse|with x -> x + 1 as f select id, arrayMap(f, arr) from t
clickhouse|with x as (select id from t) select id from x
clickhouse|select id, a.b as c from t array join s as a
duckdb|select id, [x + id for x in arr] as a from t
duckdb|select id, [x + id for x in arr if x > n] as a from t
duckdb|select list_transform(arr, x -> x + id) from t
duckdb|select list_transform(arr, lambda x: x + id) from t
duckdb|select list_reduce(arr, (a, b) -> a + b) from t
duckdb|select #1, id from t
duckdb|from t select id
duckdb|select columns(c -> c like 'i%') from t
duckdb|select id, s.a, s['b'], arr[1], j->>'$.x' from t
duckdb|select unnest(arr) as x, id from t where x > 1
duckdb|select x from t, unnest(arr) as q(x)
duckdb|select x, i from t, unnest(arr) with ordinality as q(x, i)
duckdb|select id, row_number() over w as r from t window w as (order by n) qualify r = 1
duckdb|with recursive r(id, lv) as (select id, 1 from u union all select u.id, lv + 1 from u join r on u.parent = r.id) select id, lv from r
postgres|with recursive r as (select id, parent from u union all select u.id, u.parent from u join r on u.parent = r.id) search depth first by id set ord select id, ord from r order by ord
postgres|with recursive r as (select id, parent from u union all select u.id, u.parent from u join r on u.parent = r.id) cycle id set is_cycle using path select id, is_cycle, path from r
postgres|with recursive r as (select id, parent from u union all select u.id, u.parent from u join r on u.parent = r.id) search breadth first by id set o cycle id set is_c using p select id, o, is_c, p from r
oracle|with r (id, p) as (select id, parent from u union all select u.id, u.parent from u join r on u.parent = r.id) search depth first by id set o cycle id set c to 1 default 0 select id, o, c from r
oracle|select id, max(k) keep (dense_rank last order by d) as m from t group by id
oracle|select id, max(k) keep (dense_rank first order by d nulls last) over (partition by id) as m from t
oracle|select min(k) keep (dense_rank first order by d) as m from t
duckdb|select range, generate_series from range(3), generate_series(1, 3)
duckdb|select r, g from range(3) r, generate_series(1, 3) g
postgres|select id, x.* from t, jsonb_to_record(j) as x(a int, b text)
postgres|select g from generate_series(1, 3) g
postgres|select t.id, e.elem, e.pos from t, jsonb_array_elements(j) with ordinality as e(elem, pos)
postgres|insert into tgt (n, id) select nextval('s'), id from t on conflict (id) do update set n = excluded.n where tgt.n < excluded.n returning id, n
postgres|select (s).a, (j->'x')->>'y' from t
postgres|select id, count(*) filter (where n > 1) from t group by grouping sets ((id), ())
postgres|select * from json_table('[]'::jsonb, '$[*]' columns (id int path '$.id', nm text path '$.n')) as jt
postgres|select jt.id, jt.nm from t, json_table(j, '$[*]' columns (id int path '$.id', nm text path '$.n')) as jt
postgres|select x.a from t cross join lateral (values (t.id), (t.n)) as x(a)
postgres|update tgt set n = t.n from t where t.id = tgt.id returning tgt.*
postgres|select extract(epoch from d), date_part('day', d), position('a' in k), substring(k from 1 for 2), overlay(k placing 'x' from 1), trim(both 'x' from k) from t
postgres|merge into tgt using t on tgt.id = t.id when matched then update set n = t.n when not matched then insert (n, id) values (t.n, t.id)
oracle|insert into tgt (n, id) select seq_x.nextval, t.id from t
oracle|select seq_x.currval from dual
oracle|select level, id, connect_by_root nm as rt, sys_connect_by_path(nm, '/') p, prior nm from u start with parent is null connect by prior id = parent
oracle|select level from dual connect by level <= 10
oracle|select level as lv, x.id from (select id, parent from u) x start with x.parent is null connect by nocycle prior x.id = x.parent
oracle|select rownum rn, q.* from (select id from t order by id) q where rownum < 10
oracle|select id, rowid, ora_rowscn from t
oracle|select * from (select id, k, n from t) pivot (sum(n) for k in ('a' as a, 'b' as b))
oracle|select id, a, b from (select id, k, n from t) pivot (sum(n) for k in ('a' a, 'b' b))
oracle|select jt.x from t, json_table(j, '$[*]' columns (x number path '$.x')) jt
oracle|select * from t match_recognize (partition by k order by d measures first(a.n) as fn, classifier() as cls one row per match pattern (a b+) define b as b.n > prev(b.n))
oracle|select listagg(k, ',') within group (order by id) from t
oracle|select id from t where d > sysdate - interval '1' day and k = user
tsql|insert into tgt (n, id) select next value for raw.seq_x, t.id from t
tsql|select id, [a], [b] from (select id, k, n from t) s pivot (sum(n) for k in ([a], [b])) p
tsql|select p.id, p.[2020], p.[2021] from t s pivot (max(s.n) for s.k in ([2020], [2021])) as p
tsql|with s as (select id, k, n from t) select id, a, b from s pivot (sum(n) for k in (a, b)) p
tsql|select t.id, x.value from t cross apply string_split(t.k, ',') x
tsql|select t.id, x.a from t cross apply (select t.n + 1 as a) x
tsql|select t.id, x.nm from t outer apply openjson(t.j) with (nm nvarchar(10) '$.nm', c int) x
tsql|select t.id, v.w from t cross apply (values (t.n), (t.id)) v(w)
tsql|declare @x int = 3; select id, @x as x from t where n > @x
tsql|update tgt set n = t.n output inserted.n, deleted.n from tgt join t on t.id = tgt.id
tsql|merge tgt as g using t as s on g.id = s.id when matched then update set n = s.n when not matched by source then delete output $action, inserted.id, deleted.id;
tsql|select id, $identity from t
tsql|select id, x.r.value('(a)[1]', 'int') as v from t cross apply j.nodes('/r') as x(r)
tsql|select (select id, n from t for json path) as j
mysql|insert into tgt (id, nm) select id, k from t on duplicate key update nm = values(nm)
mysql|insert into tgt (id, nm) values (1, 'a') as new_row on duplicate key update nm = new_row.nm
mysql|insert into tgt (id, nm) values (1, 'a') as new_row(x, y) on duplicate key update nm = y
mysql|insert into tgt (id, nm) select * from (select id, k from t) as dt on duplicate key update nm = dt.k
mysql|insert into tgt set id = 1, nm = 'x' on duplicate key update n = n + 1
mysql|select @r := @r + 1 as rn, id from t, (select @r := 0) v
mysql|select jt.x from t, json_table(j, '$[*]' columns (x int path '$.x', o for ordinality)) jt
mysql|select id, j->>'$.a' from t
mysql|select id, n + 1 as m from t having m > 2
mysql|update tgt join t on t.id = tgt.id set tgt.n = t.n
mysql|select id, timestampdiff(day, d, now()), date_add(d, interval 1 day) from t
bigquery|select id, day from t cross join unnest(generate_date_array('2024-01-01', '2024-01-03')) as day
bigquery|select id, x, off from t, unnest(arr) as x with offset as off
bigquery|select id, x, offset from t, unnest(arr) as x with offset
bigquery|select id, _change_type from appends(table raw.t, null, null)
bigquery|select * from ml.predict(model ds.m, table t)
bigquery|select * from ml.predict(model ds.m, (select id, n from t))
bigquery|declare x int64 default 3; select id, x from t where n > x
bigquery|from t |> where n > 1 |> aggregate sum(n) as s group by k |> order by s
bigquery|from t |> extend n + 1 as m |> where m > 2 |> select id, m
bigquery|select id, s.a, arr[offset(0)], arr[safe_offset(1)] from t
bigquery|select x.a from t, unnest([s]) as x
bigquery|select id, (select sum(e) from unnest(arr) e) as z from t
bigquery|select as struct id, n from t
bigquery|select array(select as struct id, n from t) as a
bigquery|select id from t for system_time as of timestamp_sub(current_timestamp(), interval 1 hour)
bigquery|select _table_suffix as sfx, id from `p.d.t*`
bigquery|select * from t pivot (sum(n) as s for k in ('a', 'b'))
bigquery|select id, a from (select id, k, n from t) pivot (sum(n) for k in ('a', 'b'))
bigquery|select * from t unpivot (v for c in (n, id))
bigquery|select id, approx_top_count(k, 3)[offset(0)].value, date_diff(d, d, week(monday)), date_trunc(d, isoweek), extract(dayofweek from d) from t group by 1, d
bigquery|with recursive r as (select 1 as lv union all select lv + 1 from r where lv < 3) select lv from r
bigquery|select id, struct(n as x, k as y).x from t
bigquery|select grouping(k), k, sum(n) from t group by rollup(k)
bigquery|select * from gap_fill(table t, ts_column => 'd', bucket_width => interval 1 day)
bigquery|select * from unnest([struct(1 as a, 2 as b)]) as q
bigquery|select q.a, b from unnest([struct(1 as a, 2 as b)]) as q
snowflake|select id, f.value:a::int, f.index, f.key from t, lateral flatten(input => j) f
snowflake|select seq.nextval, id from t
snowflake|select t.id, v.value from t, table(flatten(input => t.j, outer => true)) v
snowflake|select seq4() as n, uniform(1, 10, random()) from table(generator(rowcount => 10))
snowflake|select $1, $2 from @stage/file (file_format => 'x')
snowflake|select t.$1, metadata$filename from @stage t
snowflake|select j:a.b[0].c::string, j['x'] from t
snowflake|select id, n as m, m + 1 as o from t where m > 2 qualify row_number() over (partition by k order by m) = 1
snowflake|select * exclude (n) rename (k as kk) from t
snowflake|select * ilike '%d%' from t
snowflake|select id, level, sys_connect_by_path(nm, '/') from u start with parent is null connect by parent = prior id
snowflake|select * from t match_recognize (partition by k order by d measures first(a.n) as fn, match_number() as mn all rows per match pattern (a b+) define b as n > lag(n))
snowflake|select id, filter(arr, x -> x > n), transform(arr, x int -> x + 1), reduce(arr, 0, (acc, x) -> acc + x) from t
snowflake|select * from t pivot (sum(n) for k in (any order by k))
snowflake|select * from t pivot (sum(n) for k in (select distinct k from t))
snowflake|select * from t at (offset => -60)
snowflake|select v.$1, v.$2 from (values (1, 'a')) v
snowflake|select column1, column2 from values (1, 'a'), (2, 'b')
snowflake|merge into tgt using (select $1 as id, $2 as n from @s) q on tgt.id = q.id when matched then update set n = q.n
snowflake|select object_construct(*) from t
spark|select id, x from t lateral view explode(arr) q as x
spark|select id, pos, x from t lateral view outer posexplode(arr) q as pos, x
spark|select explode(arr) as x, id from t
spark|select posexplode(arr) as (p, x) from t
spark|select transform(arr, x -> x + id), aggregate(arr, 0, (acc, x) -> acc + x), filter(arr, (x, i) -> i > 1) from t
spark|select * from t pivot (sum(n) for k in ('a' as a, 'b' as b))
spark|select * from t unpivot (v for c in (n, id))
spark|select id, x.col from t lateral view stack(2, 'a', n, 'b', id) x as col, v
spark|select inline(array(named_struct('a', 1, 'b', 2))) from t
spark|select id, _metadata.file_path from t
spark|select id, n as m, m + 1 as o from t
databricks|select * from stream t
databricks|select id, e.* from t, lateral explode(arr) e
databricks|select id, _metadata.file_name, _change_type from table_changes('t', 1)
databricks|select * from read_files('/x', format => 'csv')
databricks|select id, n from t |> where n > 1
trino|select t.id, x from t cross join unnest(arr) as q(x)
trino|select t.id, x, o from t cross join unnest(arr) with ordinality as q(x, o)
trino|select json_object('a' : id, 'b' value n) from t
trino|select json_exists(j, 'strict $.x'), json_value(j, 'lax $.x' returning bigint), json_query(j, 'lax $.x' with array wrapper) from t
trino|select transform(arr, x -> x + id), reduce(arr, 0, (s, x) -> s + x, s -> s), any_match(arr, e -> e > 1) from t
trino|select * from t match_recognize (partition by k order by d measures a.n as fn, classifier() as c pattern (a b+) define b as b.n > prev(b.n))
trino|select "$path", id from t
trino|select s.a, arr[1], element_at(arr, 1) from t
trino|select * from table(sequence(start => 1, stop => 3))
trino|select r.sequential_number from table(sequence(1, 3)) r
trino|select id, sum(n) over w from t window w as (partition by k)
redshift|select t.id, x from t, t.arr as x
redshift|select t.id, attr, val from t, unpivot t.j as val at attr
redshift|select id, getdate(), sysdate from t where k = current_user
redshift|select level, id from u start with parent is null connect by prior id = parent
redshift|select id, n as m, m + 1 from t
sqlite|select id, "not a column", rowid, j ->> '$.x' from t
sqlite|insert into tgt (id, n) values (1, 2) on conflict (id) do update set n = excluded.n
sqlite|select id, n from t order by n collate nocase
hive|select id, x from t lateral view explode(arr) q as x
hive|from t insert overwrite table tgt select n, id, k
teradata|select id, n as m, m + 1 as o from t where m > 2 qualify row_number() over (order by m) = 1
exasol|select id, n as m, local.m + 1 from t where local.m > 1
doris|select id, e1 from t lateral view explode(arr) tmp as e1
starrocks|select id, unnest from t, unnest(arr)
postgres|select id, unnest from t, unnest(arr)
duckdb|select id, unnest from t, unnest(arr)
duckdb|summarize t
duckdb|select * from (pivot t on k using sum(n) group by id)
duckdb|select id, "a" from (pivot t on k in ('a', 'b') using sum(n) group by id)
duckdb|select struct_extract(s, 'a'), s.* from t
duckdb|select t, t.id from t
duckdb|select (t).id from t
duckdb|select id: 3, t.n from t
duckdb|select x: n + 1, x * 2 from t
duckdb|select * from t asof join u on t.id = u.id and t.n >= u.parent
duckdb|select id from t where n > getvariable('x')
duckdb|with c as materialized (select id from t) select id from c
duckdb|select * replace (n + 1 as n) from t
duckdb|select arr.list_transform(x -> x + 1) from t
duckdb|select k.upper() from t
duckdb|with recursive r using key (id) as (select id, n from t union select id, n + 1 from r where n < 3) select * from r
"""


@pytest.mark.parametrize("line", VALID.strip().splitlines())
def test_a_valid_statement_has_no_problem(line: str) -> None:
    """Whatever names it makes by itself."""
    dialect, sql = line.split("|", 1)
    assert problems(dialect, sql) == []


NEARLY = """
databricks|select id, window.start as s from t group by id, d|window.start
postgres|create temp table z on commit drop as select id from t; select n from z|n
databricks|select id, sessions.lim from t|sessions.lim
snowflake|select id, session.lim from t|session.lim
spark|from t |> set m = n + 1|m
spark|from t |> drop n |> where n > 1|n
bigquery|from t |> rename n as m |> select id, n|n
bigquery|select id from t match_recognize (partition by id order by d measures first(a.m) as fn pattern (a b+) define a as n = 1)|m
teradata|select id, m * 2 (named o) from t|m
mysql|select id, default(t.m) as n from t|m
clickhouse|alter table t update n = m + 1 where id = 3|m
clickhouse|alter table t update n = 1 where m = 3|m
postgres|comment on column t.gone is 'x'|gone
snowflake|comment on column t.gone is 'x'|gone
postgres|select id, "user" from t|user
tsql|select id, [user] from t|user
clickhouse|select (n as a) + 1 as b, aa * b as c from t|aa
clickhouse|select s.3 from t|s.3
postgres|select nan from t|nan
duckdb|update t set n = q.x from (select id as i, n as x from t) q where t.idd = q.i|idd
sqlite|select n * 2 as m from t where mm > 3|mm
tsql|select k.[rank] from containstable(t, (k, nn), 'x') k|nn
tsql|select k.ranking from containstable(t, k, 'x') k|ranking
snowflake|select id, "Total B" from (select id, k, n from t) pivot (sum(n) for k in ('a' as "Total A"))|"Total B"
mysql|select column_0, column_2 from (values row(1, 2), row(3, 4)) as q|column_2
postgres|insert into tgt (id) values (1) on conflict (id) do update set id = 2 where excluded.m > tgt.n|m
snowflake|select id, meta$x from t|meta$x
snowflake|select t.id, upper(t.k) as up from t join u on upp = u.nm|upp
redshift|select t.id, upper(t.k) as up from t join u on up = u.nm|up
clickhouse|with 60 as sec select id, n * secs as m from t|secs
clickhouse|select id, n * 2 as m from t where mm > 2|mm
clickhouse|with (select max(n) from t) as mx select id, n / my from t|my
duckdb|select id, [x + y for x in arr] as a from t|y
duckdb|select [x for x in arr], x from t|x
duckdb|select list_transform(arr, x -> x + y) from t|y
postgres|with recursive r as (select id, parent from u union all select u.id, u.parent from u join r on u.parent = r.id) search depth first by id set ord select id, orde from r|orde
postgres|insert into tgt (n, id) select n, id from t on conflict (id) do update set n = excluded.k|k
oracle|select levels, id from u connect by prior id = parent|levels
oracle|select level, id from u|
oracle|select t.nextvalue from t|nextvalue
oracle|select * from t match_recognize (partition by k order by d measures first(a.m) as fn pattern (a b+) define b as b.n > 1)|m
tsql|select id, [a], [c] from (select id, k, n from t) s pivot (sum(n) for k in ([a], [b])) p|c
tsql|select id, k, [a] from (select id, k, n from t) s pivot (sum(n) for k in ([a], [b])) p|k
tsql|select id, [a] from (select id, k, n from t) s pivot (sum(m) for k in ([a], [b])) p|m
tsql|select u.id, u.n from t unpivot (v for what in (n)) u|n
mysql|insert into tgt (id, nm) values (1, 'a') as new_row on duplicate key update nm = new_row.k|k
mysql|insert into tgt (id, nm) select id, k from t on duplicate key update m = values(nm)|m
snowflake|select f.val, id from t, lateral flatten(input => j) f|val
bigquery|select id, dax from t cross join unnest(generate_date_array('2024-01-01', '2024-01-03')) as day|
trino|select t.id, y from t cross join unnest(arr) as q(x)|y
spark|select id, y from t lateral view explode(arr) q as x|y
duckdb|select f(nothing) from t|
duckdb|select f(t.nothing) from t|nothing
duckdb|select abs(nothing) from t|nothing
"""


@pytest.mark.parametrize("line", NEARLY.strip().splitlines())
def test_a_name_that_nothing_makes_is_missed(line: str) -> None:
    """Proven by its name, which stands last; where none does, a word or an element's field may be meant."""
    dialect, rest = line.split("|", 1)
    sql, missing = rest.rsplit("|", 1)
    proven = {problem.name for problem in problems(dialect, sql) if problem.proven}
    assert proven == ({missing} if missing else set())
