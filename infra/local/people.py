"""The sample people of the local platform: two who watch each other at the treasury, one at an agency, one operator."""

import secrets
from dataclasses import dataclass
from typing import Any

from infra.local.issuer import LocalIssuer, LocalPerson
from infra.local.state import Notes
from infra.setup import put_person
from mizan.application.ports_auth import Person

FINANCE_SCOPES = (
    "refunds:write",
    "refunds:approve",
    "reports:read",
    "invoices:read",
    "payments:read",
    "services:read",
    "disputes:write",
    "suspense:write",
    "operators:read",
    "operators:write",
)
ACCOUNTANT_SCOPES = (
    "refunds:write",
    "refunds:approve",
    "disputes:write",
    "invoices:read",
    "invoices:write",
    "payments:read",
    "payments:write",
    "services:read",
    "reports:read",
)
OPERATOR_SCOPES = ("payments:read", "invoices:read", "reports:read", "events:replay")


@dataclass(frozen=True)
class Sample:
    """One sample person: the agency and role they act for, and up to what amount they approve (fils; None: any)."""

    agency: str
    role: str
    scopes: tuple[str, ...]
    approval_limit: int | None = None


PEOPLE = {
    "finance_maker": Sample("*", "finance", FINANCE_SCOPES),
    "finance_checker": Sample("*", "finance", FINANCE_SCOPES),
    "agency_accountant": Sample("moic", "agency_accountant", ACCOUNTANT_SCOPES, approval_limit=500_000),
    "operator": Sample("*", "operator", OPERATOR_SCOPES),
}
"""User name at the local issuer → who that is."""


def seed_people(*, dynamodb: Any, table: str, issuer: LocalIssuer, notes: Notes) -> None:
    """Grant each what their sample says, and let the issuer know them. A password that is noted already stays."""
    for name, sample in PEOPLE.items():
        notes.people.setdefault(name, secrets.token_urlsafe(9))
        granted = Person(
            subject=subject_of(name),
            issuer=issuer.url,
            agency=sample.agency,
            role=sample.role,
            scopes=sample.scopes,
            approval_limit=sample.approval_limit,
            is_active=True,
        )
        put_person(dynamodb, table, granted)
    issuer.admit({name: LocalPerson(subject_of(name), notes.people[name]) for name in PEOPLE})


def subject_of(name: str) -> str:
    """The `sub` of a sample person; readable here, an opaque id at a real issuer."""
    return f"local-{name.replace('_', '-')}"


def described(issuer: LocalIssuer, notes: Notes) -> dict[str, dict[str, Any]]:
    """What `.mizan/local.json` says of each: subject, role, a ready token, and the password to get another."""
    return {
        name: {
            "sub": subject_of(name),
            "role": sample.role,
            "agency": sample.agency,
            "approval_limit": sample.approval_limit,
            "username": name,
            "password": notes.people[name],
            "token": issuer.token_for(subject_of(name)),
        }
        for name, sample in PEOPLE.items()
    }
