"""A story: a seed, the actions that people take, the faults that happen; told once, from its beginning to its rest.

`draw` makes one from a seed; `tell` runs it and checks what must be true at its end. Its seed, its actions and its
faults are all that is needed to tell it again.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache, partial
from types import ModuleType
from typing import Any

from mizan.application import sweep_events
from mizan.domain import payments
from tests.simulation import invariants
from tests.simulation.biller_stories import biller_actions
from tests.simulation.demand_stories import demand_actions
from tests.simulation.everybody import Everybody
from tests.simulation.fate import Dice, Fate
from tests.simulation.kernel import HOUR, MINUTE, SECOND, HangError, Kernel
from tests.simulation.plot import Action, Story
from tests.simulation.transfer_stories import transfer_actions
from tests.simulation.voucher_stories import voucher_actions
from tests.simulation.weather import weather_of
from tests.simulation.wiring import SimulatedPlatform

SWEEP_NAME = "sweep"
REST_ROUND_COUNT_MAX = 200
AFTERMATHS = {2 * MINUTE: 70, 12 * MINUTE: 30}
"""How long bad weather goes on after the last action, and after the last payer has decided."""

FAR = 48 * HOUR
"""What is due later than this after everything came to rest is a date in a calendar, not work that is left."""


@dataclass
class Ending:
    """`failure`: the name of the invariant that does not hold and what was found; "" and "" where all is well."""

    failure: str
    found: str
    faults: Mapping[str, str]
    seen: Counter[str]
    trace: list[str] = field(default_factory=list)
    step_count: int = 0


# -- drawing --------------------------------------------------------------------------------------------------------

AFTER_PAYING = ("cash_out", "refund", "decide", "dispute", "credit", "reverse", "contradict")
LATER = {
    "pay": 26,
    "create_otherwise": 4,
    "create_under_one_key": 4,
    "change": 8,
    "interfere": 8,
    "refund": 22,
    "decide": 10,
    "cash_out": 5,
    "amend": 3,
    "dispute": 6,
    "credit": 8,
    "reverse": 4,
    "contradict": 3,
    "forge": 6,
    "jump": 4,
    "sweep": 4,
}
RAILS_CHANCE = 3_000
METHODS = {"debit_card": 25, "credit_card": 30, "wallet": 20, "sadad": 25}
CHANGES = {"cancel": 40, "contest": 20, "hold": 10, "release": 20, "write_off": 10}
JUMPS = {90: 20, 50 * 60: 40, 3 * 3600: 30, 26 * 3600: 10}


def draw(seed: int) -> Story:
    """One to three invoices, some attempts on each, and what else happens to them within half an hour or so."""
    dice = Dice(seed, "story")
    count = dice.weighted({1: 55, 2: 35, 3: 10})
    actions = [_create(dice, number) for number in range(count)]
    if dice.chance(3_000):
        actions.append(_create(dice, count))  # nobody pays it: a credit may
    actions += [_pay(dice, number, 0) for number in range(count)]
    actions += [_pay(dice, number, 1) for number in range(count) if dice.chance(4_500)]
    horizon = dice.pick([3 * MINUTE, 8 * MINUTE, 50 * MINUTE])
    for serial in range(dice.below(10)):
        kind = dice.weighted(LATER)
        at = dice.below(horizon) + (4 * MINUTE if kind in AFTER_PAYING else 0)
        at = dice.below(30 * SECOND) if kind == "interfere" else at
        actions.append(Action(f"a{serial}", at, kind, _args(dice, kind, count)))
    actions = [*_on_other_rails(Dice(seed, "rails"), actions), *voucher_actions(Dice(seed, "vouchers"), count)]
    actions += [*biller_actions(Dice(seed, "billers"), count), *transfer_actions(Dice(seed, "transfers"), count)]
    actions += demand_actions(Dice(seed, "demands"), count)
    return Story(seed, tuple(actions))


def _on_other_rails(dice: Dice, actions: list[Action]) -> Iterator[Action]:
    """Some stories are not about cards alone. Drawn apart, so that the others stay as they were."""
    is_otherwise = dice.chance(RAILS_CHANCE)
    for action in actions:
        if is_otherwise and action.kind == "pay":
            yield replace(action, args=(*action.args, dice.weighted(METHODS)))
        else:
            yield action


def _create(dice: Dice, number: int) -> Action:
    variant = dice.below(6) if dice.chance(5_000) else 0
    return Action(f"c{number}", dice.below(SECOND), "create", (number, variant, dice.weighted({0: 70, 1: 20, 2: 10})))


def _pay(dice: Dice, number: int, attempt: int) -> Action:
    how = dice.weighted({"whole": 70, "part": 18, "plan": 12})
    at = 10 * SECOND + dice.below(MINUTE)
    return Action(f"p{number}.{attempt}", at, "pay", (number, attempt, how, dice.weighted({0: 75, 1: 20, 2: 5})))


def _args(dice: Dice, kind: str, count: int) -> tuple[int | str, ...]:
    number, attempt = dice.below(count), dice.weighted({0: 65, 1: 25, 2: 10})
    percent = dice.pick([100, 100, 50, 34])
    arguments: dict[str, tuple[int | str, ...]] = {
        "pay": (number, attempt, dice.weighted({"whole": 70, "part": 18, "plan": 12}), dice.below(2)),
        "create_otherwise": (number, 0),
        "create_under_one_key": (number, 0),
        "change": (number, dice.weighted(CHANGES)),
        "interfere": (number, dice.weighted(CHANGES), dice.below(14)),
        "refund": (
            number,
            attempt,
            dice.weighted({"allocated": 60, "overpaid": 30, "suspended": 10}),
            percent,
            dice.weighted({"instrument": 60, "iban": 30, "cash_code": 10}),
        ),
        "cash_out": (number, attempt),
        "amend": (number,),
        "decide": (number, dice.weighted({"approve": 60, "reject": 20, "withdraw": 20})),
        "dispute": (number, attempt, percent, dice.pick(["win", "lose"])),
        "credit": (number, attempt, dice.pick([count, dice.below(count)])),
        "reverse": (number, attempt),
        "contradict": (number, attempt),
        "forge": (number, attempt, dice.pick(["track", "error", "nonsense"])),
        "jump": (dice.weighted(JUMPS),),
        "sweep": (),
    }
    return arguments[kind]


@cache
def shard_counts() -> tuple[tuple[ModuleType, str, int], ...]:
    """Where production code says into how many shards it spreads something."""
    return tuple(
        (module, name, count)
        for module in list(sys.modules.values())
        if module.__name__.startswith("mizan.")
        for name, count in vars(module).items()
        if name.endswith("_SHARD_COUNT")
    )


@contextmanager
def few_shards() -> Iterator[None]:
    """Sweeps read every shard of every minute: with one instead of eight a story costs a fifth."""
    for module, name, _ in shard_counts():
        setattr(module, name, 1)
    try:
        yield
    finally:
        for module, name, count in shard_counts():
            setattr(module, name, count)


LATE_WATCH = timedelta(hours=36)
"""A cash bill that nobody pays is asked about hourly for a week, most of a story; a kiosk here needs thirty hours."""


@contextmanager
def short_watches() -> Iterator[None]:
    before = payments.LATE_WATCH
    payments.LATE_WATCH = LATE_WATCH
    try:
        yield
    finally:
        payments.LATE_WATCH = before


class InOrder:
    """A pool of no threads: what would go side by side goes one after the other."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> "InOrder":
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def map(self, work: Callable[[Any], Any], *arguments: Iterable[Any]) -> Iterator[Any]:
        return map(work, *arguments)


