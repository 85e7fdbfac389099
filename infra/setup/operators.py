"""Operators: licensed by administration; what people decide about one since is never overwritten."""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from mizan.adapters.dynamodb.items import pack
from mizan.adapters.dynamodb.operators import operator_item
from mizan.domain.operators import Operator, licensed

IS_NEW = "attribute_not_exists(pk)"


def license_operator(dynamodb: Any, table: str, operator: Operator) -> bool:
    """Write a new operator; False where its code is taken, and nothing changes."""
    item = operator_item(licensed(operator, datetime.now(UTC)))
    try:
        dynamodb.put_item(TableName=table, Item=pack(item), ConditionExpression=IS_NEW)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True
