"""Models of a dbt project that are symbolic links: dbt follows them, and so does the gate within the revision."""

import pytest

from tests.e2e.project import Project

SHOP = {
    "dbt/dbt_project.yml": "name: shop\nversion: '1'\nprofile: shop\n",
    "dbt/models/week.sql": "select id, amount from {{ ref('sales') }}\n",
    "views/sales.sql": "select 1 as id, 2 as amount\n",
    "views/fewer.sql": "select 1 as id\n",
}
LINK = "dbt/models/sales.sql"


@pytest.fixture
def linked(empty: Project) -> Project:
    """A project whose model `sales` is a link to a link to a view that lies beside it."""
    (empty.directory / "views").mkdir()
    (empty.directory / "dbt/models").mkdir(parents=True)
    (empty.directory / "views/latest.sql").symlink_to("sales.sql")
    (empty.directory / LINK).symlink_to("../../views/latest.sql")
    empty.commit(SHOP)
    return empty.pull_request({})


def relink(project: Project, target: str | None) -> None:
    (project.directory / LINK).unlink()
    if target is not None:
        (project.directory / LINK).symlink_to(target)
    project.commit({})


def test_what_a_link_leads_to_loses_a_column(linked: Project) -> None:
    """The reader of the link's model breaks, and the file is no model of its own."""
    linked.commit({"views/sales.sql": SHOP["views/fewer.sql"]})
    ran = linked.check()
    assert ran.code == 1
    assert [name.rpartition(".")[2] for name in ran.broken] == ["week"]
    assert {change["path"] for change in ran.report["changes"] if not change["caused_by"]} == {LINK}


@pytest.mark.parametrize("target", ["../../views/fewer.sql", None])
def test_a_link_that_leads_elsewhere_or_goes(linked: Project, target: str | None) -> None:
    """It is as if its model were edited or removed."""
    relink(linked, target)
    assert linked.check().code == 1


def test_another_layout_of_what_a_link_leads_to(linked: Project) -> None:
    """Says nothing, and neither does a shorter way to the same file."""
    linked.commit({"views/sales.sql": "select\n  1 as id,\n  2 as amount\n"})
    relink(linked, "../../views/sales.sql")
    ran = linked.check("--strict")
    assert (ran.code, ran.report["findings"]) == (0, [])


def test_a_staged_edit_of_what_a_link_leads_to(linked: Project) -> None:
    """The index has links as a commit has them."""
    (linked.directory / "views/sales.sql").write_text(SHOP["views/fewer.sql"])
    linked.git("add", "views/sales.sql")
    assert linked.check("--staged").code == 1


def test_an_edit_on_disk_of_what_a_link_leads_to(linked: Project) -> None:
    """A link that git has is followed to the file as it lies there."""
    (linked.directory / "views/sales.sql").write_text(SHOP["views/fewer.sql"])
    assert linked.check("--head", "working-tree").code == 1


@pytest.fixture
def shared(empty: Project) -> Project:
    """A project whose folder of models is a link to a folder, in which another folder and a file are links, too."""
    for folder in ("dbt/models", "shared/base", "more"):
        (empty.directory / folder).mkdir(parents=True)
    (empty.directory / "dbt/models/shared").symlink_to("../../shared")
    (empty.directory / "shared/deep").symlink_to("../more")
    (empty.directory / "shared/up").symlink_to("..")
    (empty.directory / "shared/base/sales.sql").symlink_to("../../views/sales.sql")
    empty.commit(
        {
            **SHOP,
            "shared/base/people.sql": "select 1 as id, 2 as age\n",
            "more/goods.sql": "select 1 as id, 2 as price\n",
            "dbt/models/old.sql": "select p.age, g.price from {{ ref('people') }} p join {{ ref('goods') }} g on p.id = g.id\n",
        }
    )
    return empty.pull_request({})


@pytest.mark.parametrize(
    ("path", "text", "broken"),
    [
        ("views/sales.sql", "select 1 as id\n", {"week"}),
        ("shared/base/people.sql", "select 1 as id\n", {"old"}),
        ("more/goods.sql", "select 1 as id\n", {"old"}),
        ("more/goods.sql", "select 1 as id, 2 as price, 3 as more\n", set()),
    ],
)
def test_what_lies_behind_a_link_of_a_folder(shared: Project, path: str, text: str, broken: set[str]) -> None:
    """dbt walks into linked folders: their files are models, and a column that goes breaks who reads it."""
    shared.commit({path: text})
    ran = shared.check()
    assert ran.code == bool(broken)
    assert {name.rpartition(".")[2] for name in ran.broken} == broken
    assert ran.report["changes"]


@pytest.mark.parametrize("target", ["../../../elsewhere", "../../nothing"])
def test_a_link_of_a_folder_that_leads_away(shared: Project, target: str) -> None:
    """Its models are gone; a new one to nowhere is told."""
    (shared.directory / "dbt/models/shared").unlink()
    (shared.directory / "dbt/models/shared").symlink_to(target)
    shared.commit({})
    assert shared.check().code == 1
    fresh = shared.pull_request({})
    (fresh.directory / "dbt/models/new").symlink_to(target)
    fresh.commit({})
    assert "dbt/models/new" in {each["path"] for each in fresh.check().report["coverage"]["not_analysed"]}
