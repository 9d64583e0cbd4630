"""The child process: reads requests, renders, answers. It holds no secret and can do little.

Run as `python -m contract_gate.workspace.jinja.child MEGABYTES PARENT`; see `engine` for the parent and `wire` for the words.
"""

import sys
from typing import IO

from jinja2 import TemplateError

from contract_gate.core.facts import read
from contract_gate.edge.confined import end_with_parent, limit_processor
from contract_gate.workspace.jinja import lines
from contract_gate.workspace.jinja.deployment import AssumedValues
from contract_gate.workspace.jinja.macros import MacroReturn
from contract_gate.workspace.jinja.names import names_of
from contract_gate.workspace.jinja.relation import Quoting
from contract_gate.workspace.jinja.rendering import Rendering, RenderingError, compile_template, run
from contract_gate.workspace.jinja.state import JinjaProject
from contract_gate.workspace.jinja.wire import Json, Message, parse, rows, table, text, texts, write

_PROCESSOR_SECONDS = 120.0
_NAMES = ("database", "schema", "alias")


class RenderServer:
    """Answer requests about one project."""

    def __init__(self, incoming: IO[bytes], outgoing: IO[bytes]) -> None:
        self._incoming, self._outgoing = incoming, outgoing
        self._project = JinjaProject()

    def serve(self) -> None:
        while line := self._incoming.readline():
            # The parent keeps the clock; this is for when it is gone.
            limit_processor(_PROCESSOR_SECONDS)
            write(self._outgoing, self._answer(parse(line)))

    def _answer(self, message: Message) -> Message:
        match message.get("op"):
            case "setup":
                self._project = _project(message)
                return {}
            case "nodes":
                _describe(self._project, message)
                return {}
            case "names":
                return {"names": [self._name(item) for item in rows(message, "items")]}
            case "texts":
                return {"values": [self._text(item) for item in rows(message, "items")]}
            case "render":
                return self._render(message)
            case _:
                return {"problem": "unknown request"}

    def _ask(self, question: Message) -> Message:
        write(self._outgoing, question)
        while line := self._incoming.readline():
            message = parse(line)
            if message.get("op") == "answer":
                return message
            write(self._outgoing, self._answer(message))
        raise RenderingError("the gate is gone")

    def _rendering(self, message: Message) -> Rendering:
        rendering = Rendering(
            project=self._project,
            ask=self._ask,
            node=table(message, "node"),
            config=dict(table(message, "config")),
            execute=message.get("execute", True) is True,
            incremental=message.get("incremental") is True,
            assumed=AssumedValues(table(message, "suppose")),
        )
        self._project.environment.holes = rendering.holes
        self._project.environment.assumed = rendering.assumed
        return rendering

    def _render(self, message: Message) -> Message:
        holes, assumed = self._project.environment.holes, self._project.environment.assumed
        rendering = self._rendering(message)
        sql = ""
        mapped: list[int] = []
        problem: str | None = None
        try:
            snapshot = text(message, "snapshot") or None
            template = compile_template(self._project.environment, text(message, "text"), snapshot, True)
            sql, mapped = lines.read(run(template, names_of(rendering), snapshot))
            sql = rendering.holes.fill(sql)
        except _FAILURES as error:
            problem = _words(error)
        finally:
            self._project.environment.holes, self._project.environment.assumed = holes, assumed
        return {
            "sql": None if problem else sql,
            "lines": list(mapped),
            "problem": problem,
            "holes": list(rendering.holes.noted),
            "reads": list(rendering.reads),
            "printed": list(rendering.printed),
            "missing": list(rendering.missing),
            "queries": [rendering.holes.fill(query) for query in rendering.queries],
            "config": rendering.captured,
            "asked_incremental": rendering.asked_incremental,
            "compared": list(rendering.assumed.compared),
        }

    def _text(self, item: Message) -> Json:
        """Render a YAML value; `{"value": …}` or `{"problem": …}`, with the notes of its holes."""
        rendering = self._rendering(item)
        try:
            template = compile_template(self._project.environment, text(item, "text"), None, False)
            value = rendering.holes.fill(run(template, names_of(rendering)))
        except _FAILURES as error:
            return {"problem": _words(error), "holes": list(rendering.holes.noted)}
        missing: list[Json] = [*rendering.missing]
        compared = list(rendering.assumed.compared)
        return {
            "value": value,
            "holes": list(rendering.holes.noted),
            "missing": missing,
            "compared": compared,
        }

    def _name(self, item: Message) -> Json:
        """Run the naming macros for one node."""
        rendering = self._rendering(item)
        names = names_of(rendering)
        try:
            made: list[Json] = []
            for part in _NAMES:
                macro = names.get(f"generate_{part}_name")
                value = macro(item.get(part), names["model"]) if callable(macro) else None
                made.append(None if value is None else rendering.holes.fill(str(value)).strip())
        except _FAILURES as error:
            return {"problem": _words(error)}
        return {"parts": made, "holes": list(rendering.holes.noted)}


