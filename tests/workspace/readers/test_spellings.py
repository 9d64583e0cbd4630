"""Twenty ways and more to hand SQL to a warehouse, of each kind of file: what is read of each, and prose that is read of none."""

import pytest
from sqlglot import exp, parse_one
from sqlglot.errors import ParseError

from contract_gate.workspace.plain.placeholders import fill
from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.queries import in_dialect
from contract_gate.workspace.readers.values import ReaderKind
from tests.memory import MemoryFiles

SHELL = (
    "psql -c 'select amount from shop.orders'\n",
    'psql "$URL" -c "select amount from shop.orders"\n',
    'psql -qAtc "select amount from shop.orders"\n',
    'psql --command="select amount from shop.orders"\n',
    "psql <<EOF\nselect amount from shop.orders;\nEOF\n",
    "psql <<-'SQL'\n\tselect amount from shop.orders;\n\tSQL\n",
    "psql <<< 'select amount from shop.orders'\n",
    "echo 'select amount from shop.orders' | psql\n",
    "bq query --use_legacy_sql=false 'select amount from shop.orders'\n",
    'bq query --nouse_legacy_sql \\\n  --format=csv \\\n  "select amount\n   from shop.orders"\n',
    "bq query 'select amount from `shop.orders`'\n",
    "snowsql -q 'select amount from shop.orders'\n",
    'snowsql -o quiet=true -q "select amount from shop.orders"\n',
    "snow sql -q 'select amount from shop.orders'\n",
    "mysql -e 'select amount from shop.orders'\n",
    "clickhouse-client --query 'select amount from shop.orders'\n",
    'clickhouse-client --query="select amount from shop.orders"\n',
    "duckdb x.db -c 'select amount from shop.orders'\n",
    "sqlcmd -Q 'select amount from shop.orders'\n",
    "QUERY='select amount from shop.orders'\npsql -c \"$QUERY\"\n",
    'T=shop.orders\npsql -c "select amount from $T"\n',
    "R=$(psql -At -c 'select amount from shop.orders')\n",
    "R=`psql -At -c 'select amount from shop.orders'`\n",
    "R=\"$(psql -At -c 'select amount from shop.orders')\"\n",
    'R="$(psql -At -c "select amount from shop.orders")"\n',
    "psql -c \"\\copy (select amount from shop.orders) to 'x.csv' csv\"\n",
    'psql -c "COPY (select amount from shop.orders) TO STDOUT"\n',
    "cat <<EOF | psql\nselect amount from shop.orders;\nEOF\n",
    'aws athena start-query-execution --query-string "select amount from shop.orders"\n',
    'aws redshift-data execute-statement --sql "select amount from shop.orders"\n',
    'spark-sql -e "select amount from shop.orders"\n',
    "if [ $(psql -tc 'select count(amount) from shop.orders') -gt 0 ]; then x; fi\n",
    'docker exec db psql -U x -c "select amount from shop.orders"\n',
    "ssh host \"psql -c 'select amount from shop.orders'\"\n",
)
PYTHON = (
    "T = 'shop.orders'\nQ = 'select amount from ' + T + ' where true'\n",
    "HEAD = 'select amount'\nTAIL = ' from shop.orders'\nQ = HEAD + TAIL\n",
    "Q = Template('select amount from $t').substitute(t='shop.orders')\n",
    "Q = 'explain analyze select amount from shop.orders'\n",
    "Q = 'call x(1); select amount from shop.orders'\n",
    "Q = 'begin; select amount from shop.orders; commit'\n",
    "Q = 'drop table if exists x; create table x as select amount from shop.orders'\n",
    "spark.read.jdbc(url, 'shop.orders').select('amount')\n",
    "BigQueryInsertJobOperator(task_id='x', configuration={'query': {'query': 'select amount from shop.orders', 'useLegacySql': False}})\n",
    "PostgresOperator(sql='select amount from shop.orders')\n",
    "SQLExecuteQueryOperator(sql=['select 1', 'select amount from shop.orders'])\n",
    "hook.get_records('select amount from shop.orders')\n",
    "hook.get_pandas_df(sql='select amount from shop.orders')\n",
    "SqlSensor(sql='select amount from shop.orders')\n",
    "BigQueryCheckOperator(sql='select amount from shop.orders')\n",
    "SnowflakeOperator(sql='''\nselect amount\nfrom shop.orders\nwhere day = '{{ ds }}'\n''')\n",
    "@asset\ndef x(context):\n    with db.get_connection() as c:\n        return c.execute('select amount from shop.orders').fetch_df()\n",
    "@task\ndef f():\n    return client.query('select amount from shop.orders').to_dataframe()\n",
    "@task.bash\ndef f():\n    return \"psql -c 'select amount from shop.orders'\"\n",
    "BashOperator(bash_command='psql -c \"select amount from shop.orders\"')\n",
    "BashOperator(bash_command=\"bq query 'select amount from shop.orders'\")\n",
    "subprocess.run(['psql', '-c', 'select amount from shop.orders'])\n",
    "subprocess.run(\"psql -c 'select amount from shop.orders'\", shell=True)\n",
    "database_query(query='select amount from shop.orders')\n",
    "SqlAlchemyConnector.load('x').fetch_all('select amount from shop.orders')\n",
    "df = pd.read_sql_query(text('select amount from shop.orders'), e)\n",
    "q = 'select amount '\nq += 'from shop.orders'\ndb.execute(q)\n",
    "q = ('select amount '\n     'from shop.orders')\n",
    "q = ' '.join(['select amount', 'from shop.orders'])\ndb.execute(q)\n",
    "q = '\\n'.join(('select amount', 'from shop.orders'))\n",
    "T = 'select amount from {}'\nq = T.format('shop.orders')\n",
    "T = 'select amount from %s'\nq = T % 'shop.orders'\n",
    "T = ' select amount from $t'\nq = Template(T.strip()).substitute(t='shop.orders')\n",
    "sql.SQL('select amount from {}').format(sql.Identifier('shop', 'orders'))\n",
    "spark.table('shop.orders').select('amount')\n",
    "spark.read.table('shop.orders').select('amount')\n",
    "pd.read_sql_table('orders', e, schema='shop', columns=['amount'])\n",
    "pd.read_gbq('select amount from shop.orders')\n",
    "con.sql('select amount from shop.orders')\n",
    "session.sql('select amount from shop.orders').collect()\n",
    "session.table('shop.orders').select('amount')\n",
    "BigQueryGetDataOperator(dataset_id='shop', table_id='orders', selected_fields='id,amount')\n",
    "Copy.partial(dataset_name='shop', table_name='orders', select_columns=['amount']).expand(x=y)\n",
    "pl.read_database('select amount from shop.orders', c)\n",
    "wr.athena.read_sql_query('select amount from shop.orders', database='d')\n",
    "cursor.execute('select amount from shop.orders where id = %s', (1,))\n",
    "cursor.execute(f'select amount from shop.orders where id = {x!r}')\n",
    "q = f'''select {COLS} from shop.orders'''\nCOLS = 'amount'\n",
    "COLS = ['amount', 'id']\nq = f\"select {', '.join(COLS)} from shop.orders\"\n",
    "q = textwrap.dedent('''\\\n  select amount\n  from shop.orders''')\n",
    "class A:\n    sql = 'select amount from shop.orders'\n",
    "D = {'q': 'select amount from shop.orders'}\n",
    "def f(): yield 'select amount from shop.orders'\n",
)
R = (
    'tbl(con, I("shop.orders")) |> select(amount)\n',
    "dbGetQuery(con, 'select amount from shop.orders')\n",
    'x <- DBI::dbGetQuery(con, "select amount\n from shop.orders")\n',
    'dbGetQuery(con, paste0("select amount ", "from shop.orders"))\n',
    'dbGetQuery(con, paste("select amount", "from shop.orders"))\n',
    'q <- "select amount from shop.orders"\ndbSendQuery(con, q)\n',
    'dbGetQuery(con, glue("select amount from shop.orders where id = {x}"))\n',
    'dbGetQuery(con, glue_sql("select amount from shop.orders", .con = con))\n',
    'dbGetQuery(con, sprintf("select amount from shop.orders where id = %d", 1))\n',
    'bq_project_query("p", "select amount from shop.orders")\n',
    'tbl(con, sql("select amount from shop.orders"))\n',
    'con |> dbGetQuery("select amount from shop.orders")\n',
    'dbGetQuery(con, r"(select amount from shop.orders)")\n',
    'tbl(con, in_schema("shop", "orders")) %>% select(amount)\n',
    'dbGetQuery(con, "select amount from shop.orders -- it\'s")\n',
    'sqldf("select amount from shop.orders")\n',
    't <- "shop.orders"\ndbGetQuery(con, paste("select amount from", t))\n',
)
PAGES = (
    "```{sql, connection=con}\nselect amount from shop.orders\n```\n",
    "```{sql}\n#| connection: con\nselect amount from shop.orders\n```\n",
    '```{sql connection=con, output.var="x"}\nselect amount from shop.orders\n```\n',
    "```{r}\ndbGetQuery(con, 'select amount from shop.orders')\n```\n",
    "```{python}\npd.read_sql('select amount from shop.orders', e)\n```\n",
    "```{bash}\npsql -c 'select amount from shop.orders'\n```\n",
    "- a\n\n  ```{sql, connection=con}\n  select amount from shop.orders\n  ```\n",
    "````{sql, connection=con}\nselect amount from shop.orders\n````\n",
    "~~~{sql, connection=con}\nselect amount from shop.orders\n~~~\n",
)
PROSE = (
    (kind("python"), "a.py", '"""Select the amount from shop.orders with care."""\n'),
    (kind("python"), "a.py", "# select amount from shop.orders\nx = 1\n"),
    (kind("python"), "a.py", 'log.info("Selected amount from shop.orders")\n'),
    (kind("python"), "a.py", 'help = "amount is read from shop.orders"\n'),
    (kind("python"), "a.py", 'window.table("amount of orders")\n'),
    (kind("python"), "a.py", 'Copy(dataset_name="shop", columns=["amount"], air_table_name="orders")\n'),
    (kind("python"), "a.py", 'Copy(dataset_name="shop", schema="shop", table_id="orders", columns=["id"])\n'),
    (kind("python"), "a.py", 'print("run psql to see shop.orders")\n'),
    (kind("python"), "a.py", 'x = ", ".join(["amount", "orders"])\n'),
    (kind("shell"), "a.sh", "# psql -c 'select amount from shop.orders'\n"),
    (kind("shell"), "a.sh", "echo amount from shop.orders\n"),
    (kind("shell"), "a.sh", "# $(psql -c 'select amount from shop.orders')\n"),
    (kind("shell"), "a.sh", 'echo "copying amount from shop.orders"\n'),
    (kind("shell"), "a.sh", "cp select.sql from/shop.orders\n"),
    (kind("r"), "a.R", "# select amount from shop.orders\n"),
    (kind("r"), "a.R", 'message("amount comes from shop.orders")\n'),
    (kind("pages"), "a.qmd", "We select amount from shop.orders.\n"),
    (kind("pages"), "a.qmd", "```sql\nselect amount from shop.orders\n```\n"),
)


