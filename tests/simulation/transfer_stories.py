"""What is paid by bank transfer in some of the stories. Drawn apart, so that the others stay as they were."""

from collections.abc import Iterator

from tests.simulation.fate import Dice
from tests.simulation.kernel import MINUTE, SECOND
from tests.simulation.plot import Action

CHANCE = 800
DELTAS = {0: 70, -1: 10, 500: 10, 20_000: 10}
TEXTS = {"reference": 40, "nothing": 40, "unknown": 10, "two": 10}


def transfer_actions(dice: Dice, count: int) -> Iterator[Action]:
    """Some transfers for `count` bills, and what finance makes of those that name none."""
    if not dice.chance(CHANCE):
        return
    for serial in range(dice.weighted({1: 50, 2: 35, 3: 15})):
        name, number = f"t{serial}", dice.below(count)
        at = 3 * SECOND + dice.below(dice.pick([MINUTE, 5 * MINUTE]))
        yield Action(name, at, "transfer", (number, name, dice.weighted(DELTAS), dice.weighted(TEXTS)))
    for serial in range(1 + dice.below(4)):
        kind, at = dice.weighted({"place": 65, "send_back": 20, "drop": 15}), MINUTE + dice.below(9 * MINUTE)
        number, turn = dice.below(count), dice.below(3)
        arguments = {"place": (number, turn, dice.below(3)), "send_back": (turn,), "drop": (turn,)}
        yield Action(f"f{serial}", at, kind, arguments[kind])
