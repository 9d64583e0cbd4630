"""Whether Secoda is up, whose the key is, and how fresh what it knows is."""

import asyncio

from contract_gate.app.health.check import Check, failed, noted, well
from contract_gate.catalogs.secoda.client import Secoda
from contract_gate.catalogs.secoda.errors import SecodaError
from contract_gate.catalogs.secoda.settings import SecodaSettings


async def check_secoda(settings: SecodaSettings) -> list[Check]:
    """Ask for all of it at once. Never raises for Secoda's answers."""
    async with Secoda(settings) as secoda:
        return list(await asyncio.gather(_service(secoda, settings.url), _key(secoda), _freshness(secoda)))


async def _service(secoda: Secoda, url: str) -> Check:
    try:
        await secoda.check_health()
    except SecodaError as error:
        return failed("service", error)
    return well("service", f"{url} is up")


async def _key(secoda: Secoda) -> Check:
    try:
        person = await secoda.me()
    except SecodaError as error:
        return failed("key", error)
    if person is None:
        return noted("key", "accepted; Secoda does not say whose it is, and it sees what that person sees")
    role = person.role or "unknown"
    if role.lower() == "admin":
        return well("key", f"of {person.shown}, an admin: sees all lineage")
    return noted(
        "key",
        f"of {person.shown}, whose role is {role}: sees what their teams see",
        "lineage outside those teams stays unseen, and a Viewer can't `sync`; an Admin's key sees all",
    )


async def _freshness(secoda: Secoda) -> Check:
    try:
        sources = await secoda.integrations()
    except SecodaError as error:
        return noted("sources", f"not known: {error.message}")
    if not sources:
        return noted("sources", "the catalog shows this key no source")
    read = (f"{one.name} ({one.id}) read {one.last_run or 'never, or not told'}" for one in sources)
    return well("sources", ", ".join(read))
