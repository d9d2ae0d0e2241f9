"""A QQ Wallet merchant's credentials, as the settings layer hands them over."""

import re
from dataclasses import dataclass, field

from core.providers.exchange import ClientCertificate

_NUMBER = re.compile(r"[0-9A-Za-z]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class QqSettings:
    """`base_url` None means QQ Wallet's own hosts. Refunds need the operator, its password and
    the client certificate.
    """

    base_url: str | None = None
    mch_id: str
    key: str = field(repr=False)
    op_user_id: str | None = None
    op_user_passwd: str | None = field(default=None, repr=False)
    client_cert_pem: bytes | None = field(default=None, repr=False)
    client_key_pem: bytes | None = field(default=None, repr=False)

    def checked(self) -> "QqSettings":
        """These, or ValueError."""
        if not _NUMBER.fullmatch(self.mch_id):
            raise ValueError("QQ Wallet merchant number must be 1 to 32 letters or digits")
        if not self.key:
            raise ValueError("QQ Wallet API key must not be empty")
        return self

    def certificate(self) -> ClientCertificate | None:
        if self.client_cert_pem is None or self.client_key_pem is None:
            return None
        return ClientCertificate(certificate_pem=self.client_cert_pem, key_pem=self.client_key_pem)
