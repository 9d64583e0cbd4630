"""Reports: one module a format, each `render(report) -> str`, imported when it is asked for.

A format shows what is in the report and decides nothing. Whatever it is, it shows the verdict, the findings,
how far the catalog answered, what was not analysed with the reason, and the limits of the run. Names and
texts in a report come from the pull request: each format escapes them for where it is read.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contract_gate.reports.report import Report


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
    """Render the report in a format of `FORMATS`; an unknown name is a KeyError.

    The text ends in a line feed, and is the same for the same report.
    """
    module = import_module(FORMATS[name])
    rendered: Callable[[Report], str] = module.render
    return rendered(report)
