"""A rehearsal inside a running suite, as the start page's example does it."""

from datetime import UTC, datetime

from borgerting.demo.client import Client
from borgerting.demo.driver import Rehearsal, Tell
from borgerting.demo.example import read_example
from borgerting.demo.plan import Plan
from borgerting.demo.watch import Watch
from borgerting.home import EXAMPLE
from borgerting.suite import Suite


async def rehearse_in(suite: Suite, tell: Tell) -> None:
    """Run the example to its published report; started again after an interruption it goes on where it was."""
    plan = Plan(read_example(), EXAMPLE, datetime.now(UTC).date())
    addresses = dict.fromkeys(suite.names, suite.address)
    watching = Watch(suite.settings.nats_url, EXAMPLE)
    async with watching as watch, Client(addresses, suite.token, f"example-{plan.start}") as client:
        await Rehearsal(plan, client, watch, tell).run()
