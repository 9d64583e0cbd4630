"""The report: what one run of `check` found, before any format renders it."""

from typing import TYPE_CHECKING

from contract_gate.core.coverage import CatalogState, CatalogStatus, Coverage, NotAnalysed
from contract_gate.core.values import dataclass
from contract_gate.policy.settings import Verdict

if TYPE_CHECKING:
    from contract_gate.compare.changes.change import Change
    from contract_gate.compare.impact import Impact
    from contract_gate.policy.finding import Finding

__all__ = ["CatalogState", "CatalogStatus", "Coverage", "FileTexts", "NotAnalysed", "Report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTexts:
    """An edited file's text at base and head; empty where a side has none."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One run of `check`. `base` and `head` are commit SHAs, or `index` / `working-tree`; `deleted`: paths not at the head.
    `texts`: the edited files that findings stand in, for the reports that show them. `mentions`: names on the host that a comment
    calls, where the base asks for it. `hears_comments`: a comment of an owner can allow a finding.
    """

    verdict: Verdict
    base: str
    head: str
    catalog: CatalogState
    coverage: Coverage
    changes: "tuple[Change, ...]"
    impacts: "tuple[Impact, ...]"
    findings: "tuple[Finding, ...]"
    deleted: frozenset[str] = frozenset()
    texts: tuple[FileTexts, ...] = ()
    mentions: tuple[str, ...] = ()
    hears_comments: bool = False

    @property
    def is_untouched(self) -> bool:
        """Tell whether no model changed and nothing is told: there is the run alone to show."""
        told = self.coverage.models_changed or self.coverage.not_analysed or self.changes or self.findings
        return self.verdict is Verdict.PASSED and not told
