"""Where Secoda's documentation leaves something open, a switch says which way this emulator goes.

The defaults are what the documentation or code that Secoda publishes suggests. `read_switches` reads the
`name=value` form of the command line; docs/emulator.md lists the names.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from contract_gate.core.errors import UsageError
from contract_gate.emulator.faults import Fault, read_fault


class RowShape(StrEnum):
    """How a lineage row names its ends: `from_entity_id`, or `from_entity` as older deployments do."""

    NEW = "new"
    OLD = "old"


class Filters(StrEnum):
    """Which filters lists obey: all, only the `__in` forms (older deployments), or none."""

    KNOWN = "known"
    IN_ONLY = "in-only"
    IGNORED = "ignored"


class InList(StrEnum):
    """What `from_entity__in=a,b` does: finds both, is refused with 400, or finds nothing."""

    COMMA = "comma"
    REFUSED = "refused"
    NOTHING = "nothing"


class Slash(StrEnum):
    """What a path without its last `/` does: 301 (which drops a body), 404, or works."""

    REDIRECT = "redirect"
    MISSING = "missing"
    OPTIONAL = "optional"


class PastEnd(StrEnum):
    """A page after the last one."""

    MISSING = "404"
    EMPTY = "empty"


class LaterPages(StrEnum):
    """The pages after the first: right, missing, empty, the first page again, or rows that nobody asked for."""

    RIGHT = "right"
    MISSING = "404"
    EMPTY = "empty"
    REPEATED = "repeated"
    OTHERS = "others"


class Nulls(StrEnum):
    """How a null is written: `null`, `""` or `"None"`."""

    NULL = "null"
    EMPTY = "empty"
    TEXT = "None"


class NextLink(StrEnum):
    """`links.next`: right, without `/api/v1`, or on another host."""

    RIGHT = "right"
    SHORT = "without-prefix"
    FOREIGN = "other-host"


class UnknownTarget(StrEnum):
    """`target_table` of a preview that can't tell the target."""

    NULL = "null"
    ABSENT = "absent"


class UnknownField(StrEnum):
    """A filter on a field that the catalog does not have: matches nothing, or is refused with 400."""

    NOTHING = "nothing"
    REFUSED = "refused"


class CreateRoutes(StrEnum):
    """Where lineage is created: `lineage/`, `lineage/manual/` (older), or both."""

    BOTH = "both"
    NEW = "new"
    OLD = "old"


class UserBody(StrEnum):
    """Which body adds a user: `emails` and `groups` (the example), `email` and `user_groups` (the reference), or both."""

    BOTH = "both"
    EXAMPLE = "example"
    REFERENCE = "reference"


class AcceptedAnswer(StrEnum):
    """How a reply says that it is the accepted answer: true or false, these as texts, or the accepted one's id."""

    FLAG = "flag"
    TEXT = "text"
    ID = "id"


class ErrorBody(StrEnum):
    """An error's body: `{"detail": …}`, or plain text."""

    DETAIL = "detail"
    TEXT = "text"


DIALECTS = (
    "athena", "bigquery", "clickhouse", "databricks", "duckdb", "mssql", "mysql", "oracle", "postgresql",
    "redshift", "snowflake", "synapse", "trino",
)  # fmt: skip
"""Only `postgresql` and `bigquery` are documented; the others are the warehouses that Secoda connects to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """All of them. Sizes are in bytes, times in seconds."""

    row_shape: RowShape = RowShape.NEW
    mirrored_rows: bool = True
    delete_mirror: bool = True
    column_rows: bool = True
    filters: Filters = Filters.KNOWN
    in_list: InList = InList.COMMA
    unknown_field: UnknownField = UnknownField.NOTHING
    table_name_filters: bool = False
    slash: Slash = Slash.REDIRECT
    preview_limit: int = 8190
    preview_refusal: int = 414
    dialects: tuple[str, ...] = DIALECTS
    unknown_target: UnknownTarget = UnknownTarget.NULL
    empty_patch_wipes: bool = True
    unknown_table_status: int = 404
    write_status: int = 200
    create_routes: CreateRoutes = CreateRoutes.BOTH
    create_user: UserBody = UserBody.BOTH
    accepted_answer: AcceptedAnswer = AcceptedAnswer.FLAG
    user_groups: bool = True
    typed_lists: bool = True
    write_limit: int = 30
    retry_after: bool = True
    count_sentinel: bool = False
    page_size: int = 50
    page_size_parameter: bool = True
    past_end: PastEnd = PastEnd.MISSING
    later_pages: LaterPages = LaterPages.RIGHT
    endless_pages: bool = False
    catalog_limit: int = 10_000
    nulls: Nulls = Nulls.NULL
    next_link: NextLink = NextLink.RIGHT
    unauthorized_status: int = 401
    error_body: ErrorBody = ErrorBody.DETAIL
    delay: float = 0.0
    faults: tuple[Fault, ...] = ()


def read_switches(pairs: Iterable[str], start: Switches | None = None) -> Switches:
    """Read `name=value` pairs; `fault` may come several times. Raises `UsageError`."""
    switches = start or Switches()
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"the switch {pair!r} has no value", "write it as name=value")
        switches = _set(switches, name.strip().replace("-", "_"), value.strip())
    return switches


def _set(switches: Switches, name: str, value: str) -> Switches:
    if name in ("fault", "faults"):
        return replace(switches, faults=(*switches.faults, read_fault(value)))
    kinds = {field.name: field.type for field in fields(Switches)}
    if name not in kinds:
        raise UsageError(f"there is no switch {name!r}", "one of: " + ", ".join(sorted({*kinds, "fault"})))
    try:
        converted = _convert(kinds[name], value)
    except (KeyError, ValueError) as error:
        raise UsageError(f"the switch {name} can't be {value!r}", _choices(kinds[name])) from error
    changed = replace(switches)
    # `replace(switches, **{name: …})` would hide the field's type from the type checker all the same.
    object.__setattr__(changed, name, converted)
    return changed


def _convert(kind: object, value: str) -> object:
    if kind is bool:
        return _WORDS[value.lower()]
    if kind is int:
        return int(value)
    if kind is float:
        return float(value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _choices(kind: object) -> str:
    if kind is bool:
        return "on or off"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "one of: " + ", ".join(kind)
    return "a number"


_WORDS = {
    "on": True,
    "true": True,
    "yes": True,
    "1": True,
    "off": False,
    "false": False,
    "no": False,
    "0": False,
}
