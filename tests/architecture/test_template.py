"""The shape of `template.yaml`: what every function, route, queue and permission must be like."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.build.paths import ROOT, TEMPLATE
from infra.build.template import layers_by_function, load_template, resources_of

PUBLIC_ROUTES = {
    ("POST", "/callbacks/{gateway}/{token}"),
    ("POST", "/callbacks/{gateway}/{token}/error"),
    ("POST", "/billers/{protocol}/{token}/postpaid/BillPull"),
    ("POST", "/billers/{protocol}/{token}/prepaid/ValidatePayment"),
    ("POST", "/billers/{protocol}/{token}/payment/ReceivePaymentNotification"),
    ("POST", "/billers/{protocol}/{token}/inquiries"),
    ("POST", "/billers/{protocol}/{token}/validations"),
    ("POST", "/billers/{protocol}/{token}/notices"),
    ("POST", "/billers/{protocol}/{token}/reversals"),
    ("POST", "/billers/{protocol}/{token}/vouchers"),
    ("POST", "/billers/{protocol}/{token}/voucher-cancellations"),
    ("GET", "/pay"),
    ("GET", "/pay/{reference}"),
    ("GET", "/pay/{reference}/qr"),
    ("POST", "/pay/{reference}"),
    ("GET", "/pay/{reference}/payments/{payment_id}"),
    ("POST", "/pay/{reference}/payments/{payment_id}"),
    ("GET", "/pay/{reference}/refunds/{refund_id}"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/health"),
}
STREAM_LABEL = "${Table.Arn}/stream/*"  # the label is the stream's birth time; ListStreams takes nothing narrower
Properties = dict[str, Any]

TEMPLATE_DATA = load_template(TEMPLATE)
FUNCTIONS = resources_of(TEMPLATE_DATA, "AWS::Serverless::Function")
ROLES = resources_of(TEMPLATE_DATA, "AWS::IAM::Role")
QUEUES = resources_of(TEMPLATE_DATA, "AWS::SQS::Queue")
ALARMS = resources_of(TEMPLATE_DATA, "AWS::CloudWatch::Alarm")
DEAD_LETTER_QUEUES = {name for name in QUEUES if name.endswith("DeadLetterQueue")}


def statements(role: str) -> list[Properties]:
    """All statements of a role's policies."""
    return [statement for policy in ROLES[role]["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def as_list(value: Any) -> list[Any]:
    """IAM takes one or a list."""
    return value if isinstance(value, list) else [value]


def actions(function: str) -> set[str]:
    """Everything a function's role allows."""
    role = FUNCTIONS[function]["Role"]["Fn::GetAtt"][0]
    return {action for statement in statements(role) for action in as_list(statement["Action"])}


def routes() -> Iterator[tuple[str, str, Properties]]:
    """(method, path, event) of every API event."""
    for properties in FUNCTIONS.values():
        for event in properties.get("Events", {}).values():
            if event["Type"] in {"Api", "HttpApi"}:
                yield event["Properties"]["Method"], event["Properties"]["Path"], event


def events(kind: str) -> list[tuple[str, Properties]]:
    """(function, event properties) of every event of one kind."""
    return [
        (function, event["Properties"])
        for function, properties in FUNCTIONS.items()
        for event in properties.get("Events", {}).values()
        if event["Type"] == kind
    ]


def test_the_template_passes_the_linter_without_a_warning() -> None:
    """cfn-lint exits 0 only when there is neither error nor warning."""
    linter = Path(sys.executable).parent / "cfn-lint"

    answer = subprocess.run([str(linter), str(TEMPLATE)], capture_output=True, text=True, check=False)  # noqa: S603 - our own file

    assert answer.stdout + answer.stderr == ""
    assert answer.returncode == 0


def test_every_function_folder_is_a_function_and_the_other_way_round() -> None:
    """A folder that the template forgets never runs; a function without a folder never starts."""
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}

    handlers = {properties["Handler"] for properties in FUNCTIONS.values()}

    assert handlers == {f"functions.{folder}.handler.lambda_handler" for folder in folders}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_named_after_its_folder(function: str) -> None:
    """The logical id is the folder's name in CamelCase, so logs and alarms lead to the code."""
    folder = FUNCTIONS[function]["Handler"].split(".")[1]

    assert function == "".join(word.capitalize() for word in folder.split("_")) + "Function"


def test_every_function_runs_under_a_role_of_its_own() -> None:
    """A shared role is the union of two needs."""
    roles = [properties["Role"]["Fn::GetAtt"] for properties in FUNCTIONS.values()]

    assert sorted(role for role, _ in roles) == sorted(ROLES)
    assert {attribute for _, attribute in roles} == {"Arn"}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_names_each_action_and_each_resource(role: str) -> None:
    """No managed policies, no action patterns, no resource but a named one, or objects under a named prefix."""
    assert "ManagedPolicyArns" not in ROLES[role]
    for statement in statements(role):
        assert statement["Effect"] == "Allow"
        assert {"NotAction", "NotResource"}.isdisjoint(statement)
        for action in as_list(statement["Action"]):
            assert "*" not in action
        for resource in as_list(statement["Resource"]):
            pattern = resource.get("Fn::Sub", "") if isinstance(resource, dict) else resource
            assert "*" not in pattern or pattern == STREAM_LABEL or pattern.startswith("${Bucket.Arn}/")


def test_listing_the_bucket_is_bound_to_prefixes() -> None:
    """ListBucket is on the whole bucket; only its condition narrows it."""
    listing = {
        role: statement["Condition"]["StringLike"]["s3:prefix"]
        for role in ROLES
        for statement in statements(role)
        if "s3:ListBucket" in as_list(statement["Action"])
    }

    assert listing == {
        "ReconcileDayRole": ["inbox/*", "quarantine/*", "reports/*"],
        "OpenInvoiceBatchRole": ["inbox/invoices/*"],
        "LoadInvoiceBatchRole": ["inbox/invoices/*"],
        "TakeBankFilesRole": ["inbox/bank/*"],
    }


def test_what_faces_the_world_unauthenticated_can_do_little() -> None:
    """The callback function only adds rows; a notice's adds rows and reads the account that was called; the description
    of the API touches nothing; a key check only reads.
    """
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}

    assert actions("ReceiveCallbackFunction") - logs == {"dynamodb:PutItem"}
    assert actions("TakeNoticeFunction") - logs == {"dynamodb:PutItem", "dynamodb:GetItem", "kms:Decrypt"}
    assert actions("DescribeApiFunction") - logs == set()
    assert actions("AuthorizeRequestFunction") - logs == {"dynamodb:GetItem"}


