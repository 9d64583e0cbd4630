"""What a dbt project gives: models by key, names of relations, what is off, what is broken."""

import pytest

from contract_gate.core.relation import Column, RelationName
from contract_gate.core.world import ModelKind
from contract_gate.sql.algebra import Shape
from contract_gate.sql.bind import bind_script
from contract_gate.sql.given import output_columns
from contract_gate.workspace.dbt.adapters import Spot
from contract_gate.workspace.dbt.packages import dbt_roots
from contract_gate.workspace.dbt.project import Options, read_dbt


def relation(*parts: str) -> RelationName:
    return RelationName(parts)


def test_a_model_gets_the_production_targets_names(dbt_project):
    """Of several targets, the one named prod gives database and schema."""
    project = dbt_project({"models/orders.sql": "select 1 as id"})
    model = project.models["model.shop.orders"]
    assert model.relation == relation("lake", "main", "orders")
    assert (model.dialect, model.materialization, model.path) == ("duckdb", "view", "models/orders.sql")


def test_settings_by_folder_yaml_and_file_are_merged_in_dbts_order(dbt_project):
    """The file's config wins over YAML, YAML over folders, an inner folder over an outer one."""
    project = dbt_project(
        {
            "dbt_project.yml": """
                name: shop
                profile: shop
                models:
                  shop:
                    +materialized: table
                    marts:
                      +schema: marts
                      finance:
                        schema: finance
                """,
            "models/marts/a.sql": "select 1 as id",
            "models/marts/finance/b.sql": "{{ config(alias='bee') }} select 1 as id",
            "models/marts/finance/c.sql": "{{ config(materialized='incremental') }} select 1 as id",
            "models/marts/finance/schema.yml": """
                models:
                  - name: c
                    config: {schema: yaml, on_schema_change: append_new_columns, materialized: view}
                """,
        }
    )
    found = {
        key: (model.relation, model.materialization, model.on_schema_change)
        for key, model in project.models.items()
    }
    assert found == {
        "model.shop.a": (relation("lake", "main_marts", "a"), "table", None),
        "model.shop.b": (relation("lake", "main_finance", "bee"), "table", None),
        "model.shop.c": (relation("lake", "main_yaml", "c"), "incremental", "append_new_columns"),
    }


def test_a_macro_may_configure_the_model_that_calls_it(dbt_project):
    """dbt runs macros when it parses: a name, a folder or a switch that one sets is the model's."""
    project = dbt_project(
        {
            "macros/m.sql": """
                {% macro placed(kind) %}{% if kind == 'device' %}{{ config(alias='devices', schema='gold') }}
                {%- else %}{{ config(enabled=false) }}{% endif %}{{ columns() }}{% endmacro %}
                {% macro columns() %}select 1 as id{% endmacro %}
                """,
            "models/a.sql": "{{ placed('device') }}",
            "models/b.sql": "{{ placed('user') }}",
            "models/c.sql": "{{ columns() }}",
        }
    )
    found = {key: model.relation for key, model in project.models.items()}
    assert found == {
        "model.shop.a": relation("lake", "main_gold", "devices"),
        "model.shop.c": relation("lake", "main", "c"),
    }


def test_the_projects_quoting_is_not_for_sources(dbt_project):
    """Sources are quoted as the adapter does by itself, or as their own YAML says."""
    project = dbt_project(
        {
            "dbt_project.yml": "name: shop\nprofile: shop\nquoting: {schema: false, identifier: false}",
            "models/sources.yml": """
                sources:
                  - name: raw
                    tables: [{name: orders}, {name: lines, quoting: {identifier: false}}]
                """,
            "models/a.sql": "select 1 as id from {{ source('raw', 'orders') }}, {{ source('raw', 'lines') }}",
            "models/b.sql": "select 1 as id from {{ ref('a') }}",
        }
    )
    written = [project.rendered(key).sql for key in ("model.shop.a", "model.shop.b")]
    assert written == [
        'select 1 as id from "lake"."raw"."orders", "lake"."raw".lines',
        'select 1 as id from "lake".main.a',
    ]


