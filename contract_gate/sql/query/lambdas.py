"""The parameters of lambdas: what they are called, and the elements of which arrays they stand for."""

from sqlglot import exp

from contract_gate.core.relation import Fields
from contract_gate.sql.algebra import Term
from contract_gate.sql.query.place import Place
from contract_gate.sql.query.scope import Scope

_OF_EACH = frozenset({
    "transform", "filter", "arrayfilter", "arraytransform", "arrayany", "arrayall", "exists", "forall", "any_match", "all_match",
    "none_match", "list_transform", "list_filter", "list_apply", "array_transform", "array_filter", "array_sort", "sortarray",
    "arraysort", "arraymap", "arrayexists", "arrayfirst", "arraycount", "arraysum", "list_any_match", "array_apply",
})  # fmt: skip
"""Functions whose lambda takes an element of each of their arrays, or two of the one to compare."""
_FOLDS = frozenset({"reduce", "aggregate"})
"""Functions whose lambda takes what was made so far and the next element of their first array."""


def scope_of_elements(names: list[str], fields: list[Fields | None], place: Place) -> Scope:
    """Give the scope of a lambda's body; parameters are called by their number among those of all lambdas around it."""
    inner = Scope(place.scope.dialect, parent=place.scope)
    number = sum(len(level.elements) for level in place.scope.chain())
    for index, name in enumerate(names):
        word = f"λ{number + index}"
        inner.merged[name] = Term("word", value=word)
        inner.elements[word] = fields[index] if index < len(fields) else None
    return inner


def arrays_of(node: exp.Lambda) -> list[exp.Expr]:
    """Give the arrays whose elements the function around a lambda hands to it; none where that is not known."""
    call = node.parent
    if call is None or _name_of(call) not in _OF_EACH | _FOLDS:
        return []
    arrays = (_unsorted(each) for each in call.iter_expressions() if not isinstance(each, exp.Lambda))
    return [each for each in arrays if each.find(exp.Lambda, exp.Query) is None]


def _unsorted(array: exp.Expr) -> exp.Expr:
    """Give the array whose elements a filter or a sort gives."""
    while isinstance(array, (exp.ArrayFilter, exp.ArraySort, exp.ArrayReverse, exp.ArrayDistinct)):
        array = array.this
    return array


def of_parameters(node: exp.Lambda, elements: list[Fields | None]) -> list[Fields | None]:
    """Give the fields of each parameter of a lambda, from those of the elements of its arrays."""
    if _name_of(node.parent) in _FOLDS:
        return [None, *elements[:1]]
    return elements * len(node.expressions) if len(elements) == 1 else elements


def _name_of(call: exp.Expr | None) -> str:
    name = call.name if isinstance(call, exp.Anonymous) else call.key if isinstance(call, exp.Func) else ""
    return name.lower()
