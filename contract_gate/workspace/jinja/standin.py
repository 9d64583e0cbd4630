"""What the stand-ins for packages share: a rendering, its adapter's cross-database macros, holes."""

from collections.abc import Callable

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja import crossdb
from contract_gate.workspace.jinja.holes import UnknownValue
from contract_gate.workspace.jinja.rendering import Rendering

Macro = Callable[..., object]


class StandIn:
    """A package's macros for one rendering: the methods `do_<macro>`."""

    aliases: dict[str, str] = {}  # noqa: RUF012 - overridden, never changed

    def __init__(self, rendering: Rendering) -> None:
        self._rendering = rendering
        self._adapter = rendering.project.adapter

    def find(self, name: str) -> Macro | None:
        found = getattr(self, f"do_{self.aliases.get(name, name)}", None)
        return found if callable(found) else None

    def _cross(self, name: str, *args: object) -> str:
        write = crossdb.function(name, self._adapter)
        return write(*args) if write else ""

    def _hole(self, name: str, note: str) -> UnknownValue:
        self._rendering.holes.note(HoleKind.CODE, note)
        return UnknownValue(self._rendering.holes, name)
