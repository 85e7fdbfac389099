"""People: what a subject of the identity issuer may do here. Put by administration; a revoked one stops at once."""

import re
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.errors import is_condition_failure
from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.people import person_item, person_key
from mizan.application.ports_auth import Person

IS_THERE = "attribute_exists(pk)"
_SUBJECT = re.compile(r"[\x21-\x7e]{1,255}")
_SCOPE = re.compile(r"[a-z]+:[a-z]+")
_AGENCY = re.compile(r"\*|[a-z][a-z0-9-]*")


def put_person(dynamodb: Any, table: str, person: Person) -> None:
    """Grant, or replace what was granted before: the whole record. Raises ValueError on what no caller could be."""
    if person.approval_limit is not None and person.approval_limit < 0:
        raise ValueError("a limit is not negative")
    for pattern, text in ((_SUBJECT, person.subject), (_AGENCY, person.agency), *((_SCOPE, s) for s in person.scopes)):
        if pattern.fullmatch(text) is None:
            raise ValueError(f"{text!r} is no subject, agency or scope")
    dynamodb.put_item(TableName=table, Item=pack(person_item(person)))


def revoke_person(dynamodb: Any, table: str, subject: str) -> bool:
    """Nothing may be done under this subject any more; no token needs to expire first. False where there is none."""
    try:
        dynamodb.update_item(
            TableName=table,
            Key=pack({"pk": person_key(subject), "sk": "HEAD"}),
            UpdateExpression="SET is_active = :inactive",
            ConditionExpression=IS_THERE,
            ExpressionAttributeValues=pack({":inactive": False}),
        )
    except ClientError as error:
        if is_condition_failure(error):
            return False
        raise
    return True
