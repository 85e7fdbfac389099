"""nothing breaks by itself: refund:INV#958050821417289929/RFD#rfd_958050821417289929917840#3x1: HeadroomErro"""

from tests.simulation.plot import Action, Story

STORY = Story(
    seed=604,
    actions=(
        Action(name="c1", at=338802, kind="create", args=(1, 0, 0)),
        Action(name="a0", at=1955036368, kind="sweep", args=()),
        Action(name="a1", at=1913856093, kind="jump", args=(10800,)),
        Action(name="a5", at=1903961048, kind="refund", args=(1, 2, "suspended", 100, "instrument")),
        Action(name="a7", at=481097313, kind="pay", args=(1, 0, "whole", 1)),
    ),
    faults={},
)
