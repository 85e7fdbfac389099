"""A catalogue file that is wrong is refused, with the file, the entry and the reason; it is never half loaded."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.catalogue import CatalogueError, load_catalogue
from infra.catalogue.loading import FOLDER

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in FOLDER.glob("*.json"):
        shutil.copy(path, tmp_path)
    return tmp_path


def change(path: Path, edit: Change) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def first(name: str, /, **fields: Any) -> Change:
    """An edit that sets fields of the first entry of the list `name`."""
    return lambda content: content[name][0].update(fields)


def test_an_unchanged_copy_loads_as_the_original(folder: Path) -> None:
    """The edits below are what is refused, not the copy."""
    assert load_catalogue(folder) == load_catalogue()


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (first("services", colour="red"), r"cr-registration: .*unknown: colour"),
        (lambda content: content["services"][0].pop("name_ar"), r"cr-registration: .*missing or unknown: name_ar"),
        (first("services", name_ar="Latin"), "has no Arabic"),
        (first("services", name=""), "name: a text is needed"),
        (first("services", name=7), "name: a text is needed"),
        (first("services", code="CR"), "a code is"),
        (first("services", code="cr-renewal"), "cr-renewal: code is used twice"),
        (first("services", agency="nowhere"), "'nowhere' is not among the agencies"),
        (first("services", channels=["online"]), "no channel without a card"),
        (first("services", channels=["kiosk", "cheque"]), "not described: cheque"),
        (first("services", phases={"1": "2025-13-01", "2": None, "3": None}), "cr-registration: month must be"),
        (first("services", phases={"1": None, "2": "2026-01-01", "3": None}), "earlier phase has none"),
        (first("services", phases={"1": "2026-01-01"}), "missing or unknown: 2, 3"),
        (first("services", exemptions=[{"starts_on": "2026-01-01"}]), "missing or unknown: ends_on"),
        (first("services", exemptions=None), "cr-registration"),
        (first("services", fees=[{"method": "kiosk"}]), "cr-registration: fields missing or unknown: basis_points"),
        (first("fees", method="cheque"), "fees: cheque: 'cheque' is not a valid PaymentMethod"),
        (first("fees", method="wallet"), "fees: wallet: method is used twice"),
        (first("fees", bearer="nobody"), "cr-registration: 'nobody' is not a valid FeeBearer"),
        (first("fees", flat=0.5), "debit_card: flat: a whole number"),
        (first("fees", flat=True), "debit_card: flat: a whole number"),
        (first("fees", maximum="2000"), "debit_card: maximum: a whole number"),
        (first("fees", flat=-1), "cr-registration: a fee is never negative"),
        (first("channels", routes=[]), "counter_cash: a channel has at least one route"),
        (first("channels", routes=[{"method": "kiosk"}]), "counter_cash: fields missing or unknown"),
        (first("channels", hours={"opens": "09:00"}), "counter_cash: fields missing or unknown: closes, days"),
        (
            first("channels", hours={"opens": "09:00", "closes": "08:00", "days": "daily"}),
            "cr-registration: hours open before they close",
        ),
        (first("channels", code="cheque"), "channels: cheque: 'cheque' is not a valid ChannelCode"),
        (first("channels", needs_card="no"), "needs_card: true or false"),
        (first("channels", steps_ar=[]), "every step is needed"),
        (lambda content: content["services"].append("cr"), "number 34: an object is needed"),
        (lambda content: content.update(services=[]), "a list with entries"),
        (lambda content: content.pop("sample"), 'must say "sample": true'),
    ],
)
def test_a_wrong_services_file_is_refused_with_entry_and_reason(folder: Path, edit: Change, message: str) -> None:
    """One wrong field is enough, and the message leads to it."""
    change(folder / "services.json", edit)

    with pytest.raises(CatalogueError, match=f"services.json.*{message}"):
        load_catalogue(folder)


@pytest.mark.parametrize(
    ("file", "edit", "message"),
    [
        ("agencies.json", first("agencies", name_ar=""), "moic: name_ar: a text is needed"),
        ("agencies.json", first("agencies", code="traffic"), "traffic: code is used twice"),
        ("holidays.json", first("holidays", date="2026-02-30"), "2026-02-30: day is out of range"),
        ("holidays.json", first("holidays", date="2026-03-20"), "2026-03-20: date is used twice"),
        ("holidays.json", first("holidays", moon_dependent=1), "moon_dependent: true or false"),
    ],
)
def test_wrong_agencies_and_holidays_are_refused_too(folder: Path, file: str, edit: Change, message: str) -> None:
    """The same care for every file."""
    change(folder / file, edit)

    with pytest.raises(CatalogueError, match=f"{file}.*{message}"):
        load_catalogue(folder)


def test_a_file_that_is_missing_or_is_not_json_is_named(folder: Path) -> None:
    """A truncated file must not read as an empty catalogue."""
    (folder / "agencies.json").write_text('{"sample": true', encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"agencies\.json"):
        load_catalogue(folder)

    (folder / "agencies.json").unlink()
    with pytest.raises(CatalogueError, match=r"agencies\.json"):
        load_catalogue(folder)