def test_a_schema_that_fails_without_the_command_line_is_a_word(dbt_project):
    """A source whose schema needs a variable that only a run gives has a name all the same, so that SQL is read."""
    project = dbt_project(
        {
            "dbt_project.yml": "name: shop\nprofile: shop\nvars: {suffix: }",
            "models/sources.yml": """
                sources:
                  - name: raw
                    schema: '{{ target.schema.replace(var("suffix", ""), "") }}_raw'
                    tables: [{name: orders}]
                """,
            "models/a.sql": "select 1 as id from {{ source('raw', 'orders') }}",
        }
    )
    written = project.rendered("model.shop.a").sql
    assert written == 'select 1 as id from "lake"."unknown_target_schema_replace_var_suffix__raw"."orders"'


def test_the_projects_own_naming_macros_are_used(dbt_project):
    """generate_schema_name and generate_alias_name of the project decide, with the node at hand."""
    project = dbt_project(
        {
            "macros/names.sql": """
                {% macro generate_schema_name(custom_schema_name, node) -%}
                  {%- if custom_schema_name is none -%}{{ target.schema }}{%- else -%}{{ custom_schema_name | trim }}{%- endif -%}
                {%- endmacro %}
                {% macro generate_alias_name(custom_alias_name=none, node=none) -%}
                  {{ node.name | replace(node.fqn[1] ~ '__', '') }}
                {%- endmacro %}
                """,
            "models/crm/crm__people.sql": "{{ config(schema='crm') }} select 1 as id",
        }
    )
    assert project.models["model.shop.crm__people"].relation == relation("lake", "crm", "people")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"models/a.sql": "{{ config(enabled=false) }} select 1"}, "models/a.sql"),
        ({"models/a.sql": "{{ config(enabled=var('x', false)) }} select 1"}, "models/a.sql"),
        (
            {"models/a.sql": "select 1", "models/s.yml": "models: [{name: a, config: {enabled: false}}]"},
            "models/a.sql",
        ),
        (
            {
                "models/old/a.sql": "select 1",
                "dbt_project.yml": "name: shop\nprofile: shop\nmodels: {shop: {old: {+enabled: false}}}",
            },
            "models/old/a.sql",
        ),
    ],
)
def test_a_model_that_is_off_is_listed_apart(dbt_project, files, words):
    """Off in SQL, by a variable, in YAML or by folder: no model, and a ref to it is missing."""
    project = dbt_project({**files, "models/b.sql": "select * from {{ ref('a') }}"})
    assert "model.shop.a" not in project.models
    assert words in project.disabled["model.shop.a"]
    assert project.rendered("model.shop.b").missing == ("a",)
    assert project.readers(["model.shop.a"]) == {"model.shop.b"}


def test_two_models_of_a_name_where_one_is_off_are_one(dbt_project):
    """dbt allows a name twice when all but one are off."""
    project = dbt_project(
        {
            "models/a/orders.sql": "{{ config(enabled=false) }} select 1 as old",
            "models/b/orders.sql": "select 1 as id",
        }
    )
    assert project.models["model.shop.orders"].path == "models/b/orders.sql"
    assert dict(project.problems) == {}


def test_a_name_twice_is_a_problem_of_both_files(dbt_project):
    """dbt refuses the project; the gate keeps the first and says so of either, whichever the pull request edits."""
    project = dbt_project({"models/a/orders.sql": "select 1", "models/b/orders.sql": "select 2"})
    assert project.problems == {
        "models/a/orders.sql": "models/b/orders.sql has the same name, and dbt refuses both",
        "models/b/orders.sql": "models/a/orders.sql has the same name, and dbt refuses both",
    }


def test_broken_yaml_spares_everything_else(dbt_project):
    """A YAML file that can't be parsed is a problem with its line; models and other files go on."""
    project = dbt_project(
        {
            "models/a.sql": "select 1 as id",
            "models/bad.yml": "models:\n  - name: a\n   columns: [",
            "models/good.yml": "models: [{name: a, columns: [{name: ID, data_type: int}]}]",
        }
    )
    assert project.problems["models/bad.yml"].startswith("the YAML can't be read: line 3")
    assert project.models["model.shop.a"].columns == (Column(name="id", type="INT"),)


