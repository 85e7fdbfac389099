"""A payer whose way to pay is down is told so on the bill, and nothing was begun."""

import pytest

from mizan.domain.health import DEFAULT_POLICY, RailEvent, RailHealth, Tally, judged
from tests.fakes.clock import NOON
from tests.fakes.samples import ACCOUNT, an_invoice
from tests.unit.pages.reading import read
from tests.unit.pages.site import Site


@pytest.mark.parametrize(("lang", "text"), [("en", "is down just now"), ("ar", "متوقفة حاليًا")])
def test_the_bill_says_that_this_way_is_down(site: Site, lang: str, text: str) -> None:
    """The same bill with its form, so that they may try again; no attempt is stored and no gateway asked."""
    up = RailHealth(ACCOUNT.account_id)
    down = judged(up, Tally(unavailable=10), NOON, DEFAULT_POLICY)
    assert site.platform.rails.move(up, down, RailEvent.TRIP, NOON)
    path = f"/pay/{site.platform.with_invoice(an_invoice()).reference}"
    token = read(site.get(path).text).fields["token"]

    answer = site.post(path, {"token": token, "method": "debit_card", "lang": lang})

    assert text in read(answer.text).text
    assert site.platform.payments.rows == {}
    assert site.platform.gateway.initiated == []
