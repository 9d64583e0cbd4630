"""Models that are declared in masses are made when somebody asks for one."""

from dataclasses import dataclass, field

from contract_gate.core.models import Models, differing, making, outlines
from contract_gate.core.relation import RelationName
from contract_gate.core.world import Model, ModelKind


@dataclass(eq=False, kw_only=True)
class Later:
    """An unmade model that counts how often it is made."""

    name: str
    key: str = ""
    kind: ModelKind = ModelKind.SOURCE
    path: str = "sources.yml"
    dialect: str = ""
    makings: list[str] = field(default_factory=list)

    @property
    def relation(self) -> RelationName:
        return RelationName((self.name,))

    def made(self) -> Model:
        self.makings.append(self.name)
        return Model(key=self.name, kind=self.kind, name=self.name, path=self.path, relation=self.relation)


def _two() -> tuple[Models, Later, Later]:
    one, other = Later(name="a", key="a"), Later(name="b", key="b")
    return Models({"a": one, "b": other}), one, other


def test_a_loop_over_outlines_makes_nothing():
    """What every loop needs of a model is known before it is made."""
    models, one, other = _two()
    assert [each.path for each in outlines(models)] == ["sources.yml", "sources.yml"]
    assert len(models) == 2
    assert "a" in models
    assert list(models) == ["a", "b"]
    assert one.makings == other.makings == []


def test_only_what_is_looked_up_is_made():
    """Who makes a relation is made, and nothing beside it."""
    models, one, other = _two()
    assert [model.key for model in making(models, [RelationName(("b",))])] == ["b"]
    assert (one.makings, other.makings) == ([], ["b"])


def test_of_layers_the_last_counts_and_the_very_same_is_told():
    """A layer above takes a key over; what both sides have of one making is the very same."""
    models, one, _ = _two()
    declared = Model(key="b", kind=ModelKind.SOURCE, name="b", path="other.yml")
    merged = Models.merged(models, {"b": declared})
    assert merged["b"] is declared
    more = Models.merged(merged, {"c": declared})
    assert differing(models, more) == differing(more, models) == {"b", "c"}
    assert one.makings == []