def test_a_file_that_is_missing_from_the_clone_is_said(dbt_project):
    """A partial clone's file has its reason, as a problem of the path and of the rendering."""
    project = dbt_project({"models/a.sql": OSError("the blob is missing")})
    assert project.problems["models/a.sql"] == "the blob is missing"
    assert project.rendered("model.shop.a").problem == "the file could not be read: the blob is missing"


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfselect 1 as id",
        "select 1 as id".encode("utf-16"),
        "select 1 as id".encode("utf-16-le"),
        b"select 1 as id\r\n",
    ],
)
def test_marks_and_encodings_are_read(dbt_project, content):
    """A byte-order mark, UTF-16 with and without one, and Windows line ends give the same SQL."""
    project = dbt_project({"models/a.sql": content})
    assert project.rendered("model.shop.a").sql == "select 1 as id"


def test_bytes_that_are_no_text_are_noted(dbt_project):
    """Invalid UTF-8 is replaced, and the rendering has a note."""
    rendered = dbt_project({"models/a.sql": b"select '\xff' as id"}).rendered("model.shop.a")
    assert rendered.sql == "select '\ufffd' as id"
    assert "not valid UTF-8" in rendered.notes[0]


def test_versions_are_models_of_their_own(dbt_project):
    """Each version has its file, alias and columns; ref without a version means the latest."""
    project = dbt_project(
        {
            "models/orders_v1.sql": "select 1 as id",
            "models/orders_v2.sql": "select 2 as id",
            "models/use.sql": "select * from {{ ref('orders') }} union all select * from {{ ref('orders', v=1) }}",
            "models/s.yml": """
                models:
                  - name: orders
                    latest_version: 2
                    columns: [{name: id}, {name: total}]
                    versions:
                      - v: 1
                        columns: [{include: all, exclude: [total]}]
                      - v: 2
                """,
        }
    )
    assert project.models["model.shop.orders.v1"].columns == (Column(name="id"),)
    assert project.models["model.shop.orders.v2"].relation == relation("lake", "main", "orders_v2")
    reads = project.rendered("model.shop.use").reads
    assert [name.name for name in reads] == ["orders_v2", "orders_v1"]
    assert project.readers(["model.shop.orders.v1"]) == {"model.shop.use"}


def test_sources_take_their_names_from_the_source_and_the_table(dbt_project):
    """Schema, database and identifier may be Jinja and default to target, source name and table name."""
    project = dbt_project(
        {
            "models/s.yml": """
                sources:
                  - name: raw
                    schema: "{{ 'landing' if target.name == 'prod' else 'sandbox' }}"
                    tables:
                      - name: orders
                        identifier: t_orders
                        columns: [{name: id, data_type: bigint}]
                  - name: crm
                    database: other
                    tables: [{name: people}]
                """,
            "models/a.sql": "select * from {{ source('raw', 'orders') }} join {{ source('crm', 'people') }} using (id)",
        }
    )
    orders = project.models["source.shop.raw.orders"]
    assert (orders.relation, orders.kind, orders.closed, orders.line) == (
        relation("lake", "landing", "t_orders"), ModelKind.SOURCE, False, 5,
    )  # fmt: skip
    assert project.models["source.shop.crm.people"].relation == relation("other", "crm", "people")
    assert project.rendered("model.shop.a").sql == (
        'select * from "lake"."landing"."t_orders" join "other"."crm"."people" using (id)'
    )


def test_a_seed_has_the_columns_of_its_header_and_no_others(dbt_project):
    """The CSV's first line closes the columns; configured types are kept."""
    project = dbt_project(
        {
            "seeds/countries.csv": 'code,"Name"\nde,Germany\n',
            "seeds/s.yml": "seeds: [{name: countries, config: {column_types: {code: varchar(2)}}}]",
        }
    )
    seed = project.models["seed.shop.countries"]
    assert seed.columns == (Column(name="code", type="VARCHAR(2)"), Column(name="name"))
    assert (seed.closed, seed.kind) == (True, ModelKind.SEED)


