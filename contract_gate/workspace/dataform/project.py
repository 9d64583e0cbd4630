"""A Dataform project at one revision: its actions as models, their SQL when asked for, and who names whom."""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from contract_gate.core.deadline import checkpoint
from contract_gate.core.faults import contained
from contract_gate.core.model_keys import key_of_file
from contract_gate.core.relation import Column, RelationName
from contract_gate.core.world import Companion, Hole, HoleKind, Model, ModelKind, RefusedDeclaration, Rendered
from contract_gate.sql.names import fold_column, fold_table
from contract_gate.sql.scan import scan_script
from contract_gate.workspace.dataform.actions import Action, Collector, Target, action_of_file, named_parts
from contract_gate.workspace.dataform.companions import assertions_of, companions_of
from contract_gate.workspace.dataform.declared import (
    constraints_of,
    hooks_of,
    merging_of,
    on_schema_change_of,
    tags_of,
)
from contract_gate.workspace.dataform.evaluate import run
from contract_gate.workspace.dataform.includes import Includes
from contract_gate.workspace.dataform.rendering import Context, render
from contract_gate.workspace.dataform.settings import FOLDERS, SETTINGS_FILES, DataformSettings, read_settings
from contract_gate.workspace.dataform.sqlx import cut
from contract_gate.workspace.dataform.syntax import parse_script
from contract_gate.workspace.dataform.tokens import NotRead
from contract_gate.workspace.dataform.values import MOST_STEPS, Value, from_json
from contract_gate.workspace.documents import BadYamlError, read_mapping
from contract_gate.workspace.files import Files, read_texts
from contract_gate.workspace.layout import ProjectKind
from contract_gate.workspace.naming import NameIndex
from contract_gate.workspace.plain.placeholders import MARK
from contract_gate.workspace.project import NamesWritten
from contract_gate.workspace.words import WordIndex

_KINDS = {"declaration": ModelKind.SOURCE, "assertion": ModelKind.TEST}
_MATERIALIZATIONS = {"table": "table", "view": "view", "incremental": "incremental", "inline": "ephemeral"}