# What a template can raise: Jinja's errors, ours, and what ordinary Python values raise when misused.
_FAILURES = (
    RenderingError,
    TemplateError,
    MacroReturn,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
    OSError,
    ImportError,
    RuntimeError,
)


def _words(error: BaseException) -> str:
    match error:
        case RenderingError():
            return str(error)
        case MacroReturn():
            return "return() is called outside of a macro"
        case MemoryError():
            return "the template needs more memory than it may use"
        case RecursionError():
            return "the template calls itself without end"
        case _:
            return f"the template fails: {type(error).__name__}: {str(error)[:300]}"


def _project(message: Message) -> JinjaProject:
    project = JinjaProject(
        name=text(message, "name"),
        adapter=text(message, "adapter"),
        target=table(message, "target"),
        variables={package: table({"": scope}, "") for package, scope in table(message, "variables").items()},
        environment_variables=table(message, "environment"),
        dispatch={
            name: tuple(texts(table(message, "dispatch"), name)) for name in table(message, "dispatch")
        },
        quoting=read(Quoting, table(message, "quoting")),
        moment=text(message, "moment"),
        absent=frozenset(texts(message, "absent")),
        is_open=message.get("is_open") is True,
        may_lack_models=message.get("may_lack_models") is True,
    )
    for package in texts(message, "packages"):
        project.library.add_package(package)
    for file in rows(message, "macros"):
        project.library.add(
            text(file, "package"), text(file, "path"), lines.clean(text(file, "text")), texts(file, "names")
        )
    return project


def _describe(project: JinjaProject, message: Message) -> None:
    project.nodes = {key: table({"": node}, "") for key, node in table(message, "nodes").items()}
    project.refs = {name: texts({"": keys}, "") for name, keys in table(message, "refs").items()}
    project.functions = {name: texts({"": keys}, "") for name, keys in table(message, "functions").items()}
    project.sources = {name: texts({"": keys}, "") for name, keys in table(message, "sources").items()}
    project.siblings = {name: texts({"": keys}, "") for name, keys in table(message, "siblings").items()}
    project.disabled = dict(table(message, "disabled"))


def main() -> None:
    megabytes, parent = map(int, sys.argv[1:3])
    end_with_parent(parent)
    _limit(megabytes)
    RenderServer(sys.stdin.buffer, sys.stdout.buffer).serve()


def _limit(megabytes: int) -> None:
    """Take memory, files and child processes away, where the system can."""
    sys.setrecursionlimit(3000)
    try:
        import resource
    except ImportError:
        return
    for name, value in (
        ("RLIMIT_AS", megabytes << 20),
        ("RLIMIT_FSIZE", 0),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_NPROC", 0),
    ):
        limit = getattr(resource, name, None)
        if limit is not None:
            try:
                resource.setrlimit(limit, (value, value))
            except (ValueError, OSError):
                continue


if __name__ == "__main__":
    main()
