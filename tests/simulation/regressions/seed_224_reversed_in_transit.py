"""A refund of suspended money was on its way to an IBAN when its capture was reversed: the account paid both."""

from tests.simulation.plot import Action, Story

STORY = Story(
    seed=224,
    actions=(
        Action("c0", 343880, "create", (0, 4, 2)),
        Action("c1", 220093, "create", (1, 0, 0)),
        Action("p0.0", 48565844, "pay", (0, 0, "whole", 0)),
        Action("p1.1", 20116197, "pay", (1, 1, "plan", 1)),
        Action("a0", 419911138, "refund", (1, 0, "suspended", 100, "iban")),
        Action("a3", 28823362, "interfere", (0, "cancel", 1)),
        Action("a4", 372591038, "reverse", (1, 1)),
        Action("a9", 12270807, "interfere", (1, "write_off", 0)),
    ),
    faults={},
)
