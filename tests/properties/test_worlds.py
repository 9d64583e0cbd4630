"""Laws of the whole comparison: what a file is called, and the order that files and statements stand in, decide nothing."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from contract_gate.compare.impact.assess import Assessment
from tests.comparing import assessed
from tests.properties.queries import queries

TABLES = tuple(f"create table {name} (a int, b int, s varchar, f boolean);" for name in ("t", "u"))
NAMES = ("one", "two", "three", "four")
SHAPES = (
    "select k, v from {0}",
    "select 1 as k, v from {0} where k > 0",
    "select count(*) as k, max(v) as v from {0}",
    "select x.k, t.b as v from {0} x join t on t.a = x.k",
    "select * from {0}",
)


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Draw the statements of a small repository and of a change of its lowest view; the others read it and each other."""
    views = []
    for index in range(1, len(NAMES)):
        shape, below = draw(st.sampled_from(SHAPES)), draw(st.sampled_from(NAMES[:index]))
        views.append(f"create view {NAMES[index]} as {shape.format(below)};")
    before, after = draw(queries()), draw(st.one_of(queries(), st.just("select a as k from t")))
    base, head = ([*TABLES, f"create view one as {lowest};", *views] for lowest in (before, after))
    return base, head


def told(found: Assessment) -> Counter[tuple[object, ...]]:
    """Name what was found without the places that it was found in."""
    changes = Counter(("change", c.kind, str(c.relation), c.column, c.certainty) for c in found.changes)
    return changes + Counter(
        ("impact", i.consumer.name, i.effect, i.certainty, i.column) for i in found.impacts
    )


def filed(statements: list[str], names: list[str]) -> dict[str, str]:
    return dict(zip(names, statements, strict=True))


@given(changes(), st.permutations([f"{letter}.sql" for letter in "abcdef"]))
def test_names_of_files_decide_nothing(change: tuple[list[str], list[str]], names: list[str]) -> None:
    """The same statements in files of other names are the same change, and reach the same readers."""
    plain = [f"{letter}.sql" for letter in "abcdef"]
    base, head = change
    assert told(assessed(filed(base, plain), filed(head, plain), "duckdb")) == told(
        assessed(filed(base, names), filed(head, names), "duckdb")
    )


@given(changes())
def test_one_file_or_many(change: tuple[list[str], list[str]]) -> None:
    """Statements that stand in one file are the same change as in a file each."""
    base, head = change
    many = [f"{letter}.sql" for letter in "abcdef"]
    assert told(assessed(filed(base, many), filed(head, many), "duckdb")) == told(
        assessed({"all.sql": "\n".join(base)}, {"all.sql": "\n".join(head)}, "duckdb")
    )


@given(changes())
def test_an_unchanged_repository_has_no_change(change: tuple[list[str], list[str]]) -> None:
    """Files that are touched and say the same are no change."""
    base = filed(change[0], [f"{letter}.sql" for letter in "abcdef"])
    found = assessed(
        base, {path: text.replace("\n", " ") + "\n-- again\n" for path, text in base.items()}, "duckdb"
    )
    assert not found.changes
    assert not found.impacts
