"""Stripe's refusals: HTTP status, type, code and text of each."""

from collections.abc import Mapping

_DOCS = "https://docs.stripe.com/error-codes/"


class StripeError(Exception):
    """A refusal in Stripe's form; one that came from executing is kept under its key."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
        was_executed: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.code = code
        self.param = param
        self.decline_code = decline_code
        self.was_executed = was_executed

    def body(self, request_id: str = "") -> dict[str, object]:
        error: dict[str, object] = {"message": self.message, "type": self.kind}
        if self.code:
            error |= {"code": self.code, "doc_url": _DOCS + self.code.replace("_", "-")}
        if self.decline_code:
            error["decline_code"] = self.decline_code
        if self.param:
            error["param"] = self.param
        if request_id:
            error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


def invalid(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    return StripeError(400, message, param=param, code=code)


def missing(what: str, identifier: str, *, status: int = 404, param: str = "id") -> StripeError:
    text = f"No such {what}: '{identifier}'"
    return StripeError(status, text, code="resource_missing", param=param)


def unexpected_state(
    message: str, code: str | None = "payment_intent_unexpected_state"
) -> StripeError:
    return StripeError(400, message, code=code, was_executed=True)


def card_error(
    code: str, decline_code: str | None = None, param: str | None = None
) -> StripeError:
    return StripeError(
        402,
        CARD_TEXTS[decline_code or code],
        kind="card_error",
        code=code,
        decline_code=decline_code,
        param=param,
        was_executed=True,
    )


CARD_TEXTS: Mapping[str, str] = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "test_mode_live_card": "Your card was declined. This is no test card of the sandbox.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a moment.",
    "incorrect_number": "Your card number is incorrect.",
    "invalid_cvc": "Your card's security code is invalid.",
    "invalid_expiry_month": "Your card's expiration month is invalid.",
    "invalid_expiry_year": "Your card's expiration year is invalid.",
    "card_not_supported": "This card brand is not accepted here.",
    "payment_intent_authentication_failure": "The bank could not confirm that it is you.",
    "capture_charge_authorization_expired": "The bank gave the money back; it cannot be captured.",
}
