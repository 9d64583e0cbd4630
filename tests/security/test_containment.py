"""One file that trips the gate costs that file alone: what breaks elsewhere is still found, and the reason says whose fault it is."""

import importlib

import pytest
import sqlglot

from contract_gate.compare.bound import BoundWorld
from contract_gate.compare.changes.change import Kind
from contract_gate.compare.impact import Effect
from contract_gate.core.faults import told
from contract_gate.core.relation import RelationName
from contract_gate.workspace.documents import BadYamlError, read_plain
from tests.compare.impact.conftest import AssessIn
from tests.e2e.project import Project
from tests.security.conftest import BASE, BREAK

DEEP = 200_000
DOCUMENTS = {
    "brackets": "[" * DEEP,
    "brackets in a text": '["' * DEEP,
    "braces": "{a: " * DEEP,
    "dashes": "- " * DEEP,
    "question marks": "? " * DEEP,
    "dashes on many lines": "\n".join("  " * 250 * line + "- " * 249 for line in range(60)),
    "indentation": "\n".join(" " * depth + "a:" for depth in range(3_000)),
    "aliases": "a0: &a0 [x, x]\n" + "\n".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)),
    "merges": "a0: &a0 {x: 1}\n"
    + "\n".join(f"a{i}: &a{i}\n  <<: [*a{i - 1}, *a{i - 1}]\n  k{i}: 1" for i in range(1, 40)),
    "a wide merge": "a: &a {x: 1, y: 2, z: 3}\nb:\n  <<: [" + "*a," * 100_000 + "]\n",
    "itself": "a: &a [*a]",
    "itself merged": "a: &a\n  <<: *a\n  b: 1",
}
SCALARS = {
    "a date that is none": ("2024-13-45", "2024-13-45"),
    "a time that is none": ("2024-02-30 25:61:61", "2024-02-30 25:61:61"),
    "6,000 digits": ("9" * 6_000, "9" * 6_000),
    "100,000 hexadecimal digits": ("0x" + "f" * 100_000, "0x" + "f" * 100_000),
    "a tag that runs": ("!!python/name:os.system x", "x"),
}


