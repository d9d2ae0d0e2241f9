"""A Tenpay merchant's credentials, as the settings layer hands them over."""

import re
from dataclasses import dataclass, field

from core.providers.exchange import ClientCertificate

_PARTNER = re.compile(r"[0-9]{10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TenpaySettings:
    """`base_url` None means Tenpay's own hosts. Refunds need the operator, its password and the
    client certificate.
    """

    base_url: str | None = None
    partner: str
    key: str = field(repr=False)
    op_user_id: str | None = None
    op_user_passwd: str | None = field(default=None, repr=False)
    client_cert_pem: bytes | None = field(default=None, repr=False)
    client_key_pem: bytes | None = field(default=None, repr=False)

    def checked(self) -> "TenpaySettings":
        """These, or ValueError."""
        if not _PARTNER.fullmatch(self.partner):
            raise ValueError("Tenpay partner number must be 10 digits")
        if not self.key:
            raise ValueError("Tenpay key must not be empty")
        return self

    def certificate(self) -> ClientCertificate | None:
        if self.client_cert_pem is None or self.client_key_pem is None:
            return None
        return ClientCertificate(certificate_pem=self.client_cert_pem, key_pem=self.client_key_pem)
