"""Constants of other modules: what Python fills into a query may be set in another file of the repository."""

from pathlib import Path

import pytest

from contract_gate.workspace.readers.imports import imported_modules
from contract_gate.workspace.readers.kinds import kind
from tests.e2e.project import Project
from tests.workspace.readers.reading import queries, read

USES = 'c.execute(f"select amount from {%s}")\n'
NAMES = 'SCHEMA = "shop"\nORDERS = f"{SCHEMA}.orders"\nT = {"o": "shop.orders"}\nN = {"t": {"o": "shop.orders"}}\n\nclass Tables(Enum):\n    ORDERS = "shop.orders"\n'
FILLED: dict[str, tuple[str, str, str]] = {
    "a name": ("jobs/names.py", "from names import ORDERS\n", "ORDERS"),
    "another name": ("jobs/names.py", "from names import ORDERS as o\n", "o"),
    "of a module": ("jobs/lib/names.py", "import lib.names as n\n", "n.ORDERS"),
    "of a module by its whole name": ("jobs/lib/names.py", "import lib.names\nimport lib.other\n", "lib.names.ORDERS"),
    "of a module that is imported": ("jobs/lib/names.py", "from lib import names\n", "names.ORDERS"),
    "of a dictionary": ("jobs/names.py", "from names import T\n", "T['o']"),
    "of a dictionary in one": ("jobs/names.py", "from names import N\n", "N['t']['o']"),
    "of a class": ("jobs/names.py", "from names import Tables\n", "Tables.ORDERS"),
    "of an enumeration": ("jobs/names.py", "from names import Tables\n", "Tables.ORDERS.value"),
    "of a module beside it": ("jobs/names.py", "from . import names\n", "names.ORDERS"),
    "of a package above": ("lib/names.py", "from ..lib.names import ORDERS\n", "ORDERS"),
    "of a folder above": ("lib/names.py", "from lib.names import ORDERS\n", "ORDERS"),
    "of a package elsewhere": ("src/shop/names.py", "from shop.names import ORDERS\n", "ORDERS"),
    "of all names": ("jobs/names.py", "from pandas import *\nfrom names import *\n", "ORDERS"),
    "of an import in a function": ("jobs/names.py", "def f():\n    from names import ORDERS\n    ", "ORDERS"),
}  # fmt: skip


@pytest.mark.parametrize("what", FILLED)
def test_a_constant_of_another_module(what: str) -> None:
    """It is filled in where the import says whose it is."""
    place, imports, name = FILLED[what]
    found = read(kind("python"), "jobs/run.py", {"jobs/run.py": imports + USES % name, place: NAMES})
    assert queries(found) == ["select amount from shop.orders"]
    assert found[0].queries[0].lines == (imports.count("\n") + 1,)


@pytest.mark.parametrize(
    ("files", "imports", "name"),
    [
        ({"jobs/names.py": 'ORDERS = "shop.orders"\nORDERS = f()\n'}, "from names import ORDERS\n", "ORDERS"),
        ({"jobs/names.py": NAMES}, 'from names import *\nORDERS = f()\n', "ORDERS"),
        ({"jobs/names.py": NAMES}, "from names import ORDERS\nORDERS = f()\n", "ORDERS"),
        ({"jobs/names.py": NAMES}, "from names import SCHEMA\n", "ORDERS"),
        ({"jobs/names.py": NAMES}, "from ..names import ORDERS\n", "ORDERS"),
        ({"a/shop/names.py": NAMES, "b/shop/names.py": NAMES}, "from shop.names import ORDERS\n", "ORDERS"),
        ({"jobs/names.py": "from run import ORDERS\n"}, "from names import ORDERS\n", "ORDERS"),
        ({"jobs/names.py": "ORDERS = (\n"}, "from names import ORDERS\n", "ORDERS"),
        ({"jobs/names.py": "class T:\n    x = 1\n"}, "from names import T\n", "T.ORDERS"),
    ],
)  # fmt: skip
def test_a_constant_that_is_not_known(files: dict[str, str], imports: str, name: str) -> None:
    """Set twice, of one of two files, of one that is none, or in a circle: a placeholder stands in its place."""
    (found, *_) = queries(
        read(kind("python"), "jobs/run.py", {**files, "jobs/run.py": imports + USES % name})
    )
    assert found == f"select amount from ${{{name.replace('.', '_')}}}"


