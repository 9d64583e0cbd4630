"""Hooks: statements that dbt runs before and after a model, and at the start and end of a run.

https://docs.getdbt.com/reference/resource-configs/pre-hook-post-hook, https://docs.getdbt.com/reference/project-configs/on-run-start-on-run-end
"""

from collections.abc import Iterator, Mapping

from contract_gate.core.values import dataclass
from contract_gate.core.world import Model, ModelKind
from contract_gate.workspace.dbt.macros import MacroGraph
from contract_gate.workspace.dbt.packages import Packages
from contract_gate.workspace.dbt.references import Reference, scan
from contract_gate.workspace.dbt.resolve import Resolver
from contract_gate.workspace.documents import Entry, Plain
from contract_gate.workspace.jinja.wire import Message

_RUNS = ("on-run-start", "on-run-end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A hook of the whole run: the declaration that it is, and its template."""

    model: Model
    package: str
    text: str

    def request(self) -> Message:
        """Ask for its text to be run."""
        return {"op": "texts", "items": [{"text": self.text, "node": {"package": self.package}}]}


def hook_texts(config: Mapping[str, Plain], name: str) -> list[str]:
    """Give the hooks of one kind as they are written."""
    value = config.get(name)
    listed = value if isinstance(value, list) else [value]
    texts = [each.get("sql") if isinstance(each, dict) else each for each in listed]
    return [text for text in texts if isinstance(text, str) and text.strip()]


def operations(
    packages: Packages, resolver: Resolver, macros: MacroGraph, dialect: str
) -> Iterator[Operation]:
    """Give the hooks of the runs of all packages."""
    for package in packages.all:
        for name in _RUNS:
            entry = package.document.get(name) if package.document is not None else None
            for number, (text, line) in enumerate(_texts(entry), 1):
                keys = [
                    target.key
                    for reference in _references(text, macros)
                    if (target := resolver.resolve(reference, package.name)) is not None
                ]
                model = Model(
                    key=f"operation.{package.key_name}.{name}.{number}",
                    kind=ModelKind.OPERATION,
                    name=f"{name} {number}",
                    path=package.file,
                    line=line,
                    dialect=dialect,
                    depends_on=tuple(dict.fromkeys(keys)),
                )
                yield Operation(model=model, package=package.name, text=text)


def _texts(entry: Entry | None) -> Iterator[tuple[str, int]]:
    for item in (entry, *entry.items()) if entry is not None else ():
        text = item.scalar or item.text("sql")
        if text and text.strip():
            yield text, item.line


def _references(text: str, macros: MacroGraph) -> Iterator[Reference]:
    own = scan(text)
    for part in (own, *macros.scans(macros.reached(own))):
        yield from part.references
