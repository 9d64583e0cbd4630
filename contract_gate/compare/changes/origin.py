"""Where a change comes from when it is not the changed model's own file: a macro, a variable, a setting, YAML, a package.

Values only. `models` finds them, `policy` makes one finding of all changes with the same origin.
"""

from enum import StrEnum

from contract_gate.core.values import dataclass


class OriginKind(StrEnum):
    """What was edited. `declaration`: a model's YAML; `file`: any other file that several models are made with."""

    MACRO = "macro"
    VARIABLE = "variable"
    SETTING = "setting"
    DECLARATION = "declaration"
    SOURCE = "source"
    PACKAGE = "package"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The thing that was edited and where it stands at the head, or at the base where it is gone from the head."""

    kind: OriginKind
    name: str
    path: str
    line: int = 1
    end_line: int | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """Give what makes it the same thing while lines move."""
        return self.kind.value, self.name, self.path

    @property
    def title(self) -> str:
        """Name it for people: ``macro `cents_to_dollars` ``."""
        return f"`{self.name}`" if self.kind is OriginKind.FILE else f"{self.kind} `{self.name}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """What may have changed one model from outside of its file; several where it can't be told which.

    `text`: its rendered SQL. `name`: its relation's name. `settings`: how it is built, its contract, its being on.
    """

    text: tuple[Origin, ...] = ()
    name: tuple[Origin, ...] = ()
    settings: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HiddenEdit:
    """An edit whose effect is in a package that is not in the repository, and the models (`keys`) that use its macros.

    `what` says what was edited: a predicate to the origin's title.
    """

    origin: Origin
    what: str
    before: str | None = None
    after: str | None = None
    keys: tuple[str, ...]
