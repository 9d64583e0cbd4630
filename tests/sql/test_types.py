"""Types as texts: same, wider, or another."""

import pytest

from contract_gate.sql.types import is_same_type, is_wider


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("INT", "BIGINT"), ("SMALLINT", "INT"), ("VARCHAR(10)", "VARCHAR(20)"), ("VARCHAR(10)", "TEXT"),
        ("DECIMAL(10, 2)", "DECIMAL(12, 2)"), ("DECIMAL(10, 2)", "DECIMAL(12, 4)"), ("FLOAT", "DOUBLE"),
        ("INT", "DECIMAL(10, 0)"), ("NUMERIC", "BIGNUMERIC"), ("MEDIUMINT", "INT"), ("BIGINT", "INT128"),
        ("NVARCHAR(50)", "NVARCHAR(MAX)"), ("NVARCHAR(50)", "NVARCHAR(60)"), ("TIMESTAMP(3)", "TIMESTAMP(6)"), ("TIMESTAMP_S", "TIMESTAMP"),
    ],
)  # fmt: skip
def test_wider(before: str, after: str) -> None:
    """Every value of the old type fits; the way back does not."""
    assert is_wider(before, after)
    assert not is_wider(after, before)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DECIMAL(10, 2)", "DECIMAL(10, 4)"), ("INT", "DOUBLE"), ("INT", "VARCHAR"), ("DATE", "TIMESTAMP"),
        ("INT", "DECIMAL(9, 0)"), ("TIMESTAMP", "TIMESTAMPTZ"),
    ],
)  # fmt: skip
def test_not_wider(before: str, after: str) -> None:
    """Digits can be lost, or readers see another thing."""
    assert not is_wider(before, after)
    assert not is_same_type(before, after)


def test_one_type_in_two_spellings() -> None:
    """Spellings of one type are no change."""
    assert is_same_type("INTEGER", "INT")
    assert is_same_type("NUMERIC(10,2)", "decimal(10, 2)")
    assert is_same_type("BPCHAR(5)", "CHAR(5)")
    assert not is_same_type("BPCHAR", "CHAR")  # without a size one holds any, the other one sign


@pytest.mark.parametrize(
    ("dialect", "bare", "sized", "other"),
    [
        ("snowflake", "INT", "DECIMAL(38, 0)", "DECIMAL(18, 0)"), ("snowflake", "BIGINT", "INT", "DOUBLE"),
        ("snowflake", "VARCHAR", "VARCHAR(16777216)", "VARCHAR(256)"), ("redshift", "VARCHAR", "VARCHAR(256)", "VARCHAR(255)"),
        ("redshift", "DECIMAL", "DECIMAL(18, 0)", "DECIMAL(18, 2)"), ("postgres", "CHAR", "CHAR(1)", "CHAR(2)"),
        ("postgres", "TIMESTAMP", "TIMESTAMP(6)", "TIMESTAMP(3)"), ("oracle", "INT", "NUMBER(38)", "NUMBER"),
        ("tsql", "VARCHAR", "VARCHAR(1)", "VARCHAR(10)"), ("tsql", "DATETIME2", "DATETIME2(7)", "DATETIME2(3)"),
        ("mysql", "BOOLEAN", "TINYINT(1)", "INT"), ("mysql", "DECIMAL", "DECIMAL(10)", "DECIMAL(10, 2)"),
        ("spark", "DECIMAL", "DECIMAL(10, 0)", "DECIMAL(38, 0)"), ("trino", "TIMESTAMP", "TIMESTAMP(3)", "TIMESTAMP(6)"),
        ("duckdb", "INT", "INTEGER", "VARCHAR"), ("clickhouse", "Decimal32(2)", "Decimal(9, 2)", "Decimal(18, 2)"),
        ("redshift", "VARCHAR(MAX)", "VARCHAR(65535)", "VARCHAR"), ("snowflake", "DATETIME", "TIMESTAMPNTZ(9)", "TIMESTAMPTZ"),
        ("snowflake", "DATETIME(3)", "TIMESTAMP_NTZ(3)", "DATETIME"), ("snowflake", "CHAR(5)", "VARCHAR(5)", "CHAR"),
        ("snowflake", "BINARY", "VARBINARY(8388608)", "BINARY(10)"), ("snowflake", "REAL", "DOUBLE", "DECIMAL(10, 2)"),
        ("mysql", "DATETIME", "DATETIME(0)", "DATETIME(6)"), ("mysql", "BIT", "BIT(1)", "BIT(8)"), ("tsql", "TIME", "TIME(7)", "TIME(3)"),
        ("tsql", "BINARY", "BINARY(1)", "BINARY(2)"), ("oracle", "TIMESTAMP", "TIMESTAMP(6)", "TIMESTAMP(3)"), ("singlestore", "DECIMAL", "DECIMAL(10, 0)", "DECIMAL(18, 2)"),
        ("databricks", "TIMESTAMP_LTZ", "TIMESTAMP", "TIMESTAMP_NTZ"), ("redshift", "BPCHAR", "CHAR(256)", "CHAR"),
        ("snowflake", "CHAR", "TEXT(1)", "TEXT"), ("duckdb", "UTINYINT", "UINT8", "UINT16"), ("postgres", "INT[]", "INT[3]", "TEXT[]"),
        ("fabric", "VARCHAR", "VARCHAR(1)", "VARCHAR(10)"), ("athena", "DECIMAL", "DECIMAL(38, 0)", "DECIMAL(10, 0)"),
        ("spark2", "DECIMAL", "DECIMAL(10, 0)", "DECIMAL(38, 0)"),
    ],
)  # fmt: skip
def test_a_size_that_is_not_written(dialect: str, bare: str, sized: str, other: str) -> None:
    """A type without a size is the one with the size that its dialect gives it, and no other."""
    assert is_same_type(bare, sized, dialect)
    assert not is_same_type(bare, other, dialect)


def test_a_type_that_grows_from_the_size_it_has() -> None:
    """VARCHAR without a length is of 256 bytes in Redshift, so that 300 are more; elsewhere it has no end."""
    assert is_wider("VARCHAR", "VARCHAR(300)", "redshift")
    assert not is_wider("VARCHAR", "VARCHAR(300)", "duckdb")
