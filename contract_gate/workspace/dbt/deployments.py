"""What a model's template writes where another target, another environment or another flag decides.

The project is read for one target. Where a template compares what another deployment has otherwise, it is rendered once
more for each value that it compares with: those texts are the model's too, somewhere.
"""

from collections.abc import Callable, Iterator, Sequence

from contract_gate.core.values import dataclass
from contract_gate.core.world import Companion, Hole, HoleKind
from contract_gate.sql.comments import on_one_line
from contract_gate.workspace.dbt import wording
from contract_gate.workspace.dbt.nodes import Node
from contract_gate.workspace.jinja.deployment import ANOTHER
from contract_gate.workspace.jinja.engine import holes_of, problem_of
from contract_gate.workspace.jinja.wire import Json, Message, numbers, text, texts

MOST = 8
"""So many suppositions are tried of one template."""

Render = Callable[[Message], Message]
"""Gives the child's reply for a template under these suppositions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What a template writes under suppositions."""

    supposed: Message
    reply: Message


def elsewhere(render: Render, *, of_variables: bool = True) -> Iterator[Elsewhere | None]:
    """Render a template under each supposition that its comparisons lead to; None ends those that are too many.

    `of_variables`: a variable that has its default may have another value.
    """
    known: list[Message] = [{}]
    queue = [*_next({}, render({}), of_variables)]
    while queue:
        supposed = queue.pop(0)
        if supposed in known:
            continue
        if len(known) > MOST:
            yield None
            return
        known.append(supposed)
        reply = render(supposed)
        yield Elsewhere(supposed=supposed, reply=reply)
        queue += _next(supposed, reply, of_variables)


def companions(node: Node, render: Render, named: Sequence[str]) -> Iterator[Companion]:
    """Give the texts of a model that are not the one it is read by, each once. `named`: the relations that its template names."""
    seen = {on_one_line(text(render({}), "sql"))}
    for found in elsewhere(render):
        if found is None:
            told = f"it hangs on more than {MOST} values of its target, variables and flags"
            yield from _unknown(node, named, "its SQL under other settings", told)
            return
        what, problem = f"its SQL where {_words(found.supposed)}", problem_of(found.reply)
        sql = text(found.reply, "sql")
        if problem is not None:
            yield from _unknown(node, named, what, problem)
        elif wording.has_code(sql) and on_one_line(sql) not in seen:
            seen.add(on_one_line(sql))
            yield Companion(
                what=what, sql=sql, path=node.path, line=node.line, lines=numbers(found.reply, "lines"), builds=True,
                holes=holes_of(found.reply), missing=tuple(texts(found.reply, "missing")),
            )  # fmt: skip


def switched(render: Render) -> Iterator[Message]:
    """Give the replies for other targets, environments and flags. A variable's default is the project's own word here."""
    return (found.reply for found in elsewhere(render, of_variables=False) if found is not None)


def _next(supposed: Message, reply: Message, of_variables: bool) -> Iterator[Message]:
    compared = reply.get("compared")
    for entry in compared if isinstance(compared, list) else ():
        match entry:
            case [str() as name, value] if supposed.get(name) != value and (
                of_variables or not name.startswith("var(")
            ):
                yield {**supposed, name: value}
            case _:
                pass


def _unknown(node: Node, named: Sequence[str], what: str, told: str) -> Iterator[Companion]:
    """A text that fails stays as it is written: who names a column that goes may read it."""
    hole = Hole(kind=HoleKind.CODE, told=told)
    # No parser reads the template. That it reads what it names is said apart.
    reads = "".join(f"select 1 from {name};\n" for name in named)  # noqa: S608 - parsed, never run
    yield Companion(what=f"{what}, as far as it names models,", sql=reads, path=node.path, line=node.line)
    template = f"{node.text}\n-- {' '.join(named)}"
    yield Companion(what=what, sql=template, path=node.path, line=node.line, holes=(hole,), runs=False)


def _words(supposed: Message) -> str:
    return " and ".join(_said(name, value) for name, value in supposed.items())


def _said(name: str, value: Json) -> str:
    if value == ANOTHER:
        return f"`{name}` is something else"
    return f"`{name}` is {str(value).lower() if isinstance(value, bool) else repr(value)}"
