"""Everybody who does something in a story: an action is the method of its name."""

from tests.simulation.biller_actors import BillerActors
from tests.simulation.demand_actors import DemandActors
from tests.simulation.transfer_actors import TransferActors
from tests.simulation.voucher_actors import VoucherActors


class Everybody(VoucherActors, BillerActors, TransferActors, DemandActors):
    pass
