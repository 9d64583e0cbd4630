"""The fold from changes and impacts to findings and the verdict."""

import itertools
from dataclasses import dataclass, replace
from typing import Any

import pytest

from contract_gate.compare.changes.change import Breach, Certainty, ChangeClass, Kind, Window
from contract_gate.compare.changes.kinds import Trait, class_of, has
from contract_gate.compare.changes.origin import Origin, OriginKind
from contract_gate.compare.impact import AssetUse, Effect
from contract_gate.core.coverage import Coverage, Drift, NotAnalysed
from contract_gate.core.errors import ExitCode
from contract_gate.core.relation import Location, RelationName
from contract_gate.policy.finding import Finding
from contract_gate.policy.judge import judge
from contract_gate.policy.level import Level
from contract_gate.policy.settings import CatalogUnavailable, FailOn, Settings, Usage, Verdict, exit_code
from contract_gate.sql.edits.edit import Edit, EditKind

GONE_RELATIONS = [Kind.RELATION_REMOVED, Kind.RELATION_RENAMED, Kind.RELATION_MOVED]
GONE_COLUMNS = [Kind.COLUMN_REMOVED, Kind.COLUMN_RENAMED, Kind.COLUMN_TYPE_CHANGED]
QUIET = [kind for kind in Kind if class_of(kind) in (ChangeClass.ROWS, ChangeClass.VALUES)]


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_a_repository_reader_that_breaks_is_an_error(bench: Any, kind: Kind) -> None:
    """What no longer binds blocks, whatever kind of change it was."""
    ((finding,), verdict) = bench.judge(bench.change(kind), bench.impact())
    assert (finding.level, finding.rule, verdict) == (Level.ERROR, kind.value, Verdict.BLOCKED)
    assert "db.shop.revenue breaks (models/revenue.sql:9)" in finding.message


@pytest.mark.parametrize("kind", GONE_RELATIONS, ids=str)
@pytest.mark.parametrize("effect", [Effect.BREAKS, Effect.CHANGES, Effect.UNKNOWN], ids=str)
@pytest.mark.parametrize("by", ["columns", "table"])
def test_a_lost_relation_with_a_reader_in_the_catalog_is_an_error(
    bench: Any, kind: Kind, effect: Effect, by: str
) -> None:
    """Table lineage is enough where the whole table goes."""
    impact = bench.impact("Revenue", effect, by=by, kind="dashboard")
    assert (
        bench.level(bench.change(kind, column=None), impact, catalog=bench.catalog("answered")) is Level.ERROR
    )


@pytest.mark.parametrize("kind", GONE_COLUMNS, ids=str)
@pytest.mark.parametrize(("by", "level"), [("columns", Level.ERROR), ("table", Level.WARNING)])
def test_a_lost_column_blocks_by_column_lineage_alone(bench: Any, kind: Kind, by: str, level: Level) -> None:
    """That a dashboard reads the table does not prove that it reads the column."""
    impact = bench.impact("Revenue", by=by, kind="dashboard", certainty=Certainty.POSSIBLE)
    assert bench.level(bench.change(kind), impact, catalog=bench.catalog("answered")) is level


@pytest.mark.parametrize("kind", QUIET, ids=str)
def test_rows_and_values_are_a_warning_for_people_outside(bench: Any, kind: Kind) -> None:
    """Changed numbers are told to whom the catalog knows, and never block."""
    impact = bench.impact("Revenue", Effect.CHANGES, by="columns", kind="chart")
    ((finding,), verdict) = bench.judge(bench.change(kind), impact, catalog=bench.catalog("answered"))
    assert (finding.level, verdict) == (Level.WARNING, Verdict.PASSED)


@pytest.mark.parametrize("kind", [kind for kind in QUIET if kind is not Kind.GRAIN_CHANGED], ids=str)
@pytest.mark.parametrize("effect", [None, Effect.CHANGES, Effect.UNKNOWN], ids=str)
def test_ordinary_logic_changes_raise_no_alarm(bench: Any, kind: Kind, effect: Effect | None) -> None:
    """A model's logic that changes under the repository's own readers, or under none, is a note."""
    impacts = [bench.impact(effect=effect)] if effect else []
    assert bench.level(bench.change(kind), *impacts) is Level.NOTE


