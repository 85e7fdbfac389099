"""Clients of local DynamoDB engines, and the table as `template.yaml` describes it: tests cannot drift from it."""

import uuid
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from infra.build.paths import ROOT
from infra.build.template import load_template, resources_of

LOOPBACK = "127.0.0.1"
REGION = "me-south-1"
ENGINE_START_SECONDS = 20
SCHEMA_PARTS = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


@cache
def table_schema() -> dict[str, Any]:
    """What CreateTable takes of the template's one table."""
    (properties,) = resources_of(load_template(ROOT / "template.yaml"), "AWS::DynamoDB::Table").values()
    return {part: properties[part] for part in SCHEMA_PARTS}


def create_table(client: Any) -> str:
    """A fresh table under a name of its own: tests on one engine do not meet."""
    name = f"mizan-{uuid.uuid4().hex[:12]}"
    client.create_table(TableName=name, **table_schema())
    return name


@cache
def _session() -> Any:
    """One for all: a session of its own costs each client the reading of the service's description again."""
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)


def dynamodb_client(url: str | None = None, *, attempt_count: int = 1) -> Any:
    """A new client with connections of its own. Make them in one thread: making is not thread-safe, using is."""
    config = Config(
        retries={"mode": "standard", "total_max_attempts": attempt_count}, connect_timeout=5, read_timeout=30
    )
    return _session().client("dynamodb", endpoint_url=url, config=config)
