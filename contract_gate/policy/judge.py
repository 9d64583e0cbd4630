"""Judge a pull request: changes and their impacts in, findings and the verdict out.

A fold in four steps: gather by cause, find, waive, sum up. What could not be seen (a model that was not
analysed, a catalog that did not answer) becomes findings like everything else, so the verdict depends on
findings alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from contract_gate.compare.changes.change import Change, ChangeClass, Kind
from contract_gate.compare.changes.kinds import PAGES
from contract_gate.compare.impact import Impact
from contract_gate.core.coverage import CatalogState, CatalogStatus, Coverage, NotAnalysed, SetupChange
from contract_gate.core.relation import Location
from contract_gate.policy.cause import Cause, causes, roots
from contract_gate.policy.consumers import worst_first
from contract_gate.policy.finding import Finding, Waiver
from contract_gate.policy.fingerprint import fingerprint, numbered_apart
from contract_gate.policy.headline import headline, windows
from contract_gate.policy.level import Level
from contract_gate.policy.levels import (
    after_its_time,
    awaits_behind,
    awaits_catalog,
    breach_level,
    by_use,
    decided,
    impact_level,
    unread_level,
    window_level,
)
from contract_gate.policy.policy_rule import deciding, ruled_level
from contract_gate.policy.sentence import no_readers, readers
from contract_gate.policy.settings import CatalogUnavailable, FailOn, Settings, Verdict


def judge(
    changes: Sequence[Change],
    impacts: Sequence[Impact],
    coverage: Coverage,
    catalog: CatalogState,
    settings: Settings,
    waivers: Sequence[Waiver] = (),
) -> tuple[tuple[Finding, ...], Verdict]:
    """Give the findings, worst first, and the verdict. Every impact names a change that is given."""
    found = [
        *(
            _find(cause, catalog, settings)
            for cause in causes(changes, impacts)
            if _concerns(cause, settings)
        ),
        *(_not_analysed(entry) for entry in coverage.not_analysed if not _told(entry, changes)),
        *_unanswered(changes, catalog, settings),
        *_drift(catalog, settings),
        *map(_set_up, coverage.setup),
        *_cut_short(coverage),
    ]
    unique = numbered_apart(sorted(found, key=_order))
    findings = tuple(_waive(finding, waivers) for finding in unique)
    return findings, _verdict(findings, settings)


def _concerns(cause: Cause, settings: Settings) -> bool:
    """What is additive, or of a relation that others make, and nobody feels is no finding, unless it or the project says so."""
    quiet = all(
        (change.change_class is ChangeClass.ADDITIVE and change.breach is None) or change.foreign
        for change in cause.changes
    )
    wanted = any(deciding(settings.policy, change, None) for change in cause.roots)
    return bool(cause.impacts) or not quiet or wanted


def _find(cause: Cause, catalog: CatalogState, settings: Settings) -> Finding:
    root = cause.root
    reached = worst_first(cause)
    weighed = tuple(_weighed(cause, catalog, settings))
    ruled = [ruled_level(settings.policy, change, impact, level) for level, change, impact in weighed]
    without = [level for level, _, _ in weighed]
    levels = [level for _, level in ruled]
    awaits = any(awaits_catalog(one, catalog) for one in cause.changes) or any(
        awaits_behind(change, impact, catalog) for change, impact in cause.impacts
    )
    if awaits and settings.catalog_unavailable is CatalogUnavailable.FAIL:
        levels.append(Level.ERROR)
        without.append(Level.ERROR)
    told = readers(reached, "; " if len(cause.edited) > 1 else ": ") if reached else no_readers(root, catalog)
    location, said = _place(cause), f"{headline(cause)}{windows(cause)}"
    return Finding(
        fingerprint=fingerprint(root.kind, cause.edited, location, cause.origin),
        rule=root.kind,
        level=_gravest(levels),
        message=f"{said}{told}",
        headline=said,
        change=root.id,
        changes=tuple(one.id for one in cause.edited),
        consumers=tuple(impact.consumer.name for _, impact in reached),
        location=location,
        instead=_instead(root),
        undecided=any(one.kind is Kind.UNDECIDED for one in cause.roots)
        or not all(decided(change, impact) for change, impact in reached),
        origin=cause.origin,
        awaits_catalog=awaits,
        policy=tuple(dict.fromkeys(rule for rule, _ in ruled if rule is not None)),
        level_without=_gravest(without),
    )


def _instead(root: Change) -> str:
    """Give the way out: with the model's own names, or in general; an example of another shop's tables helps nobody here."""
    page = PAGES[root.kind]
    if root.kind is Kind.UNDECIDED:
        return page.instead
    return root.instead or f"{page.advice.rstrip('.:')}. `contract-gate rules {root.kind}` has an example."


def _weighed(
    cause: Cause, catalog: CatalogState, settings: Settings
) -> Iterator[tuple[Level, Change, Impact | None]]:
    """Give what has a level: each arrival at a reader, and each change that reaches none or breaks a promise by itself.

    All arrivals, not only the worst of each reader: a rule of the project may weigh another one more.
    """
    for change, impact in cause.impacts:
        level = impact_level(change, impact, settings.fail_on)
        yield after_its_time(by_use(level, impact, settings.usage), change, impact), change, impact
    root_of = roots(cause.changes)
    known = {root_of[change.id] for change, impact in cause.impacts if impact.by.from_catalog}
    yield from ((unread_level(one, catalog), one, None) for one in cause.roots if one.id not in known)
    yield from ((breach_level(one.breach), one, None) for one in cause.changes if one.breach is not None)
    yield from ((window_level(one.window), one, None) for one in cause.changes if one.window is not None)


def _gravest(levels: Sequence[Level]) -> Level:
    return min(levels, key=lambda level: level.rank)


def ruled(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Say which findings have another level by the project's rules, and what for: nothing is made milder in silence."""
    moved: dict[tuple[str, Level, Level], int] = {}
    for finding in findings:
        if finding.level_without not in (None, finding.level):
            key = (" · ".join(rule.because for rule in finding.policy), finding.level_without, finding.level)
            moved[key] = moved.get(key, 0) + 1
    return tuple(
        f"by the policy ({because}) {count} finding{'s are' if count > 1 else ' is'} {level}, not {without}"
        for (because, without, level), count in moved.items()
    )


