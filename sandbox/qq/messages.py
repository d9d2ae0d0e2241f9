"""QQ Wallet's messages: one flat level of XML under `<xml>`, without document types."""

from collections.abc import Iterable
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from sandbox.tenpay.house.errors import at_the_door
from sandbox.tenpay.house.model import Pairs

DOCTYPE = b'<!DOCTYPE xml [<!ENTITY state "SUCCESS">]>'
_LARGEST = 64 * 1024


def read_message(body: bytes) -> Pairs:
    if not body.strip():
        raise at_the_door("POST_DATA_EMPTY", "post 数据为空")
    if len(body) > _LARGEST:
        raise at_the_door("XML_FORMAT_ERROR", f"报文超过 {_LARGEST} 字节")
    pairs: Pairs = {}
    for element in _root(body):
        if len(element) or element.attrib or element.tag in pairs:
            raise at_the_door("XML_FORMAT_ERROR", f"{element.tag} 应为唯一的单层元素")
        pairs[element.tag] = element.text or ""
    return pairs


def write_message(pairs: Iterable[tuple[str, str]]) -> bytes:
    elements = "".join(f"<{name}>{_cdata(text)}</{name}>" for name, text in pairs)
    return f"<xml>{elements}</xml>".encode()


def _root(body: bytes) -> Element:
    try:
        root: Element = fromstring(body.decode("utf-8"), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise at_the_door("XML_FORMAT_ERROR", "XML 格式错误（UTF-8，不含 DOCTYPE）") from error
    if root.tag != "xml":
        raise at_the_door("XML_FORMAT_ERROR", "根元素应为 xml")
    return root


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>" if text else ""
