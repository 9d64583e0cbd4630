"""The keys of what SQL files make outside of dbt and SQLMesh: the place that makes it, a file or a sequence of migrations, and its name there."""

_FILE, _SEQUENCE, _FUNCTION, _MIGRATED_FUNCTION = "file:", "migrations:", "function:", "migrated-function:"


def key_of_file(path: str, name: object) -> str:
    """Give the key of a relation that one file makes by its own text."""
    return f"{_FILE}{path}#{name}"


def key_in_sequence(folder: str, name: object) -> str:
    """Give the key of a relation that a sequence of migrations makes."""
    return f"{_SEQUENCE}{folder}#{name}"


def key_of_function(place: str, name: object, *, migrated: bool) -> str:
    """Give the key of a function, which stands in a space of names of its own; `migrated`: a sequence makes it, not one file."""
    return f"{_MIGRATED_FUNCTION if migrated else _FUNCTION}{place}#{name}"


def is_of_file(key: str) -> bool:
    """Tell whether a key is of what one file makes by its own text, outside of dbt and SQLMesh: several may make one relation."""
    return key.startswith(_FILE)


def is_migrated(key: str) -> bool:
    """Tell whether a relation is made by a sequence of migrations."""
    return key.startswith(_SEQUENCE)


def is_migrated_function(key: str) -> bool:
    """Tell whether a function is made by a sequence of migrations, not by one file."""
    return key.startswith(_MIGRATED_FUNCTION)


def is_beside(one: str, other: str) -> bool:
    """Tell whether one file or one sequence makes both."""
    return one.partition("#")[:2] == other.partition("#")[:2] and "#" in one


def is_same_sequence(one: str, other: str) -> bool:
    """Tell whether one sequence of migrations makes both, functions among them."""
    are_steps = all(is_migrated(key) or is_migrated_function(key) for key in (one, other))
    return are_steps and is_beside(one.partition(":")[2], other.partition(":")[2])


def is_of_sequence(key: str, folder: str) -> bool:
    """Tell whether the migrations in a folder make it, function or not."""
    are_steps = is_migrated(key) or is_migrated_function(key)
    return are_steps and key.partition(":")[2].startswith(f"{folder}#")
