"""Both passes over a file of invoices, against bare floors in the same run, over the engines that are there.

Validating: `csv.reader` and `json.loads` over the same rows, then everything that a row goes through. Loading: a bare
`put_item` of the very items, from as many threads, then `create_invoice` in chunks with checkpoints and results.
Medians of `--runs`, rows a second.

    PYTHONPATH=shared .venv/bin/python -m benchmarks.invoice_batch [--rows 20000] [--loaded 2000] [--runs 3]
"""

import argparse
import csv
import hashlib
import io
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from infra.local.engine import Engine
from infra.local.ports import Ports
from mizan.adapters.dynamodb.invoice_records import invoice_item
from mizan.adapters.dynamodb.invoices import DynamoInvoiceRepository
from mizan.adapters.dynamodb.items import pack
from mizan.application.create_invoice import create_invoice
from mizan.application.load_invoice_batch import THREAD_COUNT, BatchLoader
from mizan.application.validate_invoice_batch import BatchValidator
from mizan.domain.invoice_batches import Batch, BatchFormat, BatchMode, BatchState, Checkpoint, Upload, upload_key
from mizan.entrypoints.batch_report import BatchReportFormat
from mizan.entrypoints.batch_rows import InvoiceRows
from tests.conftest import _free_port, _wait_until_open
from tests.engines import create_table, dynamodb_client
from tests.fakes.batches import FakeUploadStore
from tests.fakes.clock import NOON, FakeClock, FakeDerivation
from tests.fakes.reconciliation import FakeObjectStore
from tests.fakes.samples import FakeServiceCatalogue, a_service
from tests.fakes.sealing import sealed_data
from tests.fakes.store import FakeInvoiceRepository
from tests.requirements import find_dynoxide

HEADING = (
    "invoice_number,service,due_date,customer_name,customer_name_ar,customer_cpr,customer_phone,"
    "line_1_description,line_1_description_ar,line_1_amount_fils,metadata_branch"
)
ROW = (
    "M-{0:06d},cr-renewal,2027-01-31,Maryam Sample,مريم نموذج,900112345,+97333000000,"
    "Commercial registration renewal,تجديد السجل التجاري,50500,seef"
)
SERVICE = a_service("cr-renewal")


def content_of(row_count: int) -> bytes:
    return "\n".join([HEADING, *(ROW.format(number) for number in range(row_count))]).encode()


class World:
    """One file in memory, as if it lay in the bucket, and its batch."""

    def __init__(self, content: bytes) -> None:
        self.store = FakeObjectStore(FakeClock())
        self.uploads = FakeUploadStore(self.store)
        self.uploads.BLOCK_BYTES = 1024 * 1024
        self.batch = Batch(
            batch_id="bat_bench",
            agency="moic",
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            format=BatchFormat.CSV,
            mode=BatchMode.GOOD_ROWS,
            file_name=None,
            state=BatchState.LOADING,
            created_at=NOON,
            updated_at=NOON,
            checkpoint=Checkpoint(),
        )
        self.store.put(upload_key(self.batch), content)
        self.files: dict[str, Any] = {
            "uploads": self.uploads,
            "store": self.store,
            "rows": InvoiceRows(),
            "lines": BatchReportFormat("https://api.invalid"),
        }

    @property
    def upload(self) -> Upload:
        found = self.uploads.find(upload_key(self.batch))
        if found is None:
            raise LookupError("the file is there")
        return found

    def validate(self) -> None:
        validator = BatchValidator(
            **self.files,
            invoices=FakeInvoiceRepository(),
            services=FakeServiceCatalogue(SERVICE),
            derivation=FakeDerivation(),
        )
        counts = validator.validate(self.batch, self.upload, lambda counts, read_bytes: None)
        if counts.invalid:
            raise RuntimeError(f"{counts.invalid} rows of the sample are wrong")

    def load(self, invoices: DynamoInvoiceRepository) -> None:
        create = partial(
            create_invoice,
            invoices=invoices,
            services=FakeServiceCatalogue(SERVICE),
            derivation=FakeDerivation(),
            clock=FakeClock(),
        )
        loader = BatchLoader(**self.files, create=create)
        after, _ = loader.load(self.batch, self.upload, lambda batch: batch, lambda: True)
        loader.publish(after)
        if after.counts.created != after.counts.loaded:
            raise RuntimeError(f"not everything was raised: {after.counts}")


def bare_parse(content: bytes) -> None:
    """The floor of validating: the text read as CSV, and each row once through JSON."""
    for cells in csv.reader(io.StringIO(content.decode())):
        json.loads(json.dumps(cells))


def bare_puts(client: Any, content: bytes) -> Callable[[], None]:
    """The floor of loading: the same items, ready-made."""
    invoices = FakeInvoiceRepository()
    world = World(content)
    world.validate()
    world.load(invoices)  # type: ignore[arg-type]  # the port is the same
    table = create_table(client)
    items = [pack(invoice_item(invoice, sealed_data("personal"))) for invoice in invoices.rows.values()]

    def run() -> None:
        with ThreadPoolExecutor(THREAD_COUNT) as pool:
            list(pool.map(lambda item: client.put_item(TableName=table, Item=item), items))

    return run


@contextmanager
def ministack() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(Ports.free().engine, Path(folder))
        engine.start()
        try:
            yield engine.url
        finally:
            engine.stop()


@contextmanager
def dynoxide(binary: Path) -> Iterator[str]:
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            process = subprocess.Popen(  # noqa: S603  # the binary that this machine's owner installed
                [str(binary), "--host", "127.0.0.1", "--port", str(port)], stdout=file, stderr=subprocess.STDOUT
            )
        try:
            _wait_until_open(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def rate(row_count: int, runs: int, prepare: Callable[[], Callable[[], None]]) -> float:
    """Rows a second, the median of the runs; preparing is not timed."""
    seconds = []
    for _ in range(runs):
        run = prepare()
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return row_count / statistics.median(seconds)


def show(name: str, floor: float, ours: float) -> None:
    print(f"{name:<28} floor {floor:>9,.0f}/s   ours {ours:>9,.0f}/s   ratio {floor / ours:>5.2f}")  # noqa: T201  # a benchmark prints


def loading(client: Any, content: bytes) -> Callable[[], None]:
    world = World(content)
    world.validate()
    invoices = DynamoInvoiceRepository(client, create_table(client), sealed_data("personal"))
    return partial(world.load, invoices)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000, help="rows validated")
    parser.add_argument("--loaded", type=int, default=2_000, help="rows loaded")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")

    content = content_of(options.rows)
    floor = rate(options.rows, options.runs, lambda: partial(bare_parse, content))
    show("validate", floor, rate(options.rows, options.runs, lambda: World(content).validate))

    content = content_of(options.loaded)
    engines: dict[str, Callable[[], Any]] = {"ministack": ministack}
    if binary := find_dynoxide():
        engines["dynoxide"] = partial(dynoxide, Path(binary))
    for name, engine in engines.items():
        with engine() as url:
            client = dynamodb_client(url)
            floor = rate(options.loaded, options.runs, partial(bare_puts, client, content))
            show(f"load, {name}", floor, rate(options.loaded, options.runs, partial(loading, client, content)))


if __name__ == "__main__":
    main()
