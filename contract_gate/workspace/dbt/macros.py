"""The macros of a dbt project, and which of them a text may run."""

from collections.abc import Collection

from contract_gate.workspace.dbt.references import MacroDefinition, ReferenceScan, definitions

# Projects override these to add a database; what they name is what the caller hands them.
_PASS_THROUGH = frozenset({"ref", "source", "config", "this"})


class MacroGraph:
    """The macros of a project and what each reaches."""

    def __init__(self, macros: Collection[tuple[str, str, str]]) -> None:
        self._by_name: dict[str, list[MacroDefinition]] = {}
        self.places: dict[str, list[str]] = {}
        self.placed: list[tuple[str, MacroDefinition]] = []
        for _package, path, text in macros:
            for definition in definitions(text):
                self.placed.append((path, definition))
                for name in {definition.name, definition.name.partition("__")[2] or definition.name}:
                    self._by_name.setdefault(name, []).append(definition)
                    self.places.setdefault(name, []).append(path)
        self._names = frozenset(self._by_name) - _PASS_THROUGH
        self._reached: dict[frozenset[str], frozenset[str]] = {}
        self._configuring = {
            name for name, listed in self._by_name.items() if any(map(_calls_config, listed))
        }

    def reached(self, text: ReferenceScan) -> frozenset[str]:
        """Give the names of all macros that a text may run, directly or through others."""
        named = self._named(text)
        if named not in self._reached:
            self._reached[named] = self._through(named)
        return self._reached[named]

    def _through(self, named: frozenset[str]) -> frozenset[str]:
        found: set[str] = set()
        waiting = [*named]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                for definition in self._by_name[name]:
                    waiting += self._named(definition.scan) - found
        return frozenset(found)

    def configures(self, text: ReferenceScan) -> bool:
        """Tell whether a macro that a text may run calls `config`."""
        return bool(self._configuring) and bool(self.reached(text) & self._configuring)

    def texts(self) -> dict[str, tuple[str, ...]]:
        """Give the texts of every macro by its name."""
        return {
            name: tuple(definition.text for definition in listed) for name, listed in self._by_name.items()
        }

    def scans(self, names: Collection[str]) -> list[ReferenceScan]:
        return [definition.scan for definition in self.definitions(names)]

    def definitions(self, names: Collection[str]) -> list[MacroDefinition]:
        return [definition for name in names for definition in self._by_name[name]]

    def _named(self, text: ReferenceScan) -> frozenset[str]:
        return (text.names & self._names) | (text.literals & self._names)


def _calls_config(macro: MacroDefinition) -> bool:
    return bool(macro.scan.config) or macro.scan.is_config_dynamic
