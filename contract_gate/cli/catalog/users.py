"""`contract-gate catalog users add`: people of a file, with their groups and teams by name."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from contract_gate.cli import options
from contract_gate.cli.catalog.session import YES, agree, configured, with_secoda
from contract_gate.core.errors import CatalogError, UsageError
from contract_gate.core.json_fields import parse, tables
from contract_gate.core.printable import escaped, json_text

if TYPE_CHECKING:
    from contract_gate.catalogs.secoda.client import Secoda
    from contract_gate.catalogs.secoda.members import Added, NewMember, PlannedMember

_FIELDS = frozenset({"email", "role", "groups", "teams", "first_name", "last_name"})
_HINT = "write a CSV file with the columns email,role,groups,teams (several with ; between), or a JSON list of objects"


@click.group()
def users() -> None:
    """People of the workspace."""


@users.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show who would be added, and add nobody.")
@YES
@options.form
def add(file: Path, dry_run: bool, yes: bool, form: str) -> None:
    """Add the people of FILE: CSV or JSON with email, role (admin, editor, viewer or guest), groups and teams by name or id.

    Who is there already is left alone. The plan is shown first; whoever is added is read back.
    """
    members = read_members(file)
    config = configured()

    async def look(secoda: "Secoda") -> "tuple[PlannedMember, ...]":
        return await secoda.members.plan(members)

    plan = with_secoda(look, config)
    if form == "terminal":
        _show(plan)
    new = [one for one in plan if one.known is None]
    added: tuple[Added, ...] = ()
    if new and not dry_run:
        agree(f"add {len(new):,} people?", "nobody was added", yes=yes)

        async def write(secoda: "Secoda") -> "tuple[Added, ...]":
            return tuple([one async for one in secoda.members.add(new)])

        added = with_secoda(write, config, writes=2 * len(new))
    if form == "json":
        click.echo(json_text(_content(plan, added, dry_run=dry_run)), nl=False)
    else:
        for one in added:
            what = f"failed: {one.problem}" if one.problem else "added"
            click.echo(
                escaped(f"{what}  {one.planned.member.email}  {one.row.id if one.row else ''}".rstrip())
            )
    failed = [one for one in added if one.problem]
    if failed:
        raise CatalogError(
            f"{len(failed):,} of {len(added):,} people were not added as planned: {failed[0].problem}",
            "look at them in Secoda, and run it again: who is there is left alone",
        )


def read_members(path: Path) -> "tuple[NewMember, ...]":
    """Read a file of people; UsageError that names the row that can't be meant."""
    from contract_gate.edge.disk import read_regular_text

    text = read_regular_text(path, "the people", _HINT)
    rows = _of_json(text) if text.lstrip().startswith("[") else _of_csv(text)
    members = tuple(_member(number, row) for number, row in rows)
    seen: set[str] = set()
    for one in members:
        if one.email.lower() in seen:
            raise UsageError(f"nobody was added: {one.email} stands there twice", "leave one of them")
        seen.add(one.email.lower())
    if not members:
        raise UsageError(f"nobody was added: {path} names nobody", _HINT)
    return members


def _of_csv(text: str) -> list[tuple[int, Mapping[str, object]]]:
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(row.values())]
    except csv.Error as error:
        raise UsageError(f"nobody was added: line {reader.line_num}: {error}", _HINT) from error
    found: list[tuple[int, Mapping[str, object]]] = []
    for number, row in rows:
        if None in row or None in row.values():
            raise UsageError(f"nobody was added: line {number} has other cells than the first line", _HINT)
        found.append((number, {(name or "").strip().lower(): value for name, value in row.items()}))
    return found


def _of_json(text: str) -> Sequence[tuple[int, Mapping[str, object]]]:
    try:
        return list(enumerate(tables({"people": parse(text)}, "people"), 1))
    except ValueError as error:
        raise UsageError(f"nobody was added: {error}", _HINT) from error


def _member(number: int, row: Mapping[str, object]) -> "NewMember":
    from contract_gate.catalogs.secoda.members import MemberRole, NewMember

    where = f"nobody was added: number {number}"
    if unknown := sorted(set(row) - _FIELDS):
        raise UsageError(f"{where} has the unknown field {unknown[0]!r}", _HINT)
    email, role = (str(row.get(name) or "").strip() for name in ("email", "role"))
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@") or any(map(str.isspace, email)):
        raise UsageError(f"{where} has no e-mail address: {email!r}", _HINT)
    if role.lower() not in tuple(MemberRole):
        raise UsageError(f"{where} ({email}) has the role {role!r}", f"one of {', '.join(MemberRole)}")
    teams = _names(where, row.get("teams"))
    if role.lower() == MemberRole.GUEST and not teams:
        raise UsageError(f"{where} ({email}) is a guest without a team", "Secoda wants a team of each guest")
    return NewMember(
        email=email,
        role=MemberRole(role.lower()),
        groups=_names(where, row.get("groups")),
        teams=teams,
        first_name=str(row.get("first_name") or "").strip(),
        last_name=str(row.get("last_name") or "").strip(),
    )


def _names(where: str, value: object) -> tuple[str, ...]:
    if value is None or isinstance(value, str):
        names = (value or "").split(";")
    elif isinstance(value, list) and all(isinstance(one, str) for one in value):
        names = [str(one) for one in value]
    else:
        raise UsageError(f"{where} has groups or teams that are no names: {value!r}", _HINT)
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _show(plan: "Sequence[PlannedMember]") -> None:
    for one in plan:
        if one.known is not None:
            click.echo(
                escaped(f"= {one.known.email}  {one.known.id}  is there already, as {one.known.role or '?'}")
            )
            continue
        click.echo(escaped(f"+ {one.member.email}  {one.member.role}"))
        for word, rows in (("group", one.groups), ("team", one.teams)):
            for row in rows:
                click.echo("    " + escaped(f"{word} {row.name}  {row.id}"))
    new = sum(one.known is None for one in plan)
    click.echo(f"{new:,} to add, {len(plan) - new:,} there already")


def _content(
    plan: "Sequence[PlannedMember]", added: "Sequence[Added]", *, dry_run: bool
) -> dict[str, object]:
    done = {one.planned.member.email: one for one in added}
    return {"dry_run": dry_run, "people": [_person(one, done.get(one.member.email)) for one in plan]}


def _person(one: "PlannedMember", added: "Added | None") -> dict[str, object]:
    row = one.known or (added.row if added is not None else None)
    state = "there" if one.known else "planned" if added is None else "failed" if added.problem else "added"
    return {
        "email": one.member.email,
        "id": None if row is None else row.id,
        "role": one.member.role.value,
        "groups": [{"id": group.id, "name": group.name} for group in one.groups],
        "teams": [{"id": team.id, "name": team.name} for team in one.teams],
        "state": state,
        "problem": None if added is None else added.problem,
    }
