"""Stand-ins for packages that a repository names and does not vendor (`dbt_packages/` is usually git-ignored).

What they write means what the packages' documentation says, and is not always spelled the same.
"""

from contract_gate.workspace.jinja import crossdb
from contract_gate.workspace.jinja.dbt_date import DbtDate
from contract_gate.workspace.jinja.dbt_utils import DbtUtils
from contract_gate.workspace.jinja.rendering import Rendering
from contract_gate.workspace.jinja.standin import Macro

_MOVED = frozenset({"date_spine", "generate_series"})
"""Macros that dbt took over from dbt_utils in 1.7."""


def function(package: str, name: str, rendering: Rendering) -> Macro | None:
    """Give a package's macro, None where there is no stand-in."""
    match package:
        case "dbt" if name in _MOVED:
            return DbtUtils(rendering).find(name)
        case "dbt_utils":
            bare = name.removeprefix("default__")
            return DbtUtils(rendering).find(bare) or crossdb.function(bare, rendering.project.adapter)
        case "dbt_date":
            return DbtDate(rendering).find(name)
        case _:
            return None
