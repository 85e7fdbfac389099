"""Files that agencies put into the bucket by a signed address, read back in pieces: never whole in memory."""

import base64
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from botocore.exceptions import ClientError

from mizan.application.ports_batches import UploadChangedError, UploadLink
from mizan.domain.invoice_batches import Upload

BLOCK_BYTES = 1024 * 1024
GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404", "PreconditionFailed", "412", "InvalidRange"})
"""S3 says AccessDenied instead where the role may not list the whole bucket: then a listing of the key decides."""


class S3UploadStore:
    """Implements `UploadStore`. Key, size and SHA-256 are signed into the address: S3 takes nothing else there."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def link(self, key: str, *, sha256: str, size_bytes: int, lifetime_seconds: int) -> UploadLink:
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        parameters = {
            "Bucket": self._bucket,
            "Key": key,
            "ContentLength": size_bytes,
            "ChecksumSHA256": checksum,
        }
        url = self._client.generate_presigned_url("put_object", Params=parameters, ExpiresIn=lifetime_seconds)
        headers = {"Content-Length": str(size_bytes), "x-amz-checksum-sha256": checksum}
        return UploadLink(str(url), headers, lifetime_seconds)

    def find(self, key: str) -> Upload | None:
        listed = self._client.list_objects_v2(Bucket=self._bucket, Prefix=key, MaxKeys=1).get("Contents", [])
        if not listed or listed[0]["Key"] != key:
            return None
        answer = self._client.head_object(Bucket=self._bucket, Key=key)
        return Upload(int(answer["ContentLength"]), str(answer["ETag"]), answer.get("VersionId"))

    def blocks(self, key: str, upload: Upload, offset: int) -> Iterator[bytes]:
        if offset >= upload.size_bytes:
            return
        pinned = {"VersionId": upload.version} if upload.version else {}
        try:
            answer = self._client.get_object(
                Bucket=self._bucket, Key=key, Range=f"bytes={offset}-", IfMatch=upload.etag, **pinned
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in GONE or self.find(key) is None:
                raise UploadChangedError(key) from error
            raise
        if answer["ETag"] != upload.etag:
            raise UploadChangedError(key)
        with closing(answer["Body"]) as body:
            yield from _after(body.iter_chunks(BLOCK_BYTES), 0 if "ContentRange" in answer else offset)

    def set_aside(self, key: str, target: str) -> None:
        if self.find(key) is None:
            return
        source = {"Bucket": self._bucket, "Key": key}
        self._client.copy_object(Bucket=self._bucket, Key=target, CopySource=source, MetadataDirective="COPY")
        self._client.delete_object(Bucket=self._bucket, Key=key)


def _after(blocks: Iterator[bytes], skip_bytes: int) -> Iterator[bytes]:
    """The blocks without their first bytes: a server may answer the whole object (RFC 9110, 14.2)."""
    for block in blocks:
        if skip_bytes < len(block):
            yield block[skip_bytes:]
        skip_bytes = max(0, skip_bytes - len(block))
