"""How grave a finding is."""

from contract_gate.core.ranked import Ranked


class Level(Ranked):
    """SARIF's words, gravest first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
