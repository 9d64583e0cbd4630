"""A group of commands, each imported when it runs: the hook must start fast."""

import importlib
from collections.abc import Mapping
from typing import ClassVar

import click


class Commands(click.Group):
    """Commands by name. Each is in the module of its name in `package`; `told` says of each what it is for."""

    package: ClassVar[str]
    told: ClassVar[Mapping[str, str]]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.told)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self.told:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(importlib.import_module(f"{self.package}.{name}"), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(self.told.items()))
