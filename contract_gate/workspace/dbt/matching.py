"""Whether a manifest was compiled from a revision: its models, snapshots and macros held against the files, text by text.

dbt records no text of YAML, seeds and variables: what hangs on those is for `compiled` to be careful with. Files of
packages that are not in the repository can't be compared, they are the job's own.
"""

import hashlib
import posixpath
from collections.abc import Callable, Iterator, Mapping

from contract_gate.core.paths import is_sql
from contract_gate.core.values import dataclass
from contract_gate.workspace.content import without_template_comments
from contract_gate.workspace.dbt.artifacts import CompiledNode, Manifest
from contract_gate.workspace.dbt.packages import Package
from contract_gate.workspace.dbt.project import DbtProject
from contract_gate.workspace.dbt.references import definitions
from contract_gate.workspace.files import with_line_ends


@dataclass(frozen=True, slots=True, order=True)
class StaleFile:
    """A file that is not as it was when the manifest was made; `why` ends the sentence that begins with its path."""

    path: str
    why: str


def differences(
    manifest: Manifest, project: DbtProject, is_ignored: Callable[[str], bool]
) -> tuple[StaleFile, ...]:
    """Give the files that differ between a manifest and a revision, each once, in the order of their paths."""
    known = {node.package for node in manifest.nodes.values()} | {m.package for m in manifest.macros.values()}
    packages = {package.name: package for package in project.packages.all if package.name in known}
    found = (*_of_nodes(manifest, project, packages), *_of_macros(manifest, project, packages))
    by_path = {each.path: each for each in found if not is_ignored(each.path)}
    return tuple(by_path[path] for path in sorted(by_path))


def _of_nodes(
    manifest: Manifest, project: DbtProject, packages: Mapping[str, Package]
) -> Iterator[StaleFile]:
    texts = project.node_files()
    there = {(node.package, node.path) for node in manifest.nodes.values()} | manifest.off
    for node in manifest.nodes.values():
        if node.package in packages and is_sql(node.path):
            path = posixpath.join(packages[node.package].root, node.path)
            if path not in texts:
                yield StaleFile(path, "is gone")
            elif not _is_made_from(node, texts[path][1]):
                yield StaleFile(path, "has another text")
    for path, (package, _) in texts.items():
        if package in packages:
            inner = posixpath.relpath(path, packages[package].root or ".")
            if (package, inner) not in there:
                yield StaleFile(path, "is new")


def _of_macros(
    manifest: Manifest, project: DbtProject, packages: Mapping[str, Package]
) -> Iterator[StaleFile]:
    texts = {path: text for _, path, text in project.found.macros}
    for macro in manifest.macros.values():
        if macro.package in packages and is_sql(macro.path):
            path = posixpath.join(packages[macro.package].root, macro.path)
            if path not in texts:
                yield StaleFile(path, "is gone")
            elif _plain(macro.text) not in texts[path]:
                yield StaleFile(path, "has another macro")
    for package, path, text in project.found.macros:
        names = [definition.name for definition in definitions(without_template_comments(text))]
        if package in packages and any(f"macro.{package}.{name}" not in manifest.macros for name in names):
            yield StaleFile(path, "has a new macro")


def _is_made_from(node: CompiledNode, text: str) -> bool:
    """dbt hashes the stripped text with the line ends and the byte-order mark that the file had on its disk.

    https://github.com/dbt-labs/dbt-core: `load_source_file` in parser/read_files.py, `FileHash.from_contents`.
    """
    if node.checksum is not None:
        spellings = (text, text.replace("\n", "\r\n"))
        marked = (*spellings, *(f"\ufeff{spelling}" for spelling in spellings))
        if any(hashlib.sha256(each.strip().encode()).hexdigest() == node.checksum for each in marked):
            return True
    # Of a snapshot dbt keeps the inside of its block alone.
    raw = _plain(node.raw).removeprefix("\ufeff").strip()
    if node.key.startswith("snapshot."):
        return node.checksum is None and bool(raw) and raw in text
    return raw == text.strip()


def _plain(text: str) -> str:
    return with_line_ends(text).strip()