def test_no_function_deletes_an_item() -> None:
    """Nothing that money rests on is ever deleted."""
    assert {function for function in FUNCTIONS if "dynamodb:DeleteItem" in actions(function)} == set()


def test_the_public_routes_are_exactly_the_known_ones() -> None:
    """A route is authorised unless it stands on this list; a stale entry fails too."""
    public = {
        (method, path) for method, path, event in routes() if event["Properties"].get("Auth") == {"Authorizer": "NONE"}
    }

    assert public == PUBLIC_ROUTES
    assert all("Auth" not in event["Properties"] for method, path, event in routes() if (method, path) not in public)
    assert TEMPLATE_DATA["Resources"]["Api"]["Properties"]["Auth"]["DefaultAuthorizer"] == "KeyAuthorizer"


def test_routes_are_rest_with_explicit_methods() -> None:
    """`ANY` and HTTP APIs are dropped by the embedded engine, and hide what the API takes."""
    seen = [(method, path) for method, path, _ in routes()]

    assert {method for method, _ in seen} <= {"GET", "POST", "PATCH", "DELETE"}
    assert len(seen) == len(set(seen))
    assert {event["Type"] for _, _, event in routes()} == {"Api"}


def test_every_queue_is_consumed_and_gives_up_into_another() -> None:
    """A queue that nobody reads, or that retries for ever, loses work quietly."""
    consumed = {properties["Queue"]["Fn::GetAtt"][0] for _, properties in events("SQS")}
    redrive = {name: QUEUES[name]["RedrivePolicy"] for name in QUEUES if name not in DEAD_LETTER_QUEUES}

    assert consumed == set(redrive)
    assert {policy["deadLetterTargetArn"]["Fn::GetAtt"][0] for policy in redrive.values()} == {
        f"{name.removesuffix('Queue')}DeadLetterQueue" for name in redrive
    }
    assert redrive["SettleQueue"]["maxReceiveCount"] == 8


