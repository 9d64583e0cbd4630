"""dbt's compiled artifacts: what they make exact, when they are refused or left aside, and that nobody can forge them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.manifests import Files, catalog, manifest
from tests.e2e.project import Project, Ran

MONEY = {"money": "{% macro money(column, name) %}{{ column }} / 100.0 as {{ name }}{% endmacro %}"}
SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\nvars: {rate: 1}\n",
    "profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: postgres, dbname: shop, schema: marts}\n",
    "packages.yml": "packages:\n  - package: acme/shelf\n    version: 1.0.0\n",
    ".gitignore": "target/\n",
    "models/orders.sql": "select 1 as order_id, 200 as cents, 3 as kind\n",
    "models/paid.sql": "select\n    order_id,\n    {{ shelf.money('cents', 'amount') }}\nfrom {{ ref('orders') }}\n",
    "models/weekly.sql": "select\n    sum(amount) as revenue\nfrom {{ ref('paid') }}\n",
}
"""`paid` calls a macro of a package that is not in the repository."""
READS = {"paid": ["model.shop.orders"], "weekly": ["model.shop.paid"]}
RENAMED = {"models/paid.sql": SHOP["models/paid.sql"].replace("'amount'", "'total'")}
WITHOUT_CENTS = {"models/orders.sql": "select 1 as order_id, 3 as kind\n"}


def paid(name: str = "amount", schema: str = "marts", more: str = "") -> str:
    return f'select\n    order_id,\n    cents / 100.0 as {name}{more}\nfrom "shop"."{schema}"."orders"\n'


def compiled(files: Files, sql: str, **others: Any) -> bytes:
    return manifest(files, {"paid": sql}, reads=READS, package=MONEY, **others)


class Shop:
    """The project with a change, and a folder outside of it for manifests."""

    def __init__(self, project: Project, base: Files, change: Files) -> None:
        self.project = project.commit(base).pull_request(change)
        self.base, self.head = dict(base), {**base, **change}

    def named(self, **manifests: bytes) -> Ran:
        arguments = []
        for side, content in manifests.items():
            path = self.project.directory.parent / f"{side}-artifacts" / "manifest.json"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            arguments.append(f"--manifest={side}={path}")
        return self.project.check("--no-witness", *arguments)

    def lying(self, files: Mapping[str, bytes], folder: str = "target") -> Ran:
        place = self.project.directory / folder
        place.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (place / name).write_bytes(content)
        return self.project.check("--no-witness")


def noted(ran: Ran, words: str) -> bool:
    return any(words in note for note in ran.report["coverage"]["notes"])


def kinds(ran: Ran) -> set[tuple[str, str]]:
    return {(change["relation"], change["kind"]) for change in ran.report["changes"]}


def test_a_macro_of_an_absent_package_is_exact_with_the_manifests_of_both_sides(empty: Project) -> None:
    """Without them nobody knows what the macro's column is called; with them its renaming breaks a reader, proven."""
    shop = Shop(empty, SHOP, RENAMED)
    blind = shop.project.check("--no-witness")
    assert ("shop.marts.paid", "column-renamed") not in kinds(blind)
    assert not blind.broken
    ran = shop.named(base=compiled(shop.base, paid()), head=compiled(shop.head, paid("total")))
    assert ("shop.marts.paid", "column-renamed") in kinds(ran)
    assert ran.broken == {"shop.marts.weekly": "models/weekly.sql:2"}
    assert noted(ran, "dbt's compiled SQL is used for 1 of the 1 models of `shop`")


@pytest.mark.parametrize("side", ["base", "head"])
def test_one_manifest_serves_both_sides_for_a_model_that_was_not_edited(empty: Project, side: str) -> None:
    """The text of an unedited reader is the same on both sides: it is proven to break, at the line of its template."""
    shop = Shop(empty, SHOP, WITHOUT_CENTS)
    ran = shop.named(**{side: compiled(shop.head if side == "head" else shop.base, paid())})
    assert ran.broken["shop.marts.paid"] == "models/paid.sql:3"
    assert {kind for relation, kind in kinds(ran) if relation == "shop.marts.paid"} <= {"column-removed"}