@pytest.mark.parametrize("kind", [Kind.RELATION_ADDED, Kind.COLUMN_ADDED], ids=str)
def test_additive_changes_make_no_finding(bench: Any, kind: Kind) -> None:
    """What is only added and felt by nobody is not reported."""
    assert bench.judge(bench.change(kind)) == ((), Verdict.PASSED)


def test_no_change_passes_without_findings(bench: Any) -> None:
    """Nothing changed: nothing found, even where the catalog could not be asked."""
    assert bench.judge(catalog=bench.catalog("unavailable")) == ((), Verdict.PASSED)


@pytest.mark.parametrize(
    ("catalog", "levels", "sentence"),
    [
        (("answered",), [Level.NOTE], "or in secoda"),
        (("answered", "db.shop.orders"), [Level.WARNING], "does not have the relation"),
        (("not-asked",), [Level.NOTE], "no catalog was asked"),
        (("partial",), [Level.WARNING, Level.WARNING], "could not say"),
        (("unavailable",), [Level.WARNING, Level.WARNING], "could not say"),
    ],
)
def test_three_answers_of_the_catalog_are_kept_apart(
    bench: Any, catalog: tuple[str, ...], levels: list[Level], sentence: str
) -> None:
    """Nobody reads it, it is not in the catalog, and the catalog did not answer are different sentences."""
    findings, verdict = bench.judge(bench.change(), catalog=bench.catalog(*catalog))
    assert [finding.level for finding in findings] == levels
    assert any(sentence in finding.message for finding in findings)
    assert verdict is (Verdict.UNDECIDED if "could not" in sentence else Verdict.PASSED)


_NEEDS = [kind for kind in Kind if has(kind, Trait.NEEDS_READERS)]


@pytest.mark.parametrize("status", ["unavailable", "partial"])
@pytest.mark.parametrize("kind", list(Kind))
def test_what_goes_needs_the_word_of_the_catalog(bench: Any, kind: Kind, status: str) -> None:
    """What goes, moves or is retyped is undecided where the catalog was asked and did not say; all else passes."""
    _, verdict = bench.judge(bench.change(kind), catalog=bench.catalog(status))
    assert verdict is (Verdict.UNDECIDED if kind in _NEEDS else Verdict.PASSED)


@pytest.mark.parametrize(
    ("settings", "verdict", "levels"),
    [
        (Settings(catalog_unavailable=CatalogUnavailable.WARN), Verdict.PASSED, {Level.WARNING}),
        (
            Settings(catalog_unavailable=CatalogUnavailable.FAIL),
            Verdict.BLOCKED,
            {Level.ERROR, Level.WARNING},
        ),
        (Settings(fail_on=FailOn.NEVER), Verdict.PASSED, {Level.WARNING}),
        (
            Settings(fail_on=FailOn.NEVER, catalog_unavailable=CatalogUnavailable.FAIL),
            Verdict.PASSED,
            {Level.ERROR, Level.WARNING},
        ),
    ],
)
def test_a_project_chooses_what_an_outage_does(
    bench: Any, settings: Settings, verdict: Verdict, levels: set[Level]
) -> None:
    """`catalog-unavailable` makes it a warning or an error; `fail-on = never` never ends with another code."""
    findings, got = bench.judge(bench.change(), catalog=bench.catalog("unavailable"), settings=settings)
    assert (got, {finding.level for finding in findings}) == (verdict, levels)


def test_what_is_decided_needs_no_catalog(bench: Any) -> None:
    """A reader in the repository that breaks blocks, whatever the catalog would have said."""
    assert (
        bench.judge(bench.change(), bench.impact(), catalog=bench.catalog("unavailable"))[1]
        is Verdict.BLOCKED
    )


def test_an_answer_about_one_relation_is_not_one_about_another(bench: Any) -> None:
    """A partial answer leaves undecided what it is silent about, and nothing else."""
    state = replace(bench.catalog("partial"), unanswered=("db.shop.items",))
    assert bench.judge(bench.change(), catalog=state)[1] is Verdict.PASSED
    items = bench.change(relation=RelationName(("db", "shop", "items")))
    assert bench.judge(items, catalog=state)[1] is Verdict.UNDECIDED


