"""The binder's door: a text and what is known of the stored relations → every statement bound."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

from sqlglot import exp
from sqlglot.errors import SqlglotError

from contract_gate.core.faults import BEYOND_A_FILE, told
from contract_gate.core.values import replace
from contract_gate.sql.algebra import Lookup, Mention, Problem, RoutineLookup, Shape
from contract_gate.sql.families import TSQL
from contract_gate.sql.parsing.declaring import in_sight
from contract_gate.sql.parsing.parse import Parsed, parse
from contract_gate.sql.query.binding import Binding
from contract_gate.sql.query.queries import bind_query
from contract_gate.sql.script import BoundStatement, Opaque, Script
from contract_gate.sql.stack import deep_stack
from contract_gate.sql.statement.dynamic import DYNAMIC, is_dynamic, name_tables
from contract_gate.sql.statement.opaque import between, opaque, unfollowed, words_of
from contract_gate.sql.statement.procedures import BodyStatement, with_rows
from contract_gate.sql.statement.statements import bind_statement
from contract_gate.sql.statement.writing_ctes import bind_change


def bind_script(
    sql: str,
    dialect: str,
    lookup: Lookup,
    default_database: str | None = None,
    default_schema: str | None = None,
    placeholder: str = "",
    mention: Mention | None = None,
    lookup_routine: RoutineLookup | None = None,
    variables: Iterable[tuple[int, Collection[str]]] = (),
    as_compared: Callable[[Shape], Shape] | None = None,
) -> Script:
    """Bind all statements of a text, in order. Never raises for what is in the text: see `Script.problems`.

    `dialect` is a name that sqlglot knows (`""`: its own); an unknown one raises ValueError. `placeholder`: how names
    begin that stand for what a template could not fill in; one alone in a select list may be any number of columns.
    `mention` resolves names that are not read (a foreign key's); `lookup_routine` finds functions that others make.
    `variables`: the names, in lower case, that code declares which is not in the text, by the line of the statement in it; 0: of all.
    `as_compared` gives what the text itself made under the names that its readers are compared by.
    """
    binding = Binding(dialect, lookup, sql, default_database, default_schema, placeholder=placeholder)
    binding.bind_query, binding.bind_change = bind_query, bind_change
    if mention is not None:
        binding.mention = mention
    if lookup_routine is not None:
        binding.lookup_routine = lookup_routine
    if as_compared is not None:
        binding.as_compared = as_compared
    return deep_stack(lambda: _bind(binding, _by_line(variables)))


def _by_line(variables: Iterable[tuple[int, Collection[str]]]) -> Mapping[int, Collection[str]]:
    found = defaultdict[int, set[str]](set)
    for line, names in variables:
        found[line].update(names)
    return found


def _bind(binding: Binding, variables: Mapping[int, Collection[str]]) -> Script:
    dialect = binding.dialect
    parsed = parse(binding.text, dialect)
    statements: list[BoundStatement] = []
    problems = list(parsed.problems)
    unread = _beside(binding, parsed)
    around = words_of(binding.text) if DYNAMIC.search(binding.text) is not None else None
    temporary: set[str] = set()
    called: list[BodyStatement] = []
    for node, (start, end) in zip(parsed.statements, parsed.spans, strict=True):
        try:
            if around is not None:
                name_tables(binding, node)
            line = binding.at(start)[0]
            if isinstance(node, exp.Command):
                node.meta["start"] = start  # the parser keeps no place of a text
            beside = {*in_sight(parsed.sights, start), *variables.get(0, ()), *variables.get(line, ())}
            with binding.beside(beside):
                bound = list(bind_statement(binding, node))
            body = parsed.called_at(start)
            if body is not None and not body.is_bound:
                bound = [replace(each, is_late=True) for each in bound]
                called.append(BodyStatement(number=len(statements), node=node, before=binding.text[:start]))
            statements.extend(bound)
            given = around if around is not None and is_dynamic(node) else None
            temporary |= {name.name.lstrip("#@") for each in bound if each.temporary for name in each.targets}
            text, line = binding.text[start:end], binding.at(start)[0]
            unread += unfollowed(node, bound, temporary, text, line, given, beside)
        except RecursionError:
            problems.append(Problem(kind="unsupported", message="nested too deeply to be bound"))
        except BEYOND_A_FILE:
            raise
        except Exception as error:  # noqa: BLE001 - a fault in one statement spares the others, and is told as whose it is
            line, column = binding.position(node)
            said = f"not understood: {str(error)[:100]}" if isinstance(error, SqlglotError) else told(error)
            problems.append(
                Problem(kind="unsupported", message=said, line=max(line, 1), column=max(column, 1))
            )
    return Script(
        statements=tuple(with_rows(statements, called) if dialect in TSQL else statements),
        problems=tuple(problems),
        dialect=dialect,
        opaque=tuple(unread),
    )


def _beside(binding: Binding, parsed: Parsed) -> list[Opaque]:
    """Give what of a text is no statement, or none that is understood."""
    unread = [
        opaque(binding.text[start:end], binding.at(start)[0], declared=in_sight(parsed.sights, start))
        for start, end in parsed.unread
    ]
    spans = (*parsed.spans, *parsed.unread)
    around = between(
        binding.text, spans, lambda offset: binding.at(offset)[0], binding.dialect, parsed.sights
    )
    return [*unread, *around]
