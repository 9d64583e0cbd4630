"""dbt's `adapter` and `api`: dispatch, quoting, and what the known columns can answer.

https://docs.getdbt.com/reference/dbt-jinja-functions/adapter
"""

# ruff: noqa: ARG002 - the signatures are dbt's

from contract_gate.core.world import HoleKind
from contract_gate.workspace.jinja.holes import UnknownValue
from contract_gate.workspace.jinja.known import known_columns
from contract_gate.workspace.jinja.lookup import MacroLookup
from contract_gate.workspace.jinja.record import ReadOnlyRecord
from contract_gate.workspace.jinja.relation import TemplateColumn, TemplateRelation
from contract_gate.workspace.jinja.rendering import Rendering


class Adapter:
    """The methods of `adapter`; those that would change the warehouse do nothing."""

    def __init__(self, rendering: Rendering, macros: MacroLookup) -> None:
        self._rendering, self._macros = rendering, macros

    def dispatch(self, macro_name: str, macro_namespace: str | None = None, **others: object) -> object:
        return self._macros.dispatch(str(macro_name), macro_namespace, **others)

    def run_variant(self, name: str, *args: object, **named: object) -> object:
        """Run the adapter's variant at once, as `adapter_macro` does: dbt had no `dispatch` before 0.18."""
        found = self.dispatch(name)
        return found(*args, **named) if callable(found) else found

    def type(self) -> str:
        return self._rendering.project.adapter

    def quote(self, identifier: object) -> str:
        mark = self._rendering.project.quoting.character
        return f"{mark}{identifier}{mark}"

    def quote_as_configured(self, identifier: object, quote_key: str = "identifier") -> str:
        is_quoted = getattr(self._rendering.project.quoting, str(quote_key), False) is True
        return self.quote(identifier) if is_quoted else str(identifier)

    def quote_seed_column(self, column: object, quote_config: object = None) -> str:
        return self.quote(column)

    def get_relation(
        self, database: object = None, schema: object = None, identifier: object = None
    ) -> object:
        if not self._rendering.execute:
            return None
        return _relation(self._rendering, database, schema, identifier)

    def get_columns_in_relation(self, relation: object) -> object:
        return known_columns(self._rendering, relation)

    def get_missing_columns(self, *_args: object) -> list[object]:
        return []

    def check_schema_exists(self, *_args: object) -> bool:
        return True

    def __getitem__(self, name: str) -> object:
        """Give a method that is not known here: calling it is a hole."""
        holes = self._rendering.holes

        def unknown(*_args: object, **_kwargs: object) -> UnknownValue:
            holes.note(HoleKind.QUERY, f"adapter.{name}() asks the warehouse: its answer is not known", name)
            return UnknownValue(holes, name)

        return unknown


def relation_class(rendering: Rendering) -> ReadOnlyRecord:
    """Give `api.Relation`: something with `create`."""
    return ReadOnlyRecord(
        {
            "create": lambda database=None, schema=None, identifier=None, **others: _relation(
                rendering, database, schema, identifier, others.get("type")
            )
        }
    )


def column(name: object, label_or_dtype: object = "", *_args: object, **_kwargs: object) -> TemplateColumn:
    return TemplateColumn(str(name), str(label_or_dtype))


def _relation(
    rendering: Rendering, database: object, schema: object, identifier: object, kind: object = None
) -> TemplateRelation:
    return TemplateRelation(
        _known(database),
        _known(schema),
        _known(identifier),
        rendering.project.quoting,
        _known(kind) or "table",
    )


def _known(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