def test_what_may_be_retyped_needs_the_catalog(bench: Any) -> None:
    """Values that a cast changes pass without the catalog's word only where the type is known to stay."""
    silent = bench.catalog("unavailable")
    values = bench.change(Kind.COLUMN_VALUES_CHANGED)
    assert bench.judge(values, catalog=silent)[1] is Verdict.PASSED
    assert bench.judge(replace(values, may_retype=True), catalog=silent)[1] is Verdict.UNDECIDED


def test_what_follows_needs_the_catalog_too(bench: Any) -> None:
    """A column that a model downstream loses with the first has readers of its own."""
    state = replace(bench.catalog("partial"), unanswered=("db.shop.mart",))
    follows = bench.change(id="c2", caused_by="c1", relation=RelationName(("db", "shop", "mart")))
    assert bench.judge(bench.change(), follows, catalog=state)[1] is Verdict.UNDECIDED


def test_what_is_waived_needs_no_catalog(bench: Any) -> None:
    """Who meant it, with a reason, is not asked to wait for the catalog."""

    class Meant:
        sentence = "waived by dana: nobody reads it"

        def covers(self, finding: Finding) -> bool:
            return finding.rule == "column-removed"

    coverage = Coverage(files_changed=1, models_changed=1, models_analysed=1)
    _, verdict = judge([bench.change()], [], coverage, bench.catalog("unavailable"), Settings(), [Meant()])
    assert verdict is Verdict.PASSED


def test_the_way_out_fits_what_is_wrong(bench: Any) -> None:
    """What to do is what the catalog's own hint says, with the setting that keeps a warning."""
    state = replace(bench.catalog("unavailable"), hint="set SECODA_API_KEY to a key with read access")
    findings, _ = bench.judge(bench.change(), catalog=state)
    (instead,) = [finding.instead for finding in findings if "did not answer" in finding.message]
    assert instead.startswith("Set SECODA_API_KEY")
    assert 'catalog-unavailable = "warn"' in instead
    assert "again" not in instead


@pytest.mark.parametrize("status", ["unavailable", "partial"])
def test_a_strict_policy_does_not_pass_without_the_catalog(bench: Any, status: str) -> None:
    """Under strict, a catalog that did not answer leaves the verdict undecided."""
    findings, verdict = bench.judge(
        bench.change(), catalog=bench.catalog(status, note="it answered 503"), settings=Settings(strict=True)
    )
    assert verdict is Verdict.UNDECIDED
    assert any("it answered 503" in finding.message for finding in findings)


@pytest.mark.parametrize(("strict", "verdict"), [(False, Verdict.PASSED), (True, Verdict.UNDECIDED)])
def test_a_model_that_was_not_analysed_is_said_aloud(bench: Any, strict: bool, verdict: Verdict) -> None:
    """A changed model whose meaning is not known is a warning with the reason and the place."""
    coverage = Coverage(
        files_changed=1,
        models_changed=1,
        models_analysed=0,
        not_analysed=(NotAnalysed(path="models/x.sql", reason="macro pivot is not known", line=7),),
    )
    (finding,), got = bench.judge(coverage=coverage, settings=Settings(strict=strict))
    assert (finding.level, finding.rule, got) == (Level.WARNING, "undecided", verdict)
    assert "macro pivot is not known" in finding.message
    assert finding.location is not None
    assert (finding.location.path, finding.location.line) == ("models/x.sql", 7)


def test_an_undecided_change_is_not_told_twice(bench: Any) -> None:
    """A file that an undecided change speaks of makes no second finding."""
    coverage = Coverage(
        files_changed=1,
        models_changed=1,
        models_analysed=0,
        not_analysed=(NotAnalysed(path="models/orders.sql", reason="does not parse"),),
    )
    findings, _ = bench.judge(bench.change(Kind.UNDECIDED), coverage=coverage)
    assert [finding.change for finding in findings] == ["c1"]


@pytest.mark.parametrize("what", ["effect", "impact", "change"])
def test_what_could_not_be_decided_warns_and_never_blocks(bench: Any, what: str) -> None:
    """An unknown effect or an undecided certainty is a warning that says so; strict makes it exit 3."""
    undecided = Certainty.UNDECIDED
    change = bench.change(certainty=undecided if what == "change" else Certainty.PROVEN)
    impact = bench.impact(
        effect=Effect.UNKNOWN if what == "effect" else Effect.BREAKS,
        certainty=undecided if what == "impact" else Certainty.PROVEN,
    )
    ((finding,), verdict) = bench.judge(change, impact)
    assert (finding.level, verdict) == (Level.WARNING, Verdict.PASSED)
    assert "could not be decided" in finding.message
    assert bench.judge(change, impact, settings=Settings(strict=True))[1] is Verdict.UNDECIDED


