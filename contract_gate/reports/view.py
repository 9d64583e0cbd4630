"""What every format tells, in words: a finding with its readers. `basis` has the sentences about the run.

Nothing is escaped here: each format does that for where it is read.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from contract_gate.compare.changes.change import Change, Kind
from contract_gate.compare.impact import Consumer, Effect, Impact, Witnessed
from contract_gate.core.relation import Location
from contract_gate.core.values import dataclass
from contract_gate.policy.cause import causes
from contract_gate.policy.consumers import identity, worst_first
from contract_gate.policy.finding import Finding
from contract_gate.policy.level import Level
from contract_gate.policy.sentence import hit, may_break
from contract_gate.policy.settings import Verdict
from contract_gate.reports.basis import NO_FINDINGS, count
from contract_gate.reports.report import Report

DIGITS = 8
"""How many digits of a fingerprint people see; `explain` takes them."""
NAMED = 10
"""How many readers a list of bare names has; what is left out is counted."""
_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9._:-]*(/[A-Za-z0-9._~/?=&%#:,;+-]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderView:
    """A consumer under a finding. `hit` is a verb; `place` is where it reads what changed.

    `may_break`: it could not be decided that it goes on.
    """

    impact: Impact
    hit: str
    place: str
    may_break: bool

    @property
    def link(self) -> str | None:
        """Give the page of a consumer that the catalog knows; an address from the pull request is no link."""
        url = self.impact.consumer.url
        known = self.impact.by.from_catalog
        return url if known and url and _URL.fullmatch(url) else None

    @property
    def noun(self) -> str:
        """Say what kind of thing it is."""
        return _noun(self.impact.consumer)

    @property
    def is_people(self) -> bool:
        """Tell whether it stands for people: what the catalog knows, and exposures."""
        return self.impact.by.from_catalog or self.impact.consumer.kind == "exposure"

    @property
    def is_told(self) -> bool:
        """Tell whether it is worth a line of its own: people, and what breaks or may break."""
        return self.is_people or self.impact.effect is not Effect.CHANGES

    @property
    def title(self) -> str:
        """Name the consumer with its kind."""
        return title(self.impact.consumer)

    @property
    def name(self) -> str:
        """Name the consumer in a list, where a model's kind goes without saying."""
        return self.impact.consumer.name if self.impact.consumer.kind == "model" else self.title

    @property
    def outcome(self) -> str:
        """Say what happens to it and how sure that is: `breaks (proven)`."""
        told = self.hit.endswith(")")
        return self.hit if told else f"{self.hit} ({self.impact.certainty.value})"

    @property
    def owned(self) -> str:
        """Say whose it is, with the names on the repository's host where they are known; empty where nobody knows."""
        named = dict(self.impact.consumer.handles)
        owners = [
            f"{one} ({named[one]})" if named.get(one, one) != one else one
            for one in self.impact.consumer.owners
        ]
        return f"owned by {', '.join(owners)}" if owners else ""

    @property
    def details(self) -> tuple[str, ...]:
        """Give what else is known: the way there, column, owners, usage, the reason."""
        return self.known(owner=True)

    def known(self, *, owner: bool) -> tuple[str, ...]:
        """Give the details, with the `owner` or without."""
        impact, consumer = self.impact, self.impact.consumer
        return tuple(
            detail
            for detail in (
                f"its column {impact.column}" if impact.column else "",
                f"via {' → '.join(impact.via)}" if impact.distance > 1 and impact.via else "",
                self.owned if owner else "",
                f"in {consumer.inside}" if consumer.inside else "",
                *(
                    consumer.standing.evidence
                    or ((f"{consumer.usage} views",) if consumer.usage is not None else ())
                ),
                "left as it is by the rows shown" if impact.witnessed is Witnessed.NOT_AFFECTED else "",
                impact.reason or "",
            )
            if detail
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """A finding with its change (none where it is about the run) and its readers, worst first.

    `instead` is the way out, where there is something to get out of and no entry before has shown the same. `again` are
    those of the readers that an entry before has listed.
    """

    finding: Finding
    change: Change | None
    readers: tuple[ReaderView, ...]
    instead: str | None = None
    again: frozenset[ReaderView] = frozenset()

    @property
    def is_error(self) -> bool:
        """Tell whether it is an error that stands."""
        return self.finding.level is Level.ERROR and not self.finding.waiver

    @property
    def is_quiet(self) -> bool:
        """Tell whether it belongs below the fold: a note, or something that was waived."""
        return _is_quiet(self.finding)

    @property
    def headline(self) -> str:
        """Say what happened; the readers are listed apart, unless there are none to list."""
        if self.change is None or not self.readers:
            return self.finding.message
        return self.finding.headline or self.finding.message

    @property
    def direct(self) -> tuple[ReaderView, ...]:
        """Give the readers to show in full: each but those downstream, and but the model the headline is about."""
        broken = self._broken()
        return tuple(
            reader
            for reader in self.readers
            if not (_is_downstream(reader, broken) or self._is_subject(reader))
        )

    @property
    def downstream(self) -> tuple[ReaderView, ...]:
        """Give the readers in the repository that break only because a reader above them breaks.

        An exposure is none of them: it stands for people.
        """
        broken = self._broken()
        return tuple(reader for reader in self.readers if _is_downstream(reader, broken))

    @property
    def listed(self) -> tuple[ReaderView, ...]:
        """Give the readers to list: people, then what breaks or may, each where it is met first."""
        return tuple(reader for reader in self.direct if reader.is_told and reader not in self.again)

    def shown(self, most: int) -> tuple[ReaderView, ...]:
        """Give the gravest of the readers to list, as many as there is room for, people before all others."""
        return people_first(self.listed[:most])

    @property
    def shared_owner(self) -> str:
        """Say whose all of the readers are that are listed."""
        return shared_owner(self.listed)

    def rest(self, shown: int, names: int = NAMED) -> tuple[str, ...]:
        """Give the sentences on the readers that are not among the first `shown` of those listed."""
        left, others = self.listed[shown:], [reader for reader in self.direct if not reader.is_told]
        fresh = sorted((one for one in others if one not in self.again), key=lambda one: one.noun != "model")
        again = [reader for reader in (*self.direct, *self.downstream) if reader in self.again]
        sentences = [f"+{count(len(left), 'more reader')}: {_listed(left, names)}"] if left else []
        if fresh:
            verb = "changes" if len(fresh) == 1 else "change"
            sentences.append(f"{_counted(fresh)} {verb}: {_listed(fresh, names)}")
        sentences += self._further([one for one in self.downstream if one not in self.again], names)
        if again:
            sentences.append(f"named above: {_listed(again, names)}")
        return tuple(sentences)

    def beyond(self, shown: int, names: int = NAMED) -> tuple[str, ...]:
        """Give the sentences on the readers that are not among the first `shown`, with names and counts."""
        left = self.direct[shown:]
        more = [f"+{count(len(left), 'more reader')}: {_listed(left, names)}"] if left else []
        return (*more, *self._further(self.downstream, names))

    def broken(self, shown: int) -> int:
        """Count what it shows of what breaks: the first `shown` readers, and the model that it is about."""
        told = [*self.listed[:shown], *filter(self._is_subject, self.readers)]
        return sum(1 for reader in told if reader.impact.effect is Effect.BREAKS)

    def _further(self, downstream: Sequence[ReaderView], names: int) -> list[str]:
        if not downstream:
            return []
        breaks = any(reader.impact.effect is Effect.BREAKS for reader in self.direct)
        above, verb = "these" if breaks else "it", "works" if len(downstream) == 1 else "work"
        return [f"+{len(downstream)} downstream of {above} no longer {verb}: {_listed(downstream, names)}"]

    def _broken(self) -> frozenset[str]:
        impacts = (reader.impact for reader in self.readers)
        return frozenset(
            impact.consumer.name
            for impact in impacts
            if impact.effect is Effect.BREAKS and impact.consumer.kind == "model"
        )

    def _is_subject(self, reader: ReaderView) -> bool:
        change, consumer = self.change, reader.impact.consumer
        place = change.location if change else None
        return (
            change is not None
            and change.kind is Kind.DOES_NOT_BIND
            and change.relation is not None
            and consumer.name in (str(change.relation), change.relation.name)
            and consumer.path == (place.path if place else None)
        )


def title(consumer: Consumer) -> str:
    """Name a consumer with its kind."""
    return f"{_noun(consumer)} {consumer.name}"


def _noun(consumer: Consumer) -> str:
    return consumer.kind.replace("_", " ")


def entries(report: Report) -> tuple[FindingView, ...]:
    """Join each finding with its change and readers: what needs an answer first, by file, people first among readers."""
    by_root = {cause.root.id: cause for cause in causes(report.changes, report.impacts)}
    instead_shown: set[str] = set()
    listed: set[tuple[str | None, ...]] = set()
    joined = []
    for finding in _by_file(report.findings):
        cause = by_root.get(finding.change or "")
        instead = None if finding.level is Level.NOTE or finding.instead in instead_shown else finding.instead
        instead_shown |= {instead} if instead else set()
        readers = [_reader(*pair) for pair in worst_first(cause)] if cause else []
        met = [identity(reader.impact.consumer) for reader in readers]
        joined.append(
            FindingView(
                finding=finding,
                change=cause.root if cause else None,
                readers=tuple(sorted(readers, key=_importance)),
                instead=instead,
                again=frozenset(reader for reader, one in zip(readers, met, strict=True) if one in listed),
            )
        )
        listed.update(met)
    return tuple(joined)


def shared_owner(readers: Sequence[ReaderView]) -> str:
    """Say whose all of the readers are, where there are several and one owns them; else empty."""
    owned = {reader.owned for reader in readers}
    return f"all {owned.pop()}" if len(readers) > 1 and len(owned) == 1 and owned != {""} else ""


def people_first(readers: Iterable[ReaderView]) -> tuple[ReaderView, ...]:
    """Put people before all others, each in their order."""
    return tuple(sorted(readers, key=lambda reader: not reader.is_people))


def alike(readers: Iterable[ReaderView]) -> list[tuple[ReaderView, ...]]:
    """Put together who follows each other and differs in nothing but the name: a catalog often knows the same of many charts."""

    def known(reader: ReaderView) -> object:
        together = reader.is_people and reader.details and reader.impact.location is None
        return (reader.outcome, reader.details) if together else id(reader)

    return [tuple(group) for _, group in groupby(readers, known)]


def outcome(readers: Sequence[ReaderView]) -> str:
    """Say what happens to readers that are alike."""
    return f"{'each ' if len(readers) > 1 else ''}{readers[0].outcome}"


def _importance(reader: ReaderView) -> tuple[bool, int]:
    """What breaks comes first, and of that people, models, what else there is, and tests; the order of each is as it was."""
    kinds = {"model": 1, "test": 3}
    return reader.impact.effect is not Effect.BREAKS, 0 if reader.is_people else kinds.get(reader.noun, 2)


def _by_file(findings: Sequence[Finding]) -> list[Finding]:
    """Keep the worst first, and put those of one file behind the first of them; what needs no answer comes last."""
    first: dict[tuple[bool, str], int] = {}
    for index, finding in enumerate(findings):
        first.setdefault((_is_quiet(finding), _path(finding)), index)
    return sorted(
        findings, key=lambda finding: (_is_quiet(finding), first[_is_quiet(finding), _path(finding)])
    )


def blocks(entries: Iterable[FindingView]) -> list[list[FindingView]]:
    """Gather the entries of one edited file that follow each other; what stands in no file is a block of its own."""
    made: list[list[FindingView]] = []
    for entry in entries:
        path = _path(entry.finding)
        if made and path and path == _path(made[-1][0].finding):
            made[-1].append(entry)
        else:
            made.append([entry])
    return made


def _is_quiet(finding: Finding) -> bool:
    return finding.level is Level.NOTE or bool(finding.waiver)


def _path(finding: Finding) -> str:
    return (finding.location.path or "") if finding.location else ""


def place(location: Location | None) -> str:
    """Write a location as `path:line:column`, as editors and terminals open it."""
    if location is None or location.path is None:
        return ""
    return f"{location.path}:{location.line}:{location.column}"


def tally(report: Report) -> str:
    """Count the findings: `1 error, 2 warnings, 3 notes`; waived ones are counted apart."""
    counts: Mapping[str, int] = {
        level: sum(1 for finding in report.findings if finding.level is level and not finding.waiver)
        for level in Level
    }
    parts = [count(number, level) for level, number in counts.items() if number]
    waived = sum(1 for finding in report.findings if finding.waiver)
    return ", ".join(parts + ([f"{waived} waived"] if waived else [])) or NO_FINDINGS


def allowed(report: Report) -> tuple[Finding, ...]:
    """Give the errors that a person can mean, and allow."""
    errors = (one for one in report.findings if one.level is Level.ERROR and not one.waiver)
    return tuple(one for one in errors if one.changes and not one.cut_short)


def approval(report: Report) -> str | None:
    """Say how people can mean it, where the change is blocked by something that can be meant."""
    if report.verdict is not Verdict.BLOCKED or not allowed(report):
        return None
    heard = ", or an owner's comment" if report.hears_comments else ""
    return f"a waiver on the base{heard}: `contract-gate baseline` writes it, with a reason and an end"


def _is_downstream(reader: ReaderView, broken: frozenset[str]) -> bool:
    impact = reader.impact
    in_repository = not impact.by.from_catalog and impact.consumer.kind != "exposure"
    above = impact.via[-1] if impact.via else None
    itself = impact.consumer.kind == "model" and impact.consumer.name == above
    return in_repository and impact.effect is Effect.BREAKS and above in broken and not itself


def _reader(change: Change, impact: Impact) -> ReaderView:
    spot = place(impact.location) or impact.consumer.path or impact.consumer.url or ""
    return ReaderView(impact=impact, hit=hit(change, impact), place=spot, may_break=may_break(change, impact))


def _counted(readers: Sequence[ReaderView]) -> str:
    """Count readers by kind: `3 models and 1 test`."""
    kinds = Counter(reader.noun for reader in readers)
    return " and ".join(count(number, noun) for noun, number in kinds.most_common())


def _listed(readers: Sequence[ReaderView], most: int) -> str:
    names = list(dict.fromkeys(reader.name for reader in readers))
    more = [f"+{len(names) - most} more"] if len(names) > most else []
    return ", ".join([*names[:most], *more])
