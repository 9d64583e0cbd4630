"""Plain SQL repositories: each tracked `.sql` file makes the relations it names, or the one its path names.

Conventions: `dataset/table/query.sql` and `view.sql` (the folder is the table, a `schema.yaml` beside it lists its
columns, a `query.py` makes it without SQL), `schema/table.sql` with a bare SELECT, CREATE/INSERT/MERGE files, and
migrations, whose fold is the schema's state. Which model a name means: see `resolving`.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cached_property

from contract_gate.core.model_keys import key_in_sequence, key_of_file, key_of_function
from contract_gate.core.paths import is_sql
from contract_gate.core.relation import Column, RelationName, standing_in
from contract_gate.core.remembering import Facts
from contract_gate.core.world import (
    Hole,
    HoleKind,
    Model,
    ModelKind,
    RefusedDeclaration,
    RefusedStep,
    Rendered,
)
from contract_gate.sql.names import DEFAULT_SCHEMA
from contract_gate.sql.scan import names_read
from contract_gate.sql.stack import deep_stack
from contract_gate.sql.statement.dynamic import DYNAMIC
from contract_gate.workspace.content import code_digest
from contract_gate.workspace.files import Files, read_texts
from contract_gate.workspace.plain.calling import unknown_steps
from contract_gate.workspace.plain.elsewhere import (
    MadeElsewhere,
    beside,
    from_templates,
    in_folders,
    is_template,
    table_folders,
)
from contract_gate.workspace.plain.fold import MOST_ROWS, Made, fold
from contract_gate.workspace.plain.naming import FOLDER_FILES, name_from_path
from contract_gate.workspace.plain.placeholders import is_all_marked
from contract_gate.workspace.plain.planned import is_plan, read_plans
from contract_gate.workspace.plain.reading import QueryFile, ReadFiles, read_files, read_schemas
from contract_gate.workspace.plain.resolving import CertainName, ModelNames
from contract_gate.workspace.plain.stepping import refused_on_top, refused_steps
from contract_gate.workspace.plain.triggers import ended, idle_functions
from contract_gate.workspace.plain.writing import (
    elsewhere,
    fills,
    followed_by,
    home,
    is_kept_whole,
    late_lines,
    lines_of_the_past,
    only_makes,
    remainder,
    sequence_followed,
    statements_about,
    strange_lines,
    strange_steps,
    variables,
    variables_beside,
    written,
)
from contract_gate.workspace.project import NamesWritten
from contract_gate.workspace.words import WordIndex

_CHECKS = "/checks.sql"
"""What stands beside a query in the `dataset/table/` layout and makes no relation: templates of data tests."""


class PlainProject(NamesWritten):
    """The plain SQL files of one revision. `paths` are those that no other kind of project owns."""

    root = dialect = ""

    def __init__(
        self,
        files: Files,
        paths: Collection[str],
        dialect_of: Callable[[str], str],
        facts: Facts | None = None,
    ) -> None:
        self._dialect_of = dialect_of
        sql = [path for path in paths if is_sql(path) and not is_template(path)]
        templates = [path for path in paths if is_template(path)]
        kept = [path for path in sql if not path.endswith(_CHECKS)]
        self._plans = deep_stack(lambda: read_plans(files, paths, dialect_of))
        kept += self._plans.written
        self._read: ReadFiles = deep_stack(lambda: read_files(files, kept, dialect_of, self._plans, facts))
        unknown = deep_stack(lambda: dict(unknown_steps(self._read.scripts.values())))
        self.problems: dict[str, str] = {**unknown, **self._read.problems, **self._plans.problems}
        self._made: dict[str, Made] = {}
        self._elsewhere: dict[str, MadeElsewhere] = {}
        self._named: dict[str, CertainName] = {}
        self._routines: dict[str, CertainName] = {}
        schemas = read_schemas(files, paths, self.problems)
        for made in fold(self._read.scripts.values(), self._ended):
            self._add_made(made)
        tables = table_folders(paths)
        for query in self._read.queries:
            self._add_query(query, schemas, tables)
        self._add_elsewhere(files, paths, templates, schemas)
        self._scripts = {f"script:{path}": path for path in self._read.scripts if self._remainder(path)}
        everything = {**self._named, **self._routines}
        self.models: Mapping[str, Model] = {
            **{key: named.model for key, named in everything.items()},
            **{key: self._script_model(key) for key in self._scripts},
        }
        self._names = ModelNames(self._named.values(), self._reads_namesake)
        self._routine_names = ModelNames(self._routines.values(), lambda _model, _name: False)

    @property
    def notes(self) -> tuple[str, ...]:
        """Give limits that a reader of the report should know of."""
        generated = [str(each.relation) for each in self._elsewhere.values() if each.is_generated]
        if not generated:
            return ()
        more = f" and {len(generated) - 3} more" if len(generated) > 3 else ""
        shown = ", ".join(sorted(generated)[:3])
        return (f"written from templates, so that their SQL is not compared: {shown}{more}",)

    def rendered(self, key: str) -> Rendered:
        """Give the statements that make the relation; a plain file needs no rendering but for its placeholders."""
        model = self.models[key]
        if key in self._scripts:
            holes = self._holes([model.path])
            script = self._read.scripts[model.path]
            return Rendered(
                sql=self._remainder(model.path), holes=holes, variables=variables_beside(script),
                past=strange_lines(script, self._strange.get(model.path, ())),
                follows=sequence_followed(script),
            )  # fmt: skip
        if key in self._elsewhere:
            return Rendered(sql=None, problem=self._elsewhere[key].reason)
        paths = self.files_of(key)
        problem = next((self._read.refused[path] for path in paths if path in self._read.refused), None)
        if problem is not None:
            return Rendered(sql=None, problem=problem)
        holes = self._holes(paths)
        made = self._made.get(key)
        if made is None:
            return Rendered(sql=self._read.texts[model.path], holes=holes)
        if made.skipped_rows:
            told = f"more than {MOST_ROWS} statements with literal rows are data and not compared"
            holes += (Hole(kind=HoleKind.CODE, told=told),)
        sql, lines, _ = written(made, self._read.scripts)
        is_idle = made.is_routine and ((made.scope, made.dialect), made.relation.name.lower()) in self._idle
        past = ((1, sql.count("\n") + 1),) if is_idle else lines_of_the_past(made, self._read.scripts, sql)
        return Rendered(
            sql=sql, lines=lines, holes=holes, past=past, late=late_lines(made, self._read.scripts, sql),
            elsewhere=elsewhere(made, self._read.scripts), variables=variables(made, self._read.scripts),
            follows=followed_by(made, self._read.scripts) if made.is_routine else None,
        )  # fmt: skip

    def _holes(self, paths: Iterable[str]) -> tuple[Hole, ...]:
        """Give what was not filled in; a note lists the first of many placeholders, its name tells all apart."""
        return tuple(
            Hole(
                kind=HoleKind.CODE,
                told=note,
                name=self._read.told_apart.get(path, ""),
                reads_any=path in self._read.open,
            )
            for path in paths
            for note in self._read.notes.get(path, ())
        )

    def _remainder(self, path: str) -> str:
        script = self._read.scripts[path]
        ended, strange = (found.get(path, ()) for found in (self._ended, self._strange))
        is_whole, heads = path in self._kept_whole, self._heads.get(path, ())
        return remainder(script, is_whole=is_whole, ended=ended, strange=strange, heads=heads)

    @cached_property
    def _heads(self) -> Mapping[str, Collection[int]]:
        """Give where in each file the routines begin that are there after all steps."""
        found: dict[str, set[int]] = defaultdict(set)
        for made in self._made.values():
            for part in made.parts if made.is_routine else ():
                found[part.path].add(part.piece.start)
        return found

    @cached_property
    def _ended(self) -> Mapping[str, Collection[int]]:
        return ended(self._read.scripts.values())

    @cached_property
    def _idle(self) -> Collection[tuple[tuple[str, str], str]]:
        return idle_functions(self._read.scripts.values(), self._ended)

    @cached_property
    def _strange(self) -> Mapping[str, Collection[int]]:
        return strange_steps(self._read.scripts.values())

    @cached_property
    def _kept_whole(self) -> frozenset[str]:
        scripts = self._read.scripts
        alone = (each for each in self._made.values() if is_kept_whole(each, scripts[each.paths[0]]))
        return frozenset(each.paths[0] for each in alone)

    def files_of(self, key: str) -> tuple[str, ...]:
        """Give the files that a model's SQL comes from, its own path among them."""
        made = self._made.get(key)
        return made.paths if made is not None else (self.models[key].path,)

    def touched(self, paths: Collection[str]) -> set[str]:
        """Give the models whose SQL comes from any of these files."""
        wanted = set(paths)
        reordered = {path for path in paths if is_plan(path) or path in self._plans.written}
        planned = {
            key
            for key, made in self._made.items()
            if reordered and not self._plans.steps.keys().isdisjoint(made.paths)
        }
        found = planned | {key for key in self.models if not wanted.isdisjoint(self.files_of(key))}
        if any(self._is_bare_step(path) for path in wanted):
            refused = self._refused_steps.items()
            found |= {key for key, steps in refused if any(step.path in wanted for step in steps)}
        return found

    def _is_bare_step(self, path: str) -> bool:
        """Tell whether nothing that is there in the end is of this migration: what it drops, or an index, may be refused."""
        script = self._read.scripts.get(path)
        is_step = script is not None and script.is_migration
        return is_step and not any(path in made.paths for made in self._made.values())

    def says(self, key: str) -> str | None:
        """Give what a file says of one of the many relations that it makes; None where more than that decides what it is."""
        made = self._made.get(key)
        if made is None or made.paths != (made.scope,) or len(self._read.scripts[made.scope].touched) < 2:
            return None
        if made.scope in self._read.refused or made.scope in self._read.notes or self.refused_steps(key):
            return None
        return statements_about(made, self._read.scripts)

    def find(self, name: RelationName, reader: str | None) -> Model | None:
        """Give the model that a name means to the reader, None for a foreign table."""
        return self._names.find(name, self.models.get(reader) if reader is not None else None)

    def find_routine(self, name: RelationName, reader: str | None) -> Model | None:
        """Give the function that a name calls, None where no file here makes one."""
        if not self._routines:
            return None
        return self._routine_names.find(name, self.models.get(reader) if reader is not None else None)

    def refused_steps(self, key: str) -> tuple[RefusedStep, ...]:
        """Give the steps of migrations about this relation that their engine refuses."""
        return self._refused_steps.get(key, ())

    @cached_property
    def _refused_steps(self) -> Mapping[str, tuple[RefusedStep, ...]]:
        # What no relation is told of is told of a function that the file makes.
        return deep_stack(lambda: refused_steps(self._read.scripts.values(), self._owned))

    @property
    def _owned(self) -> list[tuple[str, Made]]:
        return sorted(self._made.items(), key=lambda item: item[1].is_routine)

    def refused_since(self, base: "PlainProject", paths: Collection[str]) -> Iterator[RefusedDeclaration]:
        """Give the steps that the base did not have and that no relation is told of: what they are about is gone, or they fail only where the base's have run."""
        scripts = self._read.scripts
        if not any(path in scripts and scripts[path].step is not None for path in paths):
            return
        told = {(step.path, step.message) for steps in base._refused_steps.values() for step in steps}
        told |= {(s.path, s.message) for key, steps in self._refused_steps.items() if key for s in steps}
        on_top = deep_stack(
            lambda: [*refused_on_top(base._read.scripts.values(), scripts.values(), self._owned)]
        )
        for key, step in (*(("", step) for step in self._refused_steps.get("", ())), *on_top):
            if (step.path, step.message) not in told:
                told.add((step.path, step.message))
                yield RefusedDeclaration(
                    path=step.path, line=step.line, message=step.message, key=key or None, setup=step.path
                )

    def rivals(self, name: RelationName, reader: str) -> Collection[str]:
        """Give the keys of the other models that the reader may mean by the name."""
        return self._names.rivals(name, self.models[reader])

    @cached_property
    def words(self) -> WordIndex:
        shared = Counter(made.relation for made in self._made.values())
        own = {
            key: made.relation
            for key, made in self._made.items()
            if shared[made.relation] > 1 and only_makes(made, self._text_of(key))
        }
        return WordIndex({key: self._text_of(key) for key in self.models}, own)

    def filled(self) -> Iterable[RelationName]:
        """Give the relations that a query here fills: a table that is only made is filled by others."""
        built = (one for one in self.models.values() if one.kind.is_built)
        return (one.relation for one in built if one.relation is not None and fills(self._text_of(one.key)))

    def nameless(self) -> Collection[str]:
        """Give the models that work out which table they read."""
        return [key for key in self.models if DYNAMIC.search(self._text_of(key)) is not None]

    def _text_of(self, key: str) -> str:
        made = self._made.get(key)
        return (
            statements_about(made, self._read.scripts)
            if made is not None
            else self._read.texts.get(self.models[key].path, "")
        )

    def _reads_namesake(self, model: Model, name: RelationName) -> bool:
        """What a query reads under its own name is itself only for who asks for it by that whole name."""
        text = self._read.texts.get(model.path)
        schema = DEFAULT_SCHEMA.get(model.dialect, "")
        asked_in_full = model.relation is not None and (
            model.relation.parts[-2:] == name.parts[-2:]
            or standing_in(schema, name, {model.relation}) == model.relation
        )
        return text is not None and any(
            read.name.lower() == name.name.lower() and not (read == model.relation and asked_in_full)
            for read in names_read(text, model.dialect)
        )

    def _add_made(self, made: Made) -> None:
        path = home(made)
        if made.is_routine:
            self._add_routine(made, path)
            return
        key_of = key_in_sequence if made.is_migrated else key_of_file
        key = key_of(made.scope, made.relation)
        self._made[key] = made
        certain = len(made.relation.parts) if made.is_made and not is_all_marked(made.relation.name) else 0
        self._add(key, made.relation, path, made.dialect, certain)

    def _script_model(self, key: str) -> Model:
        path = self._scripts[key]
        dialect = self._read.scripts[path].dialect
        return Model(key=key, kind=ModelKind.SCRIPT, name=path, path=path, dialect=dialect)

    def _add_routine(self, made: Made, path: str) -> None:
        key = key_of_function(made.scope, made.relation, migrated=made.is_migrated)
        self._made[key] = made
        model = Model(
            key=key, kind=ModelKind.FUNCTION, name=str(made.relation), path=path, dialect=made.dialect,
            relation=made.relation, materialization="function",
        )  # fmt: skip
        self._routines[key] = CertainName(model=model, certain=len(made.relation.parts))

    def _add_query(
        self, query: QueryFile, schemas: Mapping[str, tuple[Column, ...]], tables: Collection[str]
    ) -> None:
        relation, certain = name_from_path(query.path, query.dialect)
        folder, _, file = query.path.rpartition("/")
        is_table = FOLDER_FILES.match(file.rsplit(".", 1)[0]) is not None
        declared = schemas.get(folder, ()) if is_table else ()
        if not is_table and folder in tables:
            certain = 0  # it stands beside the query of its folder's table: a check or a rule, which reads and makes nothing
        self._add(
            key_of_file(query.path, relation),
            relation,
            query.path,
            query.dialect,
            certain,
            declared,
            by_path=True,
        )

    def _add(
        self, key: str, relation: RelationName, path: str, dialect: str, certain: int,
        columns: tuple[Column, ...] = (), kind: ModelKind = ModelKind.MODEL, by_path: bool = False,
        content: str | None = None,
    ) -> None:  # fmt: skip
        model = Model(
            key=key, kind=kind, name=str(relation), path=path, dialect=dialect, relation=relation, columns=columns,
            closed=bool(columns), content=content,
        )  # fmt: skip
        self._named[key] = CertainName(model=model, certain=certain, by_path=by_path)

    def _add_elsewhere(
        self,
        files: Files,
        paths: Collection[str],
        templates: list[str],
        schemas: Mapping[str, tuple[Column, ...]],
    ) -> None:
        relations = [named.model.relation for named in self._named.values() if named.certain]
        there = {ending for relation in relations if relation is not None for ending in _endings(relation)}
        folders = {path.rpartition("/")[0] for path in self._read.texts}
        python = [path for path in paths if path.endswith(".py") and path.rpartition("/")[0] in folders]
        dialect = self._dialect_of("")
        queries = [*in_folders(paths, schemas, dialect)]
        python += [each.path for each in queries if each.columns and each.path.endswith(".py")]
        writes = read_texts(files, python) if python else {}
        found = [*queries, *beside(python, folders, dialect, writes)]
        for each in [*found, *from_templates(templates, self._read.texts)]:
            if each.relation.parts in there:
                continue
            there |= _endings(each.relation)
            kind = ModelKind.SOURCE if each.columns else ModelKind.MODEL
            key = key_of_file(each.path.rpartition("/")[0], each.relation)
            self._elsewhere[key] = each
            self._add(
                key,
                each.relation,
                each.path,
                self._dialect_of(each.path),
                each.certain,
                each.columns,
                kind,
                True,
                code_digest(writes[each.path]) if each.columns and each.path in writes else None,
            )


def _endings(relation: RelationName) -> set[tuple[str, ...]]:
    """Give the names that a relation may be called by in full or without its outermost part."""
    return {relation.parts, relation.parts[-2:]}
