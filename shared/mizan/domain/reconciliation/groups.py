"""All rows of one track id: an attempt's captures, and what the gateway did under its number."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from mizan.domain.reconciliation.entries import TAKING_BACK, Action, GatewayLine, PlatformEntry

Pair = tuple[GatewayLine, GatewayLine]


@dataclass(slots=True)
class Group:
    """All rows of one track id. `pairs`: purchases with what took them back whole; `voids`: what takes back a purchase
    that is not there; `returns`: refunds and chargebacks.
    """

    entries: list[PlatformEntry] = field(default_factory=list)
    purchases: list[GatewayLine] = field(default_factory=list)
    voids: list[GatewayLine] = field(default_factory=list)
    returns: list[GatewayLine] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)

    def pair_voids(self) -> None:
        """A void takes back the purchase of the same gateway payment and amount."""
        orphans = []
        for void in self.voids:
            purchase = next((p for p in self.purchases if _takes_back(void, p)), None)
            if purchase is None:
                orphans.append(void)
            else:
                self.purchases.remove(purchase)
                self.pairs.append((purchase, void))
        self.voids = orphans


def grouped(entries: Iterable[PlatformEntry], lines: Iterable[GatewayLine]) -> list[Group]:
    """By track id, in its order; inside, in the order of the input."""
    groups: defaultdict[str, Group] = defaultdict(Group)
    for entry in entries:
        groups[entry.track_id].entries.append(entry)
    for line in lines:
        group = groups[line.track_id]
        if line.action is Action.PURCHASE:
            group.purchases.append(line)
        else:
            (group.voids if line.action in TAKING_BACK else group.returns).append(line)
    return [groups[track] for track in sorted(groups)]


def _takes_back(void: GatewayLine, purchase: GatewayLine) -> bool:
    return (void.gateway_payment, void.amount, void.currency) == (
        purchase.gateway_payment,
        purchase.amount,
        purchase.currency,
    )
