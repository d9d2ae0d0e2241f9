"""The house's MD5 signature: sorted non-empty parameters, then the merchant's key."""

import hashlib
import hmac
from collections.abc import Mapping

NOT_SIGNED = "sign"


def signed_text(pairs: Mapping[str, bytes], key: str) -> bytes:
    """What is hashed; values are raw, and `"0"` is a value like any other."""
    parts = [
        name.encode() + b"=" + pairs[name]
        for name in sorted(pairs)
        if name != NOT_SIGNED and pairs[name] != b""
    ]
    return b"&".join([*parts, b"key=" + key.encode()])


def md5_of_bytes(pairs: Mapping[str, bytes], key: str) -> str:
    return hashlib.md5(signed_text(pairs, key), usedforsecurity=False).hexdigest().upper()


def md5_sign(pairs: Mapping[str, str], key: str, charset: str = "UTF-8") -> str:
    """Upper-case hexadecimal digits of the MD5 over the bytes in `charset`."""
    return md5_of_bytes({name: text.encode(charset) for name, text in pairs.items()}, key)


def is_same_sign(one: str, other: str, *, ignore_case: bool = False) -> bool:
    if ignore_case:
        one, other = one.upper(), other.upper()
    return hmac.compare_digest(one.encode(), other.encode())


def with_sign(pairs: Mapping[str, str], key: str, charset: str = "UTF-8") -> dict[str, str]:
    return {**pairs, NOT_SIGNED: md5_sign(pairs, key, charset)}


def password_digest(password: str) -> str:
    """How an operator's password goes over the wire."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest().upper()
