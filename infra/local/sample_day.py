"""The actors of a sample day: an agency, its payers and finance, each over HTTP as they would be."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from infra.local.api import Api
from infra.local.browser import Browser, Page
from infra.local.receiver import WebhookReceiver

POLL_SECONDS = 0.5


class StepFailedError(Exception):
    """A step of the day did not come out as it must."""


@dataclass(frozen=True)
class Places:
    """Where the running platform is. `storage` is an S3 client, `folder` takes what the day produces."""

    api_url: str
    sandbox_url: str
    storage: Any
    bucket: str
    terminal_id: str
    account_id: str
    folder: Path


@dataclass
class SampleDay:
    """The day's actors and what they hold so far; `number` keeps a second day apart from the first."""

    places: Places
    keys: dict[str, str]
    number: int
    console: Console
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.correlation_id = f"sample-day-{self.number}"
        self.agency = Api(self.places.api_url, self.keys["agency"], correlation_id=self.correlation_id)
        self.counter = Api(self.places.api_url, self.keys["counter"])
        self.finance = Api(self.places.api_url, self.keys["finance"])
        self.browser = Browser()
        self.places.folder.mkdir(parents=True, exist_ok=True)
        self.receiver = WebhookReceiver(self.places.folder / "webhooks.jsonl")

    def close(self) -> None:
        for client in (self.agency, self.counter, self.finance, self.browser):
            client.close()
        self.receiver.stop()

    # -- what several steps need ------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        self.console.print(f"    {text}", soft_wrap=True, highlight=False)

    def reference(self, story: str) -> str:
        return str(self.invoices[story]["reference"])

    def invoice(self, story: str) -> dict[str, Any]:
        """The invoice as the platform has it now."""
        found: dict[str, Any] = self.agency.get(f"/v1/invoices/{self.reference(story)}")
        return found

    def payments(self, story: str) -> list[dict[str, Any]]:
        """Every attempt on it, oldest first."""
        listed: list[dict[str, Any]] = self.agency.get("/v1/payments", reference=self.reference(story))["items"]
        return listed

    def wait_for(self, what: str, ready: Callable[[], Any], timeout_seconds: int) -> Any:
        """Poll with a progress bar until `ready` answers something true. Raises StepFailedError after the timeout."""
        with self._progress(what, timeout_seconds) as tick:
            deadline = time.monotonic() + timeout_seconds
            while True:
                if found := ready():
                    return found
                if time.monotonic() > deadline:
                    raise StepFailedError(f"waited {timeout_seconds} s in vain: {what}")
                time.sleep(POLL_SECONDS)
                tick()

    @contextmanager
    def _progress(self, what: str, total_seconds: int) -> Iterator[Callable[[], None]]:
        columns = (
            TextColumn("   "),
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task(what, total=total_seconds)
            start = time.monotonic()
            yield lambda: progress.update(task, completed=time.monotonic() - start)

    def open_card_page(self, story: str) -> Page:
        """The payer opens the invoice's page, chooses the debit card, and is sent to the gateway's page."""
        page = self.browser.open(f"{self.places.api_url}/pay/{self.reference(story)}")
        form = page.form("method")
        return self.browser.submit(form, method="debit_card")

    def pay(self, page: Page, card: str) -> Page:
        """Type the card on the gateway's page; follow wherever the gateway sends the browser."""
        form = page.form("card")
        answer = self.browser.submit(form, card=card, expiry="12/30", pin="1234", action="pay")
        returns = [form for form in answer.forms() if form.action.startswith(self.places.api_url)]
        return self.browser.submit(returns[0]) if returns else answer

    def script(self, outcome: str, track: str) -> None:
        """Tell the sandbox what shall happen to one attempt."""
        body = {"track_id": track, "outcome": outcome}
        url = f"{self.places.sandbox_url}/sandbox/scenarios"
        httpx.post(url, json=body, timeout=10, trust_env=False).raise_for_status()