def test_an_edited_model_is_not_read_in_two_ways(empty: Project) -> None:
    """A compiled head is not held against a rendered base: their differences would say nothing."""
    shop = Shop(empty, SHOP, RENAMED)
    ran = shop.named(head=compiled(shop.head, paid("total")))
    assert kinds(ran) == kinds(shop.project.check("--no-witness"))
    assert noted(ran, "it was edited, and only one side has a manifest")


def test_a_rendering_without_holes_is_not_replaced(empty: Project) -> None:
    """Whatever a manifest says of a model that renders in full, its own rendering is what is read."""
    shop = Shop(empty, SHOP, RENAMED)
    lie = {"weekly": "select 1 as revenue", "paid": paid("total")}
    head = manifest(shop.head, lie, reads=READS, package=MONEY)
    ran = shop.named(base=compiled(shop.base, paid()), head=head)
    assert ran.broken == {"shop.marts.weekly": "models/weekly.sql:2"}


def test_a_named_manifest_of_another_text_ends_the_run(empty: Project) -> None:
    """The first file that differs is named, with how many others do."""
    shop = Shop(empty, SHOP, RENAMED | {"models/later.sql": "select 1 as x\n"})
    ran = shop.named(head=compiled(shop.base, paid()))
    assert ran.code == 2
    assert "was not compiled from the head: models/later.sql is new (and 1 more file differs)" in ran.err
    assert "run dbt compile" in ran.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"not json", "it is not JSON"),
        (b"[" * 200_000, "it is nested too deeply"),
        (b'{"nodes": {}}', "it is no manifest of dbt"),
        (catalog({}), "it is no manifest of dbt"),
        (manifest({}, version=8), "its schema is v8, and v9 to v12 (dbt 1.5 and later) can be read"),
        (manifest({}, version=13), "its schema is v13"),
    ],
)
def test_what_is_no_manifest_is_refused_with_the_reason(empty: Project, content: bytes, says: str) -> None:
    """A file that can't be read as a manifest is wrong usage: exit code 2 and one sentence."""
    ran = Shop(empty, SHOP, RENAMED).named(head=content)
    assert (ran.code, says in ran.err) == (2, True), ran.err
    assert len(ran.err.strip().splitlines()) == 2


@pytest.mark.parametrize(
    "value", ["manifest.json", "both=manifest.json", "head=", "head=no/such/file.json", "head=."]
)
def test_a_side_and_a_file_must_be_given(empty: Project, value: str) -> None:
    """What is no side, or no file, is wrong usage."""
    ran = Shop(empty, SHOP, RENAMED).project.check("--manifest", value)
    assert ran.code == 2, ran.err


def test_a_manifest_of_another_project_is_refused(empty: Project) -> None:
    """The project's name must be one of the repository's."""
    shop = Shop(empty, SHOP, RENAMED)
    ran = shop.named(
        head=compiled(shop.head, paid()).replace(b'"project_name": "shop"', b'"project_name": "bar"')
    )
    assert ran.code == 2
    assert "the head has no dbt project bar" in ran.err


def test_a_target_folder_is_found_where_it_matches(empty: Project) -> None:
    """What the job left in target/ is used for the side that it was compiled from."""
    ran = Shop(empty, SHOP, WITHOUT_CENTS).lying(
        {"manifest.json": compiled({**SHOP, **WITHOUT_CENTS}, paid())}
    )
    assert ran.broken["shop.marts.paid"] == "models/paid.sql:3"
    assert noted(ran, "(head: target/manifest.json, dbt 1.10.1)")


