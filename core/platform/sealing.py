"""Keeps answers to the platform unreadable to whoever holds only the database.

An answer may carry a secret (a link token, codes), and a repeat must get the very same answer. So
what is kept is sealed with AES-256-GCM under a key made of the caller's bearer key and the
idempotency key, neither of which the database alone gives away: only the repeat itself opens it.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import StorageFault
from core.platform.model import Answer, Command

NONCE_BYTES = 12


def scope_of(bearer: str) -> str:
    """How a bearer key is named in the database, in hex."""
    return hashlib.sha256(b"platform scope\0" + bearer.encode()).hexdigest()


def seal(command: Command, answer: Answer) -> Mapping[str, object]:
    nonce = os.urandom(NONCE_BYTES)
    plain = json.dumps(answer.body).encode()
    bound = _bound(command, answer.status)
    sealed = nonce + AESGCM(_sealing_key(command)).encrypt(nonce, plain, bound)
    return {"sealed": base64.b64encode(sealed).decode()}


def unseal(command: Command, status: int, kept: Mapping[str, object]) -> Answer:
    sealed = base64.b64decode(str(kept["sealed"]))
    nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    try:
        plain = AESGCM(_sealing_key(command)).decrypt(nonce, rest, _bound(command, status))
    except InvalidTag as error:
        raise StorageFault("a kept answer was changed") from error
    return Answer(status=status, body=json.loads(plain))


def _bound(command: Command, status: int) -> bytes:
    return f"{command.request_hash}:{status}".encode()


def _sealing_key(command: Command) -> bytes:
    salt = hashlib.sha256(command.key.encode()).digest()
    derived = HKDF(SHA256(), length=32, salt=salt, info=b"platform kept answer")
    return derived.derive(command.bearer.encode())
