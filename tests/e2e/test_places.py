"""Paths as people type them, in a folder of the repository and at its top."""

from pathlib import Path

import pytest

from tests.e2e.project import PLAIN, Project, Ran, edited

DROPPED = edited(PLAIN, "warehouse/orders.sql", ",\n    cents / 100.0 as amount", "")


def inside(project: Project, folder: str) -> Project:
    """Give the same project as a person sees it who is in the folder."""
    there = Project(project.directory / folder)
    there.environment = project.environment
    return there


def changed(ran: Ran) -> set[str]:
    return {change["path"] for change in ran.report["changes"]}


@pytest.fixture
def dropped(empty: Project) -> Project:
    """A branch that drops a column in `warehouse` and one in `attic`, which has a file of the same name."""
    attic = {"attic/warehouse/orders.sql": PLAIN["warehouse/orders.sql"].replace("shop.marts", "shop.attic")}
    gone = edited(attic, "attic/warehouse/orders.sql", ",\n    cents / 100.0 as amount", "")
    return empty.commit({**PLAIN, **attic}).pull_request({**DROPPED, **gone})


@pytest.mark.parametrize(
    ("folder", "path", "read"),
    [
        (".", "warehouse/orders.sql", {"warehouse/orders.sql"}),
        (".", "./warehouse", {"warehouse/orders.sql"}),
        (".", ".", {"warehouse/orders.sql", "attic/warehouse/orders.sql"}),
        ("warehouse", "orders.sql", {"warehouse/orders.sql"}),
        ("warehouse", ".", {"warehouse/orders.sql"}),
        ("warehouse", "../attic", {"attic/warehouse/orders.sql"}),
        ("warehouse", "warehouse/orders.sql", {"warehouse/orders.sql"}),
        ("attic", "warehouse/orders.sql", {"attic/warehouse/orders.sql"}),
        ("attic", "warehouse/*.sql", {"attic/warehouse/orders.sql"}),
    ],
)
def test_a_path_counts_from_where_the_person_is(
    dropped: Project, folder: str, path: str, read: set[str]
) -> None:
    """From this folder first, as in git; what is not there is looked for from the top."""
    assert changed(inside(dropped, folder).check(path)) == read


def test_an_absolute_path_is_the_file_that_it_names(dropped: Project) -> None:
    """Shells and editors complete to whole paths; one out of the repository is no file of it."""
    inner = str(dropped.directory / "attic")
    assert changed(inside(dropped, "warehouse").check(inner)) == {"attic/warehouse/orders.sql"}
    for outside in (str(Path(dropped.directory).parent), "../../x.sql"):
        ran = inside(dropped, "warehouse").check(outside)
        assert ran.code == 2
        assert "neither side has a file" in ran.err


def test_a_model_that_is_gone_is_named_by_its_path_as_well(dropped: Project) -> None:
    """The file need not be on disk."""
    dropped.commit({"warehouse/dates.sql": None})
    assert changed(inside(dropped, "warehouse").check("dates.sql")) == {"warehouse/dates.sql"}


def test_witness_takes_the_path_of_a_model_in_this_folder(dropped: Project) -> None:
    """A path, a name and a relation mean the same model from everywhere; nearer files go first."""
    change = edited(DROPPED, "warehouse/orders.sql", "id as order_id", "id + 1 as order_id")
    dropped.commit(change)
    for folder, name in (
        ("warehouse", "orders.sql"),
        (".", "warehouse/orders.sql"),
        ("attic", "shop.marts.orders"),
    ):
        ran = inside(dropped, folder).run("witness", name, "--base", "main")
        assert ran.code == 0, ran
        assert ran.out.startswith("-- shop.marts.orders:"), ran.out[:200]
