"""How long hypothesis looks: the same examples in every run of the tests, new ones with `make properties`."""

import os

from hypothesis import HealthCheck, settings

from contract_gate.sql.stack import deep_stack

# Python's limit of recursion is the process's: raised before hypothesis looks at it, or it warns of the change.
deep_stack(lambda: None)

_MORE = os.environ.get("CONTRACT_GATE_EXAMPLES")

settings.register_profile(
    "here",
    deadline=None,
    derandomize=_MORE is None,
    max_examples=int(_MORE or 60),
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("here")