@contextmanager
def one_thread() -> Iterator[None]:
    before = vars(sweep_events)["ThreadPoolExecutor"]
    vars(sweep_events)["ThreadPoolExecutor"] = InOrder
    try:
        yield
    finally:
        vars(sweep_events)["ThreadPoolExecutor"] = before


# -- telling --------------------------------------------------------------------------------------------------------


def tell(story: Story, *, is_traced: bool = False) -> Ending:
    """The ending; an exception is the harness's own fault. One shard of everything: more would only be more reading."""
    with few_shards(), one_thread(), short_watches():
        return _told(story, is_traced=is_traced)


def _told(story: Story, *, is_traced: bool) -> Ending:
    fate = Fate(story.seed, weather_of(Dice(story.seed, "weather")), told=story.faults)
    kernel = Kernel(fate, is_traced=is_traced)
    platform = SimulatedPlatform(kernel)
    actors = Everybody(platform)
    failure, found = "", ""
    try:
        _play(story, kernel, platform, actors)
        _rest(kernel, platform)
        failure, found = invariants.first_broken(platform, actors)
    except HangError as error:
        failure, found = "comes to rest", str(error)
    return Ending(failure, found, dict(fate.happened), kernel.seen, kernel.trace, kernel.step_count)


def _play(story: Story, kernel: Kernel, platform: SimulatedPlatform, actors: Everybody) -> None:
    for action in story.actions:
        work = partial(getattr(actors, action.kind), *action.args)
        kernel.spawn(action.name, work, wait_micros=action.at, is_mortal=False)
    end = max((action.at for action in story.actions), default=0) + kernel.fate.dice("aftermath").weighted(AFTERMATHS)
    number = 0
    while kernel.now_micros < max(end, platform.gateway.last_deed_at() + 3 * MINUTE):
        number += 1
        dice = kernel.fate.dice(f"sweep {number}")
        kernel.run(kernel.now_micros + MINUTE * (1 + dice.below(6)))
        if not dice.chance(1_000):
            platform.skip_quiet_minutes()  # the sweeps in between ran and found nothing; else they were missed
        kernel.spawn(f"sweep{number}", platform.sweep)
        if platform.is_money_sent_back:
            kernel.spawn(f"follow{number}", platform.follow_returns)
        if platform.is_told:
            kernel.spawn(f"event-sweep{number}", platform.sweep_events)


def _rest(kernel: Kernel, platform: SimulatedPlatform) -> None:
    """No more faults; sweeps and workers go on, operators send the dead letters again, until nothing is left to do."""
    kernel.is_calm = True
    for number in range(REST_ROUND_COUNT_MAX):
        kernel.run(kernel.now_micros + 4 * MINUTE)
        for queue in platform.queues.values():
            queue.redrive()
        platform.skip_quiet_minutes()
        kernel.spawn(f"rest{number}", platform.sweep)
        if platform.is_money_sent_back:
            kernel.spawn(f"follow-rest{number}", platform.follow_returns)
        if platform.is_told:
            kernel.spawn(f"event-rest{number}", platform.sweep_events)
        kernel.run(kernel.now_micros + 30 * SECOND)
        due, event = platform.next_due(), kernel.next_event()
        if event is None and (due is None or due > kernel.now_micros + FAR):
            return
        following = min(instant for instant in (due, event) if instant is not None)
        if following > kernel.now_micros + 5 * MINUTE:
            kernel.run(following - 1)
    raise HangError(f"something is due for ever: {platform.due_keys()[:3]}")
