"""A wallet that voids nothing and tells nothing: paid after the attempt had expired, and nobody asked again."""

from tests.simulation.plot import Action, Story

STORY = Story(
    seed=521,
    actions=(
        Action(name="c0", at=442501, kind="create", args=(0, 0, 0)),
        Action(name="p0.0", at=40906071, kind="pay", args=(0, 0, "part", 0, "wallet")),
    ),
    faults={"sweep9@1": "crash_after"},
)
