"""Agencies as people know them, and what is the same in every QR code."""

from mizan.application.draw_qr import QrScheme
from mizan.application.ports_agencies import Bilingual

AGENCY_NAME = Bilingual("Commerce Authority", "هيئة التجارة")
QR_SCHEME = QrScheme(gui="example.mizan", category="9399", city="MANAMA")


class FakeAgencyNames:
    """`rows` may be changed: what an agency calls itself."""

    def __init__(self) -> None:
        self.rows = {"moic": AGENCY_NAME}

    def name_of(self, code: str) -> Bilingual | None:
        return self.rows.get(code)