def _place(cause: Cause) -> Location | None:
    """A reviewer sees what was edited; the model that it changes may be in no diff."""
    origin, root = cause.origin, cause.root
    if origin is not None:
        return Location(path=origin.path, line=origin.line)
    if root.edit is None or root.location is None or (root.edit.kind.of_columns and len(cause.edited) == 1):
        return root.location
    return Location(path=root.location.path, line=root.edit.line)


def _not_analysed(entry: NotAnalysed) -> Finding:
    location = Location(path=entry.path, line=entry.line or 1)
    told = f"could not decide what the change to {entry.path} does: {entry.reason}"
    return _warning("not-analysed", told, PAGES[Kind.UNDECIDED].instead, location)


def _set_up(entry: SetupChange) -> Finding:
    """Nothing of this change is undecided by it, so it never blocks; a person has to see it before it is merged."""
    instead = "Look at it as at a change to the gate: it decides how later changes are judged."
    made = _warning(f"setup {entry.told}", entry.told, instead, Location(path=entry.path, line=1))
    return replace(made, undecided=False)


def _warning(what: str, told: str, instead: str, location: Location | None = None) -> Finding:
    """Make a finding of something that no change tells; `what` tells it from others at its place."""
    return Finding(
        fingerprint=fingerprint(what, (), location),
        rule=Kind.UNDECIDED,
        level=Level.WARNING,
        message=told,
        location=location,
        instead=instead,
        undecided=True,
    )


