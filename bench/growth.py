"""Growth: what ordinary SQL costs when it gets longer. `python bench/growth.py [NAME…]`.

Each shape is compared with an edited copy of itself at growing sizes, each size in a process of its own, and the power
of the growth is the slope between the last two sizes (2 is a square). Costs are CPU seconds by the operating system's
accounting.
"""

import argparse
import math
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

SECONDS = 60
"""What takes longer is told as that."""


def self_joins(size: int) -> str:
    """Join a table with itself along a key."""
    joins = "".join(f"\n  join t as t{i} on t{i}.id = t{i - 1}.parent" for i in range(1, size))
    columns = ", ".join(f"t{i}.name as name_{i}" for i in range(size))
    return f"select {columns}\nfrom t as t0{joins}\nwhere t0.kind = 1"


def comma_joins(size: int) -> str:
    """List a table many times, with the conditions in WHERE."""
    tables = ", ".join(f"t as t{i}" for i in range(size))
    conditions = " and ".join(f"t{i}.id = t{i - 1}.parent" for i in range(1, size))
    return f"select t0.id, t{size - 1}.name\nfrom {tables}\nwhere t0.kind = 1 and {conditions or 'true'}"


def crossed(size: int) -> str:
    """List a table many times, with nothing that tells one from another."""
    return f"select t0.id\nfrom {', '.join(f't as t{i}' for i in range(size))}\nwhere t0.kind = 1"


def doubling_joins(size: int) -> str:
    """A chain of CTEs that each join the one before with itself."""
    ctes = "".join(
        f",\nc{i} as (select a.id, b.v + 1 as v from c{i - 1} a join c{i - 1} b on a.id = b.id)"
        for i in range(1, size)
    )
    return f"with c0 as (select id, v from t where kind = 1){ctes}\nselect * from c{size - 1}"


def doubling_unions(size: int) -> str:
    """A chain of CTEs that each put the one before under itself."""
    ctes = "".join(
        f",\nc{i} as (select id, v from c{i - 1} union all select id, v + 1 as v from c{i - 1})"
        for i in range(1, size)
    )
    return f"with c0 as (select id, v from t where kind = 1){ctes}\nselect * from c{size - 1}"


def doubling_cases(size: int) -> str:
    """A chain of CTEs that each ask the one before twice: by CASE, by a default and in a condition."""
    ctes = "".join(
        f",\nc{i} as (select id, case when v > {i} then v else coalesce(v, {i}) end as v from c{i - 1} where v <> {i} or v is null)"
        for i in range(1, size)
    )
    return f"with c0 as (select id, v from t where kind = 1){ctes}\nselect * from c{size - 1}"


def branches_of_case(size: int) -> str:
    """A CASE of many branches over two columns, as a column and in the filter."""
    branches = " ".join(f"when a = {i} and b <> 'x{i % 7}' then 'v{i % 11}'" for i in range(size))
    return f"select id, case {branches} end as v from t where case {branches} end <> 'v1'"


def doubling_grouped(size: int) -> str:
    """A chain of CTEs that each join the one before with its own sums."""
    ctes = "".join(
        f",\nc{i} as (select a.id, sum(b.v) as v from c{i - 1} a join c{i - 1} b on a.id = b.id group by a.id)"
        for i in range(1, size)
    )
    return f"with c0 as (select id, v from t where kind = 1){ctes}\nselect * from c{size - 1}"


def doubling_correlated(size: int) -> str:
    """A chain of CTEs that each read the one before, and again in a correlated subquery."""
    ctes = "".join(
        f",\nc{i} as (select a.id, (select max(b.v) from c{i - 1} b where b.id = a.id) as v from c{i - 1} a)"
        for i in range(1, size)
    )
    return f"with c0 as (select id, v from t where kind = 1){ctes}\nselect * from c{size - 1}"


def doubling_exists(size: int) -> str:
    """A chain of CTEs that each filter the one before by itself."""
    ctes = "".join(
        f",\nc{i} as (select a.id, a.v from c{i - 1} a where exists (select 1 from c{i - 1} b where b.id = a.v))"
        for i in range(1, size)
    )
    return f"with c0 as (select id, v from t where kind = 1){ctes}\nselect * from c{size - 1}"


def doubling_terms(size: int) -> str:
    """A chain of CTEs that each add a column to itself."""
    ctes = "".join(f",\nc{i} as (select id, v + v as v from c{i - 1})" for i in range(1, size))
    return f"with c0 as (select id, v from t where kind = 1){ctes}\nselect * from c{size - 1}"


