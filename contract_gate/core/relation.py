"""Relations and columns: the names that everything else hangs on.

A part of a name is kept in its *canonical spelling*: what the dialect folds an unquoted name to, shown in
lower case. Two parts are the same thing exactly when their canonical spellings are equal, so everything
beyond `contract_gate.sql` (which folds) compares with `==`.
"""

from collections.abc import Collection

from contract_gate.core.values import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class RelationName:
    """One to three parts, outermost first: `(database, schema, name)`, `(schema, name)` or `(name,)`."""

    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def schema(self) -> str | None:
        return self.parts[-2] if len(self.parts) > 1 else None

    @property
    def database(self) -> str | None:
        return self.parts[-3] if len(self.parts) > 2 else None

    def matches(self, other: "RelationName") -> bool:
        """Tell whether the two may be the same relation: the parts that both give are equal."""
        shared = min(len(self.parts), len(other.parts))
        return self.parts[-shared:] == other.parts[-shared:]

    def qualified(self, database: str | None, schema: str | None) -> "RelationName":
        """Put the defaults in front where parts are missing and the defaults are known."""
        parts = self.parts
        if len(parts) == 1 and schema:
            parts = (schema, *parts)
        if len(parts) == 2 and database:
            parts = (database, *parts)
        return RelationName(parts)

    def beside(self, other: "RelationName") -> "RelationName":
        """Put the other's database and schema in front where they are missing: a rename stays where the relation is."""
        missing = len(other.parts) - len(self.parts)
        return RelationName((*other.parts[:missing], *self.parts)) if missing > 0 else self

    def __str__(self) -> str:
        return ".".join(self.parts)


def caseless(part: str) -> str:
    """Give a part of a name, or a column's, as it is compared where the dialect is not known: without quotes, in lower case."""
    return part.strip('"`[]').lower()


def standing(name: RelationName, there: Collection[RelationName]) -> RelationName:
    """Give which of the relations that are there a name means: `orders` is the one `public.orders`; the name itself, if none."""
    if name in there:
        return name
    alike = [other for other in there if len(other.parts) != len(name.parts) and other.matches(name)]
    return alike[0] if len(alike) == 1 else name


def standing_in(schema: str, name: RelationName, there: Collection[RelationName]) -> RelationName:
    """Give the same where only the relation in `schema` can be meant: a name without one is looked up there."""
    bare = len(name.parts) == 1
    other = RelationName((schema, *name.parts) if bare else name.parts[1:])
    is_meant = (bare or name.parts[:-1] == (schema,)) and name not in there
    return other if is_meant and other in there else name


@dataclass(frozen=True, slots=True)
class Fields:
    """All fields of a struct, in order, or of the structs that an array holds (`repeated`)."""

    columns: tuple["Column", ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """An output column. `type` is the dialect's spelling in upper case, `None` where it can't be known.

    `known_as` is the name that a renamed column is compared by: the one it had before. `computed` is the expression by
    which the table itself gives its value (a generated column, a default), as text. `fields`: those of a struct, where
    they are known. `nullable` tells what values may be; `required`: that the table was declared to refuse NULL.
    """

    name: str
    type: str | None = None
    nullable: bool | None = None
    known_as: str | None = None
    computed: str | None = None
    fields: Fields | None = None
    required: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in a file: lines and columns count from 1; `path` is relative to the repository, `/` between."""

    path: str | None = None
    line: int
    column: int = 1
    end_line: int | None = None
    end_column: int | None = None
