"""Make the production template fit the embedded engine. `REWRITES` is the whole list of what is changed, and why."""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.build.template import Template, layers_by_function, resources_of
from infra.local.bundle import Artifact, folder_artifact, layer_link_artifact

_UTC_OFFSET_HOURS = 3  # Asia/Bahrain, all year
_CRON = re.compile(
    r"^cron\((?P<minute>\S+) (?P<hour>\d{1,2}) (?P<day>\S+) (?P<month>\S+) (?P<weekday>\S+) (?P<year>\S+)\)$"
)
_EVERY_DAY = {("*", "?"), ("?", "*")}


@dataclass
class Fitting:
    """What one run of the rewrites works on and collects; `build_dir` holds app/ and layers/<name>/."""

    template: Template
    build_dir: Path
    artifacts: dict[str, Artifact] = field(default_factory=dict)

    def store(self, artifact: Artifact) -> str:
        """Keep an artifact for upload; its address."""
        self.artifacts[artifact.key] = artifact
        return artifact.uri


@dataclass(frozen=True)
class Rewrite:
    """One divergence from production: `what` is changed and `why`, in words that are printed at start."""

    what: str
    why: str
    apply: Callable[[Fitting], None] = field(repr=False)


class TransformError(Exception):
    """The template holds something that the engine would get wrong and no rewrite covers."""


def _drop_unused_layers(fitting: Fitting) -> None:
    used = {name for names in layers_by_function(fitting.template).values() for name in names}
    for logical_id, properties in resources_of(fitting.template, "AWS::Serverless::LayerVersion").items():
        if Path(properties["ContentUri"]).name not in used:
            del fitting.template["Resources"][logical_id]


def _link_layers(fitting: Fitting) -> None:
    for properties in resources_of(fitting.template, "AWS::Serverless::LayerVersion").values():
        folder = fitting.build_dir / "layers" / Path(properties["ContentUri"]).name
        properties["ContentUri"] = fitting.store(layer_link_artifact(folder))


def _upload_code(fitting: Fitting) -> None:
    everywhere = fitting.template["Globals"]["Function"]
    everywhere["CodeUri"] = fitting.store(folder_artifact(fitting.build_dir / "app"))
    for name, properties in resources_of(fitting.template, "AWS::Serverless::Function").items():
        if "CodeUri" in properties:
            raise TransformError(f"{name} has a CodeUri of its own; every function runs the one artifact")


def _drop_tls_policy(fitting: Fitting) -> None:
    for logical_id in resources_of(fitting.template, "AWS::S3::BucketPolicy"):
        del fitting.template["Resources"][logical_id]


def utc_expression(expression: str) -> str:
    """A schedule expression of Asia/Bahrain in UTC; rates have no hour. TransformError where named days would shift."""
    if expression.startswith("rate("):
        return expression
    found = _CRON.match(expression)
    if found is None:
        raise TransformError(f"cannot move {expression} to UTC: name one hour")
    hour = int(found["hour"]) - _UTC_OFFSET_HOURS
    if hour < 0 and (found["day"], found["weekday"]) not in _EVERY_DAY:
        raise TransformError(f"cannot move {expression} to UTC: it names days, and they would shift")
    rest = " ".join(found[name] for name in ("day", "month", "weekday", "year"))
    return f"cron({found['minute']} {hour % 24} {rest})"


def _schedules_in_utc(fitting: Fitting) -> None:
    for properties in resources_of(fitting.template, "AWS::Serverless::Function").values():
        for event in properties.get("Events", {}).values():
            if event["Type"] != "ScheduleV2":
                continue
            schedule = event["Properties"]
            if schedule.pop("ScheduleExpressionTimezone", "UTC") == "UTC":
                continue
            _move_expression(fitting.template, schedule)


def _move_expression(template: Template, schedule: Template) -> None:
    expression = schedule["ScheduleExpression"]
    if isinstance(expression, str):
        schedule["ScheduleExpression"] = utc_expression(expression)
        return
    parameter = template["Parameters"][expression["Ref"]]
    parameter["Default"] = utc_expression(parameter["Default"])


