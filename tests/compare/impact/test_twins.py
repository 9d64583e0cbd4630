"""Two things of one name: in a dbt project, which refuses it, the order of paths decides nothing; files of SQL each make their own."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess
from tests.comparing import assessed

PROJECT = {
    "dbt_project.yml": "name: shop\nprofile: shop\n",
    "profiles.yml": "shop: {target: ci, outputs: {ci: {type: postgres, schema: ci, dbname: d}}}\n",
    "models/m/orders.sql": "select id, amount from raw.orders",
    "models/revenue.sql": "select {{ whole() }} as revenue from {{ ref('orders') }}",
    "macros/m.sql": "{% macro whole() %}sum(amount){% endmacro %}",
}
LESS = {"models/m/orders.sql": "select id from raw.orders"}


def _effects(found: Assessment) -> set[tuple[str | None, Effect]]:
    return {(impact.consumer.name, impact.effect) for impact in found.impacts}


@pytest.mark.parametrize("edit", [LESS, {}], ids=["with a break", "alone"])
@pytest.mark.parametrize("path", ["models/a/orders.sql", "models/z/orders.sql", "seeds/orders.csv"])
def test_a_second_of_a_name(assess_project: Assess, path: str, edit: dict[str, str]) -> None:
    """A second model or seed of a name keeps the model from being built, wherever it lies, and so its readers."""
    text = "id,amount\n1,2\n" if path.endswith(".csv") else "select id, amount from raw.orders"
    found = assess_project(PROJECT, {**PROJECT, **edit, path: text})
    assert {("d.ci.orders", Effect.BREAKS), ("d.ci.revenue", Effect.BREAKS)} <= _effects(found)
    assert Kind.DOES_NOT_BIND in {change.kind for change in found.changes}


@pytest.mark.parametrize("path", ["models/a/orders.sql", "models/z/orders.sql"])
def test_two_of_a_name_at_the_base(assess_project: Assess, path: str) -> None:
    """What was refused at the base is nobody's break, and when one of them goes what the other does is undecided."""
    base = {**PROJECT, path: PROJECT["models/m/orders.sql"]}
    alone = {name: text for name, text in base.items() if name != path}
    assert _effects(assess_project(base, {**base, **LESS})) == set()
    found = assess_project(base, {**alone, **LESS})
    assert {change.kind for change in found.changes} == {Kind.UNDECIDED}
    assert ("d.ci.revenue", Effect.UNKNOWN) in _effects(found)


@pytest.mark.parametrize("path", ["macros/a.sql", "macros/z.sql"])
def test_a_second_macro_of_a_name(assess_project: Assess, path: str) -> None:
    """dbt refuses the project; which of the two a model calls is not known, so that who calls it is undecided."""
    macro = "{% macro whole() %}sum(id){% endmacro %}"
    found = assess_project(PROJECT, {**PROJECT, **LESS, path: macro})
    assert _effects(found) == {("shop", Effect.BREAKS), ("d.ci.revenue", Effect.UNKNOWN)}


def test_each_file_makes_its_own(assess_project: Assess) -> None:
    """Where one of two files that make a table does not run any more, what the other makes of its own is not proven broken."""
    text = (
        "create table t (id int primary key, x int);\ncreate table u (y int references t(id));\n"
        "create view v as select id from t;\ninsert into t (id, x) values (1, 2);\n"
    )
    base = {"mysql/a.sql": text, "mysql/b.sql": text}
    found = assess_project(base, {**base, "mysql/b.sql": text.replace("x int", "z int")})
    own = {(impact.consumer.path, impact.effect) for impact in found.impacts}
    assert own == {("mysql/b.sql", Effect.BREAKS), ("mysql/a.sql", Effect.UNKNOWN)}


def _project(root: str, column: str) -> dict[str, str]:
    """A dbt project in a folder, with a Lightdash metric of the column."""
    metric = f"{{name: {column}, meta: {{metrics: {{total: {{type: sum}}}}}}}}"
    return {
        f"{root}/dbt_project.yml": PROJECT["dbt_project.yml"],
        f"{root}/profiles.yml": PROJECT["profiles.yml"],
        f"{root}/models/orders.sql": f"select id, {column} from raw.orders",
        f"{root}/models/orders.yml": f"models: [{{name: orders, columns: [{metric}]}}]",
    }


def test_one_of_two_projects_of_a_name_goes() -> None:
    """The one that stays is itself, and not what the other was: its readers read what they read."""
    stays = _project("dbt-new", "total")
    found = assessed({**_project("dbt", "amount"), **stays}, stays, None)
    assert {change.kind for change in found.changes} == {Kind.RELATION_REMOVED}
    assert found.impacts == ()


def test_a_project_moves() -> None:
    """In another folder it is the project that it was: what its models lose is lost."""
    moved = {
        path.replace("dbt/", "new/"): text.replace("amount", "total")
        for path, text in _project("dbt", "amount").items()
    }
    yaml = {"new/models/orders.yml": _project("dbt", "amount")["dbt/models/orders.yml"]}
    found = assessed(_project("dbt", "amount"), {**moved, **yaml}, None)
    assert {(each.consumer.name, each.effect) for each in found.impacts} == {("orders.total", Effect.BREAKS)}