def test_the_target_path_of_the_project_is_honoured(empty: Project) -> None:
    """The folder is the project file's, unless it leads out of the repository."""
    setup = {"dbt_project.yml": SHOP["dbt_project.yml"] + "target-path: made/here\n", ".gitignore": "made/\n"}
    files = {**SHOP, **setup}
    shop = Shop(empty, files, WITHOUT_CENTS)
    ran = shop.lying({"manifest.json": compiled(shop.head, paid())}, "made/here")
    assert ran.broken["shop.marts.paid"] == "models/paid.sql:3"


def test_a_target_path_out_of_the_repository_is_not_followed(empty: Project) -> None:
    """A project file can't have a manifest of another place read."""
    files = {**SHOP, "dbt_project.yml": SHOP["dbt_project.yml"] + "target-path: ../made\n"}
    shop = Shop(empty, files, WITHOUT_CENTS)
    ran = shop.lying({"manifest.json": compiled(shop.head, paid())}, "../made")
    assert not noted(ran, "manifest")


def test_a_stale_target_folder_is_left_aside_with_the_reason(empty: Project) -> None:
    """It is no error that an old one lies about; the report says which file differs."""
    shop = Shop(empty, SHOP, WITHOUT_CENTS)
    old = {**SHOP, "models/paid.sql": "select 1 as order_id\n"}
    ran = shop.lying({"manifest.json": compiled(old, paid())})
    assert ran.code != 2
    assert noted(
        ran, "target/manifest.json was left aside: it was not compiled from the head: models/orders.sql"
    )


def test_a_broken_target_folder_is_left_aside(empty: Project) -> None:
    """A file that is no manifest is a note where nobody named it."""
    ran = Shop(empty, SHOP, WITHOUT_CENTS).lying({"manifest.json": b"{"})
    assert noted(ran, "target/manifest.json was left aside: it is not JSON")


@pytest.mark.parametrize("path", ["target/manifest.json", "Target/manifest.json"])
def test_a_committed_target_folder_is_never_used(empty: Project, path: str) -> None:
    """A pull request can't hide a break behind a manifest that it brings along."""
    files = {**SHOP, ".gitignore": ""}
    forged = compiled({**files, **WITHOUT_CENTS}, paid().replace("cents / 100.0", "order_id"))
    shop = Shop(empty, files, {**WITHOUT_CENTS, path: forged})
    ran = shop.lying({"manifest.json": forged})
    assert noted(ran, "target/manifest.json was left aside: it is committed")
    assert not noted(ran, "compiled SQL")


def test_a_linked_target_folder_is_not_followed(empty: Project, tmp_path: Path) -> None:
    """A link would lead out of the repository."""
    shop = Shop(empty, SHOP, WITHOUT_CENTS)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "manifest.json").write_bytes(compiled(shop.head, paid()))
    (shop.project.directory / "target").symlink_to(tmp_path / "outside")
    ran = shop.project.check("--no-witness")
    assert noted(ran, "target/manifest.json was left aside: it could not be read")


def test_a_manifest_that_the_pull_request_commits_is_refused_by_name_too(empty: Project) -> None:
    """A job that names a path of the repository must have compiled it; what the base has as well is the base's word."""
    forged = compiled({**SHOP, **WITHOUT_CENTS}, paid())
    shop = Shop(empty, SHOP, {**WITHOUT_CENTS, "prod/manifest.json": forged})
    ran = shop.project.check("--manifest", "head=prod/manifest.json")
    assert ran.code == 2
    assert "the pull request commits it" in ran.err


def test_a_manifest_in_a_submodule_is_refused(empty: Project) -> None:
    """A submodule that the pull request adds is its own word as well."""
    shop = Shop(empty, SHOP, WITHOUT_CENTS)
    place = shop.project.directory / "made"
    place.mkdir()
    (place / "manifest.json").write_bytes(compiled(shop.head, paid()))
    commit = shop.project.git("rev-parse", "HEAD").strip()
    shop.project.git("update-index", "--add", "--cacheinfo", f"160000,{commit},made")
    shop.project.git("commit", "--quiet", "--message", "a submodule")
    ran = shop.project.check("--manifest", "head=made/manifest.json")
    assert (ran.code, "the pull request commits it" in ran.err) == (2, True), ran.err


