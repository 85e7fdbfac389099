"""Two decisions of one dispute at once: the second reads the payment after the first was written, and is refused."""

from tests.simulation.plot import Action, Story

STORY = Story(
    seed=8749,
    actions=(
        Action(name="c0", at=552403, kind="create", args=(0, 1, 0)),
        Action(name="a3", at=378492681, kind="dispute", args=(0, 0, 100, "lose")),
        Action(name="a4", at=141916990, kind="pay", args=(0, 0, "whole", 0)),
        Action(name="a5", at=166463791, kind="jump", args=(3000,)),
        Action(name="a6", at=370468363, kind="dispute", args=(0, 0, 100, "win")),
    ),
    faults={},
)
