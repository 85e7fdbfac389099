"""What payers do with vouchers in some of the stories. Drawn apart, so that the others stay as they were."""

from collections.abc import Iterator

from tests.simulation.fate import Dice
from tests.simulation.kernel import MINUTE, SECOND
from tests.simulation.plot import Action

CHANCE = 1_000
AMOUNTS = {12_500: 30, 15_000: 25, 5_000: 15, 300_000: 10, 1_300_000: 20}
LARGE = 1_000_000
"""Fils from which on two of one holder's are above the cap: a machine does not ask for these twice at once, for it may
have to give them back.
"""
LATER = {
    "pay_by_voucher": 40,
    "pay_two_bills": 20,
    "return_voucher": 10,
    "pay_and_return": 15,
    "pass_a_year": 15,
}


def voucher_actions(dice: Dice, count: int) -> Iterator[Action]:
    """Some vouchers, bought at nearly the same time, and what becomes of them; of `count` bills."""
    if not dice.chance(CHANCE):
        return
    sold = dice.weighted({1: 40, 2: 40, 3: 20})
    for serial in range(sold):
        amount = dice.weighted(AMOUNTS)
        repeats = 0 if amount >= LARGE else dice.weighted({0: 60, 1: 40})
        yield Action(
            f"v{serial}", dice.below(2 * SECOND), "buy_voucher", (f"v{serial}", amount, dice.below(2), repeats)
        )
    for serial in range(1 + dice.below(4)):
        kind = dice.weighted(LATER)
        at = dice.below(8 * MINUTE) if kind == "pass_a_year" else 5 * SECOND + dice.below(dice.pick([SECOND, MINUTE]))
        yield Action(f"w{serial}", at, kind, _args(dice, kind, count, sold))


def _args(dice: Dice, kind: str, count: int, sold: int) -> tuple[int | str, ...]:
    number, name = dice.below(count), f"v{dice.below(sold)}"
    arguments: dict[str, tuple[int | str, ...]] = {
        "pay_by_voucher": (
            number,
            name + dice.pick(["", "", "+"]),
            dice.below(2),
            dice.pick([0, 0, 4_000]),
            dice.weighted({0: 60, 1: 40}),
        ),
        "pay_two_bills": (number, dice.below(count), name),
        "return_voucher": (name,),
        "pay_and_return": (number, name),
        "pass_a_year": (),
    }
    return arguments[kind]
