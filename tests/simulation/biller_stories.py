"""What is paid at banks and kiosks in some of the stories. Drawn apart, so that the others stay as they were."""

from collections.abc import Iterator

from tests.simulation.biller_actors import NOWHERE
from tests.simulation.fate import Dice
from tests.simulation.kernel import MINUTE, SECOND
from tests.simulation.plot import Action

CHANCE = 1_500
DELTAS = {0: 70, -1: 6, -4_000: 6, 500: 8, 3: 5, 20_000: 5}


def biller_actions(dice: Dice, count: int) -> Iterator[Action]:
    """Some payments of `count` bills, or of none that there is, and sometimes the bank's advice."""
    if not dice.chance(CHANCE):
        return
    for serial in range(dice.weighted({1: 45, 2: 35, 3: 20})):
        number = NOWHERE if dice.chance(1_000) else dice.below(count)
        rail, name = dice.pick(["bank", "kiosk"]), f"b{serial}"
        is_blind = int(number == NOWHERE or dice.chance(2_500))
        at = 3 * SECOND + dice.below(dice.pick([MINUTE, 6 * MINUTE]))
        yield Action(name, at, "pay_at_counter", (number, name, rail, dice.weighted(DELTAS), is_blind))
    for serial in range(dice.below(3)):
        name = f"s{serial}"
        yield Action(name, 20 * SECOND + dice.below(12 * MINUTE), "settle_bank", (name,))
