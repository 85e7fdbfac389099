"""XML from outside, read without its tricks: no DOCTYPE, no entities, no network, no huge trees, a bounded size."""

from typing import Any

from lxml import etree

from mizan.domain.errors import LineError, QuarantinedFileError

Element = Any
"""An lxml element; lxml ships no types."""


def read_xml(content: bytes) -> Element:
    """The root. Raises QuarantinedFileError: `doctype`, or `not_xml` with the line."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise QuarantinedFileError([LineError(error.lineno or 0, "not_xml", str(error.msg)[:200])]) from None
    except (ValueError, LookupError) as error:  # an encoding that there is not
        raise QuarantinedFileError([LineError(0, "not_xml", str(error)[:200])]) from None
    if root is None:
        raise QuarantinedFileError([LineError(0, "not_xml", "empty")])
    if root.getroottree().docinfo.doctype or root.getroottree().docinfo.internalDTD is not None:
        raise QuarantinedFileError([LineError(1, "doctype")])
    return root


def name_of(element: Element) -> str:
    """Its name without the namespace: banks send every version of a message, and some none."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    return [child for child in element if name_of(child) == name]


def find(element: Element | None, path: str) -> Element | None:
    """The first element at a path of names, `Acct/Id/IBAN`."""
    for name in path.split("/"):
        if element is None:
            return None
        element = next(iter(children(element, name)), None)
    return element


def text_at(element: Element | None, *paths: str) -> str:
    """The text at the first of the paths that has any, trimmed; empty where none has."""
    for path in paths:
        found = find(element, path)
        text = (found.text or "").strip() if found is not None else ""
        if text:
            return str(text)
    return ""
