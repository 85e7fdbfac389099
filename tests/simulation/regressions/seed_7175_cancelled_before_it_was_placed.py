"""An invoice was cancelled while finance confirmed that suspended money is for it: the confirmation met an error of the
platform, for the money would have gone from suspense to suspense.
"""

from tests.simulation.plot import Action, Story

STORY = Story(
    seed=7175,
    actions=(
        Action(name="c0", at=887952, kind="create", args=(0, 0, 0)),
        Action(name="a0", at=77036868, kind="change", args=(0, "cancel")),
        Action(name="t0", at=13817856, kind="transfer", args=(0, "t0", 0, "nothing")),
        Action(name="f0", at=74027290, kind="place", args=(0, 0, 2)),
    ),
    faults={"f0/confirm3@3": "crash_after"},
)
