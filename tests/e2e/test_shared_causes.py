"""One edit that reaches many models is told once, where it was made, with the models and readers that it reaches."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.e2e.project import Project, Ran, edited

SHOP = {
    "dbt_project.yml": (
        "name: shop\nprofile: shop\nvars:\n  first_day: '2020-01-01'\n  unused: 1\n"
        "models:\n  shop:\n    staging:\n      +materialized: view\n"
    ),
    "profiles.yml": "shop:\n  target: ci\n  outputs:\n    ci: {type: postgres, dbname: shop, schema: marts}\n",
    "macros/money.sql": (
        "{% macro unused(column) %}{{ column }}{% endmacro %}\n\n"
        "{% macro cents_to_dollars(column) %}\n  ({{ column }} / 100.0)\n{% endmacro %}\n"
    ),
    "macros/names.sql": (
        "{% macro generate_schema_name(custom_schema_name, node) %}\n  {{ target.schema }}\n{% endmacro %}\n"
    ),
    "seeds/countries.csv": "code,label\nde,Germany\n",
    "models/sources.yml": (
        "sources:\n  - name: raw\n    schema: landing\n    tables:\n"
        "      - name: orders\n        identifier: orders_2020\n        columns:\n"
        "          - name: id\n          - name: cents\n"
        "      - name: nobody_reads_it\n"
    ),
    "models/staging/stg_orders.sql": (
        "select\n    id,\n    {{ cents_to_dollars('cents') }} as amount\n"
        "from {{ source('raw', 'orders') }}\nwhere placed > '{{ var('first_day') }}'\n"
    ),
    "models/staging/stg_refunds.sql": (
        "select\n    id,\n    {{ cents_to_dollars('cents') }} as amount\nfrom {{ source('raw', 'orders') }}\n"
    ),
    "models/labels.sql": "select label from {{ ref('countries') }}\n",
    "models/weekly.sql": "select\n    sum(amount) as revenue\nfrom {{ ref('stg_orders') }}\n",
    "models/by_hand.sql": "select\n    amount\nfrom marts.stg_refunds\n",
}
"""Two staging models share a macro and a source; `weekly` reads one by ref, `by_hand` the other by its name."""

Edit = Mapping[str, str | bytes | None]


def check(empty: Project, base: Edit, change: Edit) -> Ran:
    return empty.commit(base).pull_request(change).check("--no-witness")


def place(finding: Any) -> str:
    return "{path}:{line}".format(**finding["location"])


def the_only(ran: Ran) -> Any:
    (finding,) = ran.report["findings"]
    return finding


def changed(ran: Ran) -> set[tuple[str, str]]:
    """Give the changes that follow from no other: relation and kind."""
    return {
        (change["relation"].rpartition(".")[2], change["kind"])
        for change in ran.report["changes"]
        if change["caused_by"] is None
    }


def test_a_macro(empty: Project) -> None:
    """Its models change, each in the list of changes; people get one finding on the macro's edited line."""
    ran = check(empty, SHOP, edited(SHOP, "macros/money.sql", "100.0", "1000.0"))
    finding = the_only(ran)
    assert (finding["rule"], place(finding)) == ("column-values-changed", "macros/money.sql:4")
    assert all(
        text in finding["message"] for text in ("`cents_to_dollars`", "`amount`", "stg_orders", "stg_refunds")
    )
    assert set(finding["consumers"]) == {"shop.marts.weekly", "shop.marts.by_hand"}
    assert changed(ran) == {("stg_orders", "column-values-changed"), ("stg_refunds", "column-values-changed")}
    assert finding["changes"] == [
        change["id"] for change in ran.report["changes"] if change["caused_by"] is None
    ]
    assert {change["path"] for change in ran.report["changes"] if change["caused_by"] is None} == {
        "models/staging/stg_orders.sql",
        "models/staging/stg_refunds.sql",
    }
    assert finding["origin"] == {
        "kind": "macro",
        "name": "cents_to_dollars",
        "path": "macros/money.sql",
        "line": 4,
    }


