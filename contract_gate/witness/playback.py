"""A witness pushed through the consumers: their SQL over the model's rows before and after, in the child process."""

from contract_gate.witness.question import Budget, Found, Reach, Reader, Replayed


def play(found: Found, readers: tuple[Reader, ...], budget: Budget) -> tuple[Replayed, ...]:
    """Run each reader over the witness."""
    return tuple(
        Replayed(name=reader.name, reach=Reach.NOT_RUNNABLE, reason="it was not tried") for reader in readers
    )
