"""What code reads of a data frame: what surely is a column of the relation, and nothing that may be the code's own."""

import ast
import textwrap

import pytest

from contract_gate.workspace.frames import frame_reads


def source_of(node: ast.expr) -> str | None:
    """`t("x")` is the relation x."""
    match node:
        case ast.Call(func=ast.Name(id="t"), args=[ast.Constant(value=str() as name)]):
            return name
        case _:
            return None


@pytest.mark.parametrize(
    ("code", "read"),
    [
        ("df = t('s')\ndf['a']\ndf.b\ndf.columns\ndf.head()", ["a", "b"]),
        ("df: D = t('s')\nx = df[['a', 'b']]", ["a", "b"]),
        ("df = t('s')[rows]\ndf['a']", ["a"]),
        ("df = t('s').assign(a=1, **more).filter(cond)\ndf['a'], df['b']", ["b"]),
        ("df = t('s').withColumn('a', col('b'))\ndf['a'], df['c']", ["b", "c"]),
        ("df = t('s')\ndf['a'] = df['b']\ndf['a']", ["b"]),
        ("df = t('s')\ndf.insert(0, 'a', 1)\ndf['a']", []),
        ("df = t('s')\ndf.rename(columns=names, inplace=True)\ndf['a']", []),
        ("df = t('s')\ndf.rename(columns=names, inplace=False)\ndf['a']", ["a"]),
        ("df = t('s')\ndf.columns = names\ndf['a']", []),
        ("df = t('s')\ndf += other\ndf['a']", []),
        ("df = t('s')\nfor df in many:\n    df['a']", []),
        ("df = t('s')\nwith opened() as df, x:\n    df['a']", []),
        ("df = t('s')\ndf, [x, df.y] = pair\ndf['a']", []),
        ("df = t('s')\ndel df['a'], x\ndf['a'], df['b']", []),
        ("df = t('s')\ndef inner():\n    pass\nclass C: ...\ndf['a']", ["a"]),
        ("df = t('s')\ntry:\n    df['a']\nexcept E:\n    df['b']\nfinally:\n    df['c']", ["a", "c", "b"]),
        ("df = t('s')\nmatch x:\n    case 1:\n        df['a']\n    case _:\n        df = other\ndf['b']", ["a"]),
        ("df = t('s').groupby(by='a').agg({'b': 'sum'}, col('c'), col())", ["a"]),
        ("df = t('s').select('a', col('b'), x).drop('c')\ndf['d']", ["a", "b"]),
        ("df = t('s').filter(\"a > 1\").sort_values(['a', 1])\ndf['a b']", ["a"]),
        ("df = spark.sql('select * from u')\ndf['a']", ["its query `select * from u`", "a"]),
        ("n = t('s')\nspark.sql(f'select a from {n} where b = {c} or d = {t(\"u\")}')",
         ["its query `select a from s where b = 1 or d = u`"]),
        ("spark.sql(f'select {1:>3} from {x!r}')", ["its query `select 1 from 1`"]),
        ("run('select one'); run(x); run('update s'); run()", []),
        ("async def inner(): ...", []),
    ],
)  # fmt: skip
def test_columns_that_code_surely_reads(code: str, read: list[str]) -> None:
    """Names by brackets, attributes and methods count; after an assignment that nobody follows none does."""
    tree = ast.parse("def model():\n" + textwrap.indent(code, "    "))
    found = frame_reads(tree, source_of)
    assert [each.sql.split()[1] if each.what.startswith("its code") else each.what for each in found] == read
