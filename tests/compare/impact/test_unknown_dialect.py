"""Where nobody says which dialect it is: what is right in one of them is not told as broken, and what is lost still is."""

import pytest

from contract_gate.compare.changes.change import Certainty
from contract_gate.compare.impact import Effect
from tests.comparing import assessed

MODEL = {"m.sql": "create view m as select 1 as a, 2 as day, 'x' as b, 4 as \"A b\";\n"}


def view(query: str) -> dict[str, str]:
    return {"n.sql": f"create view n as {query};\n"}


@pytest.mark.parametrize(
    "query",
    [
        'select concat(b, "x") as c from m',
        "select array_to_string([b, 'x'], \"\") as c from m",
        'select case when b = "x" then "y" else "" end as c from m where b not in ("k", "l")',
        "select datediff(hour, a, a) as c from m",
        "select date_trunc(a, month) as c from m",
        "select date_trunc(a, week(monday)) as c from m",
        "select $1 as c from m",
    ],
)
def test_what_may_be_right_is_not_told_as_broken(query: str) -> None:
    """A text in double quotes, a part of a date and a column by its number are no columns that are missing."""
    found = assessed({**MODEL, **view("select a as c from m")}, {**MODEL, **view(query)}, "")
    assert not [each for each in found.impacts if each.effect is Effect.BREAKS]


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ('select "A b" as c from m', "select 1 as a, 2 as day, 'x' as b"),
        ("select datediff(day, a, a) as c from m", "select 1 as a, 'x' as b"),
    ],
)
def test_such_a_word_that_was_a_column_is_lost(query: str, left: str) -> None:
    """Near-miss: the column of that name was there, and goes."""
    head = {"m.sql": f"create view m as {left};\n"}
    found = assessed({**MODEL, **view(query)}, {**head, **view(query)}, "")
    assert [each.consumer.path for each in found.impacts if each.effect is Effect.BREAKS] == ["n.sql"]


@pytest.mark.parametrize(
    "query",
    ["select sum(amount) as c from m", "select round(hours_) as c from m", 'select m."x" as c from m'],
)
def test_any_other_name_is_missing(query: str) -> None:
    """Near-miss: what can only be a column has to be one."""
    found = assessed({**MODEL, **view("select a as c from m")}, {**MODEL, **view(query)}, "")
    assert [(each.effect, each.certainty) for each in found.impacts] == [(Effect.BREAKS, Certainty.PROVEN)]


@pytest.mark.parametrize("word", ["x", ""])
@pytest.mark.parametrize("dialect", ["postgres", "snowflake", "duckdb"])
def test_a_known_dialect_is_believed(dialect: str, word: str) -> None:
    """Near-miss: in these a word in double quotes is a column, and one without characters is refused."""
    query = f'select concat(b, "{word}") as c from m'
    found = assessed({**MODEL, **view("select a as c from m")}, {**MODEL, **view(query)}, dialect)
    assert [(each.effect, each.certainty) for each in found.impacts] == [(Effect.BREAKS, Certainty.PROVEN)]