def test_strict_does_not_hide_a_block(bench: Any) -> None:
    """A proof blocks even where something else could not be decided."""
    values = [bench.change(), bench.impact(), bench.impact("other", Effect.UNKNOWN)]
    assert bench.judge(*values, settings=Settings(strict=True))[1] is Verdict.BLOCKED


def test_fail_on_impact_blocks_on_any_reader(bench: Any) -> None:
    """Under fail-on = impact, a reader whose numbers change is enough; no reader is not."""
    settings = Settings(fail_on=FailOn.IMPACT)
    change = bench.change(Kind.ROWS_FILTER_CHANGED)
    assert bench.judge(change, bench.impact(effect=Effect.CHANGES), settings=settings)[1] is Verdict.BLOCKED
    assert bench.judge(change, bench.impact(effect=Effect.UNAFFECTED), settings=settings)[1] is Verdict.PASSED
    assert bench.judge(change, settings=settings)[1] is Verdict.PASSED


def test_fail_on_never_reports_and_passes(bench: Any) -> None:
    """Under fail-on = never the findings keep their level and the verdict is passed."""
    ((finding,), verdict) = bench.judge(
        bench.change(), bench.impact(), settings=Settings(fail_on=FailOn.NEVER)
    )
    assert (finding.level, verdict) == (Level.ERROR, Verdict.PASSED)


def test_one_cause_makes_one_finding(bench: Any) -> None:
    """What follows from a change is told under it, with everybody it reaches."""
    view = RelationName(("db", "shop", "orders_view"))
    mart = RelationName(("db", "shop", "orders_mart"))
    ((finding,), _) = bench.judge(
        bench.change(),
        bench.change(id="c2", caused_by="c1", relation=view),
        bench.change(id="c3", caused_by="c2", relation=mart),
        bench.impact("db.shop.orders_view", Effect.CHANGES),
        bench.impact("Revenue", by="columns", kind="dashboard", change="c3", certainty=Certainty.POSSIBLE),
        catalog=bench.catalog("answered"),
    )
    assert (finding.change, finding.level) == ("c1", Level.ERROR)
    assert finding.consumers == ("Revenue", "db.shop.orders_view")


def test_a_consumer_hit_twice_is_named_once_by_the_worse(bench: Any) -> None:
    """The worst effect on a consumer stands for it."""
    ((finding,), _) = bench.judge(
        bench.change(), bench.impact(effect=Effect.CHANGES), bench.impact(effect=Effect.BREAKS)
    )
    assert finding.consumers == ("db.shop.revenue",)
    assert "breaks" in finding.message


def test_worst_consumers_come_first_and_the_rest_is_counted(bench: Any) -> None:
    """A message names three readers and says how many more there are; the finding lists all."""
    impacts = [bench.impact(f"m{number}", Effect.CHANGES) for number in range(4)]
    ((finding,), _) = bench.judge(bench.change(), *impacts, bench.impact("zz"))
    assert finding.consumers == ("zz", "m0", "m1", "m2", "m3")
    assert finding.message.endswith("+2 more")


def test_the_more_used_consumer_comes_first(bench: Any) -> None:
    """Between equals, the dashboard that people open most is named first."""
    impacts = [
        bench.impact(name, Effect.CHANGES, by="columns", kind="dashboard", usage=usage)
        for name, usage in (("a", None), ("b", 3), ("c", 90))
    ]
    ((finding,), _) = bench.judge(bench.change(), *impacts, catalog=bench.catalog("answered"))
    assert finding.consumers == ("c", "b", "a")


