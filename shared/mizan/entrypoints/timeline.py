"""An object's history as people read it: each event's label in both languages."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from mizan.domain.history import History
from mizan.entrypoints.problem_texts import Text

INVOICE_LABELS = {
    "draft": Text("Drafted", "أُعدّت مسودة"),
    "issue": Text("Issued", "صدرت"),
    "amend": Text("Amended", "عُدّلت"),
    "pay": Text("Paid", "دُفعت"),
    "pay_part": Text("Paid in part", "دُفع جزء منها"),
    "fall_due": Text("Fell due unpaid", "حلّ موعدها دون دفع"),
    "contest": Text("Contested", "اعتُرض عليها"),
    "hold": Text("Payment stopped", "أُوقف دفعها"),
    "release": Text("Released", "أُعيد فتحها"),
    "release_part": Text("Released, paid in part", "أُعيد فتحها وقد دُفع جزء منها"),
    "cancel": Text("Cancelled", "أُلغيت"),
    "supersede": Text("Replaced by another bill", "حلّت محلها فاتورة أخرى"),
    "expire": Text("Expired", "انتهت صلاحيتها"),
    "write_off": Text("Written off", "شُطبت"),
    "stand_in": Text("Served while nothing could be paid", "قُدّمت الخدمة وقنوات الدفع متوقفة"),
    "reverse": Text("Money went back; all of it is owed again", "رُدّ المبلغ وأصبحت مستحقة بالكامل"),
    "reverse_part": Text("Money went back; part of it is owed again", "رُدّ جزء من المبلغ وأصبح مستحقًا"),
}
"""Labels of an invoice's events, by the event's stable name."""

BASKET_LABELS = {"create": Text("Put together", "جُمعت")}


class TimelineEntryModel(BaseModel):
    """One thing that happened. Instants in UTC."""

    event: str = Field(description="Stable.", examples=["issue"])
    label: str = Field(examples=["Issued"])
    label_ar: str = Field(examples=["صدرت"])
    at: datetime
    amount: int | None = Field(description="In fils, where money is meant.")
    actor: str | None = Field(description="Which key or person did it; null: the platform, by money or time.")


def timeline_of(history: History, labels: Mapping[str, Text]) -> list[TimelineEntryModel]:
    """Oldest first. An event without a label is shown by its name."""
    return [
        TimelineEntryModel(
            event=str(entry.event),
            label=labels.get(entry.event, Text(entry.event, entry.event)).en,
            label_ar=labels.get(entry.event, Text(entry.event, entry.event)).ar,
            at=entry.at,
            amount=entry.amount,
            actor=entry.actor,
        )
        for entry in history
    ]
