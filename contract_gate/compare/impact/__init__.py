"""Impacts: changes × the consumers that feel them. The values here; `assess` walks two worlds for them."""

from contract_gate.compare.impact.impact import Consumer, Effect, Impact, KnownBy, Standing, Witnessed

__all__ = ["Consumer", "Effect", "Impact", "KnownBy", "Standing", "Witnessed"]