@pytest.mark.parametrize(
    ("by", "standing", "usage", "level"),
    [
        ("columns", AssetUse(external_usage=0, internal_usage=0), Usage(unused=Level.NOTE), Level.NOTE),
        ("columns", AssetUse(external_usage=0), Usage(unused=Level.NOTE), Level.ERROR),
        ("columns", AssetUse(external_usage=0, internal_usage=0), Usage(), Level.ERROR),
        ("columns", AssetUse(external_usage=0, internal_usage=3), Usage(unused=Level.NOTE), Level.ERROR),
        ("table", AssetUse(external_usage=100), Usage(busy=Level.ERROR), Level.ERROR),
        ("table", AssetUse(external_usage=99), Usage(busy=Level.ERROR), Level.WARNING),
        ("table", AssetUse(), Usage(busy=Level.ERROR), Level.WARNING),
        ("columns", AssetUse(external_usage=500), Usage(busy=Level.NOTE), Level.ERROR),
    ],
)
def test_use_moves_a_level_where_the_project_says(
    bench: Any, by: str, standing: AssetUse, usage: Usage, level: Level
) -> None:
    """No views lower, many views raise; what nobody counts does neither."""
    effect = Effect.BREAKS if by == "columns" else Effect.CHANGES
    impact = bench.impact(effect=effect, by=by, kind="dashboard", certainty=Certainty.POSSIBLE)
    impact = replace(impact, consumer=replace(impact.consumer, standing=standing))
    findings, _ = bench.judge(
        bench.change(), impact, catalog=bench.catalog("answered"), settings=Settings(usage=usage)
    )
    assert [finding.level for finding in findings] == [level]


UNREAD = AssetUse(external_usage=0, internal_usage=0)


@pytest.mark.parametrize(
    ("is_over", "by", "standing", "level"),
    [
        (True, "columns", UNREAD, Level.NOTE),
        (True, "columns", AssetUse(external_usage=0), Level.ERROR),
        (True, "columns", AssetUse(external_usage=0, internal_usage=1), Level.ERROR),
        (True, "binding", UNREAD, Level.ERROR),
        (False, "columns", UNREAD, Level.ERROR),
        (None, "columns", UNREAD, Level.ERROR),
        (False, None, UNREAD, Level.ERROR),
        (True, None, UNREAD, Level.NOTE),
    ],
)
def test_a_window_that_is_over_lets_go_what_nobody_looks_at(
    bench: Any, is_over: bool | None, by: str | None, standing: AssetUse, level: Level
) -> None:
    """Only where the catalog counts no views, by both of its counts; one that is open is an error without any reader."""
    window = None if is_over is None else Window(until="2026-01-31", said_at="m.sql:1", is_over=is_over)
    change = replace(bench.change(), window=window)
    impacts = []
    if by is not None:
        impact = bench.impact(by=by, kind="dashboard", certainty=Certainty.POSSIBLE)
        impacts.append(replace(impact, consumer=replace(impact.consumer, standing=standing)))
    ((finding,), _) = bench.judge(change, *impacts, catalog=bench.catalog("answered"))
    assert finding.level is level
    assert ("promised until 2026-01-31 (m.sql:1)" in finding.headline) is (is_over is not None)


def test_circles_and_strangers_among_causes_are_no_trap(bench: Any) -> None:
    """Changes that cause each other make one finding; a cause that is not there makes its own."""
    findings, _ = bench.judge(
        bench.change(id="c1", caused_by="c2"),
        bench.change(id="c2", caused_by="c1", column="b"),
        bench.change(id="c3", caused_by="gone", path="models/other.sql"),
    )
    assert [finding.change for finding in findings] == ["c1", "c3"]


def test_order_of_input_changes_nothing(bench: Any) -> None:
    """Findings come worst first, however the changes and impacts were found."""
    values = [
        bench.change(Kind.ROWS_FILTER_CHANGED, id="c1"),
        bench.change(id="c2", line=8),
        bench.change(id="c3", column="b"),
        bench.impact(change="c3"),
        bench.impact("v", Effect.CHANGES, change="c3"),
    ]
    results = {bench.judge(*order) for order in itertools.permutations(values)}
    ((findings, _),) = results
    assert [finding.level for finding in findings] == [Level.ERROR, Level.NOTE, Level.NOTE]


def test_fingerprints_survive_moved_lines(bench: Any) -> None:
    """Unrelated lines above a change do not make it a new finding; another column does."""

    def of(**differing: Any) -> str:
        ((finding,), _) = bench.judge(bench.change(**differing))
        return str(finding.fingerprint)

    assert of(line=4) == of(line=400)
    assert len({of(), of(column="b"), of(path="other.sql"), of(kind=Kind.COLUMN_RENAMED)}) == 4
    assert of(id="c1") == of(id="c9")


