"""Policy: what is reported, how grave it is, and whether the pull request may pass.

A fold over the changes, pure: `judge` is the page to read first, `levels` holds the rules.
"""

from contract_gate.policy.cause import Cause, causes, roots
from contract_gate.policy.consumers import worst_first
from contract_gate.policy.finding import (
    CatalogUnavailable,
    FailOn,
    Finding,
    Settings,
    Usage,
    Verdict,
    Waiver,
    exit_code,
)
from contract_gate.policy.judge import judge, ruled
from contract_gate.policy.levels import impact_level
from contract_gate.policy.policy_rule import ChangePattern, Level, PolicyRule, ReaderPattern
from contract_gate.policy.sentence import hit, may_break

__all__ = [
    "CatalogUnavailable",
    "Cause",
    "ChangePattern",
    "FailOn",
    "Finding",
    "Level",
    "PolicyRule",
    "ReaderPattern",
    "Settings",
    "Usage",
    "Verdict",
    "Waiver",
    "causes",
    "exit_code",
    "hit",
    "impact_level",
    "judge",
    "may_break",
    "roots",
    "ruled",
    "worst_first",
]
