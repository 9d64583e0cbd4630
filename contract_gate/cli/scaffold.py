"""The files that `init` writes: a configuration, the job for the CI in use, a pre-commit hook."""

from collections.abc import Collection
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from contract_gate.cli.installed import Installation
from contract_gate.core.values import dataclass, field
from contract_gate.edge.disk import make_folder, write_whole
from contract_gate.workspace.unset import Unset, lines_to_fill_in, places

HOOK = ".pre-commit-config.yaml"
CONFIG = "contract-gate.toml"


class Ci(StrEnum):
    """A CI that there is a job for, by the name of its template."""

    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"
    AZURE = "azure"
    CIRCLECI = "circleci"
    JENKINS = "jenkins"
    BUILDKITE = "buildkite"


@dataclass(frozen=True, slots=True, kw_only=True)
class CiSetup:
    """How a CI is called, where its job goes, what tells that it is in use, and which remotes are its own.

    A `shared` file holds other jobs as well: it is never replaced.
    """

    name: str
    template: str
    path: str
    marks: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    shared: bool = True


SETUPS = {
    Ci.GITHUB: CiSetup(
        name="GitHub Actions", template="github.yml", path=".github/workflows/contract-gate.yml",
        marks=(".github/workflows/",), hosts=("github.",), shared=False,
    ),
    Ci.GITLAB: CiSetup(
        name="GitLab CI", template="gitlab.yml", path=".gitlab-ci.yml", marks=(".gitlab-ci.yml",), hosts=("gitlab.",)
    ),
    Ci.BITBUCKET: CiSetup(
        name="Bitbucket Pipelines", template="bitbucket.yml", path="bitbucket-pipelines.yml",
        marks=("bitbucket-pipelines.yml",), hosts=("bitbucket.",),
    ),
    Ci.AZURE: CiSetup(
        name="Azure Pipelines", template="azure.yml", path="azure-pipelines.yml",
        marks=("azure-pipelines.yml", ".azure-pipelines/", "azure-pipelines/"), hosts=("dev.azure.", "visualstudio."),
    ),
    Ci.CIRCLECI: CiSetup(name="CircleCI", template="circleci.yml", path=".circleci/config.yml", marks=(".circleci/",)),
    Ci.JENKINS: CiSetup(name="Jenkins", template="Jenkinsfile", path="Jenkinsfile", marks=("Jenkinsfile",)),
    Ci.BUILDKITE: CiSetup(
        name="Buildkite", template="buildkite.yml", path=".buildkite/pipeline.yml", marks=(".buildkite/",)
    ),
}  # fmt: skip


def cis_in_use(paths: Collection[str], remote_url: str | None) -> tuple[Ci, ...]:
    """Tell which CIs have files here; where none has, the one of the host that the repository is at."""
    seen = [ci for ci, setup in SETUPS.items() if any(path.startswith(setup.marks) for path in paths)]
    if seen or remote_url is None:
        return tuple(seen)
    return tuple(ci for ci, setup in SETUPS.items() if any(host in remote_url for host in setup.hosts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the files are filled in with. `dialect` is what a person chose, `read_as` what the repository is read as."""

    origin: Installation
    dialect: str | None = None
    read_as: str = ""
    branch: str = "main"
    unset: tuple[Unset, ...] = ()
    ci: tuple[Ci, ...] = field(default=(Ci.GITHUB,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaffoldFile:
    """A file to write, and its text. A `shared` one also belongs to other tools: it is never replaced."""

    path: str
    text: str
    shared: bool = False


def scaffold(answers: Answers) -> tuple[ScaffoldFile, ...]:
    """Give the files for a repository, ready to run."""
    jobs = [SETUPS[ci] for ci in answers.ci]
    return (
        ScaffoldFile(path=CONFIG, text=config_text(answers)),
        *(
            ScaffoldFile(path=job.path, text=job_text(job.template, answers), shared=job.shared)
            for job in jobs
        ),
        ScaffoldFile(
            path=HOOK,
            text=_template("pre-commit.yaml").replace("@GATE@", answers.origin.requirement("fast")),
            shared=True,
        ),
    )


def config_text(answers: Answers) -> str:
    """Write the configuration: the dialect that was chosen, and what a person may want to fill in as comments."""
    said = f'# dialect = "{answers.read_as or "snowflake"}"'
    if answers.read_as:
        said += "  # what the gate reads it as without this line"
    chosen = f'dialect = "{answers.dialect}"' if answers.dialect else said
    return _template("config.toml").replace("@DIALECT@", chosen) + _to_fill_in(answers.unset)


def job_text(template: str, answers: Answers) -> str:
    """Write a CI's job."""
    gate = answers.origin.requirement("fast", "witness")
    return _template(template).replace("@GATE@", gate).replace("@BRANCH@", answers.branch)


def write(top: Path, file: ScaffoldFile, *, force: bool) -> str:
    """Write a file where there is none, and say what was done; UsageError where it can't be written."""
    path = top / file.path
    exists = path.exists() or path.is_symlink()
    if exists and file.shared:
        return f"kept  {file.path}; add this where it is not there yet:\n\n{_own_part(file).rstrip()}\n"
    if exists and not force:
        return f"kept  {file.path} (--force replaces it)"
    make_folder(path.parent, file.path)
    write_whole(path, file.text, file.path)
    return f"wrote {file.path}"


def _own_part(file: ScaffoldFile) -> str:
    """Of the hooks' file only our entry: the rest is there."""
    return file.text.partition("repos:\n")[2] if file.path == HOOK else file.text


def _to_fill_in(found: tuple[Unset, ...]) -> str:
    """Give the lines of what nobody knows here, commented out, for a person to fill in."""
    if not found:
        return ""
    where = "\n".join(f"# {one.setting}: {places(one)}" for one in found)
    lines = "\n".join(f"# {line}" for line in lines_to_fill_in(found))
    return f"\n# Variables that have no value here; names and SQL that hang on them are known in part.\n{where}\n{lines}\n"


def _template(name: str) -> str:
    return files("contract_gate.cli").joinpath("templates", name).read_text(encoding="utf-8")
