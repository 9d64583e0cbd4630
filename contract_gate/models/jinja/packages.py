"""Stand-ins for packages that a repository names and does not vendor (`dbt_packages/` is usually git-ignored)."""

# ruff: noqa: ARG001 - the signatures are dbt's

from collections.abc import Callable

from contract_gate.models.jinja.rendering import Rendering

Find = Callable[[str], object | None]

_PACKAGES = ("dbt_utils", "dbt_expectations", "dbt_date", "codegen")


def has_package(name: str) -> bool:
    return name in _PACKAGES


def function(package: str, name: str, rendering: Rendering, find: Find) -> Callable[..., object] | None:
    """Give a package's macro, None where there is no stand-in."""
    return None
