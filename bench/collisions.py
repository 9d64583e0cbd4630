"""Look for two queries that the canonical form takes for one although DuckDB tells them apart.

    python bench/collisions.py [--queries 4000] [--seed 1] [--instances 40]

Random queries are drawn from a small grammar, dense in what the canonical rules rewrite: conditions under NULLs, joins
that only ask for a match, defaults, CASE, aggregates of groups, set operations and what they are written out as. Queries with one name must give one
bag of rows on every instance. Printed: how many queries share a name with a differently written one, and every
pair that rows tell apart. Exits 1 if there is one.
"""

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Sequence

import duckdb
from instances import Literals, fill, run

from contract_gate.sql.bind import bind_script
from contract_gate.sql.canonical import canonical
from contract_gate.sql.declared import lookup_of, shapes_of
from contract_gate.sql.stack import deep_stack
from contract_gate.sql.statement.definition import define

TABLES = {
    "t": {"a": "INTEGER", "b": "INTEGER", "s": "VARCHAR", "f": "BOOLEAN", "d": "DATE", "ts": "TIMESTAMP"},
    "u": {"a": "INTEGER", "b": "INTEGER", "s": "VARCHAR", "f": "BOOLEAN", "d": "DATE", "ts": "TIMESTAMP"},
}
KNOWN = Literals(words=("x", "y"), numbers=(0, 1, 2))