@pytest.mark.parametrize(
    ("names", "code", "perhaps"),
    [
        ('ORDERS = os.getenv("ORDERS", "shop.orders")\n', "from names import ORDERS\n" + USES % "ORDERS", True),
        ('class C:\n    def __init__(self):\n        self.t = "shop.orders"\nconfig = C()\n', "from names import config\n" + USES % "config.t", True),
        ('TABLES = ["shop.orders", "shop.users"]\n', "import names\nfor t in names.TABLES:\n    " + USES % "t", True),
        ('ORDERS = os.getenv("ORDERS", "orders")\n', "from names import ORDERS\n" + USES % "ORDERS", False),
        ('ORDERS = "shop.orders"\n', "from names import ORDERS\n" + USES % "ORDERS", False),
        ('X = "shop.orders"\n', USES % "t", False),
    ],
)  # fmt: skip
def test_tables_that_another_module_writes_out(names: str, code: str, perhaps: bool) -> None:
    """Where it is not known which table is filled in, each that an imported module has with its schema may be; they prove nothing."""
    found = read(kind("python"), "jobs/run.py", {"jobs/run.py": code, "jobs/names.py": names})
    told = [query for query in found[0].queries if query.sql.startswith(")")]
    assert bool(told) is perhaps
    assert all(query.path == "jobs/names.py" for query in told)
    assert not perhaps or " ".join(told[0].sql.split()) == ") select amount from shop.orders"


def test_what_is_imported() -> None:
    """Modules are found by their names alone, in a notebook's lines as well."""
    text = b'from a import (\n  b,\n  c as d\n)\nimport e.f, g\nfrom .. import h\n "from i import j\\n",\n# import k\n'
    found = imported_modules(text)
    assert {"a", "a.b", "a.c", "e", "e.f", "g", "..", "..h", "i", "i.j"} <= set(found)
    assert "k" not in found


@pytest.mark.parametrize("handed_on", [False, True])
def test_a_reader_that_never_names_its_relation(tmp_path: Path, handed_on: bool) -> None:
    """It is found by what it imports; who imports the same module and reads something else is left in peace."""
    imported = "from lib import {}\n" if handed_on else "from lib.names import {}\n"
    repository = Project(tmp_path / "repository").start()
    repository.commit({
        "contract-gate.toml": 'dialect = "postgres"\n',
        "orders.sql": "create view shop.orders as select id, amount from shop.raw;\n",
        "users.sql": "create view shop.users as select id, amount from shop.people;\n",
        "lib/__init__.py": "from .names import ORDERS, USERS\n",
        "lib/names.py": 'ORDERS = "shop.orders"\nUSERS = "shop.users"\n',
        "broken.py": imported.format("ORDERS") + USES % "ORDERS",
        "peace.py": imported.format("USERS") + USES % "USERS",
        "id.py": imported.format("ORDERS") + (USES % "ORDERS").replace("amount", "id"),
    })  # fmt: skip
    repository.pull_request({"orders.sql": "create view shop.orders as select id from shop.raw;\n"})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [(one["consumer"]["path"], one["effect"], one["certainty"]) for one in impacts] == [
        ("broken.py", "breaks", "proven")
    ]
    # Another column goes, and the constant with its name: each side is read by its own modules.
    repository.pull_request({
        "orders.sql": "create view shop.orders as select amount from shop.raw;\n",
        "lib/names.py": 'ORDERS = "shop.users"\nUSERS = "shop.users"\n',
    })  # fmt: skip
    assert repository.check("--offline", "--no-witness").report["impacts"] == []


@pytest.mark.parametrize("imported", [False, True])
def test_a_text_that_doubles(imported: bool) -> None:
    """Each name is looked up once, and what grows too long is not known."""
    names = 'A0 = "orders"\n' + "".join(f'A{n} = f"{{A{n - 1}}}{{A{n - 1}}}"\n' for n in range(1, 60))
    code = ("from names import *\n" if imported else names) + USES % "A59" + USES % "A0"
    found = read(kind("python"), "run.py", {"run.py": code, "names.py": names})
    assert "select amount from orders" in queries(found)
