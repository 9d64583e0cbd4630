"""What the child process knows of a project: the parent's messages, kept as values."""

from collections.abc import Mapping

from contract_gate.core.values import dataclass, field
from contract_gate.workspace.jinja.environment import Environment
from contract_gate.workspace.jinja.macros import Library
from contract_gate.workspace.jinja.relation import Quoting
from contract_gate.workspace.jinja.wire import Json, Message


@dataclass(kw_only=True)
class JinjaProject:
    """One dbt project. `refs`: name → keys (latest first); `sources`: `source.table` → keys; `functions`: name → keys.

    `siblings`: `project.name` → keys in other projects of the repository. `absent` are packages that are not here; `is_open`:
    there may be others, whose names nobody knows; `may_lack_models`: any of them may have models.
    """

    name: str = ""
    adapter: str = ""
    target: Message = field(default_factory=dict)
    variables: Mapping[str, Message] = field(default_factory=dict)
    environment_variables: Message = field(default_factory=dict)
    dispatch: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    quoting: Quoting = field(default_factory=Quoting)
    moment: str = "2024-01-01T00:00:00+00:00"
    nodes: dict[str, Message] = field(default_factory=dict)
    refs: dict[str, list[str]] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    functions: dict[str, list[str]] = field(default_factory=dict)
    disabled: dict[str, Json] = field(default_factory=dict)
    siblings: dict[str, list[str]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    is_open: bool = False
    may_lack_models: bool = False
    environment: Environment = field(default_factory=Environment)
    library: Library = field(init=False)

    def __post_init__(self) -> None:
        self.library = Library(self.environment)
