"""Impacts: changes × the consumers that feel them. The values here; `assess` walks two worlds for them."""

from contract_gate.compare.impact.impact import AssetUse, Consumer, Effect, Impact, KnownBy, Witnessed

__all__ = ["AssetUse", "Consumer", "Effect", "Impact", "KnownBy", "Witnessed"]