def test_a_macro_and_one_of_its_models(empty: Project) -> None:
    """A model whose own file was edited as well has a finding of its own, in its file."""
    own = edited(SHOP, "models/staging/stg_refunds.sql", "    id,", "    id + 1 as id,")
    ran = check(empty, SHOP, edited(SHOP, "macros/money.sql", "100.0", "1000.0") | own)
    places = {place(finding).partition(":")[0] for finding in ran.report["findings"]}
    assert places == {"macros/money.sql", "models/staging/stg_refunds.sql"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(column) %}\n", "(column) %}{# of one currency #}\n"),
        ("({{ column }} / 100.0)", "{% set cents = 100.0 %}(({{ column }}) / {{ cents }})"),
        ("{{ column }}{% endmacro", "{{ column }} + 1{% endmacro"),
    ],
    ids=["comment", "refactored", "unused"],
)
def test_a_macro_that_writes_the_same(empty: Project, old: str, new: str) -> None:
    """A comment, another way to write the same, and a macro that nobody calls are not mentioned."""
    ran = check(empty, SHOP, edited(SHOP, "macros/money.sql", old, new))
    assert (ran.report["findings"], ran.report["changes"]) == ([], [])


def test_a_macro_that_loses_a_column(empty: Project) -> None:
    """The readers that break of all its models are under the one finding, worst first, and it blocks."""
    macro = "{% macro audit() %}\n    loaded_at,\n    loaded_by\n{% endmacro %}\n"
    files = SHOP | {"macros/audit.sql": macro}
    for name in ("one", "two"):
        files[f"models/{name}.sql"] = "select id, {{ audit() }} from {{ source('raw', 'orders') }}\n"
        files[f"models/by_{name}.sql"] = f"select\n    loaded_by\nfrom {{{{ ref('{name}') }}}}\n"
    lost = edited(files, "macros/audit.sql", "loaded_at,\n    loaded_by", "loaded_at")
    ran = check(empty, files, lost)
    finding = the_only(ran)
    assert (ran.code, finding["rule"], finding["level"]) == (1, "column-removed", "error")
    assert place(finding).startswith("macros/audit.sql:")
    assert ran.broken == {
        "shop.marts.by_one": "models/by_one.sql:2",
        "shop.marts.by_two": "models/by_two.sql:2",
    }
    assert set(finding["consumers"]) == set(ran.broken)


def test_a_vendored_package(empty: Project) -> None:
    """A macro of a package in the repository is a macro like any other."""
    files = SHOP | {
        "dbt_packages/acme/dbt_project.yml": "name: acme\n",
        "dbt_packages/acme/macros/twice.sql": "{% macro twice(it) %}\n  2 * {{ it }}\n{% endmacro %}\n",
        "models/doubled.sql": "select {{ acme.twice('amount') }} as amount from {{ ref('stg_orders') }}\n",
        "models/again.sql": "select {{ acme.twice('amount') }} as amount from {{ ref('stg_refunds') }}\n",
    }
    finding = the_only(check(empty, files, edited(files, "dbt_packages/acme/macros/twice.sql", "2 *", "3 *")))
    assert place(finding) == "dbt_packages/acme/macros/twice.sql:2"
    assert "doubled" in finding["message"]
    assert "again" in finding["message"]


def test_a_package_that_is_not_there(empty: Project) -> None:
    """Another version of it can't be compared: said once, with the models that use it; and only where some do."""
    files = SHOP | {
        "packages.yml": "packages:\n  - package: acme/rounding\n    version: 1.0.0\n",
        "models/rounded.sql": "select {{ rounding.half_up('amount') }} as amount from {{ ref('stg_orders') }}\n",
    }
    newer = edited(files, "packages.yml", "1.0.0", "2.0.0")
    ran = check(empty, files, newer)
    finding = the_only(ran)
    assert (ran.code, finding["rule"], place(finding)) == (0, "undecided", "packages.yml:3")
    assert all(
        text in finding["message"] for text in ("`rounding`", "1.0.0", "2.0.0", "not in the repository")
    )
    assert finding["consumers"] == ["shop.marts.rounded"]
    assert ran.report["findings"][0]["undecided"] is True


def test_a_package_that_nobody_uses(empty: Project) -> None:
    """Its other version is not mentioned."""
    files = SHOP | {"packages.yml": "packages:\n  - package: acme/rounding\n    version: 1.0.0\n"}
    ran = check(empty, files, edited(files, "packages.yml", "1.0.0", "2.0.0"))
    assert ran.report["findings"] == []


