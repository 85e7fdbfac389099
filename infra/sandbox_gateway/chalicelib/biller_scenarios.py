"""What a partner does when somebody pays there: each scenario is a short list of calls to the platform.

mfep   success (PmtNew, then PmtComplt), new_only, sent_only, complete_first (PmtComplt before PmtNew), acknowledged
(PmtNew, then PMTACKRQ with PmtComplt), duplicate (the same message twice), reused_guid (another message under the same
       GUID), reused_transaction (the same number with one dinar more), wrong_amount (one dinar less than was due),
       reversal (PmtNew, then 701), reversal_first, late (paid `days` ago, told now), forged (signed with another
       key), spliced (one dinar more in the body than was signed), wrong_currency, truncated, doctype
kiosk  success, note (`tendered`: a note, and no change), duplicate, reused_transaction, wrong_amount, reversal,
       reversal_first, late, forged, spliced, stale (signed an hour ago)
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from . import kiosk_machine as kiosk
from . import mfep_bank as mfep
from .biller_partners import Partner, Payment, Told
from .errors import ControlError
from .world import World

FILS_MORE = 1_000
STALE_SECONDS = 3_600
NOTIFY, ACKNOWLEDGE = "BLRPMTNTFRQ", "PMTACKRQ"

Call = Callable[[], Told]


def play(world: World, partner: Partner, biller_url: str, outcome: str, payment: Payment) -> list[Told]:
    """Make the scenario's calls in their order. Raises ControlError on a name that the protocol has not."""
    makers = {"mfep": _mfep_calls, "kiosk": _kiosk_calls}
    calls = makers[partner.protocol](world, partner, biller_url, payment)
    if outcome not in calls:
        raise ControlError(422, "unknown_outcome", f"outcome is one of {sorted(calls)}")
    return [call() for call in calls[outcome]]


def _mfep_calls(world: World, partner: Partner, url: str, payment: Payment) -> dict[str, tuple[Call, ...]]:
    guid = str(uuid.uuid4())
    tell = partial(mfep.call, world, partner, url)
    said = partial(mfep.notification, payment)
    more = replace(payment, amount_fils=payment.amount_fils + FILS_MORE)
    less = replace(payment, amount_fils=max(payment.amount_fils - FILS_MORE, 1))
    other = replace(more, transaction=f"{payment.transaction}9")
    new, done = partial(tell, NOTIFY, said("PmtNew")), partial(tell, NOTIFY, said("PmtComplt"))
    back = partial(tell, NOTIFY, said("PmtNew", is_reversal=True))
    return {
        "success": (new, done),
        "late": (new, done),
        "new_only": (new,),
        "sent_only": (partial(tell, NOTIFY, said("PmtSent")),),
        "complete_first": (done, new),
        "acknowledged": (new, partial(tell, ACKNOWLEDGE, said("PmtComplt"))),
        "duplicate": (partial(new, guid=guid), partial(new, guid=guid)),
        "reused_guid": (
            partial(new, guid=guid), partial(tell, NOTIFY, mfep.notification(other, "PmtNew"), guid=guid)
        ),
        "reused_transaction": (new, partial(tell, NOTIFY, mfep.notification(more, "PmtNew"))),
        "wrong_amount": (partial(tell, NOTIFY, mfep.notification(less, "PmtNew")),),
        "reversal": (new, back),
        "reversal_first": (back, new),
        "forged": (partial(new, key=mfep.another_key()),),
        "spliced": (partial(new, sent=mfep.notification(more, "PmtNew")),),
        "wrong_currency": (partial(tell, NOTIFY, mfep.notification(replace(payment, currency="USD"), "PmtNew")),),
        "truncated": (partial(new, sent="<MsgBody><Transactions>"),),
        "doctype": (partial(new, sent=f'<!DOCTYPE a [<!ENTITY b "c">]>{said("PmtNew")}'),),
    }  # fmt: skip


def _kiosk_calls(world: World, partner: Partner, url: str, payment: Payment) -> dict[str, tuple[Call, ...]]:
    tell = partial(kiosk.call, world, partner, url)
    more = replace(payment, amount_fils=payment.amount_fils + FILS_MORE, tendered_fils=0)
    less = replace(payment, amount_fils=max(payment.amount_fils - FILS_MORE, 1), tendered_fils=0)
    paid, back = partial(tell, "notices", kiosk.notice(payment)), partial(tell, "reversals", kiosk.reversal(payment))
    return {
        "success": (paid,),
        "note": (paid,),
        "late": (paid,),
        "duplicate": (paid, paid),
        "reused_transaction": (paid, partial(tell, "notices", kiosk.notice(more))),
        "wrong_amount": (partial(tell, "notices", kiosk.notice(less)),),
        "reversal": (paid, back),
        "reversal_first": (back, paid),
        "forged": (partial(paid, secret="x" * 32),),
        "spliced": (partial(paid, sent=kiosk.notice(more)),),
        "stale": (partial(paid, age_seconds=STALE_SECONDS),),
    }
