"""Who may say yes to what: the owners of the readers that break, and where they are not known the owners of the changed file.

Whoever made the pull request never may. A finding of several broken readers needs the yes of an owner of each.
"""

from collections.abc import Iterator, Sequence

from contract_gate.compare.changes.change import Change
from contract_gate.compare.impact import Consumer, Effect, Impact
from contract_gate.core.values import dataclass, replace
from contract_gate.edge.approvals import Approval, Approvals
from contract_gate.edge.config import Config
from contract_gate.edge.owners import Ownership
from contract_gate.policy.cause import causes
from contract_gate.policy.finding import Finding
from contract_gate.policy.fingerprint import LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingApproval:
    """What was said to one finding (or by a label to all), beside whose the readers are. It is a `Waiver`.

    `files`: where the base has what changed. A change moves itself, or a reader, to nobody whose yes counts.
    """

    given: tuple[Approval, ...]
    fingerprint: str | None
    broken: dict[str, tuple[Consumer, ...]]
    files: dict[str, tuple[str, ...]]
    known: Ownership

    @property
    def sentence(self) -> str:
        """Give who said yes, and why."""
        return "; ".join(
            f"@{one.login}: {one.reason}{f' ({one.url})' if one.url else ''}" for one in self.given
        )

    def means(self, finding: Finding) -> bool:
        """Tell whether the finding is spoken of, by whomever: only what a change did can be allowed, never a lack of an answer."""
        return (
            bool(finding.changes)
            and not finding.cut_short
            and self.fingerprint in (None, finding.fingerprint)
        )

    def covers(self, finding: Finding) -> bool:
        """Tell whether all who have to say yes did."""
        return self.means(finding) and not self.missing(finding)

    def missing(self, finding: Finding) -> tuple[str, ...]:
        """Say whose yes is missing: of each broken reader that has none."""
        paths = self.files.get(finding.change or "") or (
            (finding.location.path or "",) if finding.location else ()
        )
        of_file = {self.known.name_of(one) or one for path in paths for one in self.known.code.of(path)}
        lacking: list[str] = []
        for reader in self.broken.get(finding.change or "", ()) or (None,):
            own = {name for _, name in (reader.at_base or reader).handles} if reader is not None else set()
            if own and not any(one.names & _plain(own) for one in self.given):
                lacking.append(f"{reader.name if reader else ''} belongs to {', '.join(sorted(own))}")
            if not own and not any(one.writes and one.names & _plain(of_file) for one in self.given):
                whose = ", ".join(sorted(of_file)) or "nobody in CODEOWNERS"
                lacking.append(f"{', '.join(paths) or 'the change'} belongs to {whose}")
        return tuple(dict.fromkeys(lacking))


def counted(approvals: Approvals, config: Config) -> Approvals:
    """Leave out what the base's configuration does not let count, and what whoever made the pull request says to it."""
    given, notes = list[Approval](), [*approvals.notes]
    for one in approvals.given:
        why = _refused(one, approvals.author, config)
        if why is None:
            given.append(one)
        else:
            notes.append(
                f"what @{one.login} allowed{f' ({one.url})' if one.url else ''} does not count: {why}"
            )
    return replace(approvals, given=tuple(given), notes=tuple(notes))


def standing_approvals(
    approvals: Approvals, known: Ownership, changes: Sequence[Change], impacts: Sequence[Impact]
) -> tuple[StandingApproval, ...]:
    """Put together what was said to the same finding."""
    broken = {
        cause.root.id: tuple(impact.consumer for _, impact in cause.impacts if impact.effect is Effect.BREAKS)
        for cause in causes(changes, impacts)
    }
    files = {one.id: one.at_base.paths for one in changes if one.at_base is not None}
    found: dict[str | None, list[Approval]] = {}
    for one in approvals.given:
        found.setdefault(one.fingerprint, []).append(one)
    return tuple(
        StandingApproval(given=tuple(given), fingerprint=fingerprint, broken=broken, files=files, known=known)
        for fingerprint, given in found.items()
    )


def approval_notes(held: Sequence[StandingApproval], findings: Sequence[Finding]) -> Iterator[str]:
    """Say which approvals are about no finding, and whose word is missing beside the others."""
    for one in held:
        meant = [finding for finding in findings if one.means(finding)]
        who = ", ".join(dict.fromkeys(f"@{each.login}" for each in one.given))
        if not meant and one.fingerprint is not None:
            yield f"what {who} allowed, {one.fingerprint}, is no finding of this change (any more)"
        for finding in meant:
            lacking = one.missing(finding)
            if lacking:
                yield f"what {who} allowed is not enough for {finding.fingerprint}: {'; '.join(lacking)}"


def _refused(one: Approval, author: str | None, config: Config) -> str | None:
    if author is None:
        return "nobody knows whose pull request it is"
    if one.login.casefold() == author.casefold():
        return "it is their own pull request"
    if one.label is not None:
        return (
            None
            if one.label == config.label_waiver
            else "the base's configuration has no such `label-waiver`"
        )
    if not config.comment_waivers:
        return "the base's configuration does not say `comment-waivers = true`"
    if one.fingerprint is not None and len(one.fingerprint) != LENGTH:
        # Who writes the change chooses what is digested.
        return f"a fingerprint has {LENGTH} digits, and a part of one can be made to fit"
    return None


def _plain(names: set[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
