"""WeChat Pay's refusals: HTTP status, code and text of each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What in the request was wrong, for the reply's `detail`."""

    field: str
    value: object
    issue: str
    location: str = "body"


class WrongControl(ValueError):
    """A control was asked for something it cannot do; the text says what is allowed."""


class WechatError(Exception):
    """A refusal in WeChat's form."""

    def __init__(self, status: int, code: str, message: str, fault: Fault | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fault = fault

    def body(self) -> dict[str, object]:
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.fault is not None:
            body["detail"] = {
                "field": self.fault.field,
                "value": self.fault.value,
                "issue": self.fault.issue,
                "location": self.fault.location,
            }
        return body


def parameter_error(field: str, value: object, issue: str, location: str = "body") -> WechatError:
    fault = Fault(field=field, value=value, issue=issue, location=location)
    return WechatError(400, "PARAM_ERROR", f"参数错误：{field} {issue}", fault)


def sign_error(issue: str) -> WechatError:
    return WechatError(401, "SIGN_ERROR", f"签名错误：{issue}")
