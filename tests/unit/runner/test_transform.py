"""What the local runner changes in the template, and that it changes nothing else."""

from pathlib import Path

import pytest

from infra.build.paths import TEMPLATE
from infra.build.template import Template, load_template, resources_of
from infra.local.deployer import expand
from infra.local.transform import (
    EXPANDED_REWRITES,
    IGNORED_BY_THE_ENGINE,
    REWRITES,
    SERVERLESS_REWRITES,
    Fitting,
    TransformError,
    fit,
    fit_expanded,
    utc_expression,
)

PARAMETERS = {
    "Stage": "local",
    "PublicUrl": "http://127.0.0.1:8080",
    "ReconcileSchedule": "rate(1 minute)",
    "WebhookAllowLoopback": "true",
}


@pytest.fixture
def template() -> Template:
    """The production template."""
    return load_template(TEMPLATE)


@pytest.fixture
def fitting(template: Template, tmp_path: Path) -> Fitting:
    """It, fitted over a small build."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "mizan.py").write_text("")
    return fit(template, tmp_path)


@pytest.mark.parametrize(
    ("bahrain", "utc"),
    [
        ("cron(30 3 * * ? *)", "cron(30 0 * * ? *)"),
        ("cron(0 1 * * ? *)", "cron(0 22 * * ? *)"),
        ("cron(0 9 ? * SUN-THU *)", "cron(0 6 ? * SUN-THU *)"),
        ("rate(1 minute)", "rate(1 minute)"),
    ],
)
def test_a_schedule_in_bahrain_time_is_three_hours_earlier_in_utc(bahrain: str, utc: str) -> None:
    """Bahrain is UTC+3 all year; a daily run may cross midnight."""
    assert utc_expression(bahrain) == utc


@pytest.mark.parametrize(
    "expression", ["cron(0 2 ? * SUN *)", "cron(0 2 1 * ? *)", "cron(0 */6 * * ? *)", "at(2026-01-01)"]
)
def test_a_schedule_whose_day_would_shift_is_refused(expression: str) -> None:
    """02:00 on a Sunday is a Saturday in UTC: better no deployment than the wrong day."""
    with pytest.raises(TransformError):
        utc_expression(expression)


def test_fitting_leaves_the_template_it_was_given_alone(template: Template, tmp_path: Path) -> None:
    """The transform works on a copy."""
    (tmp_path / "app").mkdir()

    fit(template, tmp_path)

    assert template == load_template(TEMPLATE)


def test_what_is_dropped_is_only_unused_layers_and_the_tls_policy(template: Template, fitting: Fitting) -> None:
    """Every function, queue, role and alarm of production is there locally."""
    dropped = template["Resources"].keys() - fitting.template["Resources"].keys()

    assert dropped == {"DocumentsLayer", "ValidationLayer", "BucketTlsPolicy"}


def test_every_function_and_layer_points_at_an_artifact_that_will_be_uploaded(fitting: Fitting) -> None:
    """A dangling address would deploy, and fail at the first call."""
    layers = resources_of(fitting.template, "AWS::Serverless::LayerVersion")
    uris = [fitting.template["Globals"]["Function"]["CodeUri"], *(layer["ContentUri"] for layer in layers.values())]

    assert {uri.rpartition("/")[2] for uri in uris} == set(fitting.artifacts)


def test_the_same_build_makes_the_same_artifacts(template: Template, fitting: Fitting) -> None:
    """Otherwise every start would look like a change, and redeploy."""
    again = fit(template, fitting.build_dir)

    assert again.artifacts.keys() == fitting.artifacts.keys()
    assert again.template == fitting.template


def test_gateway_responses_are_made_before_the_deployment_that_serves_them(fitting: Fitting) -> None:
    """The engine takes them from resources, and freezes them at deployment."""
    fitted = fit_expanded(fitting, expand(fitting.template, PARAMETERS))

    responses = resources_of(fitted.template, "AWS::ApiGateway::GatewayResponse")
    (deployment,) = (r for r in fitted.template["Resources"].values() if r["Type"] == "AWS::ApiGateway::Deployment")
    assert {properties["ResponseType"] for properties in responses.values()} == {
        "UNAUTHORIZED",
        "ACCESS_DENIED",
        "MISSING_AUTHENTICATION_TOKEN",
        "THROTTLED",
        "REQUEST_TOO_LARGE",
        "DEFAULT_4XX",
        "DEFAULT_5XX",
    }
    assert deployment["DependsOn"] == sorted(responses)


def test_every_difference_from_production_says_what_and_why() -> None:
    """They are printed at start, from this one list."""
    assert REWRITES == SERVERLESS_REWRITES + EXPANDED_REWRITES
    assert all(rewrite.what and rewrite.why for rewrite in REWRITES)
    assert all(what and why for what, why in IGNORED_BY_THE_ENGINE)
