"""An attempt that went another way, its gateway being down, could not be told of: no event of it had a name."""

from tests.simulation.plot import Action, Story

STORY = Story(
    seed=120,
    actions=(
        Action("c0", 580804, "create", (0, 0, 0)),
        Action("p0.1", 31734220, "pay", (0, 1, "whole", 0)),
    ),
    faults={"p0.1/pay 0.11@3": "unavailable"},
)