def test_one_side_of_a_project_has_one_manifest(empty: Project) -> None:
    """Two of them would contradict each other."""
    shop = Shop(empty, SHOP, WITHOUT_CENTS)
    path = shop.project.directory.parent / "manifest.json"
    path.write_bytes(compiled(shop.head, paid()))
    ran = shop.project.check("--manifest", f"head={path}", "--manifest", f"head={path}")
    assert (ran.code, "two manifests are named for the head" in ran.err) == (2, True), ran.err


def test_the_witness_reads_the_compiled_sql(empty: Project) -> None:
    """Rows are searched for in what dbt compiled, where the template alone has a hole."""
    pytest.importorskip("duckdb")
    edit = {"models/paid.sql": SHOP["models/paid.sql"].replace("'cents'", "'kind'")}
    shop = Shop(empty, SHOP, edit)
    shop.named(
        base=compiled(shop.base, paid()), head=compiled(shop.head, paid().replace("cents /", "kind /"))
    )
    folder = shop.project.directory.parent
    sides = [f"--manifest={side}={folder}/{side}-artifacts/manifest.json" for side in ("base", "head")]
    ran = shop.project.run("witness", "paid", "--base", "main", *sides)
    assert (ran.code, "other values in amount" in ran.out) == (0, True), ran.out


def test_an_ephemeral_model_is_not_told_twice(empty: Project) -> None:
    """dbt writes an ephemeral model into its readers: there it is a reference again, so its edit is not the reader's."""
    ephemeral = "{{ config(materialized='ephemeral') }}\nselect order_id, cents from {{ ref('orders') }}\n"
    files = {
        **SHOP,
        "models/recent.sql": ephemeral,
        "models/paid.sql": SHOP["models/paid.sql"].replace("orders", "recent"),
    }
    change = {"models/recent.sql": ephemeral.replace("cents", "kind")}

    def made(which: Files, column: str) -> bytes:
        cte = f' __dbt__cte__recent as (\n\nselect order_id, {column} from "shop"."marts"."orders"\n)'
        code = f"with{cte} select\n    order_id,\n    cents / 100.0 as amount\nfrom __dbt__cte__recent"
        return manifest(
            which, {"paid": code}, reads={"paid": ["model.shop.recent"], "recent": ["model.shop.orders"]},
            package=MONEY, injected={"paid": {"recent": cte}},
        )  # fmt: skip

    shop = Shop(empty, files, change)
    ran = shop.named(base=made(shop.base, "cents"), head=made(shop.head, "kind"))
    assert {change["relation"] for change in ran.report["changes"] if change["caused_by"] is None} == {
        "shop.marts.recent"
    }
    assert ran.broken["shop.marts.paid"] == "models/paid.sql:3"


def test_manifests_of_two_targets_are_held_against_each_other(empty: Project) -> None:
    """Another schema on one side moves nothing: names are put back into the repository's words."""
    edit = {"models/paid.sql": SHOP["models/paid.sql"] + "-- a comment\n"}
    shop = Shop(empty, SHOP, edit)
    base = compiled(shop.base, paid(schema="prod"), schema="prod")
    head = compiled(shop.head, paid(schema="ci_7") + "-- a comment\n", schema="ci_7")
    ran = shop.named(base=base, head=head)
    assert noted(ran, "is used for 1 of the 1 models")
    assert not ran.report["changes"]