def read(kind: ReaderKind, path: str, text: str) -> list[tuple[set[str], set[str]]]:
    """Give the columns and relations of each query that parses."""
    found = []
    for query in (query for reader in kind.read(path, text, MemoryFiles({})) for query in reader.queries):
        try:
            tree = parse_one(
                fill(in_dialect(query.sql, "postgres").strip()).text,
                dialect="bigquery" if "`" in query.sql else "postgres",
            )
        except ParseError:
            continue
        columns = {column.name for column in tree.find_all(exp.Column, exp.Star)}
        found.append(
            (columns, {f"{table.db}.{table.name}".lstrip(".") for table in tree.find_all(exp.Table)})
        )
    return found


@pytest.mark.parametrize("text", SHELL)
def test_shell(text: str) -> None:
    """Options, heredocs, variables, substitutions and command lines in texts: the query is found."""
    assert any(
        "amount" in columns and "shop.orders" in relations
        for columns, relations in read(kind("shell"), "a.sh", text)
    )


@pytest.mark.parametrize("text", PYTHON)
def test_python(text: str) -> None:
    """Operators and hooks, put together in whatever way, frames of a table by its name: the query is found."""
    assert any(
        "amount" in columns and "shop.orders" in relations
        for columns, relations in read(kind("python"), "a.py", text)
    )


@pytest.mark.parametrize("text", R)
def test_r(text: str) -> None:
    """DBI, glue, dbplyr: the query is found; a table by its name is read whole."""
    assert any(
        {"amount", "*"} & columns and "shop.orders" in relations
        for columns, relations in read(kind("r"), "a.R", text)
    )


@pytest.mark.parametrize("text", PAGES)
def test_pages(text: str) -> None:
    """Chunks of SQL with options of every spelling, and of other languages: the query is found."""
    assert any(
        "amount" in columns and "shop.orders" in relations
        for columns, relations in read(kind("pages"), "a.qmd", text)
    )


@pytest.mark.parametrize(("kind", "path", "text"), PROSE)
def test_prose(kind: ReaderKind, path: str, text: str) -> None:
    """Comments, messages and shown code ask nothing."""
    assert not [one for one in read(kind, path, text) if "shop.orders" in one[1]]
