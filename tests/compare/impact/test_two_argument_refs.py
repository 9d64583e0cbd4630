"""`ref` with the name of a package or project: one of the repository, one that is not here, one of which nobody knows the name."""

import pytest

from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from contract_gate.compare.impact.assess import Assessment
from tests.compare.impact.conftest import Assess

PROFILE = "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: x.duckdb, schema: SCHEMA}\n"


def _project(name: str, root: str = "", schema: str = "main", **files: str) -> dict[str, str]:
    base = {
        "dbt_project.yml": f"name: {name}\nversion: '1.0'\nprofile: shop\n",
        "profiles.yml": PROFILE.replace("SCHEMA", schema),
    }
    models = {f"models/{model}.sql": text for model, text in files.items()}
    return {root + path: text for path, text in {**base, **models}.items()}


def _breaks(found: Assessment) -> set[str | None]:
    return {impact.consumer.path for impact in found.impacts if impact.effect is Effect.BREAKS}


@pytest.mark.parametrize(
    ("reader", "fails"),
    [
        ("select amount from {{ ref('shop', 'orders') }}", True),
        ("select id from {{ ref('shop', 'orders') }}", False),
        ("select o.* from {{ ref('shop', 'orders') }} o where o.amount > 1", True),
        ("select amount from {{ ref('bi', 'own') }}", False),
        # Without its project's name it is the own model that is meant.
        ("select amount from {{ ref('own') }}", False),
        ("{% set p = 'shop' %}select amount from {{ ref(p, 'ord' ~ 'ers') }}", True),
    ],
)
@pytest.mark.parametrize(("root", "schema"), [("bi/", "main"), ("bi/", "bi"), ("shop/bi/", "main")])
def test_a_sibling_project_is_read(
    assess_project: Assess, root: str, schema: str, reader: str, fails: bool
) -> None:
    """A model of another project of the repository is what the two-argument `ref` means, wherever the projects lie."""
    base = {
        **_project("shop", "shop/" if root == "bi/" else "", orders="select id, amount from raw.o"),
        **_project("bi", root, schema, own="select 1 as amount", dash=reader),
    }
    path = "shop/models/orders.sql" if root == "bi/" else "models/orders.sql"
    found = assess_project(base, {**base, path: "select id from raw.o"})
    assert _breaks(found) == ({f"{root}models/dash.sql"} if fails else set())


def test_a_model_of_a_sibling_project_that_goes(assess_project: Assess) -> None:
    """Its readers in the other project break."""
    base = {
        **_project("shop", "shop/", orders="select id from raw.o", other="select 1 as id"),
        **_project("bi", "bi/", dash="select id from {{ ref('shop', 'orders') }}"),
    }
    found = assess_project(
        base, {path: text for path, text in base.items() if path != "shop/models/orders.sql"}
    )
    assert _breaks(found) == {"bi/models/dash.sql"}


GIT = "packages:\n  - git: https://git.example.org/team/warehouse-models.git\n    revision: 1.0.0\n"
HUB = "packages:\n  - package: fivetran/stripe\n    version: 1.0.0\n"
MACROS = "packages:\n  - package: dbt-labs/dbt_utils\n    version: 1.0.0\n"
MESH = "projects:\n  - name: finance\n"


@pytest.mark.parametrize(
    ("file", "text", "refers", "refused"),
    [
        ("packages.yml", GIT, "ref('finance_core', 'ledger')", False),
        ("packages.yml", GIT.replace("git: ", "tarball: "), "ref('finance_core', 'ledger')", False),
        ("packages.yml", GIT, "ref('ledger')", False),
        # Its own package is here, and has no such model.
        ("packages.yml", GIT, "ref('shop', 'ledger')", True),
        ("packages.yml", HUB, "ref('stripe', 'ledger')", False),
        ("packages.yml", HUB, "ref('stripes', 'ledger')", True),
        ("packages.yml", HUB, "ref('ledger')", False),
        ("packages.yml", MACROS, "ref('ledger')", True),
        ("packages.yml", MACROS, "ref('finance', 'ledger')", True),
        ("dependencies.yml", MESH, "ref('finance', 'ledger')", False),
        ("dependencies.yml", MESH, "ref('finances', 'ledger')", True),
        ("notes.yml", "", "ref('ledger')", True),
    ],
)  # fmt: skip
def test_a_ref_into_a_package_that_is_not_here(
    assess_project: Assess, file: str, text: str, refers: str, refused: bool
) -> None:
    """What a package may bring is not refused; what no package can bring is."""
    base = {**_project("shop", a="select 1 as id"), file: text}
    found = assess_project(base, {**base, "models/a.sql": f"select id from {{{{ {refers} }}}}"})
    assert [c.kind for c in found.changes if c.kind is Kind.DOES_NOT_BIND] == (
        [Kind.DOES_NOT_BIND] if refused else []
    )


def test_a_removed_model_breaks_its_readers_beside_packages_too(assess_project: Assess) -> None:
    """That a package may have models does not make a removal harmless to who read the model at the base."""
    base = {**_project("shop", a="select 1 as id", b="select id from {{ ref('a') }}"), "packages.yml": GIT}
    found = assess_project(base, {path: text for path, text in base.items() if path != "models/a.sql"})
    assert _breaks(found) == {"models/b.sql"}


def test_declarations_in_yaml_name_a_sibling_project_too(assess_project: Assess) -> None:
    """An exposure and a unit test of one project feel what goes in the other."""
    base = {
        **_project("shop", "shop/", orders="select id, amount from raw.o"),
        **_project("bi", "bi/", dash="select id from {{ ref('shop', 'orders') }}"),
        "bi/models/e.yml": (
            "exposures:\n  - name: board\n    type: dashboard\n    owner: {name: Ada}\n    depends_on:\n      - ref('shop', 'orders')\n"
            "unit_tests:\n  - name: u\n    model: dash\n    given:\n      - input: ref('shop', 'orders')\n"
            "        rows: [{id: 1, amount: 2}]\n    expect: {rows: [{id: 1}]}\n"
        ),
    }
    found = assess_project(base, {**base, "shop/models/orders.sql": "select id from raw.o"})
    felt = {impact.consumer.name: impact.effect for impact in found.impacts}
    assert (felt["board"], felt["u"]) == (Effect.UNKNOWN, Effect.BREAKS)
