"""WeChat Pay's side of the signatures: reading the merchant's, making its own."""

import base64
import binascii
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from sandbox.pay.errors import sign_error

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESH_S = 300
_PAIR = re.compile(r'([a-z_]+)="([^"]*)"')
_PAIRS = re.compile(r'[a-z_]+="[^"]*"(,[a-z_]+="[^"]*"){4}')
_NONCE = re.compile(r"[0-9A-Za-z]{1,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """The merchant's claim over one request."""

    mchid: str
    nonce_str: str
    signature: str
    timestamp: str
    serial_no: str

    @classmethod
    def read(cls, header: str | None) -> Self:
        if not header:
            raise sign_error("缺少 Authorization 头")
        scheme, _, pairs = header.partition(" ")
        if scheme != SCHEME:
            raise sign_error(f"认证类型应为 {SCHEME}")
        values = dict(_PAIR.findall(pairs))
        if not _PAIRS.fullmatch(pairs) or set(values) != set(cls.__slots__):
            raise sign_error('Authorization 应为五个以逗号分隔、无空格的 名="值"')
        return cls(**values)

    def check_fresh(self, now: int) -> None:
        if not self.timestamp.isdecimal() or abs(now - int(self.timestamp)) > FRESH_S:
            raise sign_error("timestamp 与微信支付时间相差超过 5 分钟")

    def check_signature(self, key: RSAPublicKey, readings: "Iterable[SignedRequest]") -> None:
        """One of the readings of the request has to be what was signed."""
        if not _NONCE.fullmatch(self.nonce_str):
            raise sign_error("nonce_str 应为 1 至 32 位字母或数字")
        messages = [each.message(self.timestamp, self.nonce_str) for each in readings]
        if not any(verify(key, message, self.signature) for message in messages):
            raise sign_error("签名与请求不符")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """The parts of a request a merchant signs; `target` is path and query exactly as sent."""

    method: str
    target: str
    body: bytes

    def message(self, timestamp: str, nonce: str) -> bytes:
        head = f"{self.method}\n{self.target}\n{timestamp}\n{nonce}\n"
        return head.encode() + self.body + b"\n"


def reply_message(timestamp: str, nonce: str, body: bytes) -> bytes:
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"


def sign(key: RSAPrivateKey, message: bytes) -> str:
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def verify(key: RSAPublicKey, message: bytes, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def new_nonce() -> str:
    return secrets.token_hex(16)


def signature_headers(
    key: RSAPrivateKey, serial: str, timestamp: int, body: bytes
) -> dict[str, str]:
    nonce = new_nonce()
    message = reply_message(str(timestamp), nonce, body)
    return {
        "Wechatpay-Timestamp": str(timestamp),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": sign(key, message),
        "Wechatpay-Serial": serial,
        "Wechatpay-Signature-Type": SCHEME,
    }


def encrypt_resource(
    api_v3_key: str, plaintext: bytes, associated_data: str, nonce: str | None = None
) -> dict[str, str]:
    """The encrypted part of a callback or of a certificate."""
    nonce = nonce or secrets.token_hex(6)
    sealed = AESGCM(api_v3_key.encode()).encrypt(
        nonce.encode(), plaintext, associated_data.encode()
    )
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(sealed).decode(),
        "associated_data": associated_data,
        "nonce": nonce,
    }
