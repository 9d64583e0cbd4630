"""A pull request can't switch the gate off: what the base reads is read, by the base's rules, and the rest is told."""

import pytest

from tests.e2e.project import DBT, Project, Ran
from tests.security.conftest import BASE, BREAK

SETUPS = {
    "a dbt project": "name: x\nprofile: x\n",
    "a Dataform project": "defaultDataset: x\n",
    "a SQLMesh project": "model_defaults:\n  dialect: duckdb\n",
}
FILES = {
    "a dbt project": "dbt_project.yml",
    "a Dataform project": "workflow_settings.yaml",
    "a SQLMesh project": "config.yaml",
}


def blocked(ran: Ran) -> bool:
    """Tell whether the break of `BREAK` was found, and nothing was taken for removed."""
    kinds = {change["kind"] for change in ran.report["changes"]}
    return ran.code == 1 and "s.b" in ran.broken and "relation-removed" not in kinds


def told(ran: Ran) -> str:
    return " ".join(finding["message"] for finding in ran.report["findings"])


@pytest.mark.parametrize("folder", ["", "tests/fixtures/"], ids=["at the top", "in a folder"])
@pytest.mark.parametrize("kind", SETUPS)
def test_an_added_project(plain: Project, kind: str, folder: str) -> None:
    """Another project takes no plain SQL out of sight, and is a finding of its own."""
    plain.pull_request({**BREAK, folder + FILES[kind]: SETUPS[kind]})
    ran = plain.check()
    assert blocked(ran), ran.out
    assert "project" in told(ran)


@pytest.mark.parametrize("kind", SETUPS)
def test_an_added_project_that_is_merged(plain: Project, kind: str) -> None:
    """Plain SQL outside of a project's folder is read beside it, then and later."""
    plain.commit({f"tests/fixtures/{FILES[kind]}": SETUPS[kind]})
    assert blocked(plain.pull_request(BREAK).check("--strict"))


@pytest.mark.parametrize("kind", SETUPS)
def test_an_added_project_beside_nothing(plain: Project, kind: str) -> None:
    """Without a break such a project removes nothing: it is told, and passes."""
    ran = plain.pull_request({f"tests/fixtures/{FILES[kind]}": SETUPS[kind]}).check()
    assert ran.code == 0
    assert "relation-removed" not in {change["kind"] for change in ran.report["changes"]}


@pytest.mark.parametrize(
    "configuration",
    [
        'ignore = ["**"]',
        'paths = ["nowhere"]',
        'fail-on = "never"',
        'ignore = ["*.sql"]\nfail-on = "never"\nstrict = false\nmax-hops = 1',
        'catalog = "none"\nwitness = false\nignore = ["b.sql"]',
    ],
)
def test_a_first_configuration(repository: Project, configuration: str) -> None:
    """The first configuration takes no file away and lowers no level in the change that brings it."""
    repository.commit({name: text for name, text in BASE.items() if name.endswith(".sql")})
    for name, text in (
        ("contract-gate.toml", configuration),
        ("pyproject.toml", f"[tool.contract-gate]\n{configuration}"),
    ):
        repository.git("checkout", "--quiet", "--force", "main")
        ran = repository.pull_request({**BREAK, name: text + "\n"}).check()
        assert blocked(ran), ran.out
        assert "not used" in " ".join(ran.report["coverage"]["notes"])


def test_a_change_of_the_configuration(plain: Project) -> None:
    """What a change does to the configuration is a finding on its file; it does not count in the change itself."""
    ran = plain.pull_request({**BREAK, "contract-gate.toml": 'ignore = ["**"]\n'}).check()
    assert blocked(ran)
    places = {f["location"]["path"]: f for f in ran.report["findings"] if f["location"]}
    assert "ignore" in places["contract-gate.toml"]["message"]
    assert places["contract-gate.toml"]["level"] == "warning"


@pytest.mark.parametrize("text", ["ignore = [\n", f"max-hops = {'9' * 5_000}\n", f"x = {'[' * 5_000}\n"])
def test_a_configuration_that_breaks(plain: Project, text: str) -> None:
    """A configuration that can't be read is told before it is merged, and decides nothing until then."""
    ran = plain.pull_request({**BREAK, "contract-gate.toml": text}).check()
    assert blocked(ran)
    assert "no later change can be checked" in told(ran)


def test_a_project_file_that_goes(repository: Project) -> None:
    """Models whose project file is deleted are read as the base sets them up."""
    repository.commit(DBT)
    repository.pull_request({"dbt_project.yml": None, "models/orders.sql": "select 1 as order_id\n"})
    ran = repository.check()
    assert ran.code == 1
    assert "relation-removed" not in {change["kind"] for change in ran.report["changes"]}
    assert "given up" in told(ran)


