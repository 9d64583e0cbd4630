"""The catalog's commands, called in this process."""

from collections.abc import Mapping

from click.testing import CliRunner, Result

from contract_gate.cli.catalog import catalog


def invoke(*arguments: str, answer: str | None = None, env: Mapping[str, str] | None = None) -> Result:
    """Run `contract-gate catalog …`; `answer` is what a person types, `env` is set besides."""
    return CliRunner().invoke(catalog, arguments, input=answer, env=env)
