"""How a webhook of MPGS is answered: 200 within two seconds, whatever the body. Loads nothing but the standard library.

The payer's browser does not come by here: `returnUrl` is the attempt's page itself.
"""

CONTENT_TYPE = "text/plain; charset=utf-8"
SECRET_HEADER, ATTEMPT_HEADER, ID_HEADER = "x-notification-secret", "x-notification-attempt", "x-notification-id"
KEPT_HEADERS = (SECRET_HEADER, ATTEMPT_HEADER, ID_HEADER)


def acknowledge(_redirect_url: str) -> bytes:
    """MPGS looks at the status alone, and follows nothing."""
    return b"OK"


def clear_track_id(_body: bytes) -> str | None:
    """Nobody is sent anywhere by this answer, so nobody needs to know before it is read."""
    return None