def test_a_locked_package(empty: Project) -> None:
    """Where the project asks for a range of versions, the lock file says which one it is."""
    files = SHOP | {
        "packages.yml": "packages:\n  - package: acme/rounding\n    version: ['>=1.0.0', '<2.0.0']\n",
        "package-lock.yml": "packages:\n  - package: acme/rounding\n    version: 1.0.0\n",
        "models/rounded.sql": "select {{ rounding.half_up('amount') }} as amount from {{ ref('stg_orders') }}\n",
    }
    finding = the_only(check(empty, files, edited(files, "package-lock.yml", "1.0.0", "1.5.0")))
    assert place(finding) == "package-lock.yml:3"
    assert "1.0.0 to 1.5.0" in finding["message"]


def test_a_variable(empty: Project) -> None:
    """It stands at its line of the project file; another variable's value changes nothing."""
    ran = check(empty, SHOP, edited(SHOP, "dbt_project.yml", "2020-01-01", "2021-01-01"))
    finding = the_only(ran)
    assert (finding["rule"], place(finding)) == ("rows-filter-changed", "dbt_project.yml:4")
    assert "variable `first_day`" in finding["message"]
    assert changed(ran) == {("stg_orders", "rows-filter-changed")}
    assert finding["consumers"] == ["shop.marts.weekly"]


@pytest.mark.parametrize(
    ("variables", "reached"),
    [
        ("  rounding: {digits: 1}\n", ["shop.marts.rounded"]),
        ("  'rounding:digits': 1\n", ["shop.marts.rounded"]),
        ("  digits: 1\n", ["shop.marts.rounded", "shop.marts.shown"]),
        ("  'dbt_date:zone': 1\n", []),
    ],
)
def test_a_variable_that_only_an_absent_package_can_read(
    empty: Project, variables: str, reached: list[str]
) -> None:
    """What no text here names is read by a package: what it does to the models that use it is not known."""
    files = SHOP | {
        "dbt_project.yml": SHOP["dbt_project.yml"].replace("vars:\n", "vars:\n" + variables),
        "packages.yml": "packages:\n  - package: acme/rounding\n    version: 1.0.0\n  - package: acme/other\n    version: 1.0.0\n",
        "models/rounded.sql": "select {{ rounding.half_up('amount') }} as amount from {{ ref('stg_orders') }}\n",
        "models/shown.sql": "select {{ other.shown('amount') }} as amount from {{ ref('stg_orders') }}\n",
    }
    assert variables in files["dbt_project.yml"]
    ran = check(empty, files, edited(files, "dbt_project.yml", variables, variables.replace("1", "2")))
    found = ran.report["findings"]
    assert [consumer for finding in found for consumer in finding["consumers"]] == reached
    assert all(finding["undecided"] and place(finding).startswith("dbt_project.yml:") for finding in found)


def test_a_variable_that_nobody_reads(empty: Project) -> None:
    """It is not mentioned."""
    assert (
        check(empty, SHOP, edited(SHOP, "dbt_project.yml", "unused: 1", "unused: 2")).report["changes"] == []
    )


def test_a_variable_in_yaml(empty: Project) -> None:
    """A source's schema that a variable gives: the variable's line, with the readers of all its tables."""
    files = SHOP | edited(SHOP, "models/sources.yml", "schema: landing", "schema: \"{{ var('landing') }}\"")
    files |= edited(SHOP, "dbt_project.yml", "vars:\n", "vars:\n  landing: landing\n")
    finding = the_only(
        check(empty, files, edited(files, "dbt_project.yml", "landing: landing", "landing: lake"))
    )
    assert place(finding) == "dbt_project.yml:4"
    assert {"shop.marts.stg_orders", "shop.marts.stg_refunds"} <= set(finding["consumers"])


def test_a_seed(empty: Project) -> None:
    """A column of its header that goes is a change of the seed's relation."""
    ran = check(empty, SHOP, {"seeds/countries.csv": "code,name\nde,Germany\n"})
    finding = the_only(ran)
    assert (ran.code, finding["rule"], place(finding)) == (1, "column-removed", "seeds/countries.csv:1")
    assert ran.broken == {"shop.marts.labels": "models/labels.sql:1"}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("orders_2020", "orders_2021", 6),
        ("schema: landing", "schema: lake", 3),
        ("schema: landing", "database: lake", 3),
    ],
    ids=["identifier", "schema", "database"],
)
def test_a_source_that_is_another_table(empty: Project, old: str, new: str, line: int) -> None:
    """No table is renamed by YAML: those who read the source take their rows from elsewhere."""
    ran = check(empty, SHOP, edited(SHOP, "models/sources.yml", old, new))
    finding = the_only(ran)
    assert (ran.code, finding["rule"], finding["level"]) == (0, "rows-source-changed", "note")
    assert place(finding) == f"models/sources.yml:{line}"
    assert {"shop.marts.stg_orders", "shop.marts.stg_refunds"} <= set(finding["consumers"])


