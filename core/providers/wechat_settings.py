"""A WeChat Pay merchant's credentials, as the settings layer hands them over."""

import re
from dataclasses import dataclass, field

from core.providers.wechat_signing import (
    PUBLIC_KEY_PREFIX,
    Keyring,
    Signer,
    load_public_key,
    load_signing_key,
)

_NAME = re.compile(r"[0-9A-Za-z_-]{1,32}")
_SERIAL = re.compile(r"[0-9A-Fa-f]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WechatSettings:
    """A merchant's credentials, checked when built.

    `base_url` None means WeChat's own hosts. Without `public_key_pem` and `public_key_id` the
    platform certificates are fetched and used instead.
    """

    base_url: str | None = None
    mchid: str
    appid: str
    private_key_pem: bytes = field(repr=False)
    cert_serial: str
    api_v3_key: str = field(repr=False)
    public_key_pem: bytes | None = field(default=None, repr=False)
    public_key_id: str | None = None

    def signer(self) -> Signer:
        for name, value in (("mchid", self.mchid), ("appid", self.appid)):
            if not _NAME.fullmatch(value):
                raise ValueError(f"WeChat Pay {name} must be 1 to 32 of 0-9 A-Z a-z _ -")
        if not _SERIAL.fullmatch(self.cert_serial):
            raise ValueError("WeChat Pay merchant certificate serial must be hexadecimal")
        key = load_signing_key(self.private_key_pem)
        return Signer(merchant=self.mchid, serial=self.cert_serial, key=key)

    def keyring(self) -> Keyring:
        if self.public_key_pem is None and self.public_key_id is None:
            return Keyring()
        if self.public_key_pem is None or self.public_key_id is None:
            raise ValueError("WeChat Pay public key and its id must be given together")
        if not re.fullmatch(PUBLIC_KEY_PREFIX + r"[0-9A-Za-z_-]{1,64}", self.public_key_id):
            raise ValueError(f"WeChat Pay public key id must be {PUBLIC_KEY_PREFIX}…")
        public_key = load_public_key(self.public_key_pem)
        return Keyring(public_key_id=self.public_key_id, public_key=public_key)