def test_snapshots_of_both_kinds_have_dbts_columns(dbt_project):
    """A snapshot's SQL is its select and the columns that dbt adds; the lines stay."""
    project = dbt_project(
        {
            "models/orders.sql": "select 1 as id",
            "snapshots/old.sql": """
                {% snapshot orders_old %}
                {{ config(target_schema='history', strategy='check', unique_key='id', check_cols='all') }}
                select id
                from {{ ref('orders') }}
                {% endsnapshot %}
                """,
            "snapshots/new.yml": """
                snapshots:
                  - name: orders_new
                    relation: ref('orders')
                    config: {schema: history, strategy: timestamp, unique_key: id, updated_at: ts}
                """,
        }
    )
    old = project.models["snapshot.shop.orders_old"]
    assert (old.relation, old.kind) == (relation("lake", "history", "orders_old"), ModelKind.SNAPSHOT)
    rendered = project.rendered(old.key)
    assert (
        "null as dbt_scd_id, null as dbt_updated_at, null as dbt_valid_from, null as dbt_valid_to"
        in rendered.sql
    )
    lines = rendered.sql.split("\n")
    place = next(number for number, line in enumerate(lines, 1) if "lake" in line)
    assert rendered.source_line(place) == 4
    new = project.rendered("snapshot.shop.orders_new")
    assert 'from (select * from "lake"."main"."orders"\n)' in new.sql
    assert project.readers(["model.shop.orders"]) == {"snapshot.shop.orders_old", "snapshot.shop.orders_new"}


def test_a_python_model_is_read_and_never_run(dbt_project):
    """Its refs and settings come from the syntax tree; its columns are not analysed, and that is said."""
    project = dbt_project(
        {
            "models/orders.sql": "select 1 as id",
            "models/score.py": """
                raise SystemExit("executed")
                def model(dbt, session):
                    dbt.config(schema="ml")
                    return dbt.ref("orders")
                """,
        }
    )
    assert project.models["model.shop.score"].relation == relation("lake", "main_ml", "score")
    assert project.rendered("model.shop.score").problem == "a Python model: its columns are not analysed"
    assert project.readers(["model.shop.orders"]) == {"model.shop.score"}


def test_packages_local_and_vendored_bring_macros_and_models(dbt_project):
    """A local package and a vendored one are read; the root's settings win over theirs; the rest is named."""
    project = dbt_project(
        {
            "packages.yml": "packages: [{local: lib}, {package: dbt-labs/dbt_utils}, {package: a/far_away}]",
            "lib/dbt_project.yml": "name: lib\nvars: {lib_word: own}\nmodels: {lib: {+schema: lib}}",
            "lib/macros/m.sql": "{% macro word() %}'{{ var('lib_word') }}'{% endmacro %}",
            "lib/models/base.sql": "select {{ lib.word() }} as word",
            "dbt_packages/dbt_utils/dbt_project.yml": "name: dbt_utils",
            "dbt_packages/dbt_utils/macros/star.sql": "{% macro star(from) %}vendored_star{% endmacro %}",
            "dbt_project.yml": "name: shop\nprofile: shop\nmodels: {lib: {+schema: mine}}",
            "models/a.sql": "select {{ dbt_utils.star(ref('base')) }} from {{ ref('lib', 'base') }}",
        }
    )
    assert project.rendered("model.shop.a").sql == 'select vendored_star from "lake"."main_mine"."base"'
    assert project.rendered("model.lib.base").sql == "select 'own' as word"
    assert project.packages.absent == ("far_away",)


def test_a_local_package_without_files_is_not_here(dbt_project):
    """A local package whose folder is a submodule, or lies beside the repository, is one that is not here: a ref may mean it."""
    for place in ("vendor/dbt-far-away", "../far-away"):
        project = dbt_project(
            {
                "packages.yml": f"packages: [{{local: {place}}}]",
                "models/a.sql": "select * from {{ ref('lib', 'b') }}",
            }
        )
        assert project.packages.absent == ("far_away",)
        assert project.rendered("model.shop.a").missing == ()
        assert project.problems == {}


