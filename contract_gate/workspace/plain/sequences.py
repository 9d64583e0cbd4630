"""Files that run in an order: which sequence of migrations a file belongs to, its turn, and the part that runs.

Flyway (`V1__x.sql`, `R__x.sql`), numbers and timestamps (`001_x.sql`, `20240131120000_x.sql`), a folder a migration
(`20240131_x/up.sql`, `…/migration.sql`), sections of goose and dbmate. What undoes a migration is left out.
"""

import re

from contract_gate.core.values import dataclass

Turn = tuple[tuple[int, ...], str]
"""The version's numbers, then the rest of the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A file's place: `sequence` names the folder of all steps, `turn` sorts them. `undoes`: it never runs forward.

    `drops_count`: what a step drops is gone (migrations); elsewhere numbered scripts clean up after themselves.
    """

    sequence: str
    turn: Turn = ((), "")
    undoes: bool = False
    drops_count: bool = True

    @property
    def is_repeatable(self) -> bool:
        """Tell whether it runs again, after all versions, when its text is another."""
        return self.turn[0] == (_LAST,)


def step_of(path: str) -> Step | None:
    """Give a file's place in a sequence, None for a file that stands alone."""
    *folders, file = path.split("/")
    stem = file[: -len(".sql")] if file.lower().endswith(".sql") else file
    folder = "/".join(folders)
    if found := _FLYWAY.match(stem):
        kind, version, words = found.groups()
        turn = (_numbers(version) if kind in "VvBb" else (_LAST,), words.lower())
        return Step(sequence=_root(folders), turn=turn, undoes=kind in "Uu")
    if (
        _WHOLE_FOLDER.match(stem)
        and folders
        and (number := _DATED.match(folders[-1]) or _NUMBERED.match(folders[-1]))
    ):
        undoes = stem.lower() not in ("up", "migration")
        return Step(sequence="/".join(folders[:-1]), turn=(_numbers(number[1]), folders[-1]), undoes=undoes)
    if number := _NUMBERED.match(stem):
        undoes = re.search(r"[._-](down|undo|rollback|revert)$", stem, re.IGNORECASE) is not None
        migrates = len(number[1]) >= _TIMESTAMP or any(_MIGRATIONS.search(part) for part in folders)
        return Step(sequence=folder, turn=(_numbers(number[1]), stem), undoes=undoes, drops_count=migrates)
    return None


def forward(text: str) -> str:
    """Blank out the sections that undo a migration (`-- +goose Down`, `-- migrate:down`), keeping every line."""
    if _DOWN.search(text) is None:
        return text
    kept: list[str] = []
    down = False
    for line in text.split("\n"):
        if _DOWN.match(line):
            down = True
        elif _UP.match(line):
            down = False
        kept.append("" if down else line)
    return "\n".join(kept)


_TIMESTAMP = 8
_SECOND = 14
_LAST = 1 << 62
"""Flyway's repeatable migrations run after all versions, by name."""
_FLYWAY = re.compile(r"^([VvUuBbRr])(\d[\d._]*|)__(.+)$")
_NUMBERED = re.compile(r"^(\d+(?:\.\d+)*)(?=[_\-. ]|$)")
_DATED = re.compile(r"^(\d{4}-\d{2}-\d{2}(?:-\d+)*)(?=_|$)")
"""Diesel writes a time with dashes, and compares it without them. https://docs.rs/diesel_migrations"""
_WHOLE_FOLDER = re.compile(r"^(up|down|migration)$", re.IGNORECASE)
_MIGRATIONS = re.compile(r"migrat|changelog|changesets?$|^versions?$|^patches$|^upgrades?$", re.IGNORECASE)
_VERSION_FOLDER = re.compile(r"^v?\d[\d._-]*$", re.IGNORECASE)
_DOWN = re.compile(
    r"^[ \t]*--[ \t]*(?:\+goose\s+down|\+migrate\s+down|migrate:down|@down|//@undo)\b",
    re.IGNORECASE | re.MULTILINE,
)
_UP = re.compile(r"^\s*--\s*(?:\+goose\s+up|\+migrate\s+up|migrate:up|@up)\b", re.IGNORECASE)


def _numbers(version: str) -> tuple[int, ...]:
    if "-" in version:
        digits = version.replace("-", "").ljust(_SECOND, "0")
        return int(digits[:_SECOND]), int(digits[_SECOND:] or 0)
    return tuple(int(part) for part in re.split(r"[._]", version) if part)


def _root(folders: list[str]) -> str:
    """Flyway looks below its folder too: folders that are named after a version belong to the one above."""
    while folders and _VERSION_FOLDER.match(folders[-1]):
        folders = folders[:-1]
    return "/".join(folders)
