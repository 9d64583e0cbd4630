"""Tables that Python maps to objects: all columns of the class are read, at their lines."""

import pytest

from contract_gate.workspace.readers.kinds import kind
from tests.workspace.readers.reading import queries, read

CASES = {
    "declarative": (
        'class Order(Base):\n    __tablename__ = "orders"\n    __table_args__ = {"schema": "shop"}\n'
        '    id = Column(Integer)\n    value = db.Column("amount", Numeric)\n    user = relationship("User")\n',
        ["SELECT read_.id, read_.amount FROM shop.orders AS read_"],
        (1, 4, 5, 1),
    ),
    "annotated": (
        'class Order(Base):\n    __tablename__: str = "orders"\n    __table_args__ = (Index("i"), {"schema": "shop"})\n'
        "    id: Mapped[int] = mapped_column()\n    day: Mapped[date]\n"
        '    value: orm.Mapped[int] = mapped_column(name="amount")\n    user: Mapped["User"] = relationship()\n',
        ["SELECT read_.id, read_.day, read_.amount FROM shop.orders AS read_"],
        (1, 4, 5, 6, 1),
    ),
    "no schema": (
        'class Order(Base):\n    __tablename__ = "orders"\n    id = Column(Integer)\n',
        ["SELECT read_.id FROM orders AS read_"],
        (1, 3, 1),
    ),
    "django": (
        "class Order(models.Model):\n    user = models.ForeignKey(User)\n    value = models.FloatField(db_column='amount')\n"
        "    tags = models.ManyToManyField(Tag)\n\n    class Meta:\n        db_table = 'shop\".\"orders'\n",
        ["SELECT read_.user_id, read_.amount FROM shop.orders AS read_"],
        (1, 2, 3, 1),
    ),
    "core": (
        'orders = Table(\n    "orders", metadata,\n    Column("id", Integer),\n    schema="shop",\n)\n',
        ["SELECT read_.id FROM shop.orders AS read_"],
        (1, 3, 1),
    ),
    "reflected": (
        'orders = sa.Table("shop.orders", metadata, autoload_with=engine)\n',
        ["SELECT read_.* FROM shop.orders AS read_"],
        (1, 1, 1),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mapped_table(case: str) -> None:
    """A class or a `Table` reads the columns that it lists, under the names that the database has for them."""
    text, expected, lines = CASES[case]
    found = read(kind("python"), "m.py", {"m.py": text})
    assert queries(found) == expected
    assert found[0].queries[0].lines == lines


@pytest.mark.parametrize(
    "text",
    [
        'class Order(Base):\n    @declared_attr\n    def __tablename__(cls):\n        return "orders"\n    id = Column(Integer)\n',
        "class Order(Base):\n    __tablename__ = NAME\n    id = Column(Integer)\n",
        'print(Table("orders", "id"))\n# __tablename__\n',
        'class Order(models.Model):\n    class Meta:\n        db_table = table()\n    id = models.IntegerField()\n',
    ],
)  # fmt: skip
def test_no_mapped_table(text: str) -> None:
    """A name that is computed is not known, and a table on the screen is none of the database."""
    assert read(kind("python"), "m.py", {"m.py": text}) == ()
