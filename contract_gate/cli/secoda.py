"""The way to Secoda, for a configuration that is known to hold: the key, and where it may go."""

import os
from collections.abc import Mapping

from contract_gate.catalogs.secoda.settings import (
    KEY_VARIABLE,
    URL_VARIABLE,
    Limits,
    SecodaSettings,
    settings_from,
)
from contract_gate.core.errors import UsageError
from contract_gate.edge.config import Config


class UnvouchedError(UsageError):
    """Nobody who may decide it says where the key goes."""


def secoda_settings(config: Config, environ: Mapping[str, str] = os.environ) -> SecodaSettings | None:
    """Give the way to Secoda, None without a key.

    UnvouchedError where only a proposed configuration says where the key should go: then it goes nowhere.
    """
    proposed = config.proposed_url
    if proposed and environ.get(KEY_VARIABLE, "").strip() and not environ.get(URL_VARIABLE, "").strip():
        raise UnvouchedError(
            f"the key was sent nowhere: {proposed[:80]!r} is proposed by a configuration that is not merged",
            f"set {URL_VARIABLE}, or merge the configuration first",
        )
    return settings_from(
        environ,
        url=config.secoda.url,
        integration=config.secoda.integration,
        dialects=config.secoda.dialects,
        limits=Limits(deadline=float(config.deadline), hops=config.max_hops, assets=config.max_assets),
    )


def needed_settings(config: Config) -> SecodaSettings:
    """Give the way to Secoda for a command that can't go on without."""
    settings = secoda_settings(config)
    if settings is None:
        raise UsageError(
            f"the catalog was not asked: {KEY_VARIABLE} is not set",
            "make a key in Secoda (Settings, API) and set it in the environment",
        )
    return settings
