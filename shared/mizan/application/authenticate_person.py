"""Who is behind a personal token? The token proves who; what they may do is what administration granted them here."""

from mizan.application.ports_auth import People, Person, PersonalTokens
from mizan.domain.errors import UnauthenticatedError


def authenticate_person(token: str, *, tokens: PersonalTokens | None, people: People) -> Person:
    """The person with what they were granted. Raises UnauthenticatedError, the same for every reason.

    `tokens` None: this platform trusts no issuer, and every token is refused.
    """
    if tokens is None:
        raise UnauthenticatedError("no issuer is trusted here")
    identity = tokens.identity_in(token)
    found = people.find(identity.subject)
    if found is None or found.issuer != identity.issuer:  # another issuer's subject of that name is somebody else
        raise UnauthenticatedError("unknown person")
    if not found.is_active:
        raise UnauthenticatedError("inactive person")
    return found