def _lift_gateway_responses(fitting: Fitting) -> None:
    resources = fitting.template["Resources"]
    for api_id, properties in resources_of(fitting.template, "AWS::ApiGateway::RestApi").items():
        responses = properties["Body"].pop("x-amazon-apigateway-gateway-responses", {})
        lifted = {
            f"{api_id}{kind.title().replace('_', '')}Response": (kind, answer) for kind, answer in responses.items()
        }
        for logical_id, (kind, answer) in lifted.items():
            resources[logical_id] = _gateway_response(api_id, kind, answer)
        for resource in resources.values():
            if resource["Type"] == "AWS::ApiGateway::Deployment" and resource["Properties"]["RestApiId"] == {
                "Ref": api_id
            }:
                resource["DependsOn"] = sorted(lifted)


def _unescape_media_types(fitting: Fitting) -> None:
    for properties in resources_of(fitting.template, "AWS::ApiGateway::RestApi").values():
        escaped = properties.get("BinaryMediaTypes", [])
        properties["BinaryMediaTypes"] = [media_type.replace("~1", "/") for media_type in escaped]


def _gateway_response(api_id: str, kind: str, answer: dict[str, Any]) -> Template:
    return {
        "Type": "AWS::ApiGateway::GatewayResponse",
        "Properties": {
            "RestApiId": {"Ref": api_id},
            "ResponseType": kind,
            "StatusCode": str(answer["statusCode"]),
            "ResponseParameters": answer.get("responseParameters", {}),
            "ResponseTemplates": answer["responseTemplates"],
        },
    }


def _name_batch_sends(fitting: Fitting) -> None:
    for properties in resources_of(fitting.template, "AWS::IAM::Role").values():
        for policy in properties.get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                if "sqs:SendMessage" in statement["Action"]:
                    statement["Action"] = [*statement["Action"], "sqs:SendMessageBatch"]


SERVERLESS_REWRITES = (
    Rewrite(
        "layers that no function carries are dropped",
        "nothing imports them, so they need not be built",
        _drop_unused_layers,
    ),
    Rewrite(
        "each layer becomes a link to its build",
        "the engine unpacks every layer anew for each worker, and would let functions see the host's packages",
        _link_layers,
    ),
    Rewrite("CodeUri becomes an uploaded zip", "what `sam package` does; one artifact for all functions", _upload_code),
    Rewrite(
        "the bucket's TLS-only policy is dropped", "the engine speaks plain HTTP, on loopback only", _drop_tls_policy
    ),
    Rewrite(
        "schedules in Asia/Bahrain move three hours back, to UTC",
        "the engine ignores a schedule's time zone",
        _schedules_in_utc,
    ),
    Rewrite(
        "who may sqs:SendMessage may sqs:SendMessageBatch",
        "AWS authorises both by the first; the engine takes the second for an action of its own",
        _name_batch_sends,
    ),
)
EXPANDED_REWRITES = (
    Rewrite(
        "gateway responses become resources, made before the deployment",
        "the engine ignores them in the API's body",
        _lift_gateway_responses,
    ),
    Rewrite(
        "binary media types are written with a slash",
        "CloudFormation reads ~1 as one; the engine compares the letters",
        _unescape_media_types,
    ),
)
REWRITES = SERVERLESS_REWRITES + EXPANDED_REWRITES
IGNORED_BY_THE_ENGINE = (
    ("Runtime and Architectures", "functions run with this machine's Python; the build makes their layers for it"),
    ("batch bisection, retry limits and the on-failure queue of the stream", "the sweep finds what the stream lost"),
    ("throttling, alarm actions and log retention", "they need the real services"),
    ("the bucket's lifecycle rules", "uploads and reports stay until the state is cleaned"),
)


def fit(template: Template, build_dir: Path) -> Fitting:
    """Apply the rewrites that come before the SAM transform, to a copy."""
    fitting = Fitting(copy.deepcopy(template), build_dir)
    for rewrite in SERVERLESS_REWRITES:
        rewrite.apply(fitting)
    return fitting


def fit_expanded(fitting: Fitting, expanded: Template) -> Fitting:
    """Apply the rewrites that come after it."""
    after = Fitting(expanded, fitting.build_dir, fitting.artifacts)
    for rewrite in EXPANDED_REWRITES:
        rewrite.apply(after)
    return after
