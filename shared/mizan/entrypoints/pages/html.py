"""HTML from templates in which every value is escaped, but for what is HTML already."""

from html import escape
from string import Template
from typing import TypeAlias


class Html(str):
    """Markup made by `fill`, or written in this package: the only thing that goes into a page as it is."""

    __slots__ = ()


Value: TypeAlias = "Html | str | int"


def fill(template: str, **values: Value) -> Html:
    """The template with each `$name` replaced; text is escaped for content and for quoted attributes.

    Raises KeyError on a name without a value.
    """
    safe = {name: value if isinstance(value, Html) else escape(str(value)) for name, value in values.items()}
    return Html(Template(template).substitute(safe))


def join(parts: "list[Html] | tuple[Html, ...]") -> Html:
    return Html("\n".join(parts))


EMPTY = Html("")
