"""What a report says of the limits of a run: those that touch the change, and no others unless asked."""

from tests.e2e.project import DBT, Project

PACKAGES = "packages:\n  - package: vendor/{name}\n    version: 1.0.0\n"
TWO = {
    **{f"{folder}/{path}": text for folder in ("a", "b") for path, text in DBT.items()},
    "a/dbt_project.yml": "name: alpha\nprofile: shop\nmodel-paths: [models]\n",
    "b/dbt_project.yml": "name: beta\nprofile: shop\nmodel-paths: [models]\n",
    "a/packages.yml": PACKAGES.format(name="far"),
    "b/packages.yml": PACKAGES.format(name="near"),
    "b/models/orders.sql": "select 1 as order_id, {{ near.cents('amount') }} as amount\n",
}


def test_only_limits_that_touch_the_change_are_told(empty: Project) -> None:
    """A package that another project lacks is for --verbose and the JSON; one that the edited model uses is told."""
    text = "select 1 as order_id, 3 as other, {{ near.cents('amount') }} as amount\n"
    empty.commit(TWO).pull_request({"b/models/orders.sql": text})
    plain, verbose = (
        " ".join(empty.run("check", "--base", "main", "--offline", *flags).out.replace("│", "").split())
        for flags in ((), ("--verbose",))
    )
    near, far = ("dbt project beta: packages", "dbt project alpha: packages")
    assert near in plain
    assert far not in plain
    assert near in verbose
    assert far in verbose
    notes = empty.check("--offline").report["coverage"]["notes"]
    assert any(note.startswith(far) for note in notes)


def test_how_a_target_was_chosen_limits_nothing(empty: Project) -> None:
    """It is said with --verbose."""
    empty.commit(DBT).pull_request({"models/orders.sql": "select 1 as order_id, 3 as amount\n"})
    plain, verbose = (empty.run("check", "--base", "main", *flags).out for flags in ((), ("--verbose",)))
    assert "adapter postgres" not in plain
    assert "adapter postgres" in verbose
