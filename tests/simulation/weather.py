"""Which faults a story meets, and how often: each seed has a weather of its own, so that rare meetings occur too."""

from collections.abc import Mapping

from tests.simulation.fate import Dice

FAULTS: Mapping[str, tuple[int, int]] = {
    # DynamoDB, below botocore's retries
    "throttled": (60, 1_500),
    "lost_request": (40, 1_000),
    "lost_response": (60, 1_500),
    "conflict": (80, 2_000),
    "outage": (30, 400),
    "stale": (600, 4_000),
    # processes
    "crash": (30, 400),
    "crash_after": (30, 400),
    "stall": (10, 150),
    # queues and streams
    "refused": (100, 1_500),
    "refused_in_part": (100, 1_500),
    "taken_but_unanswered": (60, 800),
    "lost_record": (400, 4_000),
    "duplicate": (400, 2_500),
    "late": (400, 2_500),
    # gateways, banks and receivers
    "unavailable": (400, 3_000),
    "unanswered": (500, 4_000),
    "lost_on_the_way": (300, 2_500),
    "on_its_way": (800, 5_000),
    "unreadable": (300, 2_500),
    "confused": (100, 800),
    "lagging": (500, 4_000),
    "receiver_down": (800, 5_000),
    "receiver_unanswered": (300, 2_500),
    # the answer to whoever called our API
    "lost_answer": (200, 2_000),
}
"""Name → how many of ten thousand calls meet it on a common and on a bad day."""


def weather_of(dice: Dice) -> dict[str, int]:
    """About half of the faults, most of them at their common rate, a few at their worst; one seed in twelve is calm."""
    if dice.below(12) == 0:
        return {}
    return {name: bad if dice.below(6) == 0 else common for name, (common, bad) in FAULTS.items() if dice.below(2) == 0}
