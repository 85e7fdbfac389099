"""The bucket: settlement files come in under `inbox/`, refused ones go to `quarantine/`, reports to `reports/`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from mizan.application.ports_reconciliation import StoredObject
from mizan.domain.reconciliation.runs import ReportFile


class S3ObjectStore:
    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def listing(self, prefix: str) -> Iterator[StoredObject]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        for page in pages:
            for item in page.get("Contents", []):
                yield StoredObject(item["Key"], item["Size"], item["LastModified"])

    def read(self, key: str) -> bytes | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchKey":
                return None
            raise
        return bytes(answer["Body"].read())

    def write(self, key: str, content: bytes, content_type: str) -> None:
        self._client.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=content_type)

    def write_file(self, key: str, path: Path, content_type: str) -> None:
        with path.open("rb") as file:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=file, ContentType=content_type)

    def copy(self, key: str, target: str) -> None:
        self._client.copy_object(
            Bucket=self._bucket, Key=target, CopySource={"Bucket": self._bucket, "Key": key}, MetadataDirective="COPY"
        )

    def remove(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=key)

    def link(self, report: ReportFile, *, lifetime_seconds: int) -> str:
        disposition = f'attachment; filename="{report.name}"'
        parameters = {"Bucket": self._bucket, "Key": report.key, "ResponseContentDisposition": disposition}
        return str(self._client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=lifetime_seconds))
