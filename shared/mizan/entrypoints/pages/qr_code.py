"""The bill's QR code on its page, and the same as an image file to keep or to send on."""

import base64

from mizan.application.draw_qr import QrDrawing
from mizan.entrypoints.pages.html import EMPTY, Html, fill
from mizan.entrypoints.pages.layout import View

SECTION = """<section aria-labelledby="qr"><h2 id="qr">$title</h2>
<p class="hint">$hint</p>
<div class="code" role="img" aria-label="$label">$svg</div>
<a class="button plain" download="mizan-$reference.png" href="data:image/png;base64,$png">$save</a></section>"""


def qr_section(view: View, reference: str, payload: str | None, drawing: QrDrawing) -> Html:
    """`payload` None: nothing can be paid now, so there is nothing to scan."""
    if payload is None:
        return EMPTY
    return fill(
        SECTION,
        title=view.text("qr"),
        hint=view.text("qr_hint"),
        label=view.text("qr_label"),
        svg=Html(drawing.svg(payload)),
        reference=reference,
        png=base64.b64encode(drawing.png(payload)).decode(),
        save=view.text("qr_save"),
    )