def _told(entry: NotAnalysed, changes: Sequence[Change]) -> bool:
    """Tell whether an undecided change already speaks of this file: one cause, one finding."""
    return any(
        change.kind is Kind.UNDECIDED and change.location is not None and change.location.path == entry.path
        for change in changes
    )


def _unanswered(changes: Sequence[Change], catalog: CatalogState, settings: Settings) -> list[Finding]:
    """Say that the catalog did not answer, where there was something to ask it."""
    asked = any(change.change_class is not ChangeClass.ADDITIVE for change in changes)
    if not asked or catalog.status not in (CatalogStatus.UNAVAILABLE, CatalogStatus.PARTIAL):
        return []
    answered = "did not answer" if catalog.status is CatalogStatus.UNAVAILABLE else "answered only in part"
    reason = f": {catalog.note.rstrip('. ')}" if catalog.note else ""
    told = f"could not decide who reads the changes outside of the repository: the catalog {catalog.name} {answered}{reason}"
    return [_warning(f"catalog-{catalog.status}", told, _way_out(changes, catalog, settings))]


def _drift(catalog: CatalogState, settings: Settings) -> list[Finding]:
    """Tell where the catalog's lineage of a changed relation is another than its SQL's."""
    if settings.catalog_drift is None:
        return []
    return [
        Finding(
            fingerprint=fingerprint(f"catalog-drift {one.relation} {one.said}", (), None),
            rule="catalog-drift",
            level=settings.catalog_drift,
            message=f"{one.relation}: {one.said}",
            instead="`contract-gate sync` writes the lineage of what is merged; what the catalog does not list yet is listed "
            "by its next sync of the warehouse.",
        )
        for one in catalog.drift
    ]


def _way_out(changes: Sequence[Change], catalog: CatalogState, settings: Settings) -> str:
    hint = f"{catalog.hint[0].upper()}{catalog.hint[1:]}" if catalog.hint else _AGAIN
    ways = f"{hint}, or give it a snapshot: `contract-gate check --snapshot FILE`."
    awaits = any(awaits_catalog(change, catalog) for change in changes)
    if not awaits or settings.catalog_unavailable is CatalogUnavailable.WARN:
        return ways
    return f'{ways} With `catalog-unavailable = "warn"` in the base\'s configuration it is a warning and no more.'


_AGAIN = "Run the check again when the catalog answers"


def _cut_short(coverage: Coverage) -> list[Finding]:
    """Say that not everything was looked at: a change must not pass by taking long."""
    if coverage.cut_short is None:
        return []
    told = f"could not decide all of the change: {coverage.cut_short}"
    instead = (
        "Give the check more time with `time-limit` in contract-gate.toml at the base, or split the change."
    )
    return [replace(_warning("cut-short", told, instead), cut_short=True)]


def _waive(finding: Finding, waivers: Sequence[Waiver]) -> Finding:
    for waiver in waivers:
        if waiver.covers(finding):
            return replace(finding, waiver=waiver.sentence)
    return finding


def _verdict(findings: Sequence[Finding], settings: Settings) -> Verdict:
    standing = [finding for finding in findings if finding.waiver is None]
    blocks = settings.fail_on is not FailOn.NEVER
    if blocks and any(finding.level is Level.ERROR for finding in standing):
        return Verdict.BLOCKED
    waits = blocks and settings.catalog_unavailable is CatalogUnavailable.UNDECIDED
    if (settings.strict and any(finding.undecided for finding in standing)) or (
        waits and any(finding.awaits_catalog for finding in standing)
    ):
        return Verdict.UNDECIDED
    if blocks and any(finding.cut_short for finding in standing):
        return Verdict.UNDECIDED
    return Verdict.PASSED


def _order(finding: Finding) -> tuple[object, ...]:
    place = finding.location
    return (
        finding.level.rank,
        -len(finding.consumers),
        (place.path or "") if place else "",
        place.line if place else 0,
        finding.rule,
        finding.message,
        finding.change or "",
    )