@pytest.mark.parametrize("text", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_without_bounds(text: str) -> None:
    """YAML that is too deep, or expands to too much, is refused; nothing crashes, and nothing takes long."""
    with pytest.raises(BadYamlError):
        read_plain(text)


@pytest.mark.parametrize(("written", "read"), SCALARS.values(), ids=SCALARS)
def test_a_scalar_that_is_none(written: str, read: str) -> None:
    """What is no date or number stays the text that it is."""
    assert read_plain(f"a: {written}\n") == {"a": read}


@pytest.mark.parametrize(
    "path", ["schema.yaml", "dbt/models/x.yml", "mesh/external_models.yaml", "form/definitions/actions.yaml"]
)
@pytest.mark.parametrize("name", ["brackets in a text", "dashes", "aliases", "merges", "itself"])
def test_a_document_in_every_place(plain: Project, path: str, name: str) -> None:
    """Such a file is not analysed, wherever YAML is read, and the break beside it is told."""
    plain.commit(PROJECTS)
    ran = plain.pull_request(
        {**BREAK, path: DOCUMENTS[name] + "\n", "t/query.sql": "select 1 as a\n"}
    ).check()
    assert ran.code == 1
    assert "s.b" in ran.broken


PROJECTS = {
    "dbt/dbt_project.yml": "name: d\nprofile: d\n",
    "dbt/models/m.sql": "select 1 as a\n",
    "mesh/config.yaml": "model_defaults:\n  dialect: duckdb\n",
    "mesh/models/m.sql": "MODEL (name m.m, kind FULL);\nselect 1 as a\n",
    "form/workflow_settings.yaml": "defaultDataset: f\n",
    "form/definitions/m.sqlx": 'config { type: "table" }\nselect 1 as a\n',
}
STATEMENTS = {
    "an empty list": "create view s.c as select id from s.raw where id in ();\n",
    "an empty list, negated": "create view s.c as select id from s.raw where not id in () or id not in ();\n",
    "an empty CASE": "create view s.c as select case end as x from s.raw;\n",
    "no arguments": "create view s.c as select coalesce(), greatest(), nullif(), date_trunc(), cast() from s.raw;\n",
    "a deep expression": "create view s.c as select " + "(" * 5_000 + "1" + ")" * 5_000 + " as x;\n",
    "deep conditions": "create view s.c as select 1 as x from s.raw where " + "not " * 20_000 + "true;\n",
    "NULs": "create view s.c as select '\0' as x, \0 from s.raw;\n",
    "marks of direction": "create view s.\u202ec as select 1 as x;\n",
    "a number of 6,000 digits": f"create view s.c as select {'9' * 6_000} as x from s.raw limit {'9' * 6_000};\n",
    "a wide UNION": "create view s.c as " + " union all ".join(["select 1 as x"] * 3_000) + ";\n",
    "a partition of nothing": "create view s.c as select rank() over (partition by order by) as x from s.raw;\n",
}


@pytest.mark.parametrize(
    "dialect", ["postgres", "bigquery", "snowflake", "tsql", "duckdb", "mysql", "clickhouse"]
)
def test_odd_statements(repository: Project, dialect: str) -> None:
    """SQL that trips a parser is told as not analysed or read; the break beside it is found."""
    files = {f"odd{index}.sql": text for index, text in enumerate(STATEMENTS.values())}
    repository.commit({
        "contract-gate.toml": f'dialect = "{dialect}"\nwitness = false\n', **files,
        "a.sql": "create view s.a as select id, amount from s.raw;\n",
        "b.sql": "create view s.b as select id, amount from s.a;\n",
    })  # fmt: skip
    changed = {name: text.replace("s.raw", "s.a").replace("s.c", "s.c2") for name, text in files.items()}
    ran = repository.pull_request({**BREAK, **changed}).check()
    assert ran.code == 1
    assert "s.b" in ran.broken


PLACES = {
    "reading plain SQL": ("contract_gate.workspace.plain.reading._seen", "odd.sql"),
    "reading dbt's properties": ("contract_gate.workspace.dbt.collect.read_properties", "dbt/models/x.yml"),
    "reading a SQLMesh file": ("contract_gate.workspace.sqlmesh.project.declare", "mesh/models/odd.sql"),
    "reading a Dataform file": ("contract_gate.workspace.dataform.project.cut", "form/definitions/odd.sqlx"),
    "binding": ("contract_gate.sql.bind.bind_statement", "odd.sql"),
    "taking for a definition": ("contract_gate.compare.bound.define", "odd.sql"),
    "comparing": ("contract_gate.compare.changes.relations.compare", "odd.sql"),
}


@pytest.mark.parametrize(("function", "path"), PLACES.values(), ids=PLACES)
def test_a_fault_of_the_gate(
    monkeypatch: pytest.MonkeyPatch, assess_in: AssessIn, function: str, path: str
) -> None:
    """A fault of the gate in one model leaves that one undecided, says that it is the gate's, and spares the others."""
    texts = {name: text for name, text in {**BASE, **PROJECTS}.items() if not name.endswith("gate.toml")}
    odd = {path: ODD.get(path, "create view s.odd as select 1 as boom;\n")}
    module, _, name = function.rpartition(".")
    real = getattr(importlib.import_module(module), name)

    def faulty(*arguments: object, **named: object) -> object:
        if "boom" in repr(arguments[:2]):
            raise TypeError("boom")
        return real(*arguments, **named)

    monkeypatch.setattr(function, faulty)
    changed = {name: text.replace("boom", "boom, 2 as more") for name, text in odd.items()}
    found = assess_in("postgres", {**texts, **odd}, {**texts, **BREAK, **changed})
    assert {impact.consumer.name for impact in found.impacts if impact.effect is Effect.BREAKS} == {"s.b"}
    assert "boom" not in " ".join(
        change.message for change in found.changes if "fault of contract-gate" not in change.message
    )


ODD = {
    "dbt/models/x.yml": "models: [{name: boom}]\n",
    "mesh/models/odd.sql": "MODEL (name m.odd, kind FULL);\nselect 1 as boom\n",
    "form/definitions/odd.sqlx": 'config { type: "table" }\nselect 1 as boom\n',
}


def test_a_fault_is_told(monkeypatch: pytest.MonkeyPatch, assess_in: AssessIn) -> None:
    """The report names the model and whose fault it is; a fault while comparing is undecided, never "no change"."""

    def faulty(*_: object) -> object:
        raise KeyError("boom")

    monkeypatch.setattr("contract_gate.compare.changes.relations.compare", faulty)
    found = assess_in("postgres", BASE, {**BASE, **BREAK})
    (change,) = [change for change in found.changes if change.relation == RelationName(("s", "a"))]
    assert change.kind is Kind.UNDECIDED
    assert "a fault of contract-gate" not in told(RecursionError())
    assert "boom" in change.message


def test_whose_fault_it_is() -> None:
    """A fault in this program's code is told as its own, one of a library by the library's name."""
    with pytest.raises(AttributeError) as ours:
        BoundWorld(None).bound("x")  # type: ignore[arg-type]
    assert told(ours.value).startswith("a fault of contract-gate")
    assert "bound.py" in told(ours.value)
    with pytest.raises(ValueError, match="Unknown dialect") as theirs:
        sqlglot.parse("select 1", read="none")
    assert told(theirs.value).startswith("a fault of contract-gate, or of sqlglot")


def test_tags_that_nothing_closes(repository: Project) -> None:
    """A file of them would be read to its end for each: it is not read, and what breaks beside it is found."""
    odd = {"models/odd.sql": "select 1 as id {% set x = 1 %}" + "{# " * 20_000}
    checked = repository.commit(BASE).pull_request({**BREAK, **odd}).check("--no-witness")
    assert checked.code == 1
    (told,) = checked.report["coverage"]["not_analysed"]
    assert (told["path"], told["reason"]) == (
        "models/odd.sql",
        "it has `{#` 20,000 times and nothing that closes it",
    )