def test_what_depends_on_the_target_is_not_compared_between_two_targets(empty: Project) -> None:
    """A branch of the template that only one target takes is no change of the pull request."""
    files = {
        **SHOP,
        "models/paid.sql": SHOP["models/paid.sql"] + "{% if target.name == 'ci' %}limit 9{% endif %}\n",
    }
    shop = Shop(empty, files, {"models/paid.sql": files["models/paid.sql"] + "-- a comment\n"})
    base = compiled(shop.base, paid(schema="prod"), schema="prod")
    head = compiled(shop.head, paid(schema="ci_7") + "limit 9\n-- a comment\n", schema="ci_7")
    ran = shop.named(base=base, head=head)
    assert noted(ran, "the two manifests were compiled for different targets")
    assert ("shop.marts.paid", "rows-limit-changed") not in kinds(ran)


def test_an_answer_of_the_warehouse_is_not_taken_where_the_pull_request_changes_it(empty: Project) -> None:
    """dbt asked for the columns of a table that is not built anew yet: what it wrote down proves no break."""
    asking = {"all": "{% macro all(relation) %}{{ adapter.get_columns_in_relation(relation) }}{% endmacro %}"}
    files = {**SHOP, "models/paid.sql": "select {{ shelf.all(ref('orders')) }} from {{ ref('orders') }}\n"}
    files.pop("models/weekly.sql")
    shop = Shop(empty, files, WITHOUT_CENTS)
    code = 'select order_id, cents, kind from "shop"."marts"."orders"'
    made = [manifest(each, {"paid": code}, reads=READS, package=asking) for each in (shop.base, shop.head)]
    ran = shop.named(base=made[0], head=made[1])
    assert noted(ran, "dbt asked the warehouse for it, and what lies upstream was edited")
    assert not ran.broken


def test_an_incremental_run_is_not_taken_for_a_full_build(empty: Project) -> None:
    """A manifest of production was compiled with the table there: its text is the increment's."""
    template = (
        "{{ config(materialized='incremental') }}\n" + SHOP["models/paid.sql"]
        + "{% if is_incremental() %}\nwhere order_id > (select max(order_id) from {{ this }})\n{% endif %}\n"
    )  # fmt: skip
    files = {**SHOP, "models/paid.sql": template}
    shop = Shop(empty, files, WITHOUT_CENTS)
    where = 'where order_id > (select max(order_id) from "shop"."marts"."paid")\n'
    ran = shop.named(base=compiled(shop.base, paid() + where))
    assert noted(ran, "it was compiled for an incremental run")
    ran = shop.named(base=compiled(shop.base, paid()))
    assert ran.broken["shop.marts.paid"] == "models/paid.sql:4"


def test_texts_that_do_not_show_an_edited_variable_are_left_aside(empty: Project) -> None:
    """No manifest records variables: two equal texts may be of the old one."""
    files = {
        **SHOP,
        "models/paid.sql": SHOP["models/paid.sql"] + "where kind < {{ var('rate') }}\n",
    }
    change = {"dbt_project.yml": SHOP["dbt_project.yml"].replace("rate: 1", "rate: 2")}
    shop = Shop(empty, files, change)
    stale = paid() + "where kind < 1\n"
    ran = shop.named(base=compiled(shop.base, stale), head=compiled(shop.head, stale))
    assert noted(ran, "a variable or a package was edited")
    assert ("shop.marts.paid", "rows-filter-changed") in kinds(ran)
    ran = shop.named(base=compiled(shop.base, stale), head=compiled(shop.head, stale.replace("< 1", "< 2")))
    assert noted(ran, "is used for 1 of the 1 models")
    assert ("shop.marts.paid", "rows-filter-changed") in kinds(ran)


def test_a_text_compiled_without_rows_is_not_used(empty: Project) -> None:
    """`dbt compile --empty` reads no table as it is."""
    shop = Shop(empty, SHOP, WITHOUT_CENTS)
    code = paid().replace(
        '"shop"."marts"."orders"', '(select * from "shop"."marts"."orders" where false limit 0)'
    )
    ran = shop.named(head=compiled(shop.head, code))
    assert noted(ran, "it was compiled with --empty or --sample")


