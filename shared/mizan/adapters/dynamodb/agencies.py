"""The names of agencies, as people read them: `AGY#{code}` / `HEAD`, kept a minute."""

import time
from typing import Any

from mizan.adapters.dynamodb.items import pack, unpack
from mizan.application.ports_agencies import Bilingual

KEPT_SECONDS = 60.0


class DynamoAgencyNames:
    """Implements `AgencyNames`. Unknown codes are asked for each time, so that they cannot fill the memory."""

    def __init__(self, client: Any, table: str) -> None:
        self._client, self._table = client, table
        self._kept: dict[str, tuple[float, Bilingual]] = {}  # monotonic seconds when read, and the name

    def name_of(self, code: str) -> Bilingual | None:
        now = time.monotonic()
        kept = self._kept.get(code)
        if kept is not None and now - kept[0] < KEPT_SECONDS:
            return kept[1]
        answer = self._client.get_item(TableName=self._table, Key=pack({"pk": f"AGY#{code}", "sk": "HEAD"}))
        item = unpack(answer.get("Item", {}))
        if not item.get("name"):
            return None
        name = Bilingual(item["name"], item.get("name_ar", item["name"]))
        self._kept[code] = (now, name)
        return name
