"""Relations as templates see them: what `ref` and `source` print, with the attributes and methods of dbt's.

https://docs.getdbt.com/reference/dbt-classes#relation
"""

from collections.abc import Callable, Iterator, Mapping

from contract_gate.core.values import dataclass, field, replace
from contract_gate.sql.types import is_float, is_integer, type_class

OnPrint = Callable[[str, list[tuple[str, bool]]], None]
"""Is told each time that the relation of a node is printed: the node's key, and the parts with whether they are quoted."""

_PARTS = ("database", "schema", "identifier")
_FIELDS = (*_PARTS, "type")


@dataclass(frozen=True)
class Quoting:
    """How an adapter writes names, by dbt's `quoting` setting: which parts are quoted, with which character, and which are written at all."""

    character: str = '"'
    database: bool = True
    schema: bool = True
    identifier: bool = True
    has_database: bool = True


@dataclass(frozen=True)
class TemplateRelation(Mapping[str, object]):
    """A relation; printing it gives the SQL name. `ephemeral` ones are printed by their name all the same.

    It is a mapping as dbt's is: packages ask with `is mapping` and `get('metadata')` whether they were handed a relation.
    """

    database: str | None
    schema: str | None
    identifier: str | None
    quoting: Quoting = Quoting()
    type: str | None = None
    shown: tuple[bool, bool, bool] = (True, True, True)
    key: str | None = None
    on_print: "OnPrint | None" = field(default=None, compare=False, repr=False)

    def __getitem__(self, key: str) -> object:
        if key == "metadata":
            return {"type": "BaseRelation"}
        if key not in _FIELDS:
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(_FIELDS)

    def __len__(self) -> int:
        return len(_FIELDS)

    @property
    def name(self) -> str | None:
        return self.identifier

    table = name

    @property
    def is_table(self) -> bool:
        return self.type == "table"

    @property
    def is_view(self) -> bool:
        return self.type == "view"

    @property
    def is_cte(self) -> bool:
        return self.type == "ephemeral"

    def include(
        self, database: bool | None = None, schema: bool | None = None, identifier: bool | None = None
    ) -> "TemplateRelation":
        """Choose the parts that are printed."""
        chosen = (database, schema, identifier)
        shown = [old if new is None else bool(new) for old, new in zip(self.shown, chosen, strict=True)]
        return replace(self, shown=(shown[0], shown[1], shown[2]))

    def without_identifier(self) -> "TemplateRelation":
        return self.include(identifier=False)

    def quote(
        self, database: bool | None = None, schema: bool | None = None, identifier: bool | None = None
    ) -> "TemplateRelation":
        """Choose the parts that are quoted."""
        old = self.quoting
        return replace(
            self,
            quoting=replace(
                old,
                database=old.database if database is None else bool(database),
                schema=old.schema if schema is None else bool(schema),
                identifier=old.identifier if identifier is None else bool(identifier),
            ),
        )

    def incorporate(
        self,
        path: Mapping[str, str | None] | None = None,
        type: str | None = None,  # noqa: A002 - the name that templates use
        **_others: object,
    ) -> "TemplateRelation":
        """Replace parts of the name."""
        parts = {part: value for part, value in (path or {}).items() if part in _PARTS}
        return TemplateRelation(
            database=parts.get("database", self.database),
            schema=parts.get("schema", self.schema),
            identifier=parts.get("identifier", self.identifier),
            quoting=self.quoting,
            type=type or self.type,
            shown=self.shown,
            # Another database or schema is another place of the same thing; another identifier is another thing.
            key=self.key if parts.get("identifier", self.identifier) == self.identifier else None,
            on_print=self.on_print,
        )

    def replace_path(self, **parts: str | None) -> "TemplateRelation":
        return self.incorporate(path=parts)

    def information_schema(self, view: str | None = None) -> "TemplateRelation":
        """Give a view of the database's information schema."""
        quoting = replace(self.quoting, schema=False, identifier=False)
        return TemplateRelation(self.database, "information_schema", view, quoting, "view")

    def matches(
        self, database: str | None = None, schema: str | None = None, identifier: str | None = None
    ) -> bool:
        pairs = ((database, self.database), (schema, self.schema), (identifier, self.identifier))
        return all(wanted is None or wanted.lower() == (own or "").lower() for wanted, own in pairs)

    def render(self) -> str:
        """Print the SQL name."""
        quoted = (self.quoting.database, self.quoting.schema, self.quoting.identifier)
        values = (self.database if self.quoting.has_database else None, self.schema, self.identifier)
        parts = [
            (value, quote)
            for value, quote, show in zip(values, quoted, self.shown, strict=True)
            if value and show
        ]
        if self.key is not None and self.on_print is not None:
            self.on_print(self.key, parts)
        mark = self.quoting.character
        return ".".join(f"{mark}{value}{mark}" if quote else value for value, quote in parts)

    __str__ = render
    __html__ = render

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TemplateRelation) and self.render() == other.render()

    def __hash__(self) -> int:
        return hash(self.render())


@dataclass(frozen=True)
class TemplateColumn:
    """A column as `adapter.get_columns_in_relation` gives it."""

    column: str
    dtype: str
    character: str = '"'

    @property
    def name(self) -> str:
        return self.column

    @property
    def quoted(self) -> str:
        return f"{self.character}{self.column}{self.character}"

    @property
    def data_type(self) -> str:
        return self.dtype

    def is_string(self) -> bool:
        return type_class(self.dtype) == "string"

    def is_number(self) -> bool:
        return type_class(self.dtype) == "number"

    def is_numeric(self) -> bool:
        return self.is_number() and not self.is_integer() and not self.is_float()

    def is_integer(self) -> bool:
        return is_integer(self.dtype)

    def is_float(self) -> bool:
        return is_float(self.dtype)

    def string_size(self) -> int:
        digits = "".join(character for character in self.dtype if character.isdigit())
        return int(digits[:9]) if digits else 16777216

    def __str__(self) -> str:
        return f"<Column {self.column} ({self.dtype})>"
