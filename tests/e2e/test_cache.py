"""What is kept between runs saves time and moves no verdict."""

from pathlib import Path

from tests.e2e.project import Project, edited

SHOP = {
    "dbt_project.yml": "name: shop\nprofile: shop\nmodels:\n  shop:\n    +schema: \"{{ 'm' ~ 1 }}\"\n",
    "profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: postgres, dbname: shop, schema: marts}\n",
    "macros/names.sql": (
        "{% macro generate_schema_name(name, node) %}{{ name or target.schema }}{% endmacro %}\n"
        "{% macro cents(column) %}({{ column }} / 100.0){% endmacro %}\n"
    ),
    "models/orders.sql": "select id as order_id, {{ cents('cents') }} as amount, kind from raw.orders\n",
    "models/weekly.sql": "select\n    sum(amount) as revenue\nfrom {{ ref('orders') }}\n",
    "models/wide.sql": (
        "select {% for c in adapter.get_columns_in_relation(ref('orders')) %}{{ c.name }}, {% endfor %} 1 as one\n"
        "from {{ ref('orders') }}\n"
    ),
    "models/shop.yml": (
        "models:\n  - name: orders\n    config: {tags: [a]}\n    columns: [{name: order_id, tests: [unique, not_null]}]\n"
        "sources: [{name: raw, tables: [{name: orders, columns: [{name: id}]}]}]\n"
    ),
    "models/board.yml": "exposures: [{name: board, type: dashboard, owner: {name: Ada}, depends_on: [\"ref('orders')\"]}]\n",
}


def test_a_report_is_the_same_cold_warm_and_without(empty: Project, tmp_path: Path) -> None:
    """A run that fills the cache, one that finds all in it, and one without it print the same bytes."""
    change = edited(SHOP, "models/orders.sql", "{{ cents('cents') }} as amount", "cents as euros")
    project = empty.commit(SHOP).pull_request(change)
    cache = ("--cache", str(tmp_path / "cache"))
    cold, warm, without = (project.check("--no-witness", *flags) for flags in (cache, cache, ("--no-cache",)))
    assert cold.broken == {"shop.m1.weekly": "models/weekly.sql:2"}
    assert cold.out == warm.out == without.out
    assert (tmp_path / "cache" / "facts.sqlite").stat().st_size > 0


def test_what_other_changes_left_moves_nothing(empty: Project, tmp_path: Path) -> None:
    """A change is judged alike whichever changes of the same models, and of what they read, were judged before it."""
    edits = (
        ("models/orders.sql", "{{ cents('cents') }} as amount", "cents as amount"),
        ("models/orders.sql", "id as order_id, ", ""),
        ("models/weekly.sql", "sum(amount)", "sum(amount) + 1"),
        (
            "models/shop.yml",
            "{name: order_id, tests: [unique, not_null]}",
            "{name: order_id, tests: [unique]}",
        ),
        ("macros/names.sql", "/ 100.0", "/ 1000.0"),
    )
    project = empty.commit(SHOP)
    start, cache = project.git("rev-parse", "HEAD").strip(), ("--cache", str(tmp_path / "cache"))
    for number, edit in enumerate((*edits, *edits[1::-1])):
        project.git("switch", "--quiet", "--create", f"change-{number}", start)
        project.commit(edited(SHOP, *edit))
        bounds = ("--base", start, "--head", "HEAD", "--no-witness")
        assert project.check(*bounds, *cache).out == project.check(*bounds, "--no-cache").out


MESH = {
    **{f"shop/{path}": text for path, text in SHOP.items()},
    **{
        f"{team}/{path}": text
        for team, columns in (("late", "order_id"), ("other", "other_id"))
        for path, text in {
            "dbt_project.yml": f"name: {team}\nprofile: {team}\n",
            "profiles.yml": f"{team}: {{target: ci, outputs: {{ci: {{type: postgres, dbname: shop, schema: {team}}}}}}}\n",
            "models/sources.yml": (
                f"sources: [{{name: of, schema: shop_m1, database: shop, tables: [{{name: {team}_orders, identifier: "
                f"{'orders' if team == 'late' else 'elsewhere'}}}]}}]\n"
            ),
            f"models/{team}_report.sql": f"select {columns} from {{{{ source('of', '{team}_orders') }}}}\n",
        }.items()
    },
    "shop/macros/names.sql": "{% macro generate_schema_name(name, node) %}shop_m1{% endmacro %}\n"
    "{% macro cents(column) %}({{ column }} / 100.0){% endmacro %}\n",
}


def test_projects_that_stay_unopened_hide_no_reader(empty: Project, tmp_path: Path) -> None:
    """A reader in another project breaks as well in a run that an earlier one left that project's outline."""
    change = edited(MESH, "shop/models/orders.sql", "id as order_id, ", "")
    project = empty.commit(MESH).pull_request(change)
    cache = ("--cache", str(tmp_path / "cache"))
    cold, warm, without = (project.check("--no-witness", *flags) for flags in (cache, cache, ("--no-cache",)))
    assert "late/models/late_report.sql:1" in cold.broken.values()
    assert cold.out == warm.out == without.out


PLAIN = {
    "sql/orders.sql": "create or replace view shop.orders as select id, cents / 100.0 as amount from raw.orders;\n",
    "sql/weekly/query.sql": "select sum(amount) as revenue from shop.orders\n",
    "sql/broken.sql": "create table (((\n",
    "migrations/001_users.sql": "create table users (id int, mail text);\n",
    "migrations/002_mail.sql": "alter table users add column name text;\n",
}


def test_plain_sql_is_the_same_cold_warm_and_without(empty: Project, tmp_path: Path) -> None:
    """What a script is found to make is kept as well, and the same is told of it."""
    change = edited(PLAIN, "sql/orders.sql", "cents / 100.0 as amount", "cents as euros")
    project = empty.commit(PLAIN).pull_request(change)
    cache = ("--cache", str(tmp_path / "cache"))
    cold, warm, without = (project.check("--no-witness", *flags) for flags in (cache, cache, ("--no-cache",)))
    assert "sql/weekly/query.sql:1" in cold.broken.values()
    assert cold.out == warm.out == without.out


def test_a_cache_in_the_repository_is_refused(empty: Project) -> None:
    """What a pull request could bring is not read: exit 2, and the way out is told."""
    ran = empty.commit(SHOP).pull_request({"models/orders.sql": "select 1 as x"}).check("--cache", "kept")
    assert ran.code == 2
    assert "lies in the repository" in ran.err
    assert "`user`" in ran.err


def test_a_damaged_cache_costs_a_warning(empty: Project, tmp_path: Path) -> None:
    """The verdict stands, and stderr says that the cache was not used."""
    project = empty.commit(SHOP).pull_request({"models/orders.sql": "select 1 as order_id, 2 as amount"})
    plain = project.check("--no-witness")
    (tmp_path / "cache").mkdir(mode=0o700)
    (tmp_path / "cache" / "facts.sqlite").write_bytes(b"damaged " * 1000)
    ran = project.check("--no-witness", CONTRACT_GATE_CACHE=str(tmp_path / "cache"))
    assert (ran.code, ran.out) == (plain.code, plain.out)
    assert "the cache was not used" in ran.err