def test_a_manifest_that_was_only_parsed_gives_the_places(empty: Project) -> None:
    """Without a profile it tells the adapter and where relations really are; the report says that it has no SQL."""
    files = {name: text for name, text in SHOP.items() if name != "profiles.yml"}
    shop = Shop(empty, files, WITHOUT_CENTS)
    assert ("shop.shop.orders", "column-removed") in kinds(shop.project.check("--no-witness"))
    ran = shop.named(base=manifest(shop.base, schema="gold"))
    assert ("shop.gold.orders", "column-removed") in kinds(ran)
    assert noted(ran, "holds no compiled SQL, so it gives names and columns alone")
    assert noted(ran, "adapter postgres, from dbt's manifest")


def test_a_catalog_closes_a_source(empty: Project) -> None:
    """A column that the warehouse does not have is no longer only unknown: an edit that reads it does not bind."""
    files = {
        **SHOP,
        "models/sources.yml": "sources:\n  - name: raw\n    database: shop\n    tables: [{name: orders}]\n",
        "models/orders.sql": "select order_id, cents, kind from {{ source('raw', 'orders') }}\n",
    }
    change = {"models/orders.sql": files["models/orders.sql"].replace("kind", "sort as kind")}
    shop = Shop(empty, files, change)
    there = {"source.shop.raw.orders": {"order_id": "integer", "cents": "integer", "kind": "text"}}
    found = {"manifest.json": compiled(shop.head, paid()), "catalog.json": catalog(there)}
    ran = shop.lying(found)
    assert ran.broken["shop.marts.orders"] == "models/orders.sql:1"
    assert noted(ran, "are those of the catalog.json made at 2026-11-20T10:00:00Z")
    other_run = shop.lying({**found, "catalog.json": catalog(there, invocation="another-run")})
    assert not noted(other_run, "catalog.json")
    assert not other_run.broken


def test_a_catalog_does_not_say_what_an_edit_makes(empty: Project) -> None:
    """The columns of an edited model, and of what lies downstream, are those that its SQL gives, not the built ones."""
    shop = Shop(empty, SHOP, WITHOUT_CENTS)
    there = {"model.shop.orders": {"order_id": "integer", "cents": "integer", "kind": "integer"}}
    ran = shop.lying({"manifest.json": compiled(shop.head, paid()), "catalog.json": catalog(there)})
    assert ("shop.marts.orders", "column-removed") in kinds(ran)
    assert ran.broken["shop.marts.paid"] == "models/paid.sql:3"


def test_what_walks_the_graph_is_not_taken_where_anything_was_edited(empty: Project) -> None:
    """A macro that lists the project's models gives another text where one of them is another."""
    listing = {
        "money": "{% macro money(column, name) %}{{ graph.nodes | length }} as {{ name }}{% endmacro %}"
    }
    change = {"models/new.sql": "select revenue from {{ ref('paid') }} join {{ ref('weekly') }} on true\n"}
    shop = Shop(empty, SHOP, change)
    ran = shop.named(head=manifest(shop.head, {"paid": paid()}, reads=READS, package=listing))
    assert noted(ran, "its text depends on the project's other models, and some were edited")


def test_answers_of_two_warehouses_are_not_compared(empty: Project) -> None:
    """Rows that dbt asked for in production and in a test schema differ without any edit."""
    asking = {"money": "{% macro money(column, name) %}{{ run_query('select 1') }}{% endmacro %}"}
    edit = {"models/paid.sql": SHOP["models/paid.sql"] + "-- a comment\n"}
    shop = Shop(empty, SHOP, edit)

    def made(files: Files, schema: str, more: str) -> bytes:
        code = paid(schema=schema, more=more)
        return manifest(files, {"paid": code}, reads=READS, package=asking, schema=schema)

    two = shop.named(base=made(shop.base, "prod", ", 1 as open"), head=made(shop.head, "ci_7", ""))
    assert noted(two, "the two manifests were compiled for different targets")
    assert ("shop.marts.paid", "column-removed") not in kinds(two)
    one = shop.named(base=made(shop.base, "prod", ", 1 as open"), head=made(shop.head, "prod", ""))
    assert ("shop.marts.paid", "column-removed") in kinds(one)