def test_queue_workers_report_single_failures_and_have_the_time_they_need() -> None:
    """One bad message must not send nine good ones round again; a message must not reappear while it is worked on."""
    for function, properties in events("SQS"):
        assert properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert QUEUES[properties["Queue"]["Fn::GetAtt"][0]]["VisibilityTimeout"] > FUNCTIONS[function]["Timeout"]


def test_only_new_callbacks_and_changed_objects_leave_the_stream() -> None:
    """Every other change would start a function for nothing."""
    ((function, properties),) = events("DynamoDB")

    patterns = [json.loads(entry["Pattern"]) for entry in properties["FilterCriteria"]["Filters"]]

    assert function == "DispatchChangesFunction"
    callbacks = {"pk": {"S": [{"prefix": "CB#"}]}}
    objects = {
        "pk": {"S": [{"prefix": "INV#"}]},
        "sk": {"S": ["HEAD", {"prefix": "PAY#"}, {"prefix": "RFD#"}, {"prefix": "DSP#"}, {"prefix": "REV#"}]},
    }
    assert patterns == [
        {"eventName": ["INSERT"], "dynamodb": {"Keys": callbacks}},
        {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": objects}},
    ]
    assert properties["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["DispatchDeadLetterQueue", "Arn"]
    }


def test_schedules_keep_bahrain_time() -> None:
    """Business days are Bahrain's."""
    schedules = dict(events("ScheduleV2"))

    assert schedules["SweepPaymentsFunction"]["ScheduleExpression"] == "rate(1 minute)"
    assert schedules["SweepEventsFunction"]["ScheduleExpression"] == "rate(1 minute)"
    assert schedules["ReconcileDayFunction"]["ScheduleExpression"] == {"Ref": "ReconcileSchedule"}
    assert {properties["ScheduleExpressionTimezone"] for properties in schedules.values()} == {"Asia/Bahrain"}


def test_documents_and_validation_never_ride_together() -> None:
    """Typst and Saxon are over Lambda's 262 MB in one function."""
    for function, layers in layers_by_function(TEMPLATE_DATA).items():
        assert layers[0] == "core", function
        assert not {"documents", "validation"} <= set(layers), function


def test_what_holds_money_survives_its_stack() -> None:
    """Deleting or replacing a stack must never delete books, objects or keys."""
    for name in ("Table", "Bucket", "PlatformKey"):
        resource = TEMPLATE_DATA["Resources"][name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert TEMPLATE_DATA["Resources"]["Table"]["Properties"]["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True
    }


def test_files_with_personal_data_do_not_stay() -> None:
    """What agencies upload, and what is made of it on the way, goes after a month, older versions included."""
    rules = TEMPLATE_DATA["Resources"]["Bucket"]["Properties"]["LifecycleConfiguration"]["Rules"]

    days = {
        rule["Prefix"]: (rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"])
        for rule in rules
        if rule["Status"] == "Enabled"
    }

    assert days == {
        "inbox/invoices/": (30, 30),
        "quarantine/invoices/": (30, 30),
        "work/invoices/": (30, 30),
        "reports/invoices/": (400, 30),
    }


def test_every_alarm_wakes_somebody_and_every_dead_letter_queue_has_one() -> None:
    """An alarm without an action, or given-up work without an alarm, is silence."""
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for properties in ALARMS.values()
        for dimension in properties["Dimensions"]
        if dimension["Name"] == "QueueName"
    }

    assert all(properties["AlarmActions"] == [{"Ref": "AlarmTopic"}] for properties in ALARMS.values())
    assert watched >= DEAD_LETTER_QUEUES
