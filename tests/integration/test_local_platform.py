"""The local runner: one template, deployed on the embedded engine, served at a stable address, its state kept."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.build import build_layers
from infra.build.paths import ROOT
from infra.local.engine import USUAL_PACE, Engine, EngineError
from infra.local.platform import Platform, Ports, PortTakenError
from infra.local.ports import is_free
from tests.integration.probe_functions import write_probe_build

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]
LISTENING_SECONDS = 60.0


def eventually(found: Callable[[], Any]) -> Any:
    """The first true answer within the time that a queue or a stream may take."""
    deadline = time.monotonic() + LISTENING_SECONDS
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.05)
    pytest.fail("nothing happened in time")


def items(platform: Platform, key: str) -> list[str]:
    """Sort keys under one partition key, read strongly."""
    answer = platform.client("dynamodb").query(
        TableName=platform.outputs["TableName"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": key}},
        ConsistentRead=True,
    )
    return [item["sk"]["S"] for item in answer["Items"]]


def put(platform: Platform, key: str, sort: str) -> None:
    """Put one item."""
    item = {"pk": {"S": key}, "sk": {"S": sort}}
    platform.client("dynamodb").put_item(TableName=platform.outputs["TableName"], Item=item)


def answer_of(platform: Platform, function: str, event: dict[str, Any]) -> dict[str, Any]:
    """What a function answers to one event."""
    answer: dict[str, Any] = json.loads(platform.invoke(function, json.dumps(event).encode())["Payload"].read())
    return answer


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build of stand-in functions over the real layers."""
    build_layers()
    return write_probe_build(tmp_path_factory.mktemp("probes") / "build")