def test_a_package_by_its_address_has_a_name_that_nobody_knows(dbt_project):
    """A private package, and a tarball whatever its folder is called, may be the one that a ref means."""
    for asked in ("private: org/far-repo", "tarball: https://example.com/far.tar.gz, name: far"):
        project = dbt_project(
            {
                "packages.yml": f"packages: [{{{asked}}}]",
                "models/a.sql": "select * from {{ ref('lib', 'b') }}",
            }
        )
        assert project.rendered("model.shop.a").missing == ()


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("{}", "prod.gold.orders"),
        ("shop: {outputs: {ci: {type: duckdb, path: lake.db}}}", "lake.gold.orders"),
        (
            "shop: {outputs: {ci: {type: postgres, dbname: \"{{ env_var('DB') }}\", schema: m}}}",
            "prod.m.orders",
        ),
        (
            "shop: {outputs: {ci: {type: postgres, dbname: \"{{ env_var('DB', 'x') }}\", schema: m}}}",
            "x.m.orders",
        ),
        ("shop: {outputs: {ci: {type: postgres, dbname: d, schema: m}}}", "d.m.orders"),
        ("shop: {outputs: {ci: {type: databricks, schema: m}}}", "hive_metastore.m.orders"),
        ("shop: {outputs: {ci: {type: clickhouse, schema: m}}}", "m.orders"),
    ],
)
def test_the_configured_target_says_what_no_profile_says(dbt_project, profile, name):
    """The target's database and schema are the profile's, else the configuration's: no word is made up for them."""
    files = {"profiles.yml": profile, "models/orders.sql": "select 1 as id"}
    project = dbt_project(files, Options(spot=Spot(database="prod", schema="gold")))
    assert str(project.models["model.shop.orders"].relation) == name
    assert project.made_up() == ()


def test_the_adapter_is_guessed_where_no_profile_is(dbt_project):
    """Settings that only one adapter has tell the dialect; the configured dialect wins."""
    files = {
        "profiles.yml": "{}",
        "dbt_project.yml": "name: shop\nmodels: {shop: {+snowflake_warehouse: XS}}",
        "models/a.sql": "select 1 as id",
    }
    assert dbt_project(files).models["model.shop.a"].dialect == "snowflake"
    assert dbt_project(files, Options(dialect="bigquery")).models["model.shop.a"].dialect == "bigquery"


def test_folders_of_the_project_may_be_jinja(dbt_project):
    """A model path that is a template is rendered, with the environment's declared values or defaults."""
    files = {
        "dbt_project.yml": "name: shop\nprofile: shop\nmodel-paths: [\"{{ env_var('PLACE', 'models') }}\"]",
        "models/a.sql": "select 1",
        "elsewhere/b.sql": "select 1",
    }
    assert set(dbt_project(files).models) == {"model.shop.a"}
    assert set(dbt_project(files, Options(environment={"PLACE": "elsewhere"})).models) == {"model.shop.b"}


def test_a_project_in_a_folder_reads_its_own_folder_alone(dbt_project):
    """Paths are the repository's, models are those below the project's root."""
    project = dbt_project({"dwh/models/a.sql": "select 1", "models/b.sql": "select 1"}, root="dwh")
    assert {key: model.path for key, model in project.models.items()} == {"model.shop.a": "dwh/models/a.sql"}


def test_roots_leave_vendored_projects_out():
    """Every dbt_project.yml is a project, but for those of installed packages."""
    paths = [
        "dbt_project.yml",
        "x/dbt_project.yml",
        "x/dbt_packages/u/dbt_project.yml",
        "venv/dbt_project.yml",
        "models/dbt_project.sql",
    ]
    assert dbt_roots(paths) == ("", "x")


def test_a_project_without_a_name_is_a_reason(memory_files):
    """What can't be a project is said in words."""
    assert read_dbt(memory_files({"dbt_project.yml": "[]"})) == "the project file has no name"
    assert read_dbt(memory_files({"a.txt": ""})) == "there is no dbt_project.yml"


def test_find_prefers_the_full_name_and_the_own_package(dbt_project):
    """A relation is found by its full name, by the parts that are written, and not by another schema's name."""
    project = dbt_project({"models/a.sql": "select 1", "models/b.sql": "{{ config(schema='x') }} select 1"})
    assert project.find(relation("lake", "main", "a")).key == "model.shop.a"
    assert project.find(relation("b")).key == "model.shop.b"
    assert project.find(relation("lake", "other", "a")) is None


