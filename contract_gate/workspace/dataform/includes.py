"""What the scripts of a Dataform project share: `includes/`, and the files that one requires by a path.

https://cloud.google.com/dataform/docs/javascript-in-dataform
"""

from collections.abc import Mapping, MutableMapping, Sequence

from contract_gate.core.faults import contained
from contract_gate.workspace.dataform.evaluate import run
from contract_gate.workspace.dataform.syntax import parse_script
from contract_gate.workspace.dataform.tokens import NotRead
from contract_gate.workspace.dataform.values import Native, ScriptScope, Value, to_text


class Includes:
    """The scope that every script and file sees: `dataform.projectConfig`, and what each include exports.

    `texts` are the project's files, whose paths begin with `prefix`; what can't be read is put into `problems`.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        prefix: str,
        config: Mapping[str, Value],
        problems: MutableMapping[str, str],
    ) -> None:
        self._texts, self._prefix, self._problems = texts, prefix, problems
        self._requiring: list[str] = []
        self.scope = ScriptScope({"dataform": {"projectConfig": dict(config)}})
        for _ in range(2):  # a file may use what another exports, whatever their names' order
            for path, text in texts.items():
                folder, _, name = path.removeprefix(prefix).rpartition("/")
                if folder == "includes" and name.endswith(".js"):
                    with contained(problems, path):
                        self.scope.names[name.removesuffix(".js")] = self._exports(path, text)

    def scope_of(self, path: str, names: dict[str, Value] | None = None) -> ScriptScope:
        """Give the scope of a file's own scripts, which may require others; it knows these names too."""
        scope = ScriptScope(names or {}, self.scope, self.scope.budget)
        scope.names["require"] = self._require(path)
        return scope

    def _exports(self, path: str, text: str) -> Value:
        module: dict[str, Value] = {"exports": {}}
        inner = self.scope_of(path, {"module": module, "exports": module["exports"]})
        self._requiring.append(path)
        try:
            failed = run(parse_script(text), inner)
        except NotRead as error:
            failed = [(1, str(error))]
        if failed:
            self._problems[path] = f"line {failed[0][0]}: {failed[0][1]}"
        self._requiring.pop()
        return module["exports"]

    def _require(self, path: str) -> Native:
        def required(arguments: Sequence[Value], _line: int) -> Value:
            wanted = to_text(arguments[0]) if arguments else ""
            names, name = self.scope.names, wanted.rpartition("/")[2].removesuffix(".js")
            if name in names and ("includes" in wanted or path.startswith(f"{self._prefix}includes/")):
                return names[name]
            other = f"{self._prefix}{wanted.removeprefix('./').removesuffix('.js')}.js"
            if other in self._texts and other not in self._requiring:
                return self._exports(other, self._texts[other])
            raise NotRead(f"require({wanted[:60]}) is not known")

        return Native(required)
