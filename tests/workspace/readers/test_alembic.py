"""Migrations of Alembic take columns and tables away; what has run breaks by nothing."""

from pathlib import Path

import pytest

from contract_gate.workspace.readers.kinds import kind
from tests.e2e.project import Project
from tests.workspace.readers.reading import queries, read

HEAD = (
    'from alembic import op\nimport sqlalchemy as sa\n\nrevision = "b"\ndown_revision: str | None = "a"\n\n'
)


def migration(up: str, down: str = "pass") -> str:
    return HEAD + "".join(
        f"def {name}() -> None:\n" + "".join(f"    {line}\n" for line in body.split("\n")) + "\n"
        for name, body in (("upgrade", up), ("downgrade", down))
    )


@pytest.mark.parametrize(
    ("up", "sql"),
    [
        ('op.drop_column("orders", "amount")', "ALTER TABLE orders DROP COLUMN amount"),
        ('op.drop_column(table_name="orders", column_name="amount", schema="shop")', "ALTER TABLE shop.orders DROP COLUMN amount"),
        ('op.alter_column("orders", "amount", new_column_name="total")', "ALTER TABLE orders RENAME COLUMN amount TO total"),
        ('op.rename_table("orders", "sales", schema="shop")', "ALTER TABLE shop.orders RENAME TO sales"),
        ('op.drop_table("orders")', "DROP TABLE orders"),
        ('with op.batch_alter_table("orders", schema="shop") as b:\n    b.drop_column("amount")', "ALTER TABLE shop.orders DROP COLUMN amount"),
        ('with op.batch_alter_table("orders") as b:\n    b.alter_column("amount", new_column_name="total")', "ALTER TABLE orders RENAME COLUMN amount TO total"),
        ('t = "orders"\nop.drop_column(t, "amount")', "ALTER TABLE orders DROP COLUMN amount"),
        ('op.execute("alter table orders drop column amount")', "alter table orders drop column amount"),
        ('op.alter_column("orders", "amount", nullable=True)', None),
        ('op.add_column("orders", sa.Column("x", sa.Integer))', None),
        ('op.drop_column(name(), "amount")', None),
        ('op.drop_index("orders", "amount")', None),
    ],
)  # fmt: skip
def test_steps(up: str, sql: str | None) -> None:
    """Each is the statement that it runs, at its line; what is undone never runs forward."""
    down = 'op.drop_table("x")\nop.execute("drop table y")'
    text = migration(up, down)
    found = read(kind("python"), "versions/b.py", {"versions/b.py": text})
    assert queries(found) == ([sql] if sql is not None else [])
    if sql is not None:
        line = found[0].queries[0].line
        assert "op." in text.split("\n")[line - 1] or "b." in text.split("\n")[line - 1]
        assert found[0].runs_once


@pytest.mark.parametrize(
    "text",
    [
        'op.drop_column("orders", "amount")\n',
        'from alembic import op\n\ndef upgrade():\n    op.drop_column("orders", "amount")\n',
    ],
)
def test_no_migration(text: str) -> None:
    """Without a revision nothing runs it."""
    assert read(kind("python"), "a.py", {"a.py": text}) == ()


ORDERS = "create table orders (id int, amount int, day date);\n"


@pytest.mark.parametrize(
    ("up", "down", "told"),
    [
        ('op.drop_column("orders", "amount")', "pass", ["unknown"]),
        ('op.execute("alter table orders drop column amount")', "pass", ["unknown"]),
        ('op.drop_column("orders", "day")', "pass", []),
        ('op.drop_column("users", "amount")', "pass", []),
        ("pass", 'op.drop_column("orders", "amount")', []),
    ],
)
def test_a_migration_of_a_pull_request(tmp_path: Path, up: str, down: str, told: list[str]) -> None:
    """Who reads what it takes is told, as of any script."""
    repository = Project(tmp_path / "repository").start()
    report = {"contract-gate.toml": 'dialect = "postgres"\n', "ddl/orders.sql": ORDERS, "report.sql": "create view r as select amount from orders;\n"}  # fmt: skip
    repository.commit(report).pull_request({"alembic/versions/b.py": migration(up, down)})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert [one["effect"] for one in impacts if one["consumer"]["path"] == "report.sql"] == told


@pytest.mark.parametrize(("edited", "effects"), [(False, {"report.sql"}), (True, {"report.sql", "other.py"})])
def test_a_migration_that_has_run(tmp_path: Path, edited: bool, effects: set[str]) -> None:
    """What it names may be gone since; another script that names it breaks."""
    repository = Project(tmp_path / "repository").start()
    old = migration('op.execute("update orders set amount = 0")')
    files = {"contract-gate.toml": 'dialect = "postgres"\n', "ddl/orders.sql": ORDERS, "report.sql": "create view r as select amount from orders;\n"}  # fmt: skip
    other = {"other.py": 'c.execute("update orders set amount = 0")\n'} if edited else {}
    repository.commit({**files, **other, "alembic/versions/b.py": old})
    repository.pull_request({"ddl/orders.sql": ORDERS.replace(" amount int,", "")})
    impacts = repository.check("--offline", "--no-witness").report["impacts"]
    assert {one["consumer"]["path"] for one in impacts} == effects
