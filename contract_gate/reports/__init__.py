"""Reports: one module a format, each `render(report) -> str`, imported when it is asked for.

A format shows what is in the report and decides nothing. Whatever it is, it shows the verdict, the findings,
how far the catalog answered, what was not analysed with the reason, and the limits of the run. Names and
texts in a report come from the pull request: each format escapes them for where it is read.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from contract_gate.reports.report import Report


@runtime_checkable
class Format(Protocol):
    """A module of this package that renders reports."""

    @property
    def render(self) -> "Callable[[Report], str]":
        """Give the function that renders: text that ends in a line feed, the same for the same report."""


FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "terminal": "contract_gate.reports.terminal",
        "github": "contract_gate.reports.github",
        "markdown": "contract_gate.reports.markdown",
        "sarif": "contract_gate.reports.sarif",
        "json": "contract_gate.reports.json_",
        "html": "contract_gate.reports.html_",
        "gitlab": "contract_gate.reports.gitlab",
        "junit": "contract_gate.reports.junit",
        "bitbucket": "contract_gate.reports.bitbucket",
    }
)
"""Each format's name, as `--format` takes it, and the module that renders it."""


def render(name: str, report: "Report") -> str:
    """Render the report in a format of `FORMATS`; an unknown name is a KeyError."""
    module = import_module(FORMATS[name])
    if not isinstance(module, Format):
        raise TypeError(f"{FORMATS[name]} has no render function")
    rendered: Callable[[Report], str] = module.render
    return rendered(report)
