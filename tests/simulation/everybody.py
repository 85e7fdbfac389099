"""Everybody who does something in a story: an action is the method of its name."""

from tests.simulation.voucher_actors import VoucherActors


class Everybody(VoucherActors):
    pass
