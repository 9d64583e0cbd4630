"""One rename is one fact: whoever was mended to a new name reads what it read, wherever the two meet."""

import re
from collections.abc import Mapping

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment

STG = "create view stg as select id, amount as amt, region as reg from raw.orders;"
RD = "create view rd as select id, amt, reg from stg;"


def renamed(text: str, **names: str) -> str:
    for old, new in names.items():
        text = re.sub(rf"\b{old}\b", new, text)
    return text


def told(found: Assessment) -> list[tuple[Kind, str, str | None, str | None]]:
    return sorted((c.kind, str(c.relation), c.before, c.after) for c in found.changes)


def renames(*relations: str, before: str = "amt", after: str = "net") -> list[tuple[Kind, str, str, str]]:
    return [(Kind.COLUMN_RENAMED, relation, before, after) for relation in relations]


def broken(found: Assessment) -> set[str]:
    return {impact.consumer.name for impact in found.impacts if impact.effect is Effect.BREAKS}


@pytest.mark.parametrize(
    ("reader", "below"),
    [
        ("create view rd as select id, amt, reg from stg;", "create view top as select amt from rd;"),
        ("create view rd as select * from stg;", "create view top as select amt from rd;"),
        ("create view rd as select s.* from stg s;", "create view top as select amt from rd where amt > 3;"),
    ],
)
def test_a_rename_that_all_readers_follow_is_a_rename_in_each(assess, reader: str, below: str) -> None:
    """A column is known again in what reads it, through a star as well."""
    base = {"stg.sql": STG, "rd.sql": reader, "top.sql": below}
    found = assess(base, {path: renamed(text, amt="net") for path, text in base.items()})
    assert told(found) == renames("rd", "stg", "top")
    assert not broken(found)


@pytest.mark.parametrize("reader", ["select id, amt, reg from stg", "select * from stg"])
def test_a_reader_that_was_forgotten_breaks(assess, reader: str) -> None:
    """What the others follow is gone for the one that still asks for the old name."""
    base = {"stg.sql": STG, "rd.sql": f"create view rd as {reader};"}
    head = {path: renamed(text, amt="net") for path, text in base.items()}
    old = {"late.sql": "create view late as select amt from rd;"}
    found = assess({**base, **old}, {**head, **old})
    assert told(found) == renames("rd", "stg")
    assert broken(found) == {"late"}


def test_two_renames_are_two_facts(assess) -> None:
    """Each column is known again by its own value."""
    base = {"stg.sql": STG, "rd.sql": RD}
    found = assess(base, {path: renamed(text, amt="net", reg="area") for path, text in base.items()})
    two = [*renames("rd", "stg"), *renames("rd", "stg", before="reg", after="area")]
    assert told(found) == sorted(two)


def test_names_that_two_columns_exchange_are_no_renames(assess) -> None:
    """Who reads on by the old names gets other values; who exchanges them as well gets what it got."""
    base = {"stg.sql": STG, "rd.sql": RD, "old.sql": "create view old as select amt from stg;"}
    stg = "create view stg as select id, amount as reg, region as amt from raw.orders;"
    head = {**base, "stg.sql": stg, "rd.sql": "create view rd as select id, reg as amt, amt as reg from stg;"}
    kinds = {(c.kind, str(c.relation), c.column) for c in assess(base, head).changes}
    assert kinds == {
        (Kind.COLUMN_REORDERED, "stg", "reg"),
        (Kind.COLUMN_VALUES_CHANGED, "stg", "amt"),
        (Kind.COLUMN_VALUES_CHANGED, "stg", "reg"),
        (Kind.COLUMN_VALUES_CHANGED, "old", "amt"),
    }


def test_a_new_column_beside_a_rename_is_new(assess) -> None:
    """Of two new names the one of the old value is the renamed one."""
    base = {"stg.sql": STG, "rd.sql": RD}
    head = {
        "stg.sql": "create view stg as select id, gross as due, amount as net, region as reg from raw.orders;",
        "rd.sql": "create view rd as select id, due, net, reg from stg;",
    }
    added = [(Kind.COLUMN_ADDED, name, None, text) for name, text in (("rd", "due"), ("stg", "gross"))]
    assert told(assess(base, head)) == sorted([*renames("rd", "stg"), *added])


def test_a_relation_that_is_renamed_with_what_it_reads_is_known_again(assess) -> None:
    """Its text names the new relation, and means what it meant."""
    base = {"stg.sql": STG, "rd.sql": RD, "top.sql": "create view top as select amt from rd;"}
    head = {
        path.replace(".sql", "_2.sql"): renamed(text, stg="stg_2", rd="rd_2", top="top_2")
        for path, text in base.items()
    }
    found = assess(base, head)
    assert told(found) == [(Kind.RELATION_RENAMED, name, name, f"{name}_2") for name in ("rd", "stg", "top")]


def test_a_relation_that_is_renamed_below_a_renamed_column_is_known_again(assess) -> None:
    """It reads the column by its new name and calls it as it did."""
    base = {"stg.sql": STG, "rd.sql": RD}
    head = {
        "stg.sql": renamed(STG, amt="net"),
        "rd_2.sql": "create view rd_2 as select id, net as amt, reg from stg;",
    }
    found = assess(base, head)
    assert told(found) == [*renames("stg"), (Kind.RELATION_RENAMED, "rd", "rd", "rd_2")]


def test_what_is_bound_to_be_rendered_knows_the_renames_above_it(assess_project) -> None:
    """A macro that loops over a model's columns has it bound long before its turn comes."""
    base = project("amt")
    assert told(assess_project(base, project("net"))) == renames("s.s.a_top", "s.s.rd", "s.s.stg")


def project(name: str) -> Mapping[str, str]:
    loop = (
        "select {% for c in adapter.get_columns_in_relation(ref('rd')) %}{{ c.name }}{{ ', ' if not loop.last }}"
        "{% endfor %} from {{ ref('rd') }}"
    )
    return {
        "dbt_project.yml": "name: s\nversion: '1'\nprofile: s\nmodel-paths: [models]\n",
        "models/stg.sql": f"select 1 as id, 2 as {name}",
        "models/rd.sql": f"select id, {name} from {{{{ ref('stg') }}}}",
        "models/a_top.sql": loop,
    }
