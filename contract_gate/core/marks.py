"""What rules, waivers and owners know a thing by."""

from contract_gate.core.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The marks of a changed model or of a reader, as the base has them: what a change says of itself makes nothing milder.

    `paths`: the files that it is made from, several where they make one relation together. `handles`: owners with their names on the host.
    """

    name: str
    paths: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    url: str | None = None
    handles: tuple[tuple[str, str], ...] = ()
