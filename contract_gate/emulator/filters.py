"""The catalog's filter and sort grammar: JSON in, a choice of rows out.

A leaf is `{"operator": "exact|contains|in|is_set", "field": F, "value": V, "operands": []}`, a node
`{"operator": "and|or|not", "operands": […]}`; a sort is `{"field": F, "order": "asc|desc", "tie_breaker": null}`
(https://docs.secoda.co/api/reference/resources).
"""

from contract_gate.core.json_fields import parse
from contract_gate.emulator.switches import UnknownField
from contract_gate.emulator.wire import ApiError, Json

DEEPEST = 20
_ALIASES = {"type": "entity_type"}
"""The reference's own example filters tables by `type`, while the rows call it `entity_type`."""


def read_json(text: str | bytes, name: str) -> dict[str, Json]:
    """Read a parameter or a body that holds a JSON object; raises `ApiError` 400."""
    try:
        value = parse(text)
    except ValueError as error:
        raise ApiError(400, f"{name} is not JSON") from error
    if not isinstance(value, dict):
        raise ApiError(400, f"{name} is not a JSON object")
    return value


def matches(row: dict[str, Json], condition: Json, unknown_field: UnknownField, depth: int = 0) -> bool:
    """Tell whether the row is chosen; raises `ApiError` 400 where the filter is not of the grammar."""
    if not isinstance(condition, dict) or depth > DEEPEST:
        raise ApiError(400, "filter is not of the form {operator, field, value, operands}")
    operator = condition.get("operator")
    if operator in ("and", "or", "not"):
        operands = condition.get("operands")
        if not isinstance(operands, list) or (operator == "not" and not operands):
            raise ApiError(400, f"filter: {operator} has no operands")
        answers = [matches(row, operand, unknown_field, depth + 1) for operand in operands]
        return not any(answers) if operator == "not" else all(answers) if operator == "and" else any(answers)
    return _leaf(row, condition, unknown_field)


def _leaf(row: dict[str, Json], leaf: dict[str, Json], unknown_field: UnknownField) -> bool:
    known, found = _field(row, leaf.get("field"))
    if not known and unknown_field is UnknownField.REFUSED:
        raise ApiError(400, f"filter: there is no field {leaf.get('field')!r}")
    values = found if isinstance(found, list) else [found]
    wanted = leaf.get("value")
    match leaf.get("operator"):
        case "exact":
            return wanted in values
        case "contains":
            return any(str(wanted).lower() in str(value).lower() for value in values if value is not None)
        case "in":
            if not isinstance(wanted, list):
                raise ApiError(400, "filter: the value of in is not a list")
            return any(value in wanted for value in values)
        case "is_set":
            return (found not in (None, "", [], {})) is (wanted is not False)
        case other:
            raise ApiError(400, f"filter: there is no operator {other!r}")


def _field(row: dict[str, Json], name: Json) -> tuple[bool, Json]:
    if not isinstance(name, str):
        raise ApiError(400, "filter: field is not a text")
    value: Json = row
    for part in _ALIASES.get(name, name).split("."):
        if not isinstance(value, dict) or part not in value:
            return False, None
        value = value[part]
    return True, value


def ordered(rows: list[dict[str, Json]], sort: dict[str, Json] | None) -> list[dict[str, Json]]:
    """Sort the rows; without `sort` by external usage, most first, as the reference says."""
    field, order = (
        ("external_usage", "desc") if sort is None else (sort.get("field"), sort.get("order", "asc"))
    )
    if order not in ("asc", "desc"):
        raise ApiError(400, f"sort: there is no order {order!r}")

    def key(row: dict[str, Json]) -> tuple[bool, float, str]:
        _, value = _field(row, field)
        number = float(value) if isinstance(value, int | float) else 0.0
        return (value is not None, number, "" if isinstance(value, int | float) else str(value))

    return sorted(rows, key=key, reverse=order == "desc")
