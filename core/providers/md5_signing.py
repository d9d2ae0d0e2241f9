"""The shared-key signature of QQ Wallet and Tenpay: MD5 over the sorted fields and the key."""

import hashlib
import hmac
from collections.abc import Mapping


def signature(fields: Mapping[str, bytes], key: bytes) -> str:
    """Upper-case hex over every non-empty field but `sign`, undocumented ones too.

    Values are the raw bytes in the message's own charset; "0" is not empty.
    """
    signed = [
        name.encode() + b"=" + value
        for name, value in sorted(fields.items())
        if value != b"" and name != "sign"
    ]
    return md5_hex(b"&".join([*signed, b"key=" + key])).upper()


def is_signed(fields: Mapping[str, bytes], key: bytes) -> bool:
    """Whether `sign` is there and right, in either case; compared in constant time."""
    given = fields.get("sign", b"").upper()
    return hmac.compare_digest(given, signature(fields, key).encode())


def md5_hex(content: bytes) -> str:
    """Both protocols know no other digest; the key, not the digest, is the secret."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def encoded(fields: Mapping[str, str], charset: str = "utf-8") -> dict[str, bytes]:
    """Texts as the bytes that are signed."""
    return {name: value.encode(charset) for name, value in fields.items()}