@pytest.mark.parametrize(
    "text",
    ["- " * 200_000, "name: [p\n", "- name\n", "", "profile: shop\n"],
    ids=["deep", "broken", "a list", "empty", "nameless"],
)
def test_a_project_file_that_can_not_be_read(repository: Project, text: str) -> None:
    """A project whose file can't be read any more is read as the base sets it up, and that is told."""
    repository.commit(DBT)
    repository.pull_request({"dbt_project.yml": text, "models/orders.sql": "select 1 as order_id\n"})
    ran = repository.check()
    assert ran.code == 1
    assert "relation-removed" not in {change["kind"] for change in ran.report["changes"]}
    (unread,) = [each for each in ran.report["coverage"]["not_analysed"] if each["path"] == "dbt_project.yml"]
    assert "read as the base sets it up" in unread["reason"]


@pytest.mark.parametrize(
    ("setup", "text", "models"),
    [
        ("config.yaml", SETUPS["a SQLMesh project"], {
            "models/a.sql": "MODEL (name s.a, kind FULL);\nselect id, amount from s.raw\n",
            "models/b.sql": "MODEL (name s.b, kind FULL);\nselect id, amount from s.a\n",
        }),
        ("workflow_settings.yaml", "defaultDataset: s\ndefaultProject: p\n", {
            "definitions/a.sqlx": 'config { type: "table" }\nselect id, amount from `p.s.raw`\n',
            "definitions/b.sqlx": 'config { type: "table" }\nselect id, amount from ${ref("a")}\n',
        }),
    ],
    ids=["SQLMesh", "Dataform"],
)  # fmt: skip
def test_settings_that_can_not_be_read(
    repository: Project, setup: str, text: str, models: dict[str, str]
) -> None:
    """So is a project of any other kind: nothing moves or goes because its settings are broken."""
    repository.commit({setup: text, **models})
    first, broken = next(iter(models.items()))
    repository.pull_request({setup: "defaults: [\n", first: broken.replace(", amount", "")})
    ran = repository.check()
    assert ran.code == 1
    assert [change["kind"] for change in ran.report["changes"]] == ["column-removed"]
    (unread,) = [each for each in ran.report["coverage"]["not_analysed"] if each["path"] == setup]
    assert "read as the base sets it up" in unread["reason"]


def test_directories_that_a_project_reads_no_longer(repository: Project) -> None:
    """Models that lie where no directory of their project is any more are not taken for removed: they are not analysed."""
    repository.commit(DBT)
    setup = DBT["dbt_project.yml"].replace("[models]", "[nowhere]")
    repository.pull_request({"dbt_project.yml": setup, "models/orders.sql": "select 1 as order_id\n"})
    ran = repository.check("--strict")
    assert ran.code == 3
    assert "relation-removed" not in {change["kind"] for change in ran.report["changes"]}
    assert "dbt_project.yml" in {each["path"] for each in ran.report["coverage"]["not_analysed"]}


def test_a_project_that_is_turned_off(repository: Project) -> None:
    """A setting that turns off every model of a project is told as what nobody judges, and does not pass strictly."""
    repository.commit(DBT)
    repository.pull_request({"dbt_project.yml": DBT["dbt_project.yml"] + "models:\n  +enabled: false\n"})
    ran = repository.check("--strict")
    assert ran.code == 3
    (unread,) = [each for each in ran.report["coverage"]["not_analysed"] if each["path"] == "dbt_project.yml"]
    assert "turns off all of the project's models" in unread["reason"]


def test_a_project_of_the_same_name(repository: Project) -> None:
    """Another dbt project that takes the name of the first takes none of its models away."""
    repository.commit({f"shop/{name}": text for name, text in DBT.items()})
    repository.pull_request(
        {"dbt_project.yml": DBT["dbt_project.yml"], "shop/models/orders.sql": "select 1 as order_id\n"}
    )
    ran = repository.check()
    assert ran.code == 1
    assert "relation-removed" not in {change["kind"] for change in ran.report["changes"]}


def test_a_dbt_file_beside_sqlmesh(repository: Project) -> None:
    """A project file of dbt beside one of SQLMesh does not hide its models."""
    model = "MODEL (name s.{}, kind FULL, dialect duckdb);\nselect {} from s.{}\n"
    repository.commit({
        "config.yaml": SETUPS["a SQLMesh project"],
        "models/a.sql": model.format("a", "id, amount", "raw"),
        "models/b.sql": model.format("b", "amount", "a"),
    })  # fmt: skip
    repository.pull_request(
        {"dbt_project.yml": SETUPS["a dbt project"], "models/a.sql": model.format("a", "id", "raw")}
    )
    assert blocked(repository.check())


