"""Invoice batches as JSON: what callers send and what they get."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from mizan.application.ports_batches import UploadLink
from mizan.domain.invoice_batches import (
    SIZE_BYTES_MAX,
    Batch,
    BatchCounts,
    BatchFormat,
    BatchMode,
    BatchState,
    ready_reports,
)
from mizan.entrypoints.field_texts import message_of
from mizan.entrypoints.fields import FileName

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class InvoiceBatchRequest(BaseModel):
    """A file of invoices that is coming. Its hash is its identity."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    format: Annotated[BatchFormat, Field(strict=False, examples=["csv"])]
    mode: Annotated[BatchMode, Field(strict=False, examples=["good_rows"])]
    sha256: Sha256 = Field(description="SHA-256 of the file, 64 lower-case hex digits.", examples=["9f86d081" * 8])
    size: int = Field(ge=1, le=SIZE_BYTES_MAX, description="Bytes of the file.", examples=[18_874_368])
    file_name: FileName | None = Field(
        None, description="Your own note, given back as it is.", examples=["2026-11-fees.csv"]
    )


class BatchUploadModel(BaseModel):
    """Put exactly this file there, with exactly these headers. The address works without a key until it expires."""

    method: str = Field(examples=["PUT"])
    url: str
    headers: dict[str, str]
    expires_at: datetime


class BatchCountsModel(BaseModel):
    """Rows. valid + invalid = rows; once loaded, created + already_there + conflicts + refused = valid."""

    rows: int
    valid: int
    invalid: int
    created: int = Field(description="Raised by this batch.")
    already_there: int = Field(description="Raised before, with the same content.")
    conflicts: int = Field(description="A number that exists with other content; not touched.")
    refused: int = Field(description="Right when validated, no longer right when loaded.")


class BatchProblemModel(BaseModel):
    """Why the file as a whole was not taken. `line` 0 is the file itself."""

    line: int
    code: str = Field(examples=["hash_differs"])
    detail: str
    message: str
    message_ar: str


class BatchReportModel(BaseModel):
    kind: str = Field(examples=["errors"])
    format: BatchFormat
    url: str = Field(description="Path under this API.")


class InvoiceBatchModel(BaseModel):
    """A batch as it stands. Instants in UTC."""

    batch_id: str = Field(examples=["bat_4a8a08f09d37b73795649038408b5f33"])
    state: BatchState
    format: BatchFormat
    mode: BatchMode
    sha256: str
    size: int
    file_name: str | None
    created_at: datetime
    updated_at: datetime
    counts: BatchCountsModel
    validated_percent: int = Field(description="Of the file's bytes.")
    loaded_percent: int = Field(description="Of the valid rows.")
    problems: list[BatchProblemModel]
    reports: list[BatchReportModel]


class InvoiceBatchOpenedModel(InvoiceBatchModel):
    upload: BatchUploadModel | None = Field(description="Null while the batch is worked on, and once it is loaded.")


class InvoiceBatchListModel(BaseModel):
    """Newest first; `cursor` continues it and is null at the end."""

    items: list[InvoiceBatchModel]
    cursor: str | None


def batch_model(batch: Batch) -> InvoiceBatchModel:
    return InvoiceBatchModel(
        batch_id=batch.batch_id,
        state=batch.state,
        format=batch.format,
        mode=batch.mode,
        sha256=batch.sha256,
        size=batch.size_bytes,
        file_name=batch.file_name,
        created_at=batch.created_at,
        updated_at=batch.updated_at,
        counts=_counts_model(batch.counts),
        validated_percent=batch.read_bytes * 100 // batch.size_bytes,
        loaded_percent=batch.counts.loaded * 100 // max(batch.counts.valid, 1),
        problems=_problems(batch),
        reports=[
            BatchReportModel(
                kind=kind,
                format=form,
                url=f"/v1/invoice-batches/{batch.batch_id}/report?kind={kind}&format={form}",
            )
            for kind in ready_reports(batch)
            for form in BatchFormat
        ],
    )


def opened_model(batch: Batch, link: UploadLink | None, now: datetime) -> InvoiceBatchOpenedModel:
    upload = None
    if link is not None:
        expires_at = now + timedelta(seconds=link.lifetime_seconds)
        upload = BatchUploadModel(method="PUT", url=link.url, headers=dict(link.headers), expires_at=expires_at)
    return InvoiceBatchOpenedModel(**batch_model(batch).model_dump(), upload=upload)


def _counts_model(counts: BatchCounts) -> BatchCountsModel:
    return BatchCountsModel.model_validate(counts, from_attributes=True)


def _problems(batch: Batch) -> list[BatchProblemModel]:
    texts = [(problem, message_of(problem.code)) for problem in batch.problems]
    return [
        BatchProblemModel(
            line=problem.line, code=problem.code, detail=problem.detail, message=text.en, message_ar=text.ar
        )
        for problem, text in texts
    ]