class Grammar:
    """Draws queries. Everything is small, so that the same meaning is drawn in several spellings."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def _one(self, *choices: str) -> str:
        return self._rng.choice(choices)

    def _number(self, alias: str) -> str:
        column = f"{alias}.{self._one('a', 'b')}"
        return self._one(
            column, column, column, f"coalesce({column}, {self._one('0', '1')})", f"nullif({column}, 1)",
            f"{column} + 1", f"case when {column} = 1 then null else {column} end",
        )  # fmt: skip

    def condition(self, alias: str, depth: int = 0) -> str:
        """Draw a condition on one row of the table that goes by the alias."""
        number, column = self._number(alias), f"{alias}.{self._one('a', 'b')}"
        literal = self._one("0", "1", "2")
        inner = f"{alias}.f" if depth > 1 else self.condition(alias, depth + 1)
        other = f"{column} = 1" if depth > 1 else self.condition(alias, depth + 1)
        day = self._one("2024-01-01", "2024-01-02", "2024-02-01")
        return self._one(
            f"{number} {self._one('=', '<>', '<', '<=', '>', '>=')} {literal}",
            f"{number} {self._one('=', '<>', '<', '<=', '>', '>=')} {literal}",
            f"{column} is {self._one('', 'not ')}null",
            f"{number} is {self._one('', 'not ')}null",
            f"{column} {self._one('', 'not ')}in ({self._one('1', '1, 2', '1, null', '0, 1')})",
            f"{column} is {self._one('', 'not ')}distinct from {self._one('1', f'{alias}.b', 'null')}",
            f"{column} {self._one('', 'not ')}between 0 and {literal}",
            f"not ({inner})", f"({inner} and {other})", f"({inner} or {other})",
            f"({inner}) is {self._one('', 'not ')}{self._one('true', 'false')}",
            f"{alias}.f", f"not {alias}.f", f"{alias}.f = {self._one('true', 'false')}",
            f"coalesce({inner}, {self._one('true', 'false')})",
            f"case when {inner} then {self._one('true', 'false', 'null', other)} else {self._one('true', 'false', 'null')} end",
            f"({alias}.a = {alias}.b or ({alias}.a is null and {alias}.b is null))",
            f"coalesce({alias}.s, '{self._one('', 'x')}') {self._one('=', '<>')} 'x'",
            f"{alias}.s {self._one('like', 'ilike')} '{self._one('x', 'x%', '%x%')}'",
            f"starts_with({alias}.s, 'x')",
            f"{alias}.d {self._one('=', '<', '>=')} {self._one('', 'date ')}'{day}'",
            f"{alias}.ts {self._one('=', '<', '>=')} {self._one('', 'date ', 'timestamp ')}'{day}'",
            f"{alias}.ts::date {self._one('=', '<', '>=', '<=', '>', '<>')} date '{day}'",
        )  # fmt: skip

    def _decided(self) -> str:
        """Draw a condition that is a filter, a column or what CASE asks, of parts that overlap."""
        one, other, third = (self._overlapping() for _ in range(3))
        both = self._one(
            f"({one}) and ({other})", f"({one}) or ({other})", f"({one}) or (({other}) and ({third}))", one
        )
        results = self._one("'x', 'y', 'z'", "t.s, 'y', null", "null, t.s, 'z'", "'x', 'x', 'y'").split(", ")
        case = f"case when {one} then {results[0]} when {other} then {results[1]} else {results[2]} end"
        return self._one(
            f"select t.a, t.b from t where {both}", f"select t.a, t.b from t where not ({both})", f"select {both} as v from t",
            f"select {case} as v from t", f"select t.a, t.b from t where {case} {self._one('=', '<>')} 'y'",
            f"select t.a, t.b from t where {case} in ('x', 'y')", f"select t.a, t.b from t where {case} is null",
            f"select t.a, count(case when {both} then 1 end) as v from t group by t.a",
            f"select coalesce({self._one('t.s', case)}, nullif(t.s, 'x'), 'y') as v from t",
        )  # fmt: skip

    def _overlapping(self) -> str:
        """Draw one of few tests of few columns: so they meet."""
        sign = self._one("=", "<>", "<", "<=", ">", ">=")
        return self._one(
            f"t.a {sign} {self._one('0', '1', '2')}", f"t.a {sign} {self._one('0', '1', '2')}", f"t.a {sign} t.b",
            f"t.a {self._one('in', 'not in')} ({self._one('1', '1, 2', '0, 1, 2')})", "t.a between 0 and 1",
            f"t.a is {self._one('', 'not ')}null", f"t.s is {self._one('', 'not ')}null", "t.f", "not t.f", "t.f is null",
            f"t.s {self._one('=', '<>')} '{self._one('x', 'y')}'", f"coalesce(t.s, '{self._one('x', 'y')}') = 'x'",
            f"nullif(t.s, '{self._one('x', 'y')}') is null", f"t.d {sign} '{self._one('2024-01-01', '2024-01-02')}'",
        )  # fmt: skip

    def _regrouped(self) -> str:
        """Draw windows and groups over the same keys, groups of groups, and joins under what counts no row twice."""
        keys = self._one("t.a", "t.a", "t.a, t.b", "t.b")
        last = self._one("t.a", "t.b", keys)
        value = self._one("sum", "max", "min", "count")
        rank = self._one("row_number()", "rank()", "dense_rank()")
        order = "t.a, t.b, t.s, t.f, t.d, t.ts"
        where = self._one("", "", " where t.a = 1", " where t.a is not null", " where t.b > 0")
        late = self._one("a = 1", "b > 0", "a is not null", "n = 1", "n > 0", "n <= 2 and a = 1")
        frame = self._one("", "rows between unbounded preceding and current row", "rows between unbounded preceding and unbounded following", "rows between 1 preceding and current row")  # fmt: skip
        outer = self._one("sum", "max", "min", value)
        join = self._one("join u on u.a = t.a", "join u on u.a = t.a and u.b = 1", "join u on u.b = t.b")
        tested = self._one(
            "t.b = 1", "t.b > 1", "t.b <= 1", "t.b is null", "t.b <= 1 or t.b is null", "1 = 0", "'x' = 'y'"
        )
        every = self._one("all ", "all ", "")
        return self._one(
            f"select distinct {keys}, {value}(t.ts) over (partition by {last}) as v from t{where}",
            f"select {keys}, {value}(t.ts) as v from t{where} group by {last}, {keys}",
            f"select {last} from t{where} qualify row_number() over (partition by {keys} order by {order}) = 1",
            f"select distinct {last} from t{where}", f"select {last} from t{where} group by {keys}",
            f"select a, b from (select t.*, {rank} over (partition by {keys} order by {order}) as n from t{where}) where {late}",
            f"select a, b from (select t.*, count(*) over (partition by {keys}) as n from t{where}) where {late}",
            f"select t.a, first_value(t.b) over (partition by t.a order by {order} {frame}) as v from t",
            f"select a, {outer}(v) as v from (select t.a, {self._one('t.b', 't.s')}, {value}(t.b) as v from t{where} group by 1, 2) group by a",
            f"select t.a, {outer}(t.b) as v from t{where} group by t.a{self._one('', ' having count(*) > 0', ' having count(t.b) > 0')}",
            f"select distinct t.a from t {join}{where}", f"select t.a, {self._one('count(distinct t.b)', 'max(t.b)', 'count(t.b)')} as v from t {join}{where} group by t.a",
            f"select t.a, {self._one('count(distinct t.b)', 'max(t.b)', 'count(t.b)')} as v from t where t.a in (select u.a from u) group by t.a",
            f"select t.a, coalesce(t.b, 0) as v from t{where}", f"select t.a, t.b as v from t{where}",
            f"select t.a, t.b from t where t.b > 1 union {every}select t.a, t.b from t where {tested}",
            f"select t.a, t.b from t where t.b = 1 union {every}select u.a, u.b from u where {tested.replace('t.b', 'u.b')}",
            f"select t.a, t.b from t where t.a in (select u.a from u union {every}select u.b from u where {tested.replace('t.b', 'u.b')})",
            f"select t.a, t.b from t where t.a in (select u.a from u) or t.a in (select u.b from u where {tested.replace('t.b', 'u.b')})",
            f"select t.a from t where date_trunc('{self._one('day', 'month', 'year')}', t.{self._one('d', 'ts')}) {self._one('=', '<', '>=', '<>')} '2024-0{self._one('1', '2')}-01'",
            f"select t.a from t where t.{self._one('d', 'ts')} >= '2024-01-01' and t.{self._one('d', 'ts')} {self._one('<', '<=')} '2024-0{self._one('1-31', '2-01', '1-02')}'",
        )  # fmt: skip

    def _match(self, left: str, right: str) -> str:
        equal = f"{right}.a = {left}.a"
        return self._one(
            equal, equal, f"{equal} and {self.condition(right, 1)}", f"{equal} and {right}.b = {left}.b"
        )

    def _asked(self) -> str:
        """Draw a query of t by what u has: semi and anti joins."""
        right = self._one("u", "u", "(select distinct a from u)", "(select distinct a, b from u)")
        right = self._one(
            right, "(select a from u group by a)", f"(select * from u q where {self.condition('q', 1)})"
        )
        tie = "r.a = t.a"
        if right == "u":
            tie = self._match("t", "r")
        where = self._one("true", "true", self.condition("t", 1))
        return self._one(
            f"select t.a, t.b from t where {where} and {self._one('', 'not ')}exists (select 1 from {right} r where {tie})",
            f"select t.a, t.b from t where {where} and t.a {self._one('', 'not ')}in (select r.a from {right} r)",
            f"select t.a, t.b from t where {where} and t.a is not null and t.a not in (select r.a from {right} r where r.a is not null)",
            f"select t.a, t.b from t left join {right} r on {tie} where {where} and r.a is {self._one('', 'not ')}null",
            f"select t.a, t.b from t join {right} r on {tie} where {where}",
            f"select t.a, t.b from t {self._one('semi', 'anti')} join {right} r on {tie} where {where}",
            f"select t.a, t.b from t where {where} and (select count(*) from {right} r where {tie}) {self._one('> 0', '= 0', '>= 1', '< 1')}",
        )  # fmt: skip

    def _joined(self) -> str:
        join = self._one("join", "left join", "right join", "full join")
        shape = self._one(
            f"t {join} u on {self._match('t', 'u')}", f"u {join} t on {self._match('t', 'u')}",
            f"t {join} u on {self._match('t', 'u')} {self._one('left', 'right', 'full', '')} join u w on {self._one('w.a = u.a', 'w.b = t.b', 'w.b = u.b')}",
            f"t left join lateral (select {self._one('max(q.b)', 'count(*)', 'count(q.b)')} as b, 1 as a from u q where q.a = t.a) u on true",
            "t left join (select a, max(b) as b from u group by a) u on u.a = t.a",
            "t left join (select a, count(b) as b from u group by a) u on u.a = t.a",
        )  # fmt: skip
        where = " and ".join(self.condition(self._one("t", "u"), 1) for _ in range(self._rng.randrange(3)))
        plain = "w on" in shape or "lateral" in shape or "group" in shape
        where = (
            f" where {self._one('t.a = 1', 'u.b > 0', 'u.b is null', 't.a is not null')}"
            if plain
            else f" where {where}"
            if where
            else ""
        )
        return f"select t.a, {self._one('u.b', 'u.b', 'coalesce(u.b, 0) as b', 't.b')} from {shape}{where}"

    def _scalar(self) -> str:
        value = self._one("max(u.b)", "count(*)", "count(u.b)", "coalesce(max(u.b), 0)", "sum(u.b)")
        return self._one(
            f"select t.a, (select {value} from u where u.a = t.a) as v from t",
            f"select t.a, (select {value} from u) as v from t",
            f"select t.a, q.v from t, lateral (select {value} as v from u where u.a = t.a) q",
            f"select t.a, q.v from t left join (select u.a, {value} as v from u group by u.a) q on q.a = t.a",
            f"select t.a, coalesce(q.v, 0) as v from t left join (select u.a, {value} as v from u group by u.a) q on q.a = t.a",
            f"select t.a, m.v from t cross join (select {value} as v from u) m",
            f"select t.a, 1 as v from t where t.b = (select {value} from u where u.a = t.a)",
            f"select t.a, 1 as v from t join (select u.a, {value} as v from u group by u.a) q on q.a = t.a where t.b = q.v",
        )  # fmt: skip

    def _grouped(self) -> str:
        condition = self.condition("t", 1)
        value = self._one(
            f"count(*) filter (where {condition})", f"count(case when {condition} then 1 end)", "count(t.b)", "count(*)",
            "count(*) filter (where t.b is not null)", f"sum(t.b) filter (where {condition})",
            f"sum(case when {condition} then t.b end)", "max(t.a)", "any_value(t.a)", "min(t.b)", "count(distinct t.b)",
            f"string_agg(t.s, ',' order by t.s) filter (where {condition})",
            f"string_agg(case when {condition} then t.s end, ',' order by t.s)",
        )  # fmt: skip
        where = f" where {self.condition('t', 1)}" if self._rng.random() < 0.4 else ""
        having = f" having {self._one('count(*) > 1', 't.a > 0', 't.a is not null', 'max(t.b) = 1')}"
        having = having if self._rng.random() < 0.4 else ""
        return self._one(
            f"select t.a, {value} as v from t{where} group by t.a{having}",
            f"select {value} as v from t{where}",
            f"select t.a, t.a + 1 as k, count(*) as v from t{where} group by t.a{self._one('', ', t.a + 1')}",
        )

    def _ranked(self) -> str:
        order = self._one("t.b, t.s, t.f, t.d, t.ts", "t.b desc, t.s, t.f, t.d, t.ts")
        rank = self._one("row_number()", "rank()", "dense_rank()")
        return self._one(
            f"select distinct on (t.a) t.a, t.b from t order by t.a, {order}",
            f"select t.a, t.b from t qualify {rank} over (partition by t.a order by {order}) {self._one('= 1', '<= 1', '< 2')}",
            f"select a, b from (select t.*, {rank} over (partition by t.a order by {order}) as n from t) where n = 1",
            f"select t.a, t.b from t order by t.a, {order} limit {self._one('1', '2')}",
            f"select a, b from (select t.*, row_number() over (order by t.a, {order}) as n from t) where n {self._one('= 1', '<= 2', '< 2')}",
        )  # fmt: skip

    def _equal(self) -> str:
        """Draw a join whose columns equal each other, read from either side."""
        key = self._one("a", "s", "d", "b")
        one, other = self._one("t", "u"), self._one("t", "u", "w")
        middle = self._one("t", "u")
        right = self._one("u", "u", "(select a, s, d, max(b) as b from u group by a, s, d)")
        ties = self._one(
            f"{other}.{key} = {middle}.{key}", f"{other}.{key} = {middle}.{key} and w.b = t.b",
            f"{other}.{key} = {middle}.{key} or w.a = 1", "w.a = u.b", "w.a = t.a and w.a = u.a",
        )  # fmt: skip
        third = self._one("", "", f" {self._one('join', 'left join')} t w on {ties.replace('w.w.', 'w.')}")
        if not third:
            other = one
        where = self._one(
            "", f" where {self.condition(one, 1)}", f" where {one}.{key} is not null", f" where {one}.a = 1"
        )
        shape = f"t {self._one('join', 'join', 'left join')} {right} u on t.{key} = u.{key}{third}{where}"
        return self._one(
            f"select t.f, {one}.{key} as k, u.b from {shape}", f"select {other}.{key} as k, count(*) as v from {shape} group by {other}.{key}",
            f"select {one}.{key} as k, count({other}.{key}) as v from {shape} group by 1",
            f"select t.b, (select max(q.b) from u q where q.a = {one}.a) as v from {shape}",
        )  # fmt: skip

    def _once(self) -> str:
        """Draw an aggregate of distinct values, or over distinct rows."""
        where = self._one("", "", " where t.b is not null", " where t.b > 0")
        value = self._one(
            "count(b)", "count(*)", "sum(b)", "count(distinct b)", "max(b)", "count(b) + max(b)", "count(a)"
        )
        full = self._one(
            "count(distinct t.b)", "sum(distinct t.b)", "count(t.b)", "count(*)", "max(t.b)", "sum(t.b)"
        )
        having = self._one("", "", " having count(b) > 1", " having max(b) = 1")
        return self._one(
            f"select {value} as v from (select distinct t.b{self._one('', ', t.a', ', t.b as a')} from t{where})".replace("count(a)", "count(b)"),
            f"select a, {value} as v from (select distinct t.a, t.b{self._one('', '', ', t.s')} from t{where}) group by a{having}",
            f"select a, {value} as v from (select t.a, t.b from t{where} group by t.a, t.b) group by a{having}",
            f"select {full} as v from t{where}", f"select t.a, {full} as v from t{where} group by t.a",
            f"select t.a, {full} as v from t{where} group by t.a{having.replace('(b)', '(distinct t.b)')}",
        )  # fmt: skip

    def _single(self) -> str:
        """Draw a query that reads the one row of another."""
        value = self._one("max(u.b)", "count(*)", "sum(u.b)", "avg(u.b)")
        where = self._one("", " where u.a = 1", " where u.f")
        tail = self._one("", "", "", " group by u.a", " having count(*) > 1")
        one, sign = f"select {value} as m from u{where}{tail}", self._one(">", "=", "<")
        join = self._one("cross join", "left join", "inner join")
        on = "" if join == "cross join" else self._one(" on true", " on t.a = q.m")
        return self._one(
            f"select t.a, q.m as v from t {join} ({one}) q{on}", f"select t.a, ({one} limit 1) as v from t",
            f"select t.a, ({one}) as v from t", f"select t.a, t.b as v from t {join} ({one}) q{on} where t.b {sign} q.m",
            f"select t.a, t.b as v from t where t.b {sign} ({one})", f"select t.a, t.b as v from t {join} ({one}) q{on}",
            f"with q as ({one}) select t.a, t.b as v from t where t.b {sign} (select m from q)",
        )  # fmt: skip

    def _set(self) -> str:
        sides = [
            f"select t.a, t.b from t where {self._one('t.a = 1', 't.a = 2', 't.a in (1, 2)', self.condition('t', 1))}"
            for _ in range(2)
        ]
        return self._one(
            f"{sides[0]} {self._one('union', 'union all', 'intersect', 'except')} {sides[1]}",
            f"select distinct t.a, t.b from t where {self._one('t.a in (1, 2)', 't.a = 1')}",
            f"select t.a, t.b from t where {self._one('t.a in (1, 2)', 't.a = 1')}",
        )

    def _written_out(self) -> str:
        """Draw a set operation, grouping sets or an order of NULLs, or what they are written out as."""
        tie = self._one("r.a is not distinct from t.a", "r.a = t.a", "r.a is not distinct from t.b")
        both = self._one("", " and r.b is not distinct from t.b")
        where, inner = (
            self._one("", "", f" where {q}.a is not null", f" where {q}.a > 0") for q in ("t", "r")
        )
        asked = f"{self._one('', 'not ')}exists (select 1 from u r{inner or ' where true'} and {tie}{both})"
        columns = self._one("t.a", "t.a, t.b")
        right = columns.replace("t.", "r.")
        value = self._one("count(*)", "sum(t.b)", "max(t.b)", "count(t.b)", "coalesce(sum(t.b), 0)")
        having = self._one("", "", " having count(*) > 1", " having t.a > 0", " having max(t.b) = 1")
        flag = self._one(
            "t.a is null, ",
            "t.a is null desc, ",
            "case when t.a is null then 1 else 0 end, ",
            "t.a is not null, ",
            "",
        )
        order = f"{flag}t.a{self._one('', ' desc')}{self._one('', ' nulls first', ' nulls last')}, t.b, t.s, t.f, t.d, t.ts"
        return self._one(
            f"select {columns} from t{where} {self._one('except', 'intersect', 'except all')} select {right} from u r{inner}",
            f"select distinct {columns} from t{where or ' where true'} and {asked}",
            f"select {columns} from t{where or ' where true'} and {asked} group by {columns}",
            f"select distinct t.a from t{where or ' where true'} and t.a {self._one('', 'not ')}in (select r.a from u r{inner})",
            f"select t.a, {value} as v from t{where} group by {self._one('rollup (t.a)', 'grouping sets ((t.a), ())', 't.a', 'cube (t.a)')}{having}",
            f"select t.a, {value} as v from t{where} group by t.a{having} union all select null, {value} from t{where}{having.replace('t.a > 0', 'null > 0')}",
            f"select t.a, t.s, {value} as v from t group by {self._one('grouping sets ((t.a), (t.s))', 'rollup (t.a, t.s)', 't.a, rollup (t.s)')}",
            f"select t.a, null as s, {value} as v from t group by t.a union all select null, t.s, {value} from t group by t.s",
            f"select t.a, t.s, {value} as v from t group by t.a, t.s union all select t.a, null, {value} from t group by t.a{self._one('', f' union all select null, null, {value} from t')}",
            f"select t.a, t.b from t order by {order} limit {self._one('1', '2')}",
            f"select t.a, row_number() over (order by {order}) as v from t",
            f"select t.a, t.b from t where (t.a, t.b) in ((1, 2), (2, {self._one('1', '2')}))",
            f"select t.a, t.b from t where (t.a = 1 and t.b = 2) or (t.a = 2 and t.b = {self._one('1', '2')})",
        )  # fmt: skip

    def query(self) -> str:
        """Draw a query."""
        drawn = (
            lambda: f"select t.a, t.b from t where {self.condition('t')}",
            lambda: f"select t.a, {self.condition('t')} as v from t",
            lambda: f"select t.a, {self._number('t')} {self._one('+', '*', '-')} {self._number('t')} as v from t",
            self._asked, self._asked, self._joined, self._joined, self._scalar, self._grouped, self._ranked, self._set,
            self._equal, self._equal, self._once, self._single, self._written_out, self._written_out,
            self._decided, self._decided, self._decided, self._regrouped, self._regrouped, self._regrouped,
        )  # fmt: skip
        return self._rng.choice(drawn)()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--queries", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--instances", type=int, default=40, help="random data sets")
    options = parser.parse_args()
    grammar = Grammar(options.seed)
    queries = sorted({grammar.query() for _ in range(options.queries)})
    alike = deep_stack(lambda: _by_name(queries))
    shared = [group for group in alike if len(group) > 1]
    print(f"{len(queries)} queries, {sum(map(len, shared))} share one of {len(shared)} names")
    false = _told_apart(shared, options.instances)
    for one, other in false:
        print(f"FALSE\n  {one}\n  {other}")
    print(f"{len(false)} pairs are told apart by rows")
    return int(bool(false))


def _by_name(queries: Sequence[str]) -> list[list[str]]:
    lookup = lookup_of(shapes_of(TABLES, "duckdb"))
    found: dict[object, list[str]] = defaultdict(list)
    for query in queries:
        definition = define(bind_script(query, "duckdb", lookup))
        if definition is None or definition.query is None or definition.problems:
            continue
        form = canonical(definition.query, "duckdb").settled()
        names = tuple(output.name for output in form.outputs)
        for other in (form.equated(), form.longhand()):
            name = (other.digest().whole, names)
            if query not in found[name]:
                found[name].append(query)
    return list(found.values())


def _told_apart(groups: Sequence[list[str]], instances: int) -> list[tuple[str, str]]:
    """Give a pair of each group in which the rows differ; a query that DuckDB refuses says nothing."""
    connection = duckdb.connect(config={"threads": "1"})
    found: dict[int, tuple[str, str]] = {}
    for seed in range(instances):
        fill(connection, TABLES, seed, KNOWN)
        for index, group in enumerate(groups):
            if index in found:
                continue
            outcomes = [(query, run(connection, query)) for query in group]
            ran = [(query, outcome) for query, outcome in outcomes if not outcome.error]
            odd = [query for query, outcome in ran if outcome.bag() != ran[0][1].bag()]
            if odd:
                found[index] = (ran[0][0], odd[0])
    return list(found.values())


if __name__ == "__main__":
    sys.exit(main())
