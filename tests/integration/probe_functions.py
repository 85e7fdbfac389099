"""Stand-in functions for tests of the local runner itself: every handler of the template, doing what a test asks of it.

The runner is tested apart from what the platform's own functions do, so a failure says which of the two is broken.
"""

from pathlib import Path

from infra.build.paths import BUILD, TEMPLATE
from infra.build.template import load_template, resources_of

_HANDLER = '''
import base64
import json
import os
import sys

import boto3


def call(service, operation, arguments):
    """One AWS call under this function's role: its answer, or the code it was refused with."""
    try:
        answer = getattr(boto3.client(service), operation)(**arguments)
    except Exception as error:
        return {"refused": getattr(error, "response", {}).get("Error", {}).get("Code", repr(error))}
    answer.pop("ResponseMetadata", None)
    return {"answer": json.loads(json.dumps(answer, default=str))}


def importable(names):
    found = []
    for name in names:
        try:
            __import__(name)
            found.append(name)
        except ImportError:
            pass
    return found


def authorize(event):
    key = {name.lower(): value for name, value in event["headers"].items()}.get("x-api-key")
    if key is None:
        raise Exception("Unauthorized")
    effect = "Allow" if key == "good" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {
        "principalId": "probe",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"agency": "moic", "scopes": "invoices:read"},
    }


def on_records(event):
    for record in event["Records"]:
        if "dynamodb" in record:
            key = record["dynamodb"]["Keys"]["pk"]["S"]
            queue = "MIZAN_SETTLE_QUEUE_URL" if key.startswith("CB#") else "MIZAN_EVENT_QUEUE_URL"
            boto3.client("sqs").send_message(QueueUrl=os.environ[queue], MessageBody=key)
        else:
            seen = {"pk": {"S": "SEEN"}, "sk": {"S": record["eventSourceARN"].split(":")[-1] + " " + record["body"]}}
            boto3.client("dynamodb").put_item(TableName=os.environ["MIZAN_TABLE"], Item=seen)
    return {"batchItemFailures": []}


def on_request(event):
    body = event["body"] or ""
    raw = base64.b64decode(body) if event["isBase64Encoded"] else body.encode()
    if event["path"] == "/pay":
        return {"statusCode": 302, "headers": {"Location": "/elsewhere"}, "body": ""}
    echo = {
        "method": event["httpMethod"],
        "path": event["path"],
        "query": event["multiValueQueryStringParameters"],
        "headers": {name.lower(): value for name, value in event["headers"].items()},
        "body_hex": raw.hex(),
        "authorizer": event["requestContext"].get("authorizer"),
        "stage": os.environ["MIZAN_STAGE"],
        "public_url": os.environ["MIZAN_PUBLIC_URL"],
    }
    answer = {"statusCode": 200, "headers": {"Content-Type": "application/json", "X-Probe": "yes"}}
    return answer | {"body": json.dumps(echo, ensure_ascii=False)}


def lambda_handler(event, context):
    print(json.dumps({"handled": __name__}))
    if "call" in event:
        return call(**event["call"])
    if "importable" in event:
        return {"found": importable(event["importable"]), "path": sys.path}
    if event.get("type") == "REQUEST":
        return authorize(event)
    if "Records" in event:
        return on_records(event)
    return on_request(event) if "httpMethod" in event else {}
'''


def write_probe_build(build_dir: Path) -> Path:
    """A build folder whose app is probes and whose layers are the real ones; `build_dir` itself."""
    for properties in resources_of(load_template(TEMPLATE), "AWS::Serverless::Function").values():
        handler = build_dir / "app" / Path(*properties["Handler"].split(".")[:-1]).with_suffix(".py")
        handler.parent.mkdir(parents=True)
        handler.write_text(_HANDLER, encoding="utf-8")
    (build_dir / "layers").symlink_to(BUILD / "layers")
    return build_dir
