"""What a script of a shell hands to a client, and what it only prints."""

import pytest

from contract_gate.workspace.readers.kinds import kind
from tests.workspace.readers.reading import queries, read

SQL = "select a from shop.orders"


def found(script: str) -> list[str]:
    return queries(read(kind("shell"), "x.sh", {"x.sh": script}))


@pytest.mark.parametrize(
    "script",
    [
        f'echo "{SQL}" | psql\n',
        f"echo '{SQL}' > q.sql\n",
        f"echo '{SQL}' >> q.sql\n",
        f'printf "{SQL}" | tee q.sql | psql\n',
        f'{{\n  echo "{SQL}"\n}} | psql\n',
        f'for x in 1 2; do echo "{SQL}"; done > q.sql\n',
        f'Q=$(echo "{SQL}")\n',
        f'Q=`echo "{SQL}"`\n',
        f'run "{SQL}"\n',
        f'psql -c "{SQL}" >&2\n',
        f'run_log "{SQL}" | psql\n',
    ],
)
def test_what_is_handed_on(script: str) -> None:
    """What a pipe, a file or a substitution takes is run by somebody, and so is what an unknown command gets."""
    assert found(script) == [SQL]


@pytest.mark.parametrize(
    "script",
    [
        f'echo "{SQL}"\n',
        f"printf '{SQL}'\n",
        f'if x; then echo "{SQL}"; fi\n',
        f'x || echo "{SQL}" || exit 1\n',
        f'echo "{SQL}" 2>&1\n',
    ],
)
def test_what_is_printed(script: str) -> None:
    """A sentence proves nothing, and who reads the output may run it: it stands behind a bracket that nothing opens."""
    assert found(script) == [f") {SQL}"]


@pytest.mark.parametrize(
    "script",
    [
        f'echo "{SQL} failed" >&2\n',
        f'echo "{SQL} failed" 1>&2\n',
        f'x || die "{SQL} failed"\n',
        f'log_info "{SQL}"\n',
        f'  warn "{SQL}"\n',
    ],
)
def test_what_is_told(script: str) -> None:
    """What goes to the errors' output or to a log is prose."""
    assert found(script) == []


@pytest.mark.parametrize(
    "command",
    [
        "bq extract --destination_format CSV 'shop.orders' gs://b/x.csv",
        "bq --project_id=p extract shop.orders gs://b/x.csv",
        "bq cp -f shop.orders p:backup.x",
        "bq show --schema shop.orders > s.json",
        "bq head -n 10 'shop.orders$20240101'",
        "pg_dump -h db -t shop.orders prod | gzip > x.gz",
        "pg_dump -tshop.orders prod",
        'docker exec db /usr/bin/pg_dump --table="shop.orders" \\\n  --no-owner',
        "T=shop.orders\npg_dump --table $T",
    ],
)
def test_a_relation_that_a_client_is_told_by_name(command: str) -> None:
    """All of its columns are read, whatever they are."""
    assert found(f"{command}\n") == ["SELECT * FROM shop.orders"]


@pytest.mark.parametrize(
    "command",
    [
        "bq show shop",
        "bq load shop.orders gs://b/x.csv",
        "bq extract -m gs://shop.orders",
        "pg_dump -T shop.orders prod",
        "pg_dump -t 'shop.*' prod",
        "pg_restore -t shop.orders x.dump",
        "cp shop.orders x",
    ],
)
def test_no_relation_is_told_by_name(command: str) -> None:
    """What is written, left out or a file is not read."""
    assert found(f"{command}\n") == []


@pytest.mark.parametrize(
    ("said", "sql"),
    [
        ("\\copy shop.orders to x.csv csv", "copy shop.orders to 'x.csv' csv"),
        ("\\copy (select a from shop.orders) to ./x.csv", "copy (select a from shop.orders) to './x.csv'"),
        ("\\copy shop.orders (a, b) to stdout", "copy shop.orders (a, b) to stdout"),
        ("\\copy shop.orders to program 'gzip'", "copy shop.orders to program 'gzip'"),
    ],
)
def test_what_psql_copies(said: str, sql: str) -> None:
    """psql takes the name of a file as it is, PostgreSQL a text."""
    assert found(f"psql <<'X'\n{said}\nX\n") == [sql]
