"""nothing breaks by itself: a6&2/redeem1: HeadroomError('the allocated share does not have 4250 fils')"""

from tests.simulation.plot import Action, Story

STORY = Story(
    seed=47,
    actions=(
        Action(name="c0", at=807558, kind="create", args=(0, 0, 0)),
        Action(name="p0.0", at=30556264, kind="pay", args=(0, 0, "whole", 0)),
        Action(name="a6", at=390052677, kind="cash_out", args=(0, 0)),
    ),
    faults={},
)