def test_a_link_in_the_place_of_a_model(plain: Project) -> None:
    """A link is not followed, so nobody knows what its model is: that is not "removed", and stops `--strict`."""
    plain.pull_request({})
    (plain.directory / "a.sql").unlink()
    (plain.directory / "a.sql").symlink_to("b.sql")
    plain.commit({})
    ran = plain.check("--strict")
    assert ran.code == 3
    assert "symbolic link" in told(ran)


@pytest.mark.parametrize("target", ["/etc/passwd", "../../outside.sql", "m.sql", "nowhere.sql"])
def test_a_link_that_leads_to_no_file_of_the_repository(repository: Project, target: str) -> None:
    """It is not read, whatever lies there, and nobody knows what its model is."""
    repository.commit({"dbt_project.yml": SETUPS["a dbt project"], "models/b.sql": "select 1 as id\n"})
    repository.pull_request({})
    (repository.directory.parent / "outside.sql").write_text("select 1 as secret_column\n")
    (repository.directory / "models/m.sql").symlink_to(target)
    repository.commit({})
    ran = repository.check("--strict")
    assert ran.code == 3
    assert "symbolic link" in told(ran)
    assert "secret_column" not in ran.out + ran.err


def test_many_files_of_another_dialect(repository: Project) -> None:
    """Files that a pull request adds don't turn the guess of the dialect that the others are read in."""
    quoted = 'create view "S".a as select id, "Amount" from "S".raw;\n'
    repository.commit(
        {"a.sql": quoted, "b.sql": 'create view "S".b as select "Amount"::numeric from "S".a;\n'}
    )
    noise = {
        f"n{i}.sql": f"create table `p.d.t{i}` as select * from `p.d.x`, unnest(y);\n" for i in range(50)
    }
    repository.pull_request({**noise, "a.sql": quoted.replace(', "Amount"', "")})
    assert repository.check().code == 1


def test_a_snapshot_of_the_pull_request(plain: Project) -> None:
    """A snapshot that the pull request empties, brings or takes away says nothing: the base's counts."""
    empty = '{"schema_version": 1, "catalog": "secoda", "as_of": null, "assets": [], "relations": []}'
    plain.commit(
        {
            "contract-gate.toml": 'dialect = "postgres"\nsnapshot = "known.json"\n',
            "known.json": KNOWN,
            "c.sql": C.replace("id", "id, 2 as amount"),
        }
    )
    for content in (empty, None, "{"):
        plain.git("checkout", "--quiet", "--force", "main")
        ran = plain.pull_request({"c.sql": C, "known.json": content}).check()
        assert ran.code == 1, ran.out
        ran = plain.check("--snapshot", "known.json")
        assert ran.code == 1, ran.out


def test_a_first_snapshot(plain: Project) -> None:
    """A snapshot that only the pull request has answers nothing, not even that there is no reader."""
    plain.pull_request({**BREAK, "known.json": KNOWN, "c.sql": C.replace("id", "id, 2 as amount")})
    assert plain.check("--snapshot", "known.json").report["catalog"]["status"] == "unavailable"


C = "create view s.c as select 1 as id;\n"
KNOWN = """{"schema_version": 1, "catalog": "secoda", "as_of": null,
 "assets": [{"id": "t", "kind": "table", "name": "c", "title_full": "s.c"}, {"id": "col", "kind": "column",
 "name": "amount", "title_full": "s.c.amount", "parent": "t"}, {"id": "d", "kind": "dashboard", "name": "Weekly revenue"}],
 "relations": [{"relation": ["s", "c"], "asset": "t"}], "columns": {"t": ["col"]},
 "readers": {"t": ["d"], "col": ["d"]}, "asked": ["t", "col", "d"]}"""


def test_statements_between_rows(plain: Project) -> None:
    """What stands on a line of data in a large file is read: a statement between two rows is no row."""
    row, lines = "insert into t values (1);\n", "(1, 2, 3),\n"
    hidden = "insert into t values (1); drop view s.a; insert into t values (2);\n"
    for more in (
        row * 4_000 + hidden + row,
        "insert into t values\n" + lines * 9_000 + f"(1); {hidden[:-3]}),\n" + lines * 60 + "(1);\n",
        # A string that is open says of no quote after it which side is text.
        "select ('\n" + "(1'); drop view s.a; select ('1),\n" * 3_000 + "');\n",
    ):
        plain.git("checkout", "--quiet", "--force", "main")
        ran = plain.pull_request({"a.sql": BASE["a.sql"] + more}).check()
        assert (ran.code, "s.b" in ran.broken) == (1, True), ran.out


