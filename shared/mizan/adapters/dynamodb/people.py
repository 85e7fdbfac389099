"""People in DynamoDB: `PER#{subject}` / `HEAD`. What they may do; who they are is the issuer's to say."""

from collections.abc import Mapping
from typing import Any

from mizan.adapters.dynamodb.signed_reads import SignedReads
from mizan.application.ports_auth import Person


class DynamoPeople:
    def __init__(self, reads: SignedReads) -> None:
        self._reads = reads

    def find(self, subject: str) -> Person | None:
        item = self._reads.head(person_key(subject))
        return None if item is None else _person_of(item)


def person_key(subject: str) -> str:
    """The partition key of a person's record."""
    return f"PER#{subject}"


def person_item(person: Person) -> dict[str, Any]:
    """The record as stored: no name and no address, which the issuer keeps."""
    return {
        "pk": person_key(person.subject),
        "sk": "HEAD",
        "subject": person.subject,
        "issuer": person.issuer,
        "agency": person.agency,
        "role": person.role,
        "scopes": list(person.scopes),
        "approval_limit": person.approval_limit,
        "is_active": person.is_active,
    }


def _person_of(item: Mapping[str, Any]) -> Person:
    return Person(
        subject=item["subject"],
        issuer=item["issuer"],
        agency=item["agency"],
        role=item["role"],
        scopes=tuple(item["scopes"]),
        approval_limit=item.get("approval_limit"),
        is_active=item["is_active"],
    )
