"""Strategies: queries over two small tables, and edits of them, as hypothesis draws and shrinks them."""

from hypothesis import strategies as st

SCHEMA = {
    "t": {"a": "INT", "b": "INT", "s": "VARCHAR", "f": "BOOLEAN"},
    "u": {"a": "INT", "b": "INT", "s": "VARCHAR", "f": "BOOLEAN"},
}
_NUMBERS = ("a", "b")
_LITERALS = ("0", "1", "2", "null")


def _one(*choices: str) -> st.SearchStrategy[str]:
    return st.sampled_from(choices)


@st.composite
def numbers(draw: st.DrawFn, alias: str, depth: int = 2) -> str:
    """Draw an expression of a number over one row of the table that goes by the alias."""
    column = f"{alias}.{draw(st.sampled_from(_NUMBERS))}"
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from((column, column, *_LITERALS)))
    one, other = draw(numbers(alias, depth - 1)), draw(numbers(alias, depth - 1))
    test = draw(conditions(alias, depth - 1))
    return draw(
        _one(
            f"({one} + {other})",
            f"({one} - {other})",
            f"({one} * {other})",
            f"coalesce({one}, {other})",
            f"nullif({one}, {other})",
            f"abs({one})",
            f"case when {test} then {one} else {other} end",
            f"cast({one} as int)",
        )
    )


@st.composite
def conditions(draw: st.DrawFn, alias: str, depth: int = 2) -> str:
    """Draw a condition on one row."""
    one, other = draw(numbers(alias, 0)), draw(numbers(alias, max(0, depth - 1)))
    if depth == 0 or draw(st.booleans()):
        sign = draw(_one("=", "<>", "<", "<=", ">", ">="))
        return draw(
            _one(
                f"{one} {sign} {other}",
                f"{one} is null",
                f"{one} is not null",
                f"{one} in (0, 1)",
                f"{alias}.f",
                f"{one} between 0 and {other}",
                f"{alias}.s like 'x%'",
                f"{one} is distinct from {other}",
            )
        )
    left, right = draw(conditions(alias, depth - 1)), draw(conditions(alias, depth - 1))
    return draw(_one(f"({left} and {right})", f"({left} or {right})", f"not ({left})"))


@st.composite
def selects(draw: st.DrawFn) -> str:
    """Draw one SELECT, by a source, a filter and perhaps groups."""
    source = draw(
        _one(
            "t x",
            "u x",
            "t x join u y on x.a = y.a",
            "t x left join u y on x.a = y.a and y.b > 0",
            "(select * from t where b is not null) x",
            "(select distinct a, b, s, f from u) x",
        )
    )
    where = f" where {draw(conditions('x'))}" if draw(st.booleans()) else ""
    if draw(st.integers(0, 3)) == 0:
        value = draw(_one("count(*)", "sum(x.b)", "max(x.b)", "count(distinct x.b)"))
        having = " having count(*) > 1" if draw(st.booleans()) else ""
        return f"select x.a as k, {value} as v from {source}{where} group by x.a{having}"
    distinct = "distinct " if draw(st.integers(0, 4)) == 0 else ""
    return f"select {distinct}x.a as k, {draw(numbers('x'))} as v from {source}{where}"


@st.composite
def queries(draw: st.DrawFn) -> str:
    """Draw a query: one SELECT, two put together, or one that reads another through a CTE."""
    one = draw(selects())
    shape = draw(st.integers(0, 5))
    if shape == 0:
        return f"{one} {draw(_one('union all', 'union', 'except', 'intersect'))} {draw(selects())}"
    if shape == 1:
        return f"with c as ({one}) select k, v from c where k {draw(_one('> 0', 'is not null', '= 1'))}"
    return one
