"""What the house checks in a merchant's flat parameters, strictly."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import AddressValueError, IPv4Address
from urllib.parse import urlsplit

from sandbox.pay.clock import BEIJING
from sandbox.tenpay.house.errors import at_the_door

_TIME = re.compile(r"\d{14}")
_WHOLE = re.compile(r"[1-9]\d{0,11}")


def lies_on(address: str, domains: Collection[str]) -> bool:
    """Whether an address lies on one of the domains (and its port, where one is given)."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https"):
        return False
    return parts.netloc in domains or parts.hostname in domains


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parameters of one request; lengths are counted in bytes of `charset`."""

    pairs: Mapping[str, str]
    charset: str = "UTF-8"

    def optional(self, name: str, *, longest: int) -> str:
        text = self.pairs.get(name, "")
        if len(text.encode(self.charset)) > longest:
            raise at_the_door("PARAM_ERROR", f"{name} 超过 {longest} 字节")
        return text

    def text(self, name: str, *, longest: int, pattern: str = "") -> str:
        text = self.optional(name, longest=longest)
        if not text:
            raise at_the_door("LACK_PARAMS", f"缺少参数 {name}")
        if pattern and not re.fullmatch(pattern, text):
            raise at_the_door("PARAM_ERROR", f"{name} 格式错误，应符合 {pattern}")
        return text

    def exactly(self, name: str, *allowed: str) -> str:
        text = self.text(name, longest=64)
        if text not in allowed:
            raise at_the_door("PARAM_ERROR", f"{name} 应为 {'、'.join(allowed)}")
        return text

    def fen(self, name: str) -> int:
        text = self.text(name, longest=12)
        if not _WHOLE.fullmatch(text):
            raise at_the_door("PARAM_ERROR", f"{name} 应为以分为单位的正整数")
        return int(text)

    def moment(self, name: str) -> datetime | None:
        """Beijing time, `yyyyMMddHHmmss`."""
        text = self.optional(name, longest=14)
        if not text:
            return None
        wrong = at_the_door("PARAM_ERROR", f"{name} 格式应为 yyyyMMddHHmmss")
        if not _TIME.fullmatch(text):
            raise wrong
        try:
            return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
        except ValueError as error:
            raise wrong from error

    def ipv4(self, name: str) -> str:
        text = self.text(name, longest=16)
        try:
            return str(IPv4Address(text))
        except AddressValueError as error:
            raise at_the_door("PARAM_ERROR", f"{name} 应为 IPv4 地址") from error

    def address(self, name: str, *, longest: int = 255) -> str:
        text = self.text(name, longest=longest)
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.fragment:
            raise at_the_door("PARAM_ERROR", f"{name} 应为绝对地址")
        return text
