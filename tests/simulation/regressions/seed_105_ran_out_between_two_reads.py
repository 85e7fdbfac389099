"""Two workers set one voucher aside at the same time: one of them ended with an error of the platform."""

from tests.simulation.plot import Action, Story

STORY = Story(
    seed=105,
    actions=(
        Action(name="c0", at=694212, kind="create", args=(0, 0, 0)),
        Action(name="p0.1", at=68280945, kind="pay", args=(0, 1, "part", 0, "credit_card")),
        Action(name="v1", at=422838, kind="buy_voucher", args=("v1", 15000, 1, 0)),
        Action(name="w0", at=336076894, kind="pass_a_year", args=()),
    ),
    faults={},
)
