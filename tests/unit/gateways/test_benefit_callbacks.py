"""Reading a BENEFIT delivery: it opens with the account's keys, or it is refused with a reason and nothing else."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mizan.adapters.gateways.benefit import trandata
from mizan.adapters.gateways.benefit.callbacks import read_callback
from mizan.application.ports import CallbackNotice
from mizan.domain.errors import InvalidCallbackError
from tests.unit.gateways.accounts import FOREIGN_KEY, KEY, RETIRED_KEY, TRACK_ID, account, delivery

CLAIM = json.dumps([{"paymentId": "1", "result": "CAPTURED", "trackId": TRACK_ID, "amt": "70.0", "authRespCode": "00"}])
SEALED = trandata.close(KEY, CLAIM)
FOREIGN = trandata.close(FOREIGN_KEY, CLAIM)


def _form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def _reason(body: bytes, channel: str = "notification") -> str:
    with pytest.raises(InvalidCallbackError) as caught:
        read_callback(account(), delivery(body, channel=channel))
    return caught.value.reason


@pytest.mark.parametrize("channel", ["notification", "return"])
@pytest.mark.parametrize("key", [KEY, RETIRED_KEY])
def test_a_delivery_opens_with_the_active_key_and_with_retired_ones(channel: str, key: str) -> None:
    """The browser's return carries the same trandata as the notification."""
    body = _form(trandata=trandata.close(key, CLAIM), paymentid="1")

    notice = read_callback(account(), delivery(body, channel=channel))

    assert notice == CallbackNotice(TRACK_ID, is_authenticated=True)


def test_clear_fields_count_for_nothing_but_must_not_contradict() -> None:
    """Clear `result` is empty even on success; a clear track id that differs is a forgery."""
    assert read_callback(account(), delivery(_form(trandata=SEALED, result="", trackid=TRACK_ID))).track_id == TRACK_ID
    assert _reason(_form(trandata=SEALED, trackid="999")) == "wrong_track"


@pytest.mark.parametrize(
    "form",
    [
        {"paymentid": "1", "trackid": TRACK_ID, "ErrorText": "IPAY0100124"},
        {"PaymentID": "1", "TrackID": TRACK_ID, "Error": "IPAY0100124"},
    ],
)
def test_an_error_notice_is_read_in_any_key_case_and_proves_nothing(form: dict[str, str]) -> None:
    """errorURL posts are plain fields that anyone could have sent."""
    notice = read_callback(account(), delivery(urlencode(form).encode(), channel="error"))

    assert notice == CallbackNotice(TRACK_ID, is_authenticated=False)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "missing_field"),
        (b"trandata=", "missing_field"),
        (b"\xff\xfe\x00", "unreadable"),
        (b"&".join(b"f%d=1" % number for number in range(100)), "unreadable"),
        (_form(trandata=FOREIGN), "undecryptable"),
        (_form(trandata=SEALED[: len(SEALED) // 2]), "undecryptable"),
        (_form(trandata="zz"), "undecryptable"),
        (_form(trandata=SEALED) + b"&trandata=" + SEALED.encode(), "unreadable"),
        (_form(trandata=SEALED) + b"&TRANDATA=" + SEALED.encode(), "unreadable"),
        (_form(trandata=trandata.close(KEY, "[" * 20_000)), "unreadable"),
        (_form(trandata=trandata.close(KEY, "[{}]")), "missing_field"),
        (_form(trandata=trandata.close(KEY, '[{"trackId":"12x"}]')), "missing_field"),
        (_form(trandata=trandata.close(KEY, '[{"trackId":{"a":1}}]')), "missing_field"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    """Forged, truncated, doubled, nested or empty: one typed error, one stable code."""
    assert _reason(body) == reason


def test_an_error_notice_without_a_track_id_is_refused() -> None:
    """There is nothing to inquire about."""
    assert _reason(_form(paymentid="1"), channel="error") == "missing_field"


def test_a_delivery_that_was_cut_on_arrival_is_refused() -> None:
    """Kept bytes that are not the whole are never interpreted."""
    with pytest.raises(InvalidCallbackError) as caught:
        read_callback(account(), delivery(_form(trandata=SEALED), is_truncated=True))

    assert caught.value.reason == "too_large"


def test_an_account_with_an_unusable_key_refuses_the_delivery() -> None:
    """A configuration error must not escape as another exception: the delivery is kept and can be read later."""
    with pytest.raises(InvalidCallbackError):
        read_callback(account(key="short", retired=()), delivery(_form(trandata=SEALED)))


@settings(max_examples=400, deadline=None)
@given(
    body=st.one_of(
        st.binary(max_size=400),
        st.dictionaries(st.sampled_from(["trandata", "TranData", "trackid", "x"]), st.text(max_size=80)).map(
            lambda fields: urlencode(fields).encode()
        ),
        st.text(max_size=200).map(lambda text: _form(trandata=trandata.close(KEY, text))),
        st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5).map(
            lambda value: _form(trandata=trandata.close(KEY, json.dumps([{"trackId": value}])))
        ),
        st.tuples(st.integers(0, len(SEALED) - 1), st.sampled_from("0123456789ABCDEFxyz ")).map(
            lambda change: _form(trandata=SEALED[: change[0]] + change[1] + SEALED[change[0] + 1 :])
        ),
    ),
    channel=st.sampled_from(["notification", "error", "return", "other"]),
)
def test_no_delivery_whatever_raises_anything_but_the_typed_error(body: bytes, channel: str) -> None:
    """Fuzzing: the worker quarantines on InvalidCallbackError alone, so nothing else may come out."""
    reason, track_id = "", "0"
    try:
        track_id = read_callback(account(), delivery(body, channel=channel)).track_id
    except InvalidCallbackError as error:
        reason = error.reason

    assert reason in {"", "unreadable", "missing_field", "undecryptable", "wrong_track"}
    assert track_id.isdecimal()
