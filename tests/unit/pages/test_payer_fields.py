"""A relative, an employer or an agent says on the page who pays."""

import pytest

from mizan.domain.invoices import Customer
from tests.unit.pages.reading import read
from tests.unit.pages.site import Site


def sent(site: Site, **fields: str) -> tuple[int, str]:
    path = f"/pay/{site.platform.with_invoice().reference}"
    form = read(site.get(path).text).fields | {"lang": "en"} | fields
    answer = site.post(path, form)
    return answer.status, read(answer.text).text


@pytest.mark.parametrize(
    ("fields", "payer"),
    [
        ({}, None),
        ({"payer_name": "  "}, None),
        ({"payer_name": "Ali Hasan"}, Customer("Ali Hasan")),
        (
            {"payer_name": "علي حسن", "payer_kind": "cpr", "payer_number": "900112345"},
            Customer("علي حسن", cpr="900112345"),
        ),
        ({"payer_name": "Gulf", "payer_kind": "cr", "payer_number": " 12345-1 "}, Customer("Gulf", cr="12345-1")),
        (
            {"payer_name": "A B", "payer_kind": "passport", "payer_number": "ab12345"},
            Customer("A B", passport="AB12345"),
        ),
    ],
)
def test_the_attempt_says_who_pays(site: Site, fields: dict[str, str], payer: Customer | None) -> None:
    """Whoever leaves the fields alone pays their own bill."""
    status, _ = sent(site, **fields)

    (payment,) = site.platform.payments.rows.values()
    assert (status, payment.payer) == (303, payer)


@pytest.mark.parametrize(
    "fields",
    [
        {"payer_number": "900112345"},
        {"payer_kind": "cpr", "payer_number": "900112345"},
        {"payer_name": "Ali", "payer_kind": "cpr"},
        {"payer_name": "Ali", "payer_number": "900112345"},
        {"payer_name": "Ali", "payer_kind": "cpr", "payer_number": "123"},
        {"payer_name": "Ali", "payer_kind": "name", "payer_number": "x"},
        {"payer_name": "A\u202eli"},
        {"payer_name": "x" * 500},
    ],
)
def test_who_pays_is_checked_and_the_bill_shown_again(site: Site, fields: dict[str, str]) -> None:
    """Nothing is started; nothing of what was typed is echoed."""
    status, text = sent(site, **fields)

    assert status == 400
    assert "Check the name and the number of who pays" in text
    assert site.platform.payments.rows == {}