def test_fingerprints_are_unique(bench: Any) -> None:
    """Two findings that digest to the same are told apart, in a stable way."""
    gone = bench.change(Kind.RELATION_REMOVED, column=None, id="c1", line=2)
    findings, _ = bench.judge(gone, bench.change(Kind.RELATION_REMOVED, column=None, id="c2", line=9))
    first, second = (finding.fingerprint for finding in findings)
    assert first != second
    assert bench.judge(gone)[0][0].fingerprint == first


def test_columns_of_one_edit_make_one_finding(bench: Any) -> None:
    """Whom an edit reaches is one finding; the columns that it takes away and nobody reads are another, a note."""
    names = ("a", "b", "c")
    findings, _ = bench.judge(
        *(bench.change(id=name, column=name) for name in names), bench.impact(change="a")
    )
    assert [(one.level, one.changes) for one in findings] == [
        (Level.ERROR, ("a",)),
        (Level.NOTE, ("b", "c")),
    ]
    assert "`b`, `c` are gone from db.shop.orders" in findings[1].message


def test_a_finding_of_several_columns_is_another_with_one_more(bench: Any) -> None:
    """A waiver for what an edit did covers no column that is added to it later."""

    def of(*names: str) -> str:
        ((finding,), _) = bench.judge(*(bench.change(id=name, column=name) for name in names))
        return str(finding.fingerprint)

    assert of("a", "b") == of("b", "a")
    assert of("a", "b") != of("a", "b", "c")


@dataclass(frozen=True)
class Meant:
    fingerprint: str
    sentence: str = "ana: we mean it (until 2027-01-01)"

    def covers(self, finding: Finding) -> bool:
        return finding.fingerprint == self.fingerprint


def test_a_waived_finding_is_shown_and_does_not_count(bench: Any) -> None:
    """A waiver keeps the finding and its level, and takes it out of the verdict."""
    change, impact = bench.change(), bench.impact()
    ((finding,), _) = bench.judge(change, impact)
    arguments = ([change], [impact], Coverage(files_changed=1, models_changed=1, models_analysed=1))
    waived, verdict = judge(*arguments, bench.catalog(), Settings(), [Meant(finding.fingerprint)])
    assert waived == (replace(finding, waiver="ana: we mean it (until 2027-01-01)"),)
    assert verdict is Verdict.PASSED
    assert judge(*arguments, bench.catalog(), Settings(), [Meant("else")])[1] is Verdict.BLOCKED


def test_a_finding_names_the_way_out(bench: Any) -> None:
    """Each finding carries the change's own way out; where it has none the kind's advice, without its example."""
    ((general,), _) = bench.judge(bench.change())
    assert general.instead is not None
    assert general.instead.startswith("Keep the column until nothing reads it any more.")
    assert general.instead.endswith("`contract-gate rules column-removed` has an example.")
    ((own,), _) = bench.judge(replace(bench.change(), instead="put it back"))
    assert own.instead == "put it back"


def test_exit_codes_are_the_published_ones() -> None:
    """Passed is 0, blocked 1, undecided 3."""
    assert [exit_code(verdict) for verdict in Verdict] == [
        ExitCode.PASSED,
        ExitCode.BLOCKED,
        ExitCode.UNDECIDED,
    ]


def _from(bench: Any, name: str, *origins: str, **fields: Any) -> Any:
    relation = RelationName(("db", "shop", name))
    change = bench.change(Kind.COLUMN_VALUES_CHANGED, id=f"c_{name}", relation=relation, **fields)
    edited = tuple(
        Origin(kind=OriginKind.MACRO, name=origin, path=f"macros/{origin}.sql", line=3) for origin in origins
    )
    return replace(change, origins=edited)


def test_what_one_edit_does_to_several_models_is_one_finding(bench: Any) -> None:
    """It stands where the edit is, names the models, and has the readers of all of them, worst first."""
    changes = [_from(bench, "a", "money"), _from(bench, "b", "money")]
    impacts = [
        bench.impact("db.shop.later", Effect.CHANGES, change="c_a"),
        bench.impact("db.shop.broken", Effect.BREAKS, change="c_b"),
    ]
    (finding,), _ = bench.judge(*changes, *impacts)
    assert finding.location == Location(path="macros/money.sql", line=3)
    assert finding.message.startswith(
        "macro `money` (macros/money.sql:3): `amount` is computed in another way in 2 models:"
    )
    assert finding.consumers == ("db.shop.broken", "db.shop.later")
    assert (finding.level, finding.changes, finding.change) == (Level.ERROR, ("c_b", "c_a"), "c_b")