def test_a_source_that_is_not_declared_any_more(empty: Project) -> None:
    """The models that name it do not compile: one finding on the YAML file, each model a change."""
    gone = edited(SHOP, "models/sources.yml", "      - name: orders\n", "      - name: purchases\n")
    ran = check(empty, SHOP, gone)
    finding = the_only(ran)
    assert (ran.code, finding["rule"], place(finding)) == (1, "does-not-bind", "models/sources.yml:5")
    assert changed(ran) == {("stg_orders", "does-not-bind"), ("stg_refunds", "does-not-bind")}
    assert set(ran.broken) == {
        f"shop.marts.{name}" for name in ("stg_orders", "stg_refunds", "weekly", "by_hand")
    }


def test_a_table_of_a_source_that_nobody_reads(empty: Project) -> None:
    """Taking it out of the YAML is not mentioned."""
    ran = check(empty, SHOP, edited(SHOP, "models/sources.yml", "      - name: nobody_reads_it\n", ""))
    assert (ran.code, ran.report["findings"]) == (0, [])


def test_a_column_that_a_source_does_not_declare_any_more(empty: Project) -> None:
    """The table may still have it: its readers are told as not decided."""
    ran = check(empty, SHOP, edited(SHOP, "models/sources.yml", "          - name: cents\n", ""))
    finding = the_only(ran)
    assert (ran.code, finding["level"], finding["undecided"]) == (0, "warning", True)
    assert finding["location"]["path"] == "models/sources.yml"
    assert set(finding["consumers"]) == {"shop.marts.stg_orders", "shop.marts.stg_refunds"}


def test_the_macro_that_names_schemas(empty: Project) -> None:
    """Every relation moves: one finding, and only who reads one by its old name breaks."""
    moved = edited(SHOP, "macros/names.sql", "{{ target.schema }}", "{{ target.schema }}_new")
    ran = check(empty, SHOP, moved)
    finding = the_only(ran)
    assert (finding["rule"], place(finding)) == ("relation-moved", "macros/names.sql:2")
    assert "`generate_schema_name`" in finding["message"]
    assert "6 relations" in finding["message"]
    assert ran.broken == {"shop.marts_new.by_hand": "models/by_hand.sql:3"}
    assert changed(ran) == {
        (name, "relation-moved")
        for name in ("stg_orders", "stg_refunds", "labels", "weekly", "by_hand", "countries")
    }


def test_a_folder_setting(empty: Project) -> None:
    """It stands at its line of the project file, with all models of the folder; settings beside it don't count."""
    table = "+materialized: table\n      +meta: {owner: ada}\n      +tags: [nightly]"
    ran = check(empty, SHOP, edited(SHOP, "dbt_project.yml", "+materialized: view", table))
    finding = the_only(ran)
    assert "tags" not in finding["message"]
    assert (finding["rule"], place(finding)) == ("materialization-changed", "dbt_project.yml:9")
    assert "2 models" in finding["message"]


def test_a_folder_that_is_switched_off(empty: Project) -> None:
    """Its relations are gone for one reason."""
    off = edited(SHOP, "dbt_project.yml", "+materialized: view", "+enabled: false")
    ran = check(empty, SHOP, off)
    finding = the_only(ran)
    assert (ran.code, finding["rule"], place(finding)) == (1, "relation-removed", "dbt_project.yml:9")
    assert set(ran.broken) == {"shop.marts.weekly", "shop.marts.by_hand"}