def test_a_text_that_holds_the_time_is_not_compared(empty: Project) -> None:
    """Two compilations of one template differ by when they ran: that is no change of the pull request."""
    clock = {"money": "{% macro money(column, name) %}'{{ run_started_at }}' as {{ name }}{% endmacro %}"}
    shop = Shop(empty, SHOP, {"models/paid.sql": SHOP["models/paid.sql"] + "-- a comment\n"})

    def made(files: Files, moment: str) -> bytes:
        code = paid().replace("cents / 100.0", f"'{moment}'")
        return manifest(files, {"paid": code}, reads=READS, package=clock)

    ran = shop.named(base=made(shop.base, "09:00"), head=made(shop.head, "10:00"))
    assert noted(ran, "its text depends on when it is compiled")
    assert ("shop.marts.paid", "column-values-changed") not in kinds(ran)


def test_a_renamed_model_is_read_in_one_way(empty: Project) -> None:
    """With one side's manifest alone it is still the same model under another name, not one removed and one added."""
    files = {name: text for name, text in SHOP.items() if name != "models/weekly.sql"}
    change = {"models/paid.sql": None, "models/settled.sql": SHOP["models/paid.sql"]}
    shop = Shop(empty, files, change)
    blind = kinds(shop.project.check("--no-witness"))
    assert ("shop.marts.paid", "relation-renamed") in blind
    head = manifest(shop.head, {"settled": paid()}, reads={"settled": ["model.shop.orders"]}, package=MONEY)
    assert kinds(shop.named(head=head)) == blind


def test_a_reader_that_only_dbt_knows_is_found(empty: Project) -> None:
    """A macro of an absent package may name a model that no file of the repository names beside it."""
    hidden = {"all": "{% macro all() %}select order_id, cents from {{ ref('orders') }}{% endmacro %}"}
    files = {**SHOP, "models/paid.sql": "{{ shelf.all() }}\n"}
    files.pop("models/weekly.sql")
    shop = Shop(empty, files, WITHOUT_CENTS)
    assert not shop.project.check("--no-witness").broken
    code = 'select order_id, cents from "shop"."marts"."orders"'
    ran = shop.named(head=manifest(shop.head, {"paid": code}, reads=READS, package=hidden))
    assert ran.broken == {"shop.marts.paid": "models/paid.sql:1"}


def test_a_package_of_another_version_must_show_in_the_manifests(empty: Project) -> None:
    """Where dbt had the same macros on both sides, one of them was compiled with the old package."""
    shop = Shop(empty, SHOP, {"packages.yml": SHOP["packages.yml"].replace("1.0.0", "2.0.0")})
    same = shop.named(base=compiled(shop.base, paid()), head=compiled(shop.head, paid()))
    assert noted(same, "a variable or a package was edited")
    rounded = {"money": MONEY["money"].replace("{{ column }} / 100.0", "round({{ column }} / 100.0)")}
    code = paid().replace("cents / 100.0", "round(cents / 100.0)")
    new = manifest(shop.head, {"paid": code}, reads=READS, package=rounded)
    ran = shop.named(base=compiled(shop.base, paid()), head=new)
    assert noted(ran, "is used for 1 of the 1 models")
    assert ("shop.marts.paid", "column-values-changed") in kinds(ran)
    assert [finding["origin"]["name"] for finding in ran.report["findings"]] == ["shelf"]
    assert not any(finding["undecided"] for finding in ran.report["findings"])