def nested_subqueries(size: int) -> str:
    """Correlated subqueries in each other."""
    text = "select max(v) from t as x where x.id = o.id and x.kind = 1"
    for i in range(size):
        text = f"select max(v) from t as o{i} where o{i}.id = o.id and o{i}.v > ({text})"
    return f"select o.id, ({text}) as v from t as o where o.kind = 1"


def statements(size: int) -> str:
    """Many views in one file."""
    return ";\n".join(f"create view s.v{i} as select id, a{i} from s.t where kind = 1" for i in range(size))


def union_branches(size: int) -> str:
    """Many branches of UNION ALL under a filter."""
    branches = "\nunion all\n".join(f"select id, v + {i} as v, kind from t{i}" for i in range(size))
    return f"with u as ({branches}) select id, v from u where kind = 1"


def cases(size: int) -> str:
    """A long CASE in many columns."""
    whens = " ".join(f"when a = {i} then b + {i}" for i in range(size))
    return f"select {', '.join(f'case {whens} end as c{i}' for i in range(10))} from t where kind = 1"


def columns(size: int) -> str:
    """A wide select through several CTEs."""
    names = ", ".join(f"c{i}" for i in range(size))
    ctes = "".join(f",\nx{i} as (select {names} from x{i - 1})" for i in range(1, 10))
    return f"with x0 as (select {names} from t where kind = 1){ctes}\nselect {names} from x9"


SHAPES: Mapping[str, tuple[Callable[[int], str], Sequence[int]]] = {
    "self-joins": (self_joins, (20, 40, 60, 100)),
    "comma-joins": (comma_joins, (50, 100, 200)),
    "crossed": (crossed, (50, 100, 200)),
    "doubling-joins": (doubling_joins, (10, 18, 60, 200)),
    "doubling-unions": (doubling_unions, (10, 18, 60, 200)),
    "doubling-grouped": (doubling_grouped, (10, 18, 60, 200)),
    "doubling-correlated": (doubling_correlated, (10, 18, 60, 200)),
    "doubling-exists": (doubling_exists, (10, 18, 60, 200)),
    "doubling-terms": (doubling_terms, (10, 18, 60, 200)),
    "doubling-cases": (doubling_cases, (10, 18, 60, 200)),
    "branches-of-case": (branches_of_case, (20, 50, 100, 200)),
    "nested-subqueries": (nested_subqueries, (5, 10, 20, 40)),
    "statements": (statements, (500, 1000, 2000, 4000)),
    "union-branches": (union_branches, (50, 100, 200, 400)),
    "cases": (cases, (50, 100, 200)),
    "columns": (columns, (100, 200, 400, 800)),
}


def measure(name: str, size: int) -> float | None:
    """Give the CPU seconds of one comparison beyond those of an empty one; None where it took too long."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", name, str(size)], capture_output=True, text=True
    )
    if done.returncode == -signal.SIGXCPU:
        return None
    done.check_returncode()
    return float(done.stdout)


def one(name: str, size: int) -> float:
    """Compare a shape with its edited copy, in this process."""
    from contract_gate import diff

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    diff("select 1 as a from t", "select 2 as a from t", witness=False)
    text = SHAPES[name][0](size)
    before = resource.getrusage(resource.RUSAGE_SELF)
    diff(text, text.replace("kind = 1", "kind = 2"), dialect="postgres", witness=False)
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print a line for each shape."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SHAPES)}; default: all")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(one(arguments.names[0], int(arguments.names[1])))
        return
    print("| shape | size: CPU seconds | power of the growth |\n|---|---|---|")
    for name in arguments.names or SHAPES:
        print(_row(name))


def _row(name: str) -> str:
    found: list[tuple[int, float | None]] = []
    for size in SHAPES[name][1]:
        found.append((size, measure(name, size)))
        if found[-1][1] is None:
            break
    told = ", ".join(
        f"{size}: {f'over {SECONDS}' if cost is None else f'{cost:.2f}'}" for size, cost in found
    )
    known = [(size, cost) for size, cost in found if cost]
    power = "-"
    if len(known) == len(SHAPES[name][1]):
        (less, cheap), (more, dear) = known[-2:]
        power = f"{math.log(dear / cheap) / math.log(more / less):.1f}"
    return f"| {name} | {told} | {power} |"


if __name__ == "__main__":
    main()
