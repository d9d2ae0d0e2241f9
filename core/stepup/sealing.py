"""Keeps step-up secrets unreadable to whoever holds only the database.

A secret is sealed with AES-256-GCM under a key that is derived from a secret of the settings and
bound to its person. The first key seals, each opens: so a key can be brought in beside the old.
"""

import base64
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import StepUpBroken
from core.ids import PersonId

NONCE_BYTES = 12


def key_from(secret: str) -> bytes:
    """The sealing key that a secret of the settings stands for."""
    derived = HKDF(SHA256(), length=32, salt=None, info=b"step-up secrets")
    return derived.derive(secret.encode())


def seal(keys: Sequence[bytes], person_id: PersonId, secret: str) -> str:
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(keys[0]).encrypt(nonce, secret.encode(), _bound(person_id))
    return base64.b64encode(nonce + sealed).decode()


def unseal(keys: Sequence[bytes], person_id: PersonId, kept: str) -> str:
    """Raises `StepUpBroken` when no key opens it: an operator has to take it off."""
    sealed = base64.b64decode(kept)
    for key in keys:
        try:
            plain = AESGCM(key).decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(person_id)
            )
        except InvalidTag:
            continue
        return plain.decode()
    raise StepUpBroken


def _bound(person_id: PersonId) -> bytes:
    return f"person:{person_id}".encode()
