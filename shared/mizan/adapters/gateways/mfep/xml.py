"""MFEP's XML from outside, read without XML's tricks; and the exact text that a signature is made over.

A message is text in UTF-8 or UTF-16 (.NET senders declare utf-16 over UTF-8 bytes: what the bytes are counts). It
has no DOCTYPE, no entity but the five, no comment, no processing instruction and no CDATA, so that what is signed
and what is read cannot differ.
"""

import codecs
import re
from typing import Any, TypeAlias
from xml.sax.saxutils import escape

from lxml import etree

from mizan.adapters.gateways.mfep.codes import BAD_SCHEMA
from mizan.domain.errors import InvalidCallbackError

Element: TypeAlias = Any
"""An lxml element; lxml ships no types."""

BYTES_MAX = 64_000
DEPTH_MAX, ELEMENT_COUNT_MAX = 10, 2_000
BODY_TAG = "MsgBody"

_DECLARATION = re.compile(r"\s*<\?xml\s[^<>?]*\?>")
_BODY_START = re.compile(rf"<{BODY_TAG}[\s/>]")
_BODY = re.compile(rf"<{BODY_TAG}(?:\s[^<>]*)?>.*</{BODY_TAG}\s*>|<{BODY_TAG}(?:\s[^<>]*)?/>", re.DOTALL)
_NOT_TEXT = re.compile("[^\\t\\n\\r\\u0020-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


class Message:
    """A message: its root, and its text without the declaration."""

    __slots__ = ("root", "text")

    def __init__(self, root: Element, text: str) -> None:
        self.root, self.text = root, text

    @property
    def signed_texts(self) -> tuple[str, ...]:
        """What the sender may have signed: the outer XML of `MsgBody` as it stands in the message; the same without the
        white space of formatting; and that as .NET writes it, with a space before `/>`.
        """
        found = _BODY.search(self.text)
        body = self.root.find(BODY_TAG)
        if found is None or body is None:
            return ()
        plain = unformatted(body)
        return found[0], plain, plain.replace("/>", " />")


def read(content: bytes) -> Message:
    """Raises InvalidCallbackError on whatever is no MFEP message."""
    text = _DECLARATION.sub("", _decoded(content), count=1)
    has_tricks = "<!" in text or "<?" in text or len(_BODY_START.findall(text)) > 1
    if has_tricks or len(content) > BYTES_MAX or _NOT_TEXT.search(text):
        raise InvalidCallbackError(BAD_SCHEMA)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise InvalidCallbackError(BAD_SCHEMA) from None
    if root is None or root.tag != "MFEP" or not _is_small(root):
        raise InvalidCallbackError(BAD_SCHEMA)
    return Message(root, text)


def text_at(element: Element, path: str) -> str:
    """The text at a path, trimmed; empty where there is none. Raises InvalidCallbackError where the path is there
    twice: of two values nobody knows which was meant.
    """
    found = element.findall(path)
    if len(found) > 1 or (found and len(found[0])):
        raise InvalidCallbackError(BAD_SCHEMA)
    return str(found[0].text or "").strip() if found else ""


def required(element: Element, path: str) -> str:
    """As `text_at`. Raises InvalidCallbackError where there is no text."""
    if not (text := text_at(element, path)):
        raise InvalidCallbackError(BAD_SCHEMA)
    return text


def unformatted(element: Element) -> str:
    """An element's outer XML without the white space between elements."""
    inner = "".join(map(unformatted, element)) if len(element) else escape(element.text or "")
    attributes = "".join(f' {name}="{escape(value, {chr(34): "&quot;"})}"' for name, value in element.attrib.items())
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>" if inner else f"<{element.tag}{attributes}/>"


Node: TypeAlias = "str | list[tuple[str, Node]]"
"""What an element holds: text, or further elements in order."""


def written(name: str, node: Node) -> str:
    """An element as XML, unformatted. Characters that XML cannot carry are left out."""
    if isinstance(node, str):
        text = escape(_NOT_TEXT.sub("", node))
        return f"<{name}>{text}</{name}>" if text else f"<{name}/>"
    return f"<{name}>{''.join(written(child, content) for child, content in node)}</{name}>"


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise InvalidCallbackError(BAD_SCHEMA) from None


def _is_small(root: Element) -> bool:
    """Counted level by level, so that depth is bounded before anything recurses."""
    level, depth, count = [root], 0, 0
    while level:
        depth, count = depth + 1, count + len(level)
        if depth > DEPTH_MAX or count > ELEMENT_COUNT_MAX:
            return False
        level = [child for element in level for child in element]
    return True
