"""What a script gives that makes no relation: columns that its own edit takes out, and those that its star loses."""

import pytest

from contract_gate.compare.impact.impact import Certainty, Effect
from tests.compare.impact.conftest import Assess

BASE = {"orders.sql": "create view s.orders as select id, amount from s.raw;"}
HEAD = {"orders.sql": "create view s.orders as select id from s.raw;"}
WRAPPED = {
    "report.py": 'import pandas as pd\nframe = pd.read_sql("{}", engine)\n',
    "report.sql": "copy ({}) to '/report.csv';\n",
}


@pytest.mark.parametrize("path", WRAPPED)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select * from s.orders", "select * from s.orders"),
        ("select * from s.orders", "select * from s.orders where id > 1"),
        ("select o.* from s.orders o", "select o.*, 1 as x from s.orders o"),
        (
            "with a as (select * from s.orders) select * from a",
            "with a as (select * from s.orders where id > 1) select * from a",
        ),
    ],
    ids=["as it was", "other rows", "a column more", "through a CTE"],
)
def test_a_star_loses_what_goes_upstream(assess: Assess, path: str, before: str, after: str) -> None:
    """A script whose star gave the column gives it no longer, whatever else of it is edited."""
    wrapped = WRAPPED[path].format
    (impact,) = assess({**BASE, path: wrapped(before)}, {**HEAD, path: wrapped(after)}).impacts
    assert (impact.effect, impact.certainty, impact.column) == (Effect.CHANGES, Certainty.POSSIBLE, "amount")


@pytest.mark.parametrize("path", WRAPPED)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select amount, id from s.orders", "select id from s.orders"),
        ("select id, amount from s.orders", "select id from s.orders"),
        ("select * from s.orders", "select id from s.orders"),
    ],
    ids=["the first", "the last", "no star any more"],
)
def test_what_the_scripts_own_edit_takes_out(assess: Assess, path: str, before: str, after: str) -> None:
    """A script that is mended in the same pull request loses nothing that its author did not take out."""
    wrapped = WRAPPED[path].format
    assert assess({**BASE, path: wrapped(before)}, {**HEAD, path: wrapped(after)}).impacts == ()


@pytest.mark.parametrize(("used", "effect"), [("amount", Effect.UNKNOWN), ("id", Effect.CHANGES)])
def test_code_beside_a_star_that_names_what_goes(assess: Assess, used: str, effect: Effect) -> None:
    """Whether the column is that of the frame nobody can tell; code that names another goes on with a column less."""
    script = f'frame = pd.read_sql("select * from s.orders", engine)\nprint(frame["{used}"])\n'
    found = assess(
        {**BASE, "report.py": "import pandas as pd\n" + script},
        {**HEAD, "report.py": "import pandas as pd\n" + script},
    )
    assert [i.effect for i in found.impacts if i.consumer.path == "report.py"] == [effect]
