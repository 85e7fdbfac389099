"""An invoice batch as an item and back. What never changes is apart from what progress changes."""

from datetime import datetime, timedelta
from typing import Any

from mizan.domain.errors import LineError
from mizan.domain.invoice_batches import (
    Batch,
    BatchCounts,
    BatchFormat,
    BatchMode,
    BatchState,
    Checkpoint,
    Position,
    Upload,
)

KEPT_FOR = timedelta(days=400)
"""As long as its reports; the invoices stay."""

COUNTS = ("rows", "valid", "invalid", "created", "already_there", "conflicts", "refused")


def head_key(batch_id: str) -> dict[str, str]:
    return {"pk": f"BAT#{batch_id}", "sk": "HEAD"}


def batch_item(batch: Batch) -> dict[str, Any]:
    """All but the lease."""
    return {
        **head_key(batch.batch_id),
        "gsi1pk": f"BAT#{batch.agency}",
        "gsi1sk": f"{batch.created_at.isoformat()}#{batch.batch_id}",
        "agency": batch.agency,
        "sha256": batch.sha256,
        "size": batch.size_bytes,
        "format": str(batch.format),
        "mode": str(batch.mode),
        "file_name": batch.file_name,
        "created": batch.created_at.isoformat(),
        "fence": batch.fence,
        "ttl": int((batch.created_at + KEPT_FOR).timestamp()),
        **progress(batch),
    }


def progress(batch: Batch) -> dict[str, Any]:
    """What changes while a batch is worked on; None where there is nothing (yet)."""
    upload, checkpoint = batch.upload, batch.checkpoint
    return {
        "state": str(batch.state),
        "updated": batch.updated_at.isoformat(),
        "counts": [getattr(batch.counts, name) for name in COUNTS],
        "read": batch.read_bytes,
        "upload": [upload.size_bytes, upload.etag, upload.version] if upload else None,
        "checkpoint": _checkpoint_list(checkpoint) if checkpoint else None,
        "problems": [[error.line, error.code, error.detail] for error in batch.problems] or None,
    }


def batch_of(item: dict[str, Any]) -> Batch:
    return Batch(
        batch_id=item["pk"].removeprefix("BAT#"),
        agency=item["agency"],
        sha256=item["sha256"],
        size_bytes=item["size"],
        format=BatchFormat(item["format"]),
        mode=BatchMode(item["mode"]),
        file_name=item.get("file_name"),
        state=BatchState(item["state"]),
        created_at=datetime.fromisoformat(item["created"]),
        updated_at=datetime.fromisoformat(item["updated"]),
        counts=BatchCounts(**dict(zip(COUNTS, item["counts"], strict=True))),
        read_bytes=item["read"],
        upload=Upload(*item["upload"]) if "upload" in item else None,
        checkpoint=_checkpoint_of(item["checkpoint"]) if "checkpoint" in item else None,
        problems=tuple(LineError(*problem) for problem in item.get("problems", [])),
        fence=item["fence"],
    )


def _checkpoint_list(checkpoint: Checkpoint) -> list[int]:
    return [checkpoint.position.offset, checkpoint.position.line, checkpoint.chunk_count]


def _checkpoint_of(values: list[int]) -> Checkpoint:
    offset, line, chunk_count = values
    return Checkpoint(Position(offset, line), chunk_count)