@pytest.mark.parametrize("more", ["", "insert into s.c values (1);\n"], ids=["small", "large"])
def test_a_reader_between_rows(plain: Project, more: str) -> None:
    """A row that a query makes is no literal one: it reads, among however many."""
    row = "insert into s.c values ((select max(amount) from s.a));\n"
    plain.commit(
        {"b.sql": None, "c.sql": "create table s.c (x integer);\n" + row * 30 + more * 5_000 + row * 30}
    )
    ran = plain.pull_request(BREAK).check()
    assert (ran.code, "s.c" in ran.broken) == (1, True), ran.out


SQLMESH = {
    "config.yaml": SETUPS["a SQLMesh project"],
    "models/a.sql": "MODEL (name s.a, kind FULL);\nselect id, amount from s.raw\n",
    "models/b.sql": "MODEL (name s.b, kind FULL);\nselect id, amount from s.a\n",
}


@pytest.mark.parametrize(
    ("base", "file", "says", "read"),
    [
        (DBT, ".dbtignore", "{}\n", "models/orders.sql"),
        (SQLMESH, "config.yaml", SQLMESH["config.yaml"] + 'ignore_patterns: ["{}"]\n', "models/a.sql"),
        (SQLMESH, "config.py", "from sqlmesh.core.config import Config\nconfig = Config(ignore_patterns=['{}'])\n", "models/a.sql"),
    ],
    ids=["dbt", "SQLMesh", "SQLMesh in Python"],
)  # fmt: skip
def test_files_that_a_tool_is_told_to_ignore(
    repository: Project, base: dict[str, str], file: str, says: str, read: str
) -> None:
    """A model that its tool is told to ignore is gone for its readers; that files go out of sight stops `--strict`."""
    repository.commit(base)
    settings = {"config.yaml": None} if file == "config.py" else {}
    ran = repository.pull_request({**settings, file: says.format(read)}).check()
    assert ran.code == 1, ran.out
    assert len(ran.broken) == 1
    (unread,) = [each for each in ran.report["coverage"]["not_analysed"] if each["path"] == file]
    assert f"{read} out of sight" in unread["reason"]
    repository.git("checkout", "--quiet", "--force", "main")
    ran = repository.pull_request({**settings, file: says.format("models/*")}).check("--strict")
    assert ran.code == 3, ran.out


def test_a_folder_of_packages_among_the_models(repository: Project) -> None:
    """A folder of models that has the name of the folder of packages is read on."""
    models = {f"models/kept/{name}.sql": DBT[f"models/{name}.sql"] for name in ("orders", "weekly")}
    repository.commit({"dbt_project.yml": DBT["dbt_project.yml"], **models})
    setup = DBT["dbt_project.yml"] + "packages-install-path: kept\n"
    repository.pull_request({"dbt_project.yml": setup, "models/kept/orders.sql": "select 1 as order_id\n"})
    ran = repository.check()
    assert (ran.code, len(ran.broken)) == (1, 1), ran.out


def test_a_submodule_that_changes(plain: Project) -> None:
    """What a submodule holds is not read, so nobody knows what another commit of it changes."""
    link = "160000,{},vendor/shared"
    plain.git("update-index", "--add", "--cacheinfo", link.format("1" * 40))
    plain.git("commit", "--quiet", "--message", "a submodule")
    plain.git("checkout", "--quiet", "-B", "change")
    plain.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
    assert plain.check("--strict").code == 0
    plain.git("update-index", "--cacheinfo", link.format("2" * 40))
    plain.git("commit", "--quiet", "--message", "another commit of it")
    ran = plain.check("--strict")
    assert ran.code == 3, ran.out
    assert [each["path"] for each in ran.report["coverage"]["not_analysed"]] == ["vendor/shared"]


@pytest.mark.parametrize("place", ["node_modules/b.sql", "2_b.down.sql", "U1__b.sql", "b.template.sql"])
def test_a_model_that_moves_to_where_nothing_is_read(plain: Project, place: str) -> None:
    """It is no quiet removal: nobody judges the file any more, which is told and does not pass strictly."""
    plain.pull_request({**BREAK, "b.sql": None, place: BASE["b.sql"]})
    ran = plain.check("--strict")
    assert ran.code == 3, ran.out
    assert place in {each["path"] for each in ran.report["coverage"]["not_analysed"]}


@pytest.mark.parametrize("name", ["#a", "@a", "##vso[task.x]y"])
def test_a_quoted_name_that_begins_with_a_sign(repository: Project, name: str) -> None:
    """Only some engines take `#` for a table of the session's own: elsewhere it is a letter, and hides no break."""
    make = 'create view s."{}" as select id, amount from s.raw;\n'
    base = {
        **BASE,
        "a.sql": make.format(name),
        "b.sql": f'create view s.b as select id, amount from s."{name}";\n',
    }
    repository.commit(base).pull_request({"a.sql": make.format(name).replace(", amount", "")})
    assert blocked(repository.check())
