"""Reads fields out of a request's JSON, refusing in WeChat's form what does not fit."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.pay.errors import WechatError, parameter_error


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object and where in the body it stands."""

    values: Mapping[str, object]
    prefix: str = ""

    def text(self, name: str, *, longest: int, pattern: re.Pattern[str] | None = None) -> str:
        value = self.optional_text(name, longest=longest)
        if not value:
            raise self._refuse(name, f"必填，1 至 {longest} 个字符")
        if pattern is not None and not pattern.fullmatch(value):
            raise self._refuse(name, f"格式应为 {pattern.pattern}")
        return value

    def optional_text(self, name: str, *, longest: int) -> str:
        value = self.values.get(name, "")
        if not isinstance(value, str) or len(value) > longest:
            raise self._refuse(name, f"应为不超过 {longest} 个字符的字符串")
        return value

    def whole(self, name: str, *, smallest: int, largest: int) -> int:
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._refuse(name, "必填，应为整数（分）")
        if not smallest <= value <= largest:
            raise self._refuse(name, f"应在 {smallest} 至 {largest} 之间")
        return value

    def part(self, name: str) -> "Fields":
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise self._refuse(name, "必填，应为对象")
        return Fields(value, f"{self.prefix}/{name}")

    def has(self, name: str) -> bool:
        return name in self.values

    def _refuse(self, name: str, issue: str) -> WechatError:
        return parameter_error(f"{self.prefix}/{name}", self.values.get(name), issue)


def read_object(body: bytes) -> Fields:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise parameter_error("/", None, "请求体应为 UTF-8 编码的 JSON 对象") from error
    if not isinstance(value, dict):
        raise parameter_error("/", None, "请求体应为 JSON 对象")
    return Fields(value)
