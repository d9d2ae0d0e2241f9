"""XML of one flat level, as QQ Wallet and Tenpay write it; entities and DTDs are refused."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.errors import ForgedMessage

LARGEST = 64 * 1024
MOST_FIELDS = 200


def read_flat(body: bytes, *, root: str) -> dict[str, str]:
    """Every child of the root by name; raises `ForgedMessage` for any other shape."""
    if len(body) > LARGEST:
        raise ForgedMessage(f"a message has at most {LARGEST} bytes")
    try:
        top: Element = fromstring(body, forbid_dtd=True, forbid_entities=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as fault:
        raise ForgedMessage(f"not plain XML: {type(fault).__name__}") from fault
    if top.tag != root or top.attrib:
        raise ForgedMessage(f"the root element must be <{root}>")
    fields: dict[str, str] = {}
    for child in top:
        if len(child) or child.tag in fields or len(fields) >= MOST_FIELDS:
            raise ForgedMessage(f"<{root}> holds each field once, and no further elements")
        fields[child.tag] = child.text or ""
    return fields


def write_flat(fields: Mapping[str, str], *, root: str) -> bytes:
    """UTF-8; values are escaped, so that none can close its element."""
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f"<{root}>{inside}</{root}>".encode()
