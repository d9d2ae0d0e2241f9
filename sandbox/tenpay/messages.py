"""Tenpay's messages: parameters in GBK or UTF-8, answers in one flat level of XML."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes
from xml.sax.saxutils import escape

from sandbox.tenpay.house.checks import Parameters
from sandbox.tenpay.house.errors import at_the_door

CHARSETS = {"GBK": "GBK", "UTF-8": "UTF-8", "UTF8": "UTF-8"}
_DEFAULT_CHARSET = b"GBK"
_LARGEST = 64 * 1024
_DOCTYPE = '<!DOCTYPE root [<!ENTITY state "0">]>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The bytes as sent, which the signature covers, and the text they stand for."""

    raw: Mapping[str, bytes]
    parameters: Parameters


def read_message(*parts: bytes) -> Message:
    """From query strings and forms; no name may come twice."""
    if sum(map(len, parts)) > _LARGEST:
        raise at_the_door("PARAM_ERROR", f"请求超过 {_LARGEST} 字节")
    raw: dict[str, bytes] = {}
    for name, value in _pairs(parts):
        if name in raw:
            raise at_the_door("PARAM_ERROR", f"参数 {name} 重复")
        raw[name] = value
    claimed = raw.get("input_charset", _DEFAULT_CHARSET).decode("latin-1").upper()
    if claimed not in CHARSETS:
        raise at_the_door("PARAM_ERROR", "input_charset 应为 GBK 或 UTF-8")
    charset = CHARSETS[claimed]
    try:
        text = {name: value.decode(charset) for name, value in raw.items()}
    except UnicodeDecodeError as error:
        raise at_the_door("PARAM_ERROR", f"参数不是 {charset} 编码") from error
    return Message(raw=raw, parameters=Parameters(pairs=text, charset=charset))


def write_root(pairs: Mapping[str, str], *, encoding: str, with_doctype: bool = False) -> bytes:
    """`encoding` is what the document declares; gb2312 is written as its superset."""
    elements = "\n".join(f"<{name}>{escape(text)}</{name}>" for name, text in pairs.items())
    doctype = _DOCTYPE if with_doctype else ""
    if with_doctype:
        elements = elements.replace("<trade_state>0<", "<trade_state>&state;<")
    head = f'<?xml version="1.0" encoding="{encoding}" ?>'
    text = f"{head}\n{doctype}<root>\n{elements}\n</root>\n"
    return text.encode("gb18030" if encoding == "gb2312" else encoding)


def _pairs(parts: Iterable[bytes]) -> Iterable[tuple[str, bytes]]:
    for part in parts:
        for piece in filter(None, part.split(b"&")):
            name, _, value = piece.partition(b"=")
            yield unquote_to_bytes(name).decode("latin-1"), unquote_to_bytes(_spaces(value))


def _spaces(value: bytes) -> bytes:
    return value.replace(b"+", b" ")
