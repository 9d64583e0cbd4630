"""`contract-gate catalog downstream`: the same command as `contract-gate downstream`."""

from contract_gate.cli.downstream import downstream

__all__ = ["downstream"]
