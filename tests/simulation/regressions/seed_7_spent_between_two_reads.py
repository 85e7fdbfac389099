"""A code was typed for one bill at two places: the second met an error of the platform instead of an answer, because it
had read the voucher before the first spent it and what its holder has after.
"""

from tests.simulation.plot import Action, Story

STORY = Story(
    seed=7,
    actions=(
        Action(name="c0", at=451265, kind="create", args=(0, 3, 0)),
        Action(name="v0", at=1691177, kind="buy_voucher", args=("v0", 12500, 0, 0)),
        Action(name="w3", at=40919280, kind="pay_two_bills", args=(0, 0, "v0")),
    ),
    faults={"w3&1/pay-by-voucher1@1": "throttled"},
)