@pytest.fixture(scope="module")
def platform(probes: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One platform with IAM enforced, for the tests that leave it running."""
    state_dir = tmp_path_factory.mktemp("platform")
    with Platform(Ports.free(), state_dir, iam_enforced=True, build_dir=probes, build_first=False) as running:
        yield running


def test_a_request_reaches_its_function_byte_for_byte(platform: Platform) -> None:
    """Gateways sign and encrypt what they send: path, repeated query values, headers and body pass unchanged."""
    body = "trandata=%2B%2F==&ErrorText=مرحبا".encode()

    answer = httpx.post(
        f"{platform.api_url}/callbacks/benefit/tok?a=1&a=2&b=x%2Fy%2B%20", content=body, headers={"X-Sent": "one"}
    )

    echo = answer.json()
    assert answer.headers["x-probe"] == "yes"
    assert (echo["method"], echo["path"], echo["query"]) == (
        "POST",
        "/callbacks/benefit/tok",
        {"a": ["1", "2"], "b": ["x/y+ "]},
    )
    assert bytes.fromhex(echo["body_hex"]) == body
    assert echo["headers"]["x-sent"] == "one"
    assert (echo["stage"], echo["public_url"]) == ("local", platform.api_url)


def test_a_redirect_is_handed_on_and_not_followed(platform: Platform) -> None:
    """The payer's browser follows it, not the front."""
    answer = httpx.get(f"{platform.api_url}/pay", follow_redirects=False)

    assert (answer.status_code, answer.headers["location"]) == (302, "/elsewhere")


@pytest.mark.parametrize(
    ("path", "headers", "status", "slug"),
    [
        ("/v1/services", {}, 401, "unauthenticated"),
        ("/v1/services", {"X-Api-Key": "bad"}, 403, "forbidden"),
        ("/v2/nothing", {}, 404, "not-found"),
    ],
)
def test_what_the_gateway_refuses_is_a_problem_in_both_languages(
    platform: Platform, path: str, headers: dict[str, str], status: int, slug: str
) -> None:
    """API Gateway answers these itself, before any function; callers must not meet a second error format."""
    answer = httpx.get(f"{platform.api_url}{path}", headers=headers)

    problem = answer.json()
    assert answer.status_code == problem["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"https://mizan.invalid/problems/{slug}"
    assert problem["title"].isascii()
    assert not problem["title_ar"].isascii()
    assert problem["correlation_id"] in problem["instance"]


def test_an_authorised_request_carries_the_key_s_context(platform: Platform) -> None:
    """Functions trust the authoriser's context and never the caller's headers."""
    answer = httpx.get(f"{platform.api_url}/v1/services", headers={"X-Api-Key": "good"})

    assert answer.status_code == 200
    assert answer.json()["authorizer"]["agency"] == "moic"


def test_many_clients_at_once_are_all_answered(platform: Platform) -> None:
    """A burst waits in line at the front; none is reset."""
    with httpx.Client(base_url=platform.api_url, timeout=60) as client, ThreadPoolExecutor(16) as clients:
        statuses = list(clients.map(lambda n: client.get(f"/health?n={n}").status_code, range(200)))

    assert statuses == [200] * 200


def test_only_new_callbacks_and_changed_objects_are_dispatched_each_to_its_queue(platform: Platform) -> None:
    """The stream's filter and both queues work as the template says."""
    for pk, sk in (
        ("CB#202601010000#0", "dispatch"),
        ("INV#1", "QTE#1"),
        ("INV#1", "HEAD"),
        ("JRN#2026-01-01#00", "a"),
    ):
        put(platform, pk, sk)

    seen = eventually(lambda: found if len(found := items(platform, "SEEN")) > 1 else None)

    assert [entry.split(" ")[1] for entry in seen] == ["INV#1", "CB#202601010000#0"]
    assert ["EventQueue" in seen[0], "SettleQueue" in seen[1]] == [True, True]


@pytest.mark.parametrize(
    ("function", "operation", "arguments", "refused"),
    [
        ("ReceiveCallbackFunction", "put_item", {"Item": {"pk": {"S": "CB#x"}, "sk": {"S": "y"}}}, None),
        (
            "ReceiveCallbackFunction",
            "get_item",
            {"Key": {"pk": {"S": "RING"}, "sk": {"S": "y"}}},
            "AccessDeniedException",
        ),
        ("ReadServicesFunction", "get_item", {"Key": {"pk": {"S": "SVC"}, "sk": {"S": "y"}}}, None),
        ("ReadServicesFunction", "put_item", {"Item": {"pk": {"S": "SVC"}, "sk": {"S": "y"}}}, "AccessDeniedException"),
        (
            "SettlePaymentFunction",
            "delete_item",
            {"Key": {"pk": {"S": "SVC"}, "sk": {"S": "y"}}},
            "AccessDeniedException",
        ),
    ],
)
def test_a_function_may_do_what_its_role_says_and_nothing_else(
    platform: Platform, function: str, operation: str, arguments: dict[str, Any], refused: str | None
) -> None:
    """Least privilege holds when it runs, not only on paper."""
    call = {
        "service": "dynamodb",
        "operation": operation,
        "arguments": {"TableName": platform.outputs["TableName"], **arguments},
    }

    answer = answer_of(platform, function, {"call": call})

    assert answer.get("refused") == refused


def test_a_function_sees_its_layers_and_nothing_of_this_machine(platform: Platform) -> None:
    """A dependency that the layers lack must be missing here as well, or it is first missed in production."""
    wanted = {"importable": ["pydantic", "duckdb", "moto", "pytest", "ministack"]}

    assert answer_of(platform, "CreateInvoiceFunction", wanted)["found"] == ["pydantic"]
    assert answer_of(platform, "ReconcileDayFunction", wanted)["found"] == ["pydantic", "duckdb"]


def test_schedules_are_in_place(platform: Platform) -> None:
    """All are on: the sweeps, the reconciliation and the bank's files every minute here, the index of payers hourly."""
    schedules = platform.client("scheduler").list_schedules()["Schedules"]
    details = [platform.client("scheduler").get_schedule(Name=schedule["Name"]) for schedule in schedules]

    assert sorted((detail["ScheduleExpression"], detail["State"]) for detail in details) == [
        ("rate(1 hour)", "ENABLED"),
        *[("rate(1 minute)", "ENABLED")] * 4,
    ]


def test_logs_of_functions_can_be_read(platform: Platform) -> None:
    """What a function prints is found again."""
    httpx.get(f"{platform.api_url}/health")

    assert eventually(lambda: '{"handled": "functions.describe_api.handler"}' in platform.logs())


def test_a_kill_loses_at_most_the_autosave_interval_and_never_the_start(probes: Path, tmp_path: Path) -> None:
    """The next start has every item acknowledged an interval before the kill, the same table, and live queues."""
    first = Platform(Ports.free(), tmp_path, build_dir=probes, build_first=False).start()
    table = first.outputs["TableName"]
    put(first, "KEPT", "early")
    first.client("s3").put_object(Bucket=first.outputs["BucketName"], Key="reports/a.csv", Body=b"kept")
    time.sleep(USUAL_PACE.autosave_seconds * 2)
    put(first, "KEPT", "late")
    os.kill(first.engine.pid, signal.SIGKILL)
    down = httpx.get(f"{first.api_url}/health")
    first.stop()

    with Platform(Ports.free(), tmp_path, build_dir=probes, build_first=False) as second:
        put(second, "CB#after", "restart")

        assert (down.status_code, down.headers["content-type"]) == (502, "application/problem+json")
        assert second.outputs["TableName"] == table
        assert "early" in items(second, "KEPT")
        kept = second.client("s3").get_object(Bucket=second.outputs["BucketName"], Key="reports/a.csv")
        assert kept["Body"].read() == b"kept"
        assert httpx.get(f"{second.api_url}/health").status_code == 200
        assert eventually(lambda: [entry for entry in items(second, "SEEN") if entry.endswith("CB#after")])


def test_a_stop_keeps_everything_and_leaves_no_process_behind(probes: Path, tmp_path: Path) -> None:
    """Ctrl-C is not a loss: even what was put a moment ago is there again."""
    running = Platform(Ports.free(), tmp_path, build_dir=probes, build_first=False).start()
    httpx.get(f"{running.api_url}/health")
    put(running, "KEPT", "at the last moment")
    session = running.engine.pid
    running.stop()

    left = subprocess.run(["ps", "-o", "pid=", "-s", str(session)], capture_output=True, text=True, check=False)  # noqa: S603, S607 - fixed

    assert left.stdout.split() == []
    with Platform(running.ports, tmp_path, build_dir=probes, build_first=False) as again:
        assert items(again, "KEPT") == ["at the last moment"]


def test_the_engine_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    """Nobody is left holding the port after a crash of the runner, or after a closed terminal."""
    ports = Ports.free()
    script = (
        "import sys; from pathlib import Path; from infra.local.engine import Engine;"
        f"engine = Engine({ports.engine}, Path({str(tmp_path / 'engine')!r})); engine.start();"
        "print(engine.pid, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:  # noqa: S603 - fixed
        assert parent.stdout is not None
        engine_pid = int(parent.stdout.readline())
        parent.kill()

    assert engine_pid > 0
    assert eventually(lambda: is_free(ports.engine))


def test_a_taken_port_is_named_with_the_setting_that_moves_it(probes: Path, tmp_path: Path) -> None:
    """The message tells what to do; nothing was started."""
    ports = Ports.free()
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports.api))
        other.listen()

        with pytest.raises(PortTakenError, match=rf"port {ports.api} \(the API\).*MIZAN_API_PORT"):
            Platform(ports, tmp_path, build_dir=probes, build_first=False).start()

    assert not (tmp_path / "engine").exists()


def test_one_state_folder_serves_one_platform(platform: Platform) -> None:
    """Two engines on one state would undo each other's work."""
    folder = platform.engine.log_path.parent
    second = Engine(Ports.free().engine, folder)

    with pytest.raises(EngineError, match="another platform is running"):
        second.start()

    assert httpx.get(f"{platform.api_url}/health").status_code == 200


def test_the_engine_has_every_private_name_that_the_runner_leans_on() -> None:
    """They are pinned by version; a new version that moved one must fail here and not in a restart."""
    check = "from infra.local.engine_internals import missing_names; print(missing_names())"

    answer = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - fixed

    assert answer.stdout.strip() == "[]"


@pytest.mark.parametrize(("seconds", "two_minutes"), [(60, 120), (10, 20)])
def test_a_schedule_s_minute_lasts_as_long_as_the_pace_says(seconds: int, two_minutes: int) -> None:
    """Rates are hurried; what is no rate stays what it is."""
    check = (
        "from infra.local.engine_internals import let_minutes_last;"
        f"let_minutes_last({seconds});"
        "from ministack.services import eventbridge;"
        "rate = eventbridge._parse_rate_seconds;"
        "print(rate('rate(2 minutes)'), rate('cron(0 1 * * ? *)'))"
    )

    answer = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - fixed

    assert answer.stdout.split() == [str(float(two_minutes)), "None"]