def test_a_folder_of_functions_that_is_switched_off(empty: Project) -> None:
    """Functions have folders as models do: what goes is told at the line that switches it off."""
    files = SHOP | {
        "dbt_project.yml": SHOP["dbt_project.yml"] + "functions:\n  shop:\n    +enabled: true\n",
        "functions/half.sql": "n / 2\n",
        "functions/half.yml": "functions:\n  - name: half\n    arguments: [{name: n, data_type: int}]\n    returns: {data_type: int}\n",
        "models/halves.sql": "select {{ function('half') }}(amount) as h from {{ ref('stg_orders') }}\n",
    }
    ran = check(empty, files, edited(files, "dbt_project.yml", "+enabled: true", "+enabled: false"))
    finding = next(each for each in ran.report["findings"] if each["rule"] == "relation-removed")
    assert (ran.code, place(finding)) == (1, "dbt_project.yml:12")


def test_the_latest_version(empty: Project) -> None:
    """Who asks for no version reads another model from now on: told at the YAML that says so."""
    files = SHOP | {
        "models/facts_v1.sql": "select id, amount from {{ ref('stg_orders') }}\n",
        "models/facts_v2.sql": "select id, amount * 2 as amount from {{ ref('stg_orders') }}\n",
        "models/facts.yml": "models:\n  - name: facts\n    latest_version: 1\n    versions: [{v: 1}, {v: 2}]\n",
        "models/one.sql": "select amount from {{ ref('facts') }}\n",
        "models/two.sql": "select id from {{ ref('facts') }}\n",
        "models/pinned.sql": "select id from {{ ref('facts', v=1) }}\n",
    }
    ran = check(empty, files, edited(files, "models/facts.yml", "latest_version: 1", "latest_version: 2"))
    finding = the_only(ran)
    assert (finding["rule"], place(finding)) == ("rows-source-changed", "models/facts.yml:3")
    assert changed(ran) == {("one", "rows-source-changed"), ("two", "rows-source-changed")}


def test_a_relation_that_is_written_out(empty: Project) -> None:
    """Who names a model without `ref` reads it all the same."""
    lost = edited(SHOP, "models/staging/stg_refunds.sql", " as amount", " as total")
    ran = check(empty, SHOP, lost)
    assert ran.broken == {"shop.marts.by_hand": "models/by_hand.sql:2"}


def test_constants_of_dataform(empty: Project) -> None:
    """An include that several actions use is one cause too."""
    files = {
        "workflow_settings.yaml": "defaultProject: shop\ndefaultDataset: marts\ndataformCoreVersion: 3.0.0\n",
        "includes/constants.js": "const FIRST = 2020;\nmodule.exports = { FIRST };\n",
        "definitions/orders.sqlx": (
            'config { type: "table" }\nselect id, year from raw.orders where year > ${constants.FIRST}\n'
        ),
        "definitions/refunds.sqlx": (
            'config { type: "table" }\nselect id, year from raw.refunds where year > ${constants.FIRST}\n'
        ),
    }
    ran = check(empty, files, edited(files, "includes/constants.js", "2020", "2021"))
    finding = the_only(ran)
    assert place(finding) == "includes/constants.js:1"
    assert changed(ran) == {("orders", "rows-filter-changed"), ("refunds", "rows-filter-changed")}


def test_a_macro_of_sqlmesh(empty: Project) -> None:
    """A file of macros that several models are made with is one cause too."""
    files = {
        "config.yaml": "model_defaults: {dialect: postgres}\n",
        "macros/money.py": "from sqlmesh import macro\n\n@macro()\ndef days(evaluator):\n    return 30\n",
        "models/a.sql": "MODEL (name shop.a);\nSELECT id FROM raw.orders WHERE age < @days();\n",
        "models/b.sql": "MODEL (name shop.b);\nSELECT id FROM raw.refunds WHERE age < @days();\n",
    }
    ran = check(empty, files, edited(files, "macros/money.py", "30", "60"))
    finding = the_only(ran)
    assert place(finding).partition(":")[0] == "macros/money.py"
    assert changed(ran) == {("a", finding["rule"]), ("b", finding["rule"])}


def test_a_declaration_that_only_moved_is_no_changed_model(empty: Project) -> None:
    """Lines that are added before a model's tests change neither the model nor its tests."""
    before = "models:\n  - name: stg_orders\n    columns: [{name: amount, data_tests: [not_null]}]\n"
    files = SHOP | {"models/tests.yml": before}
    ran = check(empty, files, edited(files, "models/tests.yml", "models:\n", "models:\n\n"))
    assert (ran.report["coverage"]["models_changed"], ran.report["changes"]) == (0, [])
