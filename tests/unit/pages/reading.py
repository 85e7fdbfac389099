"""Reads a page as a browser or a screen reader would: its outline, forms and links."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Outline(HTMLParser):
    """What a page consists of. `tags` in order, with their attributes; `fields` of all forms by name."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        self._is_style = tag == "style"
        if tag == "input":
            self.fields[values["name"]] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._is_style = False

    def handle_data(self, data: str) -> None:
        if not self._is_style:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def one(self, tag: str) -> dict[str, str]:
        (attributes,) = self.all(tag)
        return attributes

    @property
    def links(self) -> list[str]:
        return [link["href"] for link in self.all("a")]


def read(html: str) -> Outline:
    outline = Outline()
    outline.feed(html)
    outline.close()
    outline.text = " ".join(outline.text.split())
    return outline
