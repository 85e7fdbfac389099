"""`PYTHONPATH=shared python -m infra.setup …`: set a deployed stack up. Credentials come from the AWS environment."""

import secrets
import sys
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any

import boto3
import typer

from infra.catalogue import seed_catalogue
from infra.setup import (
    KeyGrant,
    add_account,
    add_key,
    ensure_key_ring,
    payout_account,
    put_person,
    revoke_key,
    revoke_person,
)
from mizan.application.ports_auth import Person
from mizan.domain.accounts import AccountSecrets, MerchantAccount

TOKEN_BYTES = 24
cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Set a deployed stack up.")
Stack = Annotated[str, typer.Option(help="The CloudFormation stack.")]


def _described(stack: str) -> Any:
    return boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]


def _outputs(stack: str) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in _described(stack)["Outputs"]}


def _issuer(stack: str) -> str:
    """The issuer that the stack trusts. Raises typer.BadParameter where it trusts none."""
    given = {entry["ParameterKey"]: entry["ParameterValue"] for entry in _described(stack).get("Parameters", [])}
    if not given.get("OidcIssuer"):
        raise typer.BadParameter("the stack trusts no issuer: deploy it with OidcIssuer and OidcAudience first")
    return str(given["OidcIssuer"])


@cli.command()
def ring(stack: Stack = "mizan") -> None:
    """Give the key ring its first data keys; existing ones stay."""
    outputs = _outputs(stack)
    ensure_key_ring(boto3.client("dynamodb"), boto3.client("kms"), outputs["TableName"], outputs["KmsKeyId"])


@cli.command()
def catalogue(stack: Stack = "mizan") -> None:
    """Write agencies, services and holidays from infra/catalogue (sample data until the files are replaced)."""
    seed_catalogue(boto3.client("dynamodb"), _outputs(stack)["TableName"])


@cli.command()
def account(
    *,
    agency: Annotated[str, typer.Option(help="The agency's code; \"*\": the treasury's own, for several agencies.")],
    account_id: Annotated[str, typer.Option(help="Ours, in ledger and reports; no secret.")],
    terminal_id: Annotated[str, typer.Option(help="The gateway's.")],
    base_url: Annotated[str, typer.Option(help="The gateway's host, https.")],
    gateway: Annotated[str, typer.Option()] = "benefit",
    cutoff: Annotated[
        str, typer.Option(help="When the gateway's day ends, HH:MM in Bahrain; 00:00 is midnight.")
    ] = "00:00",
    token: Annotated[str, typer.Option(help="Of an account to replace; else a new one is made.")] = "",
    active: Annotated[bool, typer.Option(help="--no-active retires it; late callbacks still open.")] = True,
    stack: Stack = "mizan",
) -> None:
    """Add or replace a merchant account; password, resource key and any retired keys on standard input, one a line.

    Prints its callback token.
    """
    account_secrets = _secrets_on_input("the password and the resource key")
    token = token or secrets.token_urlsafe(TOKEN_BYTES)
    merchant = MerchantAccount(
        account_id=account_id,
        token=token,
        gateway=gateway,
        agency=agency,
        terminal_id=terminal_id,
        method="debit_card",
        base_url=base_url,
        cutoff=time.fromisoformat(cutoff),
        is_active=active,
        secrets=account_secrets,
        effective_from=datetime.now(UTC),
    )
    add_account(boto3.client("dynamodb"), boto3.client("kms"), _outputs(stack)["TableName"], merchant)
    typer.echo(token)


@cli.command(name="payout-bank")
def payout_bank(
    *,
    client_id: Annotated[str, typer.Option(help="Ours at the bank; no secret.")],
    base_url: Annotated[str, typer.Option(help="The bank's host, https.")],
    token: Annotated[str, typer.Option(help="Of the one to replace; else a new one is made.")] = "",
    active: Annotated[bool, typer.Option(help="--no-active retires it: nothing is paid out through it.")] = True,
    stack: Stack = "mizan",
) -> None:
    """Add or replace the treasury's account at the bank that pays to IBANs; API key and signing secret on standard
    input, one a line.

    Prints its token: to replace it, not to call it.
    """
    account_secrets = _secrets_on_input("the API key and the signing secret")
    token = token or secrets.token_urlsafe(TOKEN_BYTES)
    account = payout_account(
        token=token, client_id=client_id, base_url=base_url, is_active=active, account_secrets=account_secrets
    )
    add_account(boto3.client("dynamodb"), boto3.client("kms"), _outputs(stack)["TableName"], account)
    typer.echo(token)


def _secrets_on_input(what: str) -> AccountSecrets:
    """Two lines, and any retired keys after them."""
    password, resource_key, *retired_keys = [line for line in map(str.strip, sys.stdin) if line] + [""] * 2
    if not password or not resource_key:
        raise typer.BadParameter(f"standard input holds {what}, one a line")
    return AccountSecrets(password=password, resource_key=resource_key, retired_keys=tuple(filter(None, retired_keys)))


@cli.command()
def key(
    *,
    name: Annotated[str, typer.Option(help="Whose key it is, for the audit.")],
    agency: Annotated[str, typer.Option(help='The agency\'s code, or "*" for a platform role.')],
    role: Annotated[str, typer.Option()],
    scope: Annotated[list[str], typer.Option(help="May be given several times.")],
    days: Annotated[int, typer.Option(min=1, max=730)] = 365,
    stack: Stack = "mizan",
) -> None:
    """Make an API key and print it: the only time that it is seen."""
    grant = KeyGrant(name, agency, role, tuple(scope), datetime.now(UTC) + timedelta(days=days))
    typer.echo(add_key(boto3.client("dynamodb"), _outputs(stack)["TableName"], grant))


@cli.command(name="revoke-key")
def revoke(stack: Stack = "mizan") -> None:
    """Revoke the API key on standard input: it stops at once."""
    if not revoke_key(boto3.client("dynamodb"), _outputs(stack)["TableName"], sys.stdin.readline().strip()):
        raise typer.BadParameter("there is no such key")


@cli.command()
def person(
    *,
    subject: Annotated[str, typer.Option(help="The issuer's `sub` of the person: an opaque id, no name.")],
    agency: Annotated[str, typer.Option(help='The agency\'s code, or "*" for a platform role.')],
    role: Annotated[str, typer.Option()],
    scope: Annotated[list[str], typer.Option(help="May be given several times.")],
    approval_limit: Annotated[
        int | None, typer.Option(min=0, help="The largest amount to approve at once, in fils; left out: no limit.")
    ] = None,
    stack: Stack = "mizan",
) -> None:
    """Say what a person may do under their personal identity, in place of whatever was said before."""
    granted = Person(
        subject=subject,
        issuer=_issuer(stack),
        agency=agency,
        role=role,
        scopes=tuple(scope),
        approval_limit=approval_limit,
        is_active=True,
    )
    try:
        put_person(boto3.client("dynamodb"), _outputs(stack)["TableName"], granted)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


@cli.command(name="revoke-person")
def revoke_one(
    *,
    subject: Annotated[str, typer.Option(help="The issuer's `sub` of the person.")],
    stack: Stack = "mizan",
) -> None:
    """Revoke a person: whatever token they hold, they are refused at once."""
    if not revoke_person(boto3.client("dynamodb"), _outputs(stack)["TableName"], subject):
        raise typer.BadParameter("there is no such person")


if __name__ == "__main__":
    cli()