def test_a_relation_that_a_macro_writes_otherwise_is_still_found(dbt_project):
    """A project's ref or source may change the database: what is printed then leads to the same model."""
    project = dbt_project(
        {
            "macros/source.sql": """
                {% macro source(a, b) %}{{ return(builtins.source(a, b).replace_path(database='far')) }}{% endmacro %}
                """,
            "models/s.yml": "sources: [{name: raw, tables: [{name: orders}]}]",
            "models/a.sql": "select * from {{ source('raw', 'orders') }}",
        }
    )
    assert project.rendered("model.shop.a").sql == 'select * from "far"."raw"."orders"'
    assert project.find(relation("far", "raw", "orders"), "model.shop.a").key == "source.shop.raw.orders"


def test_two_projects_of_one_name_have_keys_of_their_own(dbt_project):
    """A copy of a project deeper in the repository does not take the keys of the one above."""
    files = {
        "dbt_project.yml": "name: shop\nprofile: shop",
        "models/a.sql": "select 1 as id",
        "old/shop/dbt_project.yml": "name: shop\nprofile: shop",
        "old/shop/models/a.sql": "select 2 as id",
        "old/shop/models/b.sql": "select * from {{ ref('a') }}",
        "old/shop/models/s.yml": "models: [{name: a, columns: [{name: id, tests: [unique]}]}]",
    }
    assert set(dbt_project(files).models) == {"model.shop.a"}
    copy = dbt_project(files, root="old/shop")
    assert set(copy.models) == {
        "model.shop@old/shop.a", "model.shop@old/shop.b", "test.shop@old/shop.unique_a_id",
    }  # fmt: skip
    assert copy.readers(["model.shop@old/shop.a"]) == {
        "model.shop@old/shop.b",
        "test.shop@old/shop.unique_a_id",
    }


def test_endings_have_no_case(dbt_project):
    """dbt finds `A.SQL` and `S.CSV` where it finds `a.sql`: a model of its name, a seed, macros and declarations."""
    files = {
        "models/A.SQL": "select {{ one() }} as id from {{ ref('S') }}",
        "models/A.YML": "models: [{name: A, columns: [{name: id, data_tests: [not_null]}]}]",
        "macros/ONE.SQL": "{% macro one() %}1{% endmacro %}",
        "seeds/S.CSV": "x\n1\n",
    }
    project = dbt_project(files)
    assert {"model.shop.A", "seed.shop.S"} < set(project.models)
    assert any(key.startswith("test.shop.not_null_A_id") for key in project.models)
    assert project.rendered("model.shop.A").sql == 'select 1 as id from "lake"."main"."S"'


@pytest.mark.parametrize("adapter", ["mysql", "mysql5", "mariadb", "impala", "hive", "glue", "fabricspark"])
def test_an_adapter_writes_names_as_its_dialect_reads_them(dbt_project, adapter):
    """Where `"x"` is a text, a column that a macro quotes stands in backticks; no database is written, as there is none."""
    files = {
        "profiles.yml": f"shop: {{outputs: {{ci: {{type: {adapter}, schema: mart}}}}}}",
        "models/a.sql": "select {{ adapter.quote('id') }} from {{ ref('b') }}",
        "models/b.sql": "select 1 as id",
    }
    project = dbt_project(files)
    sql = project.rendered("model.shop.a").sql or ""
    assert (sql.replace("`", ""), "`id`" in sql) == ("select id from mart.b", True)


@pytest.mark.parametrize(
    ("adapter", "parent"), [("glue", "spark"), ("greenplum", "postgres"), ("sqlserver", "fabric"), ("databricks", "spark")]
)  # fmt: skip
def test_an_adapter_takes_the_macros_of_the_one_that_it_is_made_of(dbt_project, adapter, parent):
    """dbt looks for `spark__m` in a project on Glue before it takes the default."""
    files = {
        "profiles.yml": f"shop: {{outputs: {{ci: {{type: {adapter}, schema: mart, dbname: d}}}}}}",
        "macros/m.sql": f"{{% macro {parent}__m() %}}1{{% endmacro %}} {{% macro default__m() %}}2{{% endmacro %}}",
        "models/a.sql": "select {{ adapter.dispatch('m')() }} as id",
    }
    assert dbt_project(files).rendered("model.shop.a").sql == "select 1 as id"


