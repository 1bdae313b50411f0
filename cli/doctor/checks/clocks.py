"""Whether this machine and the servers agree on the time."""

from collections.abc import Iterator, Mapping

from cli.doctor.facts import Clock, DatabaseFacts, Facts, Failure, ManagementFacts
from cli.doctor.findings import Finding, bad, ok, unseen, warn

NOTICED_SECONDS = 2
WRONG_SECONDS = 30
"""From there on sessions end early, uploads count as interrupted, and days of records are others'."""
HERE = "this machine"


def check_clocks(facts: Facts) -> Iterator[Finding]:
    """One finding for all clocks that could be read."""
    clocks: dict[str, Clock] = {}
    if isinstance(facts.database, DatabaseFacts) and isinstance(facts.database.clock, Clock):
        clocks["PostgreSQL"] = facts.database.clock
    if isinstance(facts.management, ManagementFacts) and isinstance(facts.management.clock, Clock):
        clocks["RabbitMQ"] = facts.management.clock
    if clocks:
        yield check_differences(clocks)
    elif not isinstance(facts.database, Failure):
        yield unseen("clock", "no server tells its time", "compare `date -u` on all machines")


def check_differences(clocks: Mapping[str, Clock]) -> Finding:
    """The clocks of servers, by name, against this machine's."""
    told = "; ".join(tell(name, clock) for name, clock in clocks.items())
    worst = max(surely(clock) for clock in clocks.values())
    if worst <= NOTICED_SECONDS:
        return ok("clock", told)
    mend = (
        f"synchronise the clock of {whose(clocks)}: `timedatectl set-ntp true`, then `timedatectl` shows whether it is"
    )
    return (bad if worst > WRONG_SECONDS else warn)("clock", told, mend)


def surely(clock: Clock) -> float:
    """The least that it can be off by, in seconds."""
    return max(0.0, abs(clock.offset_seconds) - clock.uncertainty_seconds)


def whose(clocks: Mapping[str, Clock]) -> str:
    """Which clock is the odd one out, where that can be told: two that agree with each other are right."""
    wrong = [name for name, clock in clocks.items() if surely(clock) > NOTICED_SECONDS]
    if len(clocks) == 1:
        return f"{wrong[0]}'s machine, or of {HERE}"
    if len(wrong) == 1:
        return f"{wrong[0]}'s machine"
    first, second = clocks.values()
    apart = abs(first.offset_seconds - second.offset_seconds) - first.uncertainty_seconds - second.uncertainty_seconds
    return HERE if apart <= NOTICED_SECONDS else "every machine"


def tell(name: str, clock: Clock) -> str:
    """In words.

    >>> tell("PostgreSQL", Clock(0.0041, 0.001)), tell("RabbitMQ", Clock(-70.3, 0.51))
    ('PostgreSQL: as here', 'RabbitMQ: 70 s behind')
    """
    seconds = surely(clock)
    if seconds < 1:
        return f"{name}: as here"
    return f"{name}: {abs(clock.offset_seconds):.0f} s {'ahead' if clock.offset_seconds > 0 else 'behind'}"
