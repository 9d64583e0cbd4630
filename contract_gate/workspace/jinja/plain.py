"""Values of templates as JSON."""

from collections.abc import Mapping

from contract_gate.workspace.jinja.relation import TemplateRelation
from contract_gate.workspace.jinja.wire import Json


def plain(value: object, depth: int = 30) -> Json:
    """Give a template's value as JSON, which tells nobody what is asked of it; what has no such form is given as text."""
    match value:
        case TemplateRelation():
            return str(value)
        case bool() | None:
            return value
        case int():
            return int(value)
        case float():
            return float(value)
        case Mapping() if depth:
            return {str(key): plain(item, depth - 1) for key, item in value.items()}
        case list() | tuple() | set() | frozenset() if depth:
            return [plain(item, depth - 1) for item in value]
    return str(value)