@pytest.mark.parametrize("adapter", ["postgres", "sqlserver", "spark", "snowflake", "duckdb"])
def test_a_deduplicated_relation_has_its_own_columns_alone(dbt_project, adapter):
    """No number of rows is among them, however the adapter writes it."""
    files = {
        "profiles.yml": f"shop: {{outputs: {{ci: {{type: {adapter}, schema: mart, database: d, dbname: d}}}}}}",
        "models/a.sql": "{{ dbt_utils.deduplicate(ref('b'), partition_by='id', order_by='n desc') }}",
        "models/b.sql": "select 1 as id, 2 as n",
    }
    project = dbt_project(files)
    script = bind_script(
        project.rendered("model.shop.a").sql or "",
        project.dialect,
        lambda name: Shape(name=name, columns=(Column(name="id"), Column(name="n")), closed=True),
    )
    query = script.statements[-1].query
    assert query is not None
    assert not script.problems
    assert sorted(output_columns(query)) == ["id", "n"]


@pytest.mark.parametrize("adapter", ["snowflake", "oracle", "postgres", "bigquery", "sqlserver"])
@pytest.mark.parametrize(
    "listed",
    [
        "{{ dbt_utils.star(ref('b')) }}",
        "{% for c in adapter.get_columns_in_relation(ref('b')) %}{{ c.quoted }}{% if not loop.last %}, {% endif %}{% endfor %}",
        "{% for c in dbt_utils.get_filtered_columns_in_relation(ref('b')) %}{{ adapter.quote(c) }}{% if not loop.last %}, {% endif %}{% endfor %}",
    ],
)
def test_columns_are_called_as_the_warehouse_calls_them(dbt_project, adapter, listed):
    """A macro that quotes them reads the same columns: AMOUNT in Snowflake is `amount`, and "Amount" is another."""
    files = {
        "profiles.yml": f"shop: {{outputs: {{ci: {{type: {adapter}, schema: mart, database: d, dbname: d}}}}}}",
        "models/a.sql": f"select {listed} from {{{{ ref('b') }}}}",
        "models/b.sql": "select {{ adapter.quote('Net Sum') }}, amount from t",
    }
    project = dbt_project(files)
    (made,) = bind_script(
        project.rendered("model.shop.b").sql or "", project.dialect, lambda _: None
    ).statements
    assert made.query is not None
    columns = tuple(output_columns(made.query).values())
    project.columns_of = lambda _key: columns
    shape = Shape(name=relation("d", "mart", "b"), columns=columns, closed=True)
    read = bind_script(project.rendered("model.shop.a").sql or "", project.dialect, lambda _: shape)
    assert not read.problems
    assert read.statements[0].query is not None
    assert list(output_columns(read.statements[0].query)) == [each.name for each in columns]


@pytest.mark.parametrize(
    ("adapter", "name", "written"),
    [
        ("oracle", "mart.b", "mart.b"), ("exasol", "mart.b", "mart.b"), ("teradata", "mart.b", '"mart"."b"'),
        ("snowflake", "d.mart.b", "d.mart.b"), ("sqlserver", "d.mart.b", '"d"."mart"."b"'), ("trino", "d.mart.b", '"d"."mart"."b"'),
    ],
)  # fmt: skip
def test_an_adapter_says_which_names_are_quoted_and_have_a_database(dbt_project, adapter, name, written):
    """In Oracle dbt writes names without quotes, so that a script beside the project means the same table by them."""
    files = {
        "profiles.yml": f"shop: {{outputs: {{ci: {{type: {adapter}, schema: mart, database: d}}}}}}",
        "models/a.sql": "select id from {{ ref('b') }}",
        "models/b.sql": "select 1 as id",
    }
    project = dbt_project(files)
    assert str(project.models["model.shop.b"].relation) == name
    assert project.rendered("model.shop.a").sql == f"select id from {written}"