def test_an_edit_that_can_not_be_told_apart(bench: Any) -> None:
    """A model that two edits reach is told with the edit that reaches more, and the other one is named."""
    changes = [
        _from(bench, "a", "money"),
        _from(bench, "b", "tax", "money"),
        _from(bench, "c", "tax", "money"),
    ]
    (finding,), _ = bench.judge(*changes)
    assert "3 models" in finding.message
    assert "macro `money` (macros/money.sql:3), or macro `tax` (macros/tax.sql:3)" in finding.message


def test_a_shared_finding_stays_the_same_when_it_reaches_one_more_model(bench: Any) -> None:
    """Its fingerprint is that of the edit."""
    few = [_from(bench, "a", "money"), _from(bench, "b", "money")]
    more = [*few, _from(bench, "c", "money")]
    prints = {bench.judge(*changes)[0][0].fingerprint for changes in (few, more)}
    other, _ = bench.judge(_from(bench, "a", "tax"), _from(bench, "b", "tax"))
    assert len(prints) == 1
    assert other[0].fingerprint not in prints


@pytest.mark.parametrize(("breach", "level"), [("versioned", Level.ERROR), ("unversioned", Level.WARNING)])
def test_a_broken_contract_needs_no_reader(bench: Any, breach: str, level: Level) -> None:
    """dbt refuses it for a versioned model, and warns for others."""
    (finding,), _ = bench.judge(
        replace(bench.change(Kind.CONTRACT_REMOVED, column=None), breach=Breach(breach))
    )
    assert finding.level is level


def test_a_run_that_was_cut_short_is_undecided(bench: Any) -> None:
    """What was not looked at does not pass, whatever was found, unless nothing blocks here."""
    late = Coverage(files_changed=1, models_changed=1, models_analysed=1, cut_short="the time was over")
    (finding,), verdict = bench.judge(coverage=late)
    assert (finding.rule, finding.cut_short, verdict) == (Kind.UNDECIDED, True, Verdict.UNDECIDED)
    assert "the time was over" in finding.message
    _, verdict = bench.judge(coverage=late, settings=Settings(fail_on=FailOn.NEVER))
    assert verdict is Verdict.PASSED


def test_drift_of_the_catalog_is_told_where_the_project_wants_it(bench: Any) -> None:
    """Lineage that is not the SQL's is a finding of the level that the project sets, or none."""
    drifted = replace(
        bench.catalog("answered"), drift=(Drift(relation="db.shop.orders", said="it reads less"),)
    )
    for level in (Level.WARNING, None):
        findings, _ = bench.judge(catalog=drifted, settings=Settings(catalog_drift=level))
        assert [one.level for one in findings] == [each for each in (level,) if each is not None]


def test_what_one_edit_of_a_query_changes_is_one_finding(bench: Any) -> None:
    """It stands at the edit; a change of the same model by another edit stands apart."""
    edit = Edit(kind=EditKind.FILTER, text="filter added: a > 1", line=7, rows=True)
    other = replace(edit, kind=EditKind.LIMIT, line=9)
    found = [bench.change(Kind.ROWS_FILTER_CHANGED, id="a", column=None), bench.change(Kind.COLUMN_VALUES_CHANGED, id="b"),
             bench.change(Kind.ROWS_LIMIT_CHANGED, id="c", column=None)]  # fmt: skip
    findings, _ = bench.judge(
        *(replace(one, edit=by) for one, by in zip(found, (edit, edit, other), strict=True))
    )
    told = [(one.changes, one.location.line) for one in findings if one.location]
    assert sorted(told) == [(("a", "b"), 7), (("c",), 9)]


def test_what_could_not_be_decided_of_several_models(bench: Any) -> None:
    """One edit whose reach nobody can tell is one sentence."""
    changes = [
        replace(_from(bench, name, "money"), kind=Kind.UNDECIDED, change_class=ChangeClass.UNDECIDED)
        for name in "ab"
    ]
    (finding,), _ = bench.judge(*changes)
    assert "could not decide what it changes in 2 models: " in finding.message