class DataformProject(NamesWritten):
    """The actions below one folder with Dataform settings. `dialect`, where given, wins over the project's own."""

    kind = ProjectKind.DATAFORM

    def __init__(self, files: Files, root: str, paths: Collection[str], dialect: str | None = None) -> None:
        self.root = root
        self.settings: DataformSettings = read_settings(files, root)
        self.dialect = dialect if dialect is not None else self.settings.dialect
        self.problems: dict[str, str] = {}
        self._prefix = f"{root}/" if root else ""
        self._actions: dict[str, Action] = {}
        self._models: dict[str, Model] = {}
        self._rendered: dict[tuple[str, bool], Rendered] = {}
        self._asked: dict[str, bool] = {}
        self._disabled: set[str] = set()
        self._twins: list[tuple[str, str]] = []
        self._unclear: dict[str, set[str]] = {}
        self._ambiguous: set[str] = set()
        self._texts = self._read(files, sorted(path for path in paths if path.startswith(self._prefix)))
        if self.settings.path is not None and self.settings.problem is not None:
            self.problems[self.settings.path] = self.settings.problem
        self._includes = Includes(self._texts, self._prefix, self.settings.config, self.problems)
        self._scope = self._includes.scope
        self._targets: dict[str, list[tuple[Target, str]]] = defaultdict(list)
        self._made_at: dict[Target, str] = {}
        for path in self._texts:
            if path.startswith(f"{self._prefix}definitions/"):
                with contained(self.problems, path):
                    self._read_definition(path)
        for key, action in self._actions.items():
            with contained(self.problems, action.path):
                self._add_model(key)

    @property
    def models(self) -> Mapping[str, Model]:
        """Give every declaration by its key."""
        return self._models

    @property
    def notes(self) -> tuple[str, ...]:
        """Give limits that a reader of the report should know of."""
        where = self.root or "the repository's top"
        return (f"the Dataform project in {where}: {self.settings.problem}",) if self.settings.problem else ()

    def rendered(self, key: str) -> Rendered:
        """Give an action's SQL as a full build writes it."""
        return self._render(key, incremental=False)

    def incremental_rendered(self, key: str) -> Rendered | None:
        """Give the SQL of an incremental run, None where it is the same as a full build's."""
        self._render(key, incremental=False)
        return self._render(key, incremental=True) if self._asked.get(key) else None

    def companions(self, key: str) -> tuple[Companion, ...]:
        """Give what names columns beside the query: keys, partitions, operations."""
        action = self._actions[key]
        if action.type not in _MATERIALIZATIONS:
            return ()
        beside = companions_of(action, self._context(action, incremental=False))
        return (*beside, *self._decided_otherwise(key))

    def _decided_otherwise(self, key: str) -> Iterator[Companion]:
        """Give the query as a compilation with other settings of the project writes it, where it asks for such."""
        taken, budget = self.rendered(key), self._scope.budget
        budget.swaps, budget.is_open = True, False
        try:
            action = self._actions[key]
            other = render(action, self._context(action, incremental=False))
        finally:
            budget.swaps = False
        if budget.is_open and other.sql is not None and other.sql != taken.sql:
            yield Companion(
                what="its query under other settings of the project", sql=other.sql, path=action.path, line=action.line,
                holes=other.holes, missing=other.missing, lines=other.lines, builds=True,
            )  # fmt: skip

    def refused(self) -> Iterator[RefusedDeclaration]:
        """Give the actions of one name, and the refs of which nobody can tell which of several they mean."""
        for path, twin in self._twins:
            for each in (path, twin):
                message = f"{' and '.join(sorted((path, twin)))} have an action of the same name"
                yield RefusedDeclaration(path=each, line=1, message=message)
        if not self._knows_all:
            return
        several = [name for name, found in self._targets.items() if len({target for target, _ in found}) > 1]
        naming = (
            {key for name in several for key in self.words.naming(RelationName((name,)))}
            if several
            else set()
        )
        for key in sorted(naming & self._actions.keys()):
            self.rendered(key)
            for name in self._unclear.get(key, ()):
                action = self._actions[key]
                message = f"`{action.name}` refers to `{name}`, and there are several of the name"
                yield RefusedDeclaration(path=action.path, line=action.line, message=message, key=key)

    def knows_reads(self, keys: Sequence[str]) -> bool:
        """Tell whether each refers to the next: Dataform knows nothing of names that are written out."""
        return all(
            reader in self._actions and other in self._actions
            and RelationName(self._actions[other].target(self.settings)) in self.rendered(reader).reads
            for reader, other in itertools.pairwise(keys)
        )  # fmt: skip

    def defines(self, hole: Hole) -> bool:
        """Tell whether an include has the function."""
        holder, _, name = hole.name.partition(".")
        found = self._scope.get(holder) if hole.kind is HoleKind.MACRO and self._scope.has(holder) else None
        return isinstance(found, dict) and name in found

    def touched(self, paths: Collection[str]) -> set[str]:
        """Give the actions that a change of these files may change; all of them for includes and settings."""
        shared = {self._prefix + name for name in SETTINGS_FILES}
        if any(path in shared or path.startswith(f"{self._prefix}includes/") for path in paths):
            return set(self._models)
        wanted = set(paths)
        return {key for key, model in self._models.items() if model.path in wanted}

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give the actions whose text names any of these, and those whose names scripts put together."""
        relations = [model.relation for key in keys if (model := self._models.get(key)) is not None]
        found = super().readers(keys)
        names = {self._actions[key].name for key in keys if key in self._actions}
        found |= {other for name in names for other in self.words.naming(RelationName((name,)))}
        wanted = {name for name in relations if name is not None}
        return found | {other for other in self._scripted if wanted & set(self.rendered(other).reads)}

    def find(self, name: RelationName, reader: str | None = None) -> Model | None:  # noqa: ARG002
        """Give the action that makes a relation; the reader makes no difference: names are written in full."""
        return self._names.find(name)

    @cached_property
    def _knows_all(self) -> bool:
        """Tell whether every definition was read, and every action's name is known."""
        is_named = all(
            MARK not in part for action in self._actions.values() for part in action.target(self.settings)
        )
        return is_named and not any(path.startswith(f"{self._prefix}definitions/") for path in self.problems)

    @cached_property
    def words(self) -> WordIndex:
        return WordIndex({key: self._words_of(action) for key, action in self._actions.items()})

    def _words_of(self, action: Action) -> str:
        """Give an action's text, and what a list of actions elsewhere says that it depends on."""
        named = (part for wanted in _dependencies(action) for part in named_parts(wanted))
        return " ".join((action.text or self._texts.get(action.path, ""), *named))

    @cached_property
    def _scripted(self) -> tuple[str, ...]:
        """Actions with JavaScript of their own: they may name others without writing the name."""
        marks = ("js {", "js{", "functions.", "constants.", ".js")
        return tuple(
            key
            for key, model in self._models.items()
            if model.path.endswith(".js")
            or any(mark in self._texts.get(model.path, "") for mark in marks)
            or self._uses_includes(model.path)
        )

    def _uses_includes(self, path: str) -> bool:
        text = self._texts.get(path, "")
        return any(f"{name}." in text for name in self._scope.names)

    @cached_property
    def _names(self) -> NameIndex:
        return NameIndex(self._models.values())

    def _read(self, files: Files, paths: list[str]) -> dict[str, str]:
        folders = tuple(f"{self._prefix}{name}/" for name in FOLDERS)
        endings = (".sqlx", ".js", ".sql", "actions.yaml")
        wanted = [path for path in paths if path.startswith(folders) and path.endswith(endings)]
        return read_texts(files, wanted, self.problems)

    def _read_definition(self, path: str) -> None:
        checkpoint()
        text = self._texts[path]
        self._scope.budget.steps = MOST_STEPS
        if path.endswith(".js"):
            self._read_script(path, text)
        elif path.endswith(".yaml"):
            for action in self._listed(path, text):
                self._add_action(action)
                self._add_assertions(action)
        elif path.endswith(".sqlx"):
            self._read_sqlx(path, text)

    def _read_sqlx(self, path: str, text: str) -> None:
        sqlx = cut(text)
        if isinstance(sqlx, str):
            self.problems[path] = sqlx
            return
        scope = self._includes.scope_of(path)
        for block in sqlx.js:
            try:
                run(parse_script(block.text, block.line), scope)
            except NotRead as error:
                self.problems[path] = f"line {block.line}: {error}"
        action = action_of_file(path, sqlx, scope)
        self._add_action(action)
        self._add_assertions(action)

    def _read_script(self, path: str, text: str) -> None:
        collector = Collector(path)
        scope = self._includes.scope_of(path, collector.names())
        try:
            failed = run(parse_script(text), scope)
        except NotRead as error:
            failed = [(1, str(error))]
        if failed:
            self.problems[path] = f"line {failed[0][0]}: {failed[0][1]}"
        for action in collector.actions:
            self._add_action(action)
            self._add_assertions(action)

    def _listed(self, path: str, text: str) -> Iterator[Action]:
        """Read `actions.yaml`: each action names a file of plain SQL beside it."""
        try:
            listed = read_mapping(text).get("actions")
        except BadYamlError as error:
            self.problems[path] = f"it is no YAML: {error}"
            return
        for entry in listed if isinstance(listed, list) else ():
            for kind, given in entry.items() if isinstance(entry, dict) else ():
                if isinstance(given, dict) and kind in _LISTED:
                    yield self._listed_action(path, _LISTED[kind], {str(k): v for k, v in given.items()})

    def _listed_action(self, path: str, kind: str, given: Mapping[str, object]) -> Action:
        file = path.rpartition("/")[0] + "/" + str(given.get("filename") or "")
        stem = file.rpartition("/")[2].removesuffix(".sql")
        config = {key: from_json(value) for key, value in given.items()}
        return Action(
            path=file if file in self._texts else path, line=1, name=str(given.get("name") or stem), type=kind,
            config=config, text=self._texts.get(file),
        )  # fmt: skip

    def _add_action(self, action: Action) -> None:
        if action.config.get("disabled") is True or action.type in ("test", "notebook", "inline_test"):
            self._disabled.add(action.name)
            return
        key = key_of_file(action.path, action.name)
        if key in self._actions:
            key = f"{key}.{action.setting('schema', 'dataset') or len(self._actions)}"
        target = action.target(self.settings)
        twin = self._made_at.get(target)
        self._made_at.setdefault(target, action.path)
        if twin is not None:
            for path, against in ((action.path, twin), (twin, action.path)):
                self.problems[path] = f"{against} has an action of the same name, and Dataform refuses both"
            self._twins.append((action.path, twin))
        self._actions[key] = action
        self._targets[action.name].append((target, key))

    def _add_assertions(self, action: Action) -> None:
        """What Dataform checks of the rows is a test that reads the action's columns."""
        if action.type in _MATERIALIZATIONS:
            target = ".".join(action.target(self.settings))
            for assertion in assertions_of(action, f"`{target}`" if self.dialect == "bigquery" else target):
                self._add_action(assertion)

    def _resolve(self, parts: Sequence[str]) -> Target | None:
        """Find a target as Dataform does: by name, and by as much of the rest as is said."""
        wanted = tuple(parts)
        found = [
            target
            for target, _ in self._targets.get(wanted[-1], ())
            if _ends_with(target, wanted, self.settings)
        ]
        if len(set(found)) > 1:
            self._ambiguous.add(".".join(wanted))
        return found[0] if found else None

    def _add_model(self, key: str) -> None:
        action = self._actions[key]
        kind = _KINDS.get(action.type, ModelKind.MODEL)
        relation: RelationName | None = None
        if action.type in (*_MATERIALIZATIONS, "declaration") or action.config.get("hasOutput") is True:
            relation = self._folded(action.target(self.settings))
        elif action.type == "operations":
            relation = self._made_by(key)
        self._models[key] = Model(
            key=key, kind=kind, name=".".join(action.target(self.settings)), path=action.path, line=action.line,
            dialect=self.dialect, relation=relation, materialization=_materialization(action),
            columns=self._columns(action), constraints=tuple(constraints_of(action, self.dialect)),
            merging=merging_of(action, self.dialect), hooks=hooks_of(action, self._context(action, incremental=False)),
            on_schema_change=on_schema_change_of(action), tags=tags_of(action),
        )  # fmt: skip

    def _folded(self, target: Target) -> RelationName:
        """Dataform quotes every name that it writes, so that each keeps its case where the dialect has cases."""
        return RelationName(tuple(fold_table(part, True, self.dialect) for part in target))

    def _made_by(self, key: str) -> RelationName | None:
        """Statements that are run as they stand make what they say themselves, but for the rows of another action's table."""
        sql = self._render(key, incremental=False).sql
        makes = scan_script(sql, self.dialect).makes if sql is not None else ()
        return next((name for name in makes if not any(name.matches(table) for table in self._tables)), None)

    @cached_property
    def _tables(self) -> tuple[RelationName, ...]:
        """Give what the actions with a query make."""
        made = (action for action in self._actions.values() if action.type in _MATERIALIZATIONS)
        return tuple(self._folded(action.target(self.settings)) for action in made)

    def _columns(self, action: Action) -> tuple[Column, ...]:
        columns = action.config.get("columns")
        names = columns if isinstance(columns, dict) else {}
        return tuple(Column(name=fold_column(name, False, self.dialect)) for name in names)

    def _render(self, key: str, incremental: bool) -> Rendered:
        if (key, incremental) not in self._rendered:
            self._rendered[key, incremental] = self._made(key, incremental)
        return self._rendered[key, incremental]

    def _context(self, action: Action, incremental: bool) -> Context:
        self._scope.budget.steps = MOST_STEPS
        return Context(
            target=action.target(self.settings), resolve=self._resolve, dialect=self.dialect,
            incremental=incremental, knows_all=self._knows_all,
        )  # fmt: skip

    def _made(self, key: str, incremental: bool) -> Rendered:
        action = self._actions[key]
        if action.type == "declaration":
            return Rendered(sql=None, problem="it is declared, and not made here")
        context = self._context(action, incremental)
        self._ambiguous.clear()
        rendered = render(action, context)
        self._unclear[key] = set(self._ambiguous)
        needed = dict(self._needed(action))
        lost = (".".join(target) for target, is_there in needed.items() if not is_there and self._knows_all)
        rendered = replace(
            rendered, missing=(*rendered.missing, *lost), reads=(*rendered.reads, *map(self._folded, needed))
        )
        self._asked[key] = self._asked.get(key, False) or context.asked_incremental
        return rendered

    def _needed(self, action: Action) -> Iterator[tuple[Target, bool]]:
        """Give the actions that the settings name as dependencies, and whether the project has them: else it does not compile.

        https://cloud.google.com/dataform/docs/reference/dataform-core-reference
        """
        for wanted in _dependencies(action):
            name = wanted.get("name")
            if not isinstance(name, str) or MARK in name or name in self._disabled or "_assertions_" in name:
                continue
            found = self._resolve(named_parts(wanted))
            named = Action(path=action.path, line=1, name=name, type="view", config=dict(wanted))
            yield found or named.target(self.settings), found is not None


def _dependencies(action: Action) -> Iterator[dict[str, Value]]:
    """Give the names that the settings depend on, as objects: the old word takes texts too."""
    given = (action.config.get(word) for word in ("dependencies", "dependencyTargets"))
    for item in (each for one in given for each in (one if isinstance(one, list) else [one])):
        yield item if isinstance(item, dict) else {"name": item}


_LISTED = {
    "table": "table", "view": "view", "incrementalTable": "incremental", "operation": "operations",
    "declaration": "declaration", "assertion": "assertion",
}  # fmt: skip


def _materialization(action: Action) -> str | None:
    is_kept = action.type == "view" and action.config.get("materialized") is True
    return "materialized_view" if is_kept else _MATERIALIZATIONS.get(action.type)


def _ends_with(target: Target, wanted: Target, settings: DataformSettings) -> bool:
    if target[-len(wanted) :] == wanted:
        return True
    if len(wanted) > 1 and settings.schema_suffix:
        return target[-len(wanted) :] == (*wanted[:-2], f"{wanted[-2]}_{settings.schema_suffix}", wanted[-1])
    # `{database, name}`: the schema between is the default
    return len(wanted) == 2 and len(target) == 3 and (target[0], target[2]) == wanted
