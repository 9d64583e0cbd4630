"""A SQLMesh project at one revision: its declarations, its SQL with macros replaced, and who names whom."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from contract_gate.core.deadline import checkpoint
from contract_gate.core.faults import contained
from contract_gate.core.relation import Column, RelationName
from contract_gate.core.world import (
    ColumnRead,
    Companion,
    Hole,
    HoleKind,
    Model,
    ModelKind,
    RefusedDeclaration,
    Rendered,
)
from contract_gate.sql.names import fold_column, read_relation_name
from contract_gate.workspace.content import code_digest, csv_header, rows_digest
from contract_gate.workspace.documents import BadYamlError
from contract_gate.workspace.files import YAML, Files, decode, is_below, read_texts
from contract_gate.workspace.globs import matches, names_of
from contract_gate.workspace.layout import ProjectKind
from contract_gate.workspace.naming import NameIndex
from contract_gate.workspace.project import NamesWritten
from contract_gate.workspace.sqlmesh.companions import (
    BUILT_IN_AUDITS,
    Audit,
    audits_in,
    audits_of,
    companions_of,
    decided_otherwise,
)
from contract_gate.workspace.sqlmesh.declared import DeclaredModel, declare, external_models
from contract_gate.workspace.sqlmesh.macros import Macros
from contract_gate.workspace.sqlmesh.metrics import metrics_in
from contract_gate.workspace.sqlmesh.python_models import (
    ModelDecorator,
    macro_marks,
    model_reads,
    python_models,
)
from contract_gate.workspace.sqlmesh.settings import CONFIG_FILES, FOLDERS, SqlmeshSettings, read_settings
from contract_gate.workspace.sqlmesh.unit_tests import unit_tests
from contract_gate.workspace.sqlmesh.writing import hooks, write
from contract_gate.workspace.words import WordIndex

_DECORATED = re.compile(r"""@model\(\s*(?:name\s*=\s*)?(["'])([^"'\n]+)\1""")
_VARIABLE = re.compile(r"@\{?\w+\}?")
_WORD = re.compile(r"\w+")
_PYTHON = "made by Python: only its declared columns are known"


class SqlmeshProject(NamesWritten):
    """The models below one folder with a SQLMesh configuration. `dialect`, where given, wins over the project's own."""

    kind = ProjectKind.SQLMESH

    def __init__(self, files: Files, root: str, paths: Collection[str], dialect: str | None = None) -> None:
        self.root = root
        self.settings: SqlmeshSettings = read_settings(files, root)
        self.dialect = dialect if dialect is not None else self.settings.dialect or ""
        self.problems: dict[str, str] = {}
        self._declared: dict[str, DeclaredModel] = {}
        self._twins: list[tuple[str, str]] = []
        self._python: dict[str, ModelDecorator] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []
        self._texts: dict[str, str] = {}
        self._models: dict[str, Model] = {}
        self._rendered: dict[str, Rendered] = {}
        if self.settings.note is not None:
            self.problems[self.settings.path] = self.settings.note
        self._ignored = [names_of(pattern) for pattern in self.settings.ignored]
        self._left_out: dict[str, str] = {}
        own = sorted(path for path in paths if is_below(path, root))
        self._read(files, own)

    @property
    def models(self) -> Mapping[str, Model]:
        """Give every declaration by its key."""
        return self._models

    @property
    def notes(self) -> tuple[str, ...]:
        """Give limits that a reader of the report should know of."""
        where = self.root or "the repository's top"
        return (f"the SQLMesh project in {where}: {self.settings.note}",) if self.settings.note else ()

    @property
    def left_out(self) -> Mapping[str, str]:
        """Give the files that the configuration ignores, each with the file that says so."""
        return self._left_out

    def rendered(self, key: str) -> Rendered:
        """Give the model's query with its macros replaced."""
        if key not in self._rendered:
            self._rendered[key] = self._render(key)
        return self._rendered[key]

    def companions(self, key: str) -> tuple[Companion, ...]:
        """Give what names columns beside the query: keys, audits and other statements."""
        if key in self._python:
            path = self._models[key].path
            reads = model_reads(self._texts[path])
            return tuple(Companion(what=r.what, sql=r.sql, path=path, line=r.line) for r in reads)
        declared = self._declared.get(key)
        if declared is None or declared.kind is ModelKind.TEST:
            return ()
        text = self._texts[declared.path]
        macros = self._macros(declared, {})
        return (
            *companions_of(declared, text, self._audits, lambda variables: self._macros(declared, variables)),
            *decided_otherwise(declared, text, macros, self.rendered(key)),
        )

    def files_of(self, key: str) -> tuple[str, ...]:
        """Give the files that a declaration comes from."""
        declared = self._declared.get(key)
        seed = (declared.seed,) if declared is not None and declared.seed else ()
        return (self._models[key].path, *seed)

    def touched(self, paths: Collection[str]) -> set[str]:
        """Give the models that a change of these files may change; all of them for macros and the configuration."""
        prefix = f"{self.root}/" if self.root else ""
        shared = {prefix + name for name in CONFIG_FILES}
        if any(path in shared or path.startswith((f"{prefix}macros/", f"{prefix}audits/")) for path in paths):
            return set(self._models)
        wanted = set(paths)
        return {key for key in self._models if not wanted.isdisjoint(self.files_of(key))}

    def readers(self, keys: Collection[str]) -> set[str]:
        """Give the declarations whose text names any of these, and those that say that they depend on them."""
        wanted = set(keys)
        return super().readers(keys) | {
            key for key, model in self._models.items() if not wanted.isdisjoint(model.depends_on)
        }

    def perhaps_made_by(self, name: RelationName) -> frozenset[tuple[str, str]]:
        """Give the Python files, (path, digest), that work out the names of their models, if one could be this."""
        written = ".".join(name.parts).lower()
        return frozenset(
            (path, code_digest(self._texts[path]))
            for pattern, path in self._patterns
            if pattern.search(written)
        )

    def refused(self) -> Iterator[RefusedDeclaration]:
        """Give the names that two files declare, and the audits that a model asks for and that are nowhere."""
        for key, path in self._twins:
            twin = self._declared[key]
            for each in (path, twin.path):
                message = f"two models are called `{twin.name}`"
                yield RefusedDeclaration(
                    path=each, line=twin.line if each == twin.path else 1, message=message, key=key
                )
        for key, declared in self._declared.items():
            for name, _ in audits_of(declared):
                if name not in self._audits and name not in BUILT_IN_AUDITS:
                    message = f"there is no audit `{name}` for `{declared.name}`"
                    yield RefusedDeclaration(path=declared.path, line=declared.line, message=message, key=key)

    def defines(self, hole: Hole) -> bool:
        """Tell whether the project's Python has the macro."""
        return hole.kind is HoleKind.MACRO and hole.name.lower() in self._macro_texts

    def knows_reads(self, _keys: Sequence[str]) -> bool:
        """Say yes: what reads what is a graph that has to have a beginning."""
        return True

    def find(self, name: RelationName, reader: str | None = None) -> Model | None:  # noqa: ARG002
        """Give the model that a name means; the reader makes no difference: names are written in full."""
        return self._names.find(name)

    @cached_property
    def words(self) -> WordIndex:
        return WordIndex({key: self._words_of(key, model.path) for key, model in self._models.items()})

    def _words_of(self, key: str, path: str) -> str:
        """Give a declaration's text with those of the audits that it calls: they may read other models."""
        declared = self._declared.get(key)
        names = (name for name, _ in audits_of(declared)) if declared is not None else ()
        audits = (self._audits[name].sql for name in names if name in self._audits)
        return "\n".join((self._texts.get(path, ""), *audits))

    @cached_property
    def _names(self) -> NameIndex:
        return NameIndex(self._models.values())

    @cached_property
    def _macro_texts(self) -> Mapping[str, tuple[str, str]]:
        """Give the mark of each macro in Python, and the text of its file: all that it can write of a column that no call names."""
        prefix = f"{self.root}/macros/" if self.root else "macros/"
        return {
            name: (mark, text)
            for path, text in self._texts.items()
            if path.startswith(prefix) and path.endswith(".py")
            for name, mark in macro_marks(text).items()
        }

    def _read(self, files: Files, paths: list[str]) -> None:
        prefix = f"{self.root}/" if self.root else ""
        folders = tuple(f"{prefix}{name}/" for name in FOLDERS)
        names = ("external_models.yaml", "external_models.yml", "schema.yaml", "schema.yml")
        wanted = [
            path for path in paths if path.startswith(folders) or path in {prefix + name for name in names}
        ]
        read = [path for path in wanted if path.endswith((".sql", ".py", *YAML))]
        self._left_out = {path: self.settings.path for path in read if self._is_ignored(path[len(prefix) :])}
        kept = [path for path in read if path not in self._left_out]
        self._texts = read_texts(files, kept, self.problems)
        # Tests and metrics last: what they name must be there.
        late = (f"{prefix}tests/", f"{prefix}metrics/")
        for path, text in sorted(self._texts.items(), key=lambda file: file[0].startswith(late)):
            with contained(self.problems, path):
                self._read_file(path, text, prefix)
        self._read_seeds(files)
        self._link_python()

    def _is_ignored(self, path: str) -> bool:
        """Tell whether SQLMesh loads no such file: a pattern counts from the project's folder, or matches a path's end.

        https://sqlmesh.readthedocs.io/en/stable/reference/configuration/#ignore-patterns, `Loader._glob_paths`.
        """
        checkpoint()
        parts = path.split("/")
        return any(
            matches(names, path) or (names and matches(names, "/".join(parts[-len(names) :])))
            for names in self._ignored
        )

    def _read_file(self, path: str, text: str, prefix: str) -> None:
        if path.startswith(f"{prefix}tests/"):
            if path.endswith(YAML):
                self._add_tests(path, text)
        elif path.endswith(YAML):
            try:
                for external in external_models(text):
                    self._add_external(path, external)
            except BadYamlError as error:
                self.problems[path] = f"it is no YAML: {error}"
        elif path.endswith(".py"):
            if path.startswith(f"{prefix}models/"):
                self._add_python(path, text)
        elif path.startswith(f"{prefix}metrics/"):
            self._add_metrics(path, text)
        elif path.startswith((f"{prefix}models/", f"{prefix}audits/")):
            found = declare(text, path, prefix, self.dialect, self.settings)
            if isinstance(found, str):
                self.problems[path] = found
            else:
                for declared in found:
                    self._add(declared)

    def _add(self, declared: DeclaredModel) -> None:
        twin = self._declared.get(declared.key)
        if twin is not None:
            self.problems[twin.path] = f"{declared.path} has the same name, and SQLMesh refuses both"
            self.problems[declared.path] = f"{twin.path} has the same name, and SQLMesh refuses both"
            self._twins.append((declared.key, declared.path))
            return
        self._declared[declared.key] = declared
        columns = self._columns(declared.columns, declared.dialect)
        relation = (
            None if declared.kind is ModelKind.TEST else self._relation(declared.name, declared.dialect)
        )
        self._models[declared.key] = Model(
            key=declared.key, kind=declared.kind, name=declared.name, path=declared.path, line=declared.line,
            dialect=declared.dialect, relation=relation, materialization=declared.materialization, columns=columns,
            closed=bool(columns), constraints=declared.constraints, owners=declared.owners, tags=declared.tags,
            merging=declared.merging, on_schema_change=declared.on_schema_change, hooks=hooks(declared, self._texts[declared.path]),
        )  # fmt: skip

    def _reads(self, named: Iterable[tuple[str, str, int]]) -> tuple[ColumnRead, ...]:
        """Give the reads of columns by the name of their model, the column's and a line."""
        return tuple(
            ColumnRead(key=model.key, column=fold_column(column, False, model.dialect), line=line)
            for name, column, line in named
            if (model := self.find(self._relation(name, self.dialect))) is not None
        )

    def _add_metrics(self, path: str, text: str) -> None:
        for metric in metrics_in(text):
            reads = self._reads((name, column, metric.line) for name, column in metric.columns)
            key = f"metric.{metric.name.lower()}"
            others = (f"metric.{word}" for word in sorted(metric.words - {metric.name.lower()}))
            keys = [*(read.key for read in reads), *others]
            self._models[key] = Model(
                key=key, kind=ModelKind.METRIC, name=metric.name, path=path, line=metric.line, dialect=self.dialect,
                depends_on=tuple(dict.fromkeys(keys)), reads=reads, definitions=(("", metric.expression, metric.line),),
            )  # fmt: skip

    def _add_tests(self, path: str, text: str) -> None:
        found = unit_tests(text)
        if isinstance(found, str):
            self.problems[path] = found
            return
        for test in found:
            reads = self._reads(test.reads)
            key = f"test.{path}.{test.name}"
            self._models[key] = Model(
                key=key, kind=ModelKind.TEST, name=test.name, path=path, line=test.line, dialect=self.dialect,
                depends_on=tuple(dict.fromkeys(read.key for read in reads)), reads=reads,
            )  # fmt: skip

    def _add_external(self, path: str, external: tuple[str, tuple[tuple[str, str], ...], int]) -> None:
        name, columns, line = external
        key = f"external.{name.lower()}"
        self._models[key] = Model(
            key=key, kind=ModelKind.SOURCE, name=name, path=path, line=line, dialect=self.dialect,
            relation=self._relation(name, self.dialect), columns=self._columns(columns, self.dialect),
            closed=bool(columns),
        )  # fmt: skip

    def _add_python(self, path: str, text: str) -> None:
        found = python_models(text)
        if isinstance(found, str):
            self.problems[path] = found
            self._patterns += ((_pattern(match[2]), path) for match in _DECORATED.finditer(text))
            return
        for made in found:
            if not made.enabled:
                continue
            if "@" in made.name:
                self.problems[path] = "the names of its models are made by code that is not run"
                self._patterns.append((_pattern(made.name), path))
                continue
            key = f"model.{made.name.lower()}"
            self._python[key] = made
            self._models[key] = Model(
                key=key, kind=ModelKind.MODEL, name=made.name, path=path, line=made.line, dialect=self.dialect,
                relation=self._relation(made.name, self.dialect), materialization="table",
                columns=self._columns(made.columns, self.dialect), closed=bool(made.columns),
                content=code_digest(text),
            )  # fmt: skip

    def _link_python(self) -> None:
        """A Python model reads what its code names."""
        for key, made in self._python.items():
            found = [self.find(self._relation(name, self.dialect)) for name in made.reads]
            keys = tuple(model.key for model in found if model is not None and model.key != key)
            self._models[key] = replace(self._models[key], depends_on=keys)

    def _read_seeds(self, files: Files) -> None:
        seeds = [(declared.seed, key) for key, declared in self._declared.items() if declared.seed]
        contents = files.read({path for path, _ in seeds})
        for path, key in seeds:
            content = contents.get(path)
            declared = self._declared[key]
            if declared.columns or not isinstance(content, bytes):
                continue
            with contained(self.problems, path):
                self._read_seed(key, declared, content)

    def _read_seed(self, key: str, declared: DeclaredModel, content: bytes) -> None:
        header = csv_header(decode(content[:100_000]).text)
        columns = self._columns(tuple((name, "") for name in header), declared.dialect)
        self._models[key] = replace(
            self._models[key],
            columns=columns,
            closed=bool(columns),
            content=rows_digest(decode(content).text),
        )

    def _relation(self, name: str, dialect: str) -> RelationName:
        return read_relation_name(name, dialect) or RelationName(tuple(name.lower().split(".")))

    def _columns(self, columns: tuple[tuple[str, str], ...], dialect: str) -> tuple[Column, ...]:
        return tuple(
            Column(name=fold_column(name, False, dialect), type=kind.upper() or None)
            for name, kind in columns
        )

    def _render(self, key: str) -> Rendered:
        declared = self._declared.get(key)
        if declared is None:
            return Rendered(
                sql=None, problem=_PYTHON if key in self._python else "it is declared, and not made here"
            )
        rendered = write(declared, self._texts[declared.path], self._macros(declared, {}))
        texts = (self._macro_texts[hole.name.lower()][1] for hole in rendered.holes if self.defines(hole))
        return replace(
            rendered, beside=frozenset(word for text in texts for word in _WORD.findall(text.lower()))
        )

    def _macros(self, declared: DeclaredModel, more: Mapping[str, str]) -> Macros:
        return Macros(
            variables={**self.settings.variables, **declared.variables, **more}, this_model=declared.this_model,
            python={name: mark for name, (mark, _) in self._macro_texts.items()},
        )  # fmt: skip

    @cached_property
    def _audits(self) -> Mapping[str, Audit]:
        """Give the audits that any file defines, by name."""
        sql = (text for path, text in self._texts.items() if path.endswith(".sql"))
        return {name: audit for text in sql for name, audit in audits_in(text)}


def _pattern(name: str) -> re.Pattern[str]:
    """Match the written names that a name with variables (`@{name}`) may stand for, whatever stands before it."""
    known = [re.escape(part) for part in _VARIABLE.split(name.lower())]
    return re.compile(rf"(?:^|\.){'[^.]+'.join(known)}$")
