"""The page for what should not happen: no detail, but a number that finds the log lines."""

from mizan.entrypoints.pages.html import fill, join
from mizan.entrypoints.pages.layout import Page, View, isolated, notice, page


def trouble_page(view: View, correlation_id: str, *, status: int) -> Page:
    number = fill("<p>$label: $number</p>", label=view.text("trouble_number"), number=isolated(correlation_id))
    heading = notice("bad", view.text("trouble_title"), view.text("trouble"))
    return page(view, view.text("trouble_title"), join([heading, number]), status=status)
