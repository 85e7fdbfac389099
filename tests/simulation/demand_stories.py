"""Baskets, corrections, quotes, and money that nobody asks for, in some of the stories. Drawn apart."""

from collections.abc import Iterator

from tests.simulation.fate import Dice
from tests.simulation.kernel import MINUTE, SECOND
from tests.simulation.plot import Action

CHANCE = 800
BESIDE = 5
"""The number of a bill that is paid in baskets alone."""

KINDS = {"pay_basket": 40, "supersede": 20, "pay_by_quote": 30, "pass_a_year": 10}
METHODS = {"debit_card": 60, "credit_card": 40}


def demand_actions(dice: Dice, count: int) -> Iterator[Action]:
    """A few of them, about `count` bills; after a year somebody asks for an overpayment after all."""
    if not dice.chance(CHANCE):
        return
    for serial in range(1 + dice.below(3)):
        kind, number = dice.weighted(KINDS), dice.below(count)
        if kind == "pass_a_year":
            at = 8 * MINUTE + dice.below(4 * MINUTE)
            again = (number, 0, "overpaid", dice.pick([100, 50]), "iban")
            yield Action(f"d{serial}", at, kind)
            yield Action(f"d{serial}r", at + 3 * MINUTE, "refund", again)
            continue
        if kind == "pay_basket":
            yield Action(f"d{serial}c", dice.below(SECOND), "create", (BESIDE, 0, 0))
        at = 3 * SECOND + dice.below(dice.pick([MINUTE, 5 * MINUTE]))
        arguments: dict[str, tuple[int | str, ...]] = {
            "pay_basket": (number, BESIDE, f"d{serial}", dice.below(2), dice.weighted(METHODS)),
            "supersede": (number, dice.below(2)),
            "pay_by_quote": (number, serial, dice.pick([1, 60, 20 * 60, 3 * 3600])),
        }
        yield Action(f"d{serial}", at, kind, arguments[kind])
