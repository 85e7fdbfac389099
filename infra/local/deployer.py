"""Deploy the fitted template to the engine, and read back what came of it."""

import copy
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.build.paths import ROOT
from infra.build.template import Template, load_template
from infra.local.bundle import ARTIFACT_BUCKET, Artifact
from infra.local.engine import REGION
from infra.local.transform import Fitting, fit, fit_expanded

STACK = "mizan"
_WAIT_SECONDS = 120.0
_POLL_SECONDS = 0.1
_FINGERPRINT = "LocalFingerprint"
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_BROKEN = {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}
Clients = Callable[[str], Any]


class DeployError(Exception):
    """The stack could not be deployed; the message carries the engine's reasons."""


class Deployer:
    """Deploys one stack; `clients` gives a boto3 client for a service."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._cloudformation = clients("cloudformation")

    def deploy(self, template_path: Path, build_dir: Path, parameters: dict[str, str]) -> dict[str, str]:
        """Create or update the stack, unless it already is what it would become; the stack's outputs."""
        fitting = fit(load_template(template_path), build_dir)
        fingerprint = _fingerprint(fitting, parameters)
        stack = self._stack()
        if stack is None or _outputs(stack).get(_FINGERPRINT) != fingerprint:
            fitting.template["Outputs"][_FINGERPRINT] = {"Value": fingerprint}
            self._apply(fitting, parameters, stack)
            stack = self._settled()
        return {name: value for name, value in _outputs(stack).items() if name != _FINGERPRINT}

    def _apply(self, fitting: Fitting, parameters: dict[str, str], stack: Template | None) -> None:
        fitted = fit_expanded(fitting, expand(fitting.template, parameters))
        body = Artifact(json.dumps(fitted.template).encode())
        self._upload([*fitted.artifacts.values(), body])
        if stack is not None and stack["StackStatus"] in _BROKEN:
            self._cloudformation.delete_stack(StackName=STACK)
            self._wait_until_gone()
            stack = None
        change = self._cloudformation.create_stack if stack is None else self._cloudformation.update_stack
        change(
            StackName=STACK,
            TemplateURL=f"{self._clients('s3').meta.endpoint_url}/{ARTIFACT_BUCKET}/{body.key}",
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=_CAPABILITIES,
        )

    def _upload(self, artifacts: list[Artifact]) -> None:
        objects = self._clients("s3")
        if ARTIFACT_BUCKET not in {bucket["Name"] for bucket in objects.list_buckets().get("Buckets", [])}:
            objects.create_bucket(Bucket=ARTIFACT_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        there = {entry["Key"] for entry in objects.list_objects_v2(Bucket=ARTIFACT_BUCKET).get("Contents", [])}
        wanted = {artifact.key: artifact for artifact in artifacts}
        for key in wanted.keys() - there:
            objects.put_object(Bucket=ARTIFACT_BUCKET, Key=key, Body=wanted[key].content)
        for key in there - wanted.keys():
            objects.delete_object(Bucket=ARTIFACT_BUCKET, Key=key)

    def _stack(self) -> Template | None:
        stacks = self._cloudformation.describe_stacks().get("Stacks", [])
        return next((stack for stack in stacks if stack["StackName"] == STACK), None)

    def _settled(self) -> Template:
        """Wait for the change to end. Raises DeployError with the failed resources and why."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            stack = self._stack()
            if stack is None:
                raise DeployError("the stack vanished while it was being deployed")
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                if stack["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
                    raise DeployError(self._why_it_failed(stack))
                return stack
            time.sleep(_POLL_SECONDS)
        raise DeployError(f"the stack did not settle within {_WAIT_SECONDS:.0f} seconds")

    def _wait_until_gone(self) -> None:
        deadline = time.monotonic() + _WAIT_SECONDS
        while self._stack() is not None:
            if time.monotonic() > deadline:
                raise DeployError("the failed stack could not be deleted")
            time.sleep(_POLL_SECONDS)

    def _why_it_failed(self, stack: Template) -> str:
        events = self._cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [
            f"  {event['LogicalResourceId']} ({event['ResourceType']}): {event.get('ResourceStatusReason', '')}"
            for event in events
            if event["ResourceStatus"].endswith("_FAILED")
        ]
        return "\n".join([f"the stack is {stack['StackStatus']}:", *reasons])


def expand(template: Template, parameters: dict[str, str]) -> Template:
    """The SAM transform, as CloudFormation would run it."""
    from samtranslator.translator.transform import transform  # noqa: PLC0415 - a second of imports, often not needed

    class NoManagedPolicies:
        def load(self) -> dict[str, str]:
            return {}

    for talkative in ("samtranslator.feature_toggle.feature_toggle", "samtranslator.metrics.metrics"):
        logging.getLogger(talkative).setLevel(logging.ERROR)  # both warn of what only AWS itself could mend
    before = os.environ.get("AWS_DEFAULT_REGION")
    os.environ["AWS_DEFAULT_REGION"] = REGION
    try:
        expanded: Template = transform(copy.deepcopy(template), parameters, NoManagedPolicies())
    finally:
        if before is None:
            del os.environ["AWS_DEFAULT_REGION"]
        else:
            os.environ["AWS_DEFAULT_REGION"] = before
    return expanded


def _fingerprint(fitting: Fitting, parameters: dict[str, str]) -> str:
    digest = hashlib.sha256()
    for part in (fitting.template, parameters, sorted(fitting.artifacts)):
        digest.update(json.dumps(part, sort_keys=True).encode())
    for source in sorted((ROOT / "infra" / "local").glob("*.py")):
        if source.name in {"transform.py", "deployer.py", "bundle.py"}:
            digest.update(source.read_bytes())
    return digest.hexdigest()


def _outputs(stack: Template) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
