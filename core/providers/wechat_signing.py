"""WeChat Pay's cryptography: signing requests, checking who wrote a message, opening its contents.

Everything here is pure: the time is handed in, nothing is fetched and nothing is remembered.
"""

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import Certificate, load_pem_x509_certificate

from core.errors import ForgedMessage

SCHEME = "WECHATPAY2-SHA256-RSA2048"
CIPHER = "AEAD_AES_256_GCM"
PROBE_PREFIX = "WECHATPAY/SIGNTEST/"
PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
FRESH_S = 300
SMALLEST_RSA_BITS = 2048
API_V3_KEY_BYTES = 32
GCM_NONCE_BYTES = 12

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
# No blanks and no line breaks: a line break in the nonce would move the border to the body.
_NONCE = re.compile(r"[!-~]{1,128}")
_CERTIFICATE_SERIAL = re.compile(r"[0-9A-Fa-f]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs our requests with the merchant's private key."""

    merchant: str
    serial: str
    key: RSAPrivateKey = field(repr=False)

    def authorization(
        self, *, method: str, path: str, body: bytes, timestamp: int, nonce: str
    ) -> str:
        """The `Authorization` header. `path` starts with `/v3/` and includes the query as sent."""
        message = f"{method}\n{path}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = b64encode(self.key.sign(message, PKCS1v15(), SHA256())).decode()
        return (
            f'{SCHEME} mchid="{self.merchant}",nonce_str="{nonce}",signature="{signature}",'
            f'timestamp="{timestamp}",serial_no="{self.serial}"'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Every key WeChat may sign with now: its public key, platform certificates, or both.

    Both kinds count at the same time, because a merchant's callbacks move from one to the other
    over about a week. Certificates are kept by number, so that neither letter case nor leading
    zeros of a serial matter.
    """

    public_key_id: str | None = None
    public_key: RSAPublicKey | None = None
    certificates: Mapping[int, Certificate] = field(default_factory=dict)

    def with_certificates(self, certificates: Mapping[int, Certificate]) -> "Keyring":
        return replace(self, certificates=dict(certificates))

    def find(self, serial: str, now: datetime) -> RSAPublicKey:
        """The key that `Wechatpay-Serial` names, and no other."""
        if serial.startswith(PUBLIC_KEY_PREFIX):
            if self.public_key is None or serial != self.public_key_id:
                raise ForgedMessage("Wechatpay-Serial names a public key that is not configured")
            return self.public_key
        if not _CERTIFICATE_SERIAL.fullmatch(serial):
            raise ForgedMessage("Wechatpay-Serial must be PUB_KEY_ID_… or a hexadecimal serial")
        certificate = self.certificates.get(int(serial, 16))
        if certificate is None:
            raise ForgedMessage("Wechatpay-Serial names a platform certificate we do not have")
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise ForgedMessage("the platform certificate is not valid at this time")
        return _rsa_public(certificate.public_key())


def verify(headers: Mapping[str, str], body: bytes, *, keyring: Keyring, now: datetime) -> None:
    """Returns if WeChat signed these raw bytes less than 300 s from now, else raises
    `ForgedMessage`. Header names may be in any letter case.
    """
    fields = _wechat_headers(headers)
    if fields.get("wechatpay-signature-type", SCHEME) != SCHEME:
        raise ForgedMessage(f"Wechatpay-Signature-Type must be {SCHEME} or absent")
    timestamp = _required(fields, "wechatpay-timestamp")
    nonce = _required(fields, "wechatpay-nonce")
    signature = _required(fields, "wechatpay-signature")
    serial = _required(fields, "wechatpay-serial")
    _check_fresh(timestamp, now)
    if not _NONCE.fullmatch(nonce):
        raise ForgedMessage("Wechatpay-Nonce must be 1 to 128 visible ASCII characters")
    if signature.startswith(PROBE_PREFIX):
        raise ForgedMessage("a deliberate signature probe")
    key = keyring.find(serial, now)
    message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    try:
        key.verify(_base64(signature, "Wechatpay-Signature"), message, PKCS1v15(), SHA256())
    except InvalidSignature as fault:
        raise ForgedMessage("Wechatpay-Signature does not match the message") from fault


def decrypt(cipher: AESGCM, *, nonce: str, ciphertext: str, associated_data: str) -> bytes:
    """Opens an AES-GCM resource; `ciphertext` is Base64 of the encrypted bytes and the tag."""
    sealed = _base64(ciphertext, "ciphertext")
    try:
        nonce_bytes, bound = nonce.encode(), associated_data.encode()
    except UnicodeEncodeError as fault:
        raise ForgedMessage("nonce and associated_data must be UTF-8 texts") from fault
    if len(nonce_bytes) != GCM_NONCE_BYTES:
        raise ForgedMessage(f"nonce of a resource must be {GCM_NONCE_BYTES} bytes")
    try:
        return cipher.decrypt(nonce_bytes, sealed, bound)
    except InvalidTag as fault:
        raise ForgedMessage("the resource was not encrypted with our APIv3 key") from fault


def load_signing_key(pem: bytes) -> RSAPrivateKey:
    """The merchant's private key; raises ValueError saying what is needed."""
    needed = (
        "WeChat Pay private key must be an unencrypted PEM RSA key"
        f" of {SMALLEST_RSA_BITS} bits or more"
    )
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
        raise ValueError(needed) from fault
    if not isinstance(key, RSAPrivateKey) or key.key_size < SMALLEST_RSA_BITS:
        raise ValueError(needed)
    return key


def load_public_key(pem: bytes) -> RSAPublicKey:
    """WeChat Pay's public key; raises ValueError saying what is needed."""
    needed = (
        f"WeChat Pay public key must be a PEM RSA public key of {SMALLEST_RSA_BITS} bits or more"
    )
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise ValueError(needed) from fault
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_RSA_BITS:
        raise ValueError(needed)
    return key


def load_platform_certificate(pem: bytes) -> Certificate:
    """A platform certificate out of a decrypted resource."""
    try:
        certificate = load_pem_x509_certificate(pem)
        _rsa_public(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise ForgedMessage("a platform certificate must be PEM X.509 with an RSA key") from fault
    return certificate


def load_cipher(text: str) -> AESGCM:
    """The APIv3 key, ready for use; raises ValueError saying what is needed."""
    key = text.encode()
    if len(key) != API_V3_KEY_BYTES:
        raise ValueError(f"WeChat Pay APIv3 key must be exactly {API_V3_KEY_BYTES} bytes")
    return AESGCM(key)


def _rsa_public(key: object) -> RSAPublicKey:
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_RSA_BITS:
        raise ForgedMessage(f"a platform key must be RSA of {SMALLEST_RSA_BITS} bits or more")
    return key


def _wechat_headers(headers: Mapping[str, str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in headers.items():
        lowered = name.lower()
        if not lowered.startswith("wechatpay-"):
            continue
        if fields.setdefault(lowered, value) != value:
            raise ForgedMessage(f"header {lowered} came twice with different values")
    return fields


def _required(fields: Mapping[str, str], name: str) -> str:
    value = fields.get(name)
    if not value:
        raise ForgedMessage(f"header {name} is missing or empty")
    return value


def _check_fresh(timestamp: str, now: datetime) -> None:
    if not _TIMESTAMP.fullmatch(timestamp):
        raise ForgedMessage("Wechatpay-Timestamp must be Unix seconds in digits")
    if abs(int(now.timestamp()) - int(timestamp)) >= FRESH_S:
        raise ForgedMessage(f"Wechatpay-Timestamp is {FRESH_S} s or more away from our clock")


def _base64(text: str, name: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise ForgedMessage(f"{name} must be standard Base64") from fault
