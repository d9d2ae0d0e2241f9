"""The keys under which codes are stored: never in the database, the newest first.

A code is kept as its HMAC-SHA-256 with the name of the key; what has to hold plain codes for a
while is sealed with AES-256-GCM under a key made of the same one.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import CodesOff, StorageFault

KEY_ID_LENGTH = 8
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class _Key:
    text: bytes = field(repr=False)

    @property
    def key_id(self) -> str:
        return hashlib.sha256(b"code key id\0" + self.text).hexdigest()[:KEY_ID_LENGTH]

    def digest(self, code: str) -> str:
        return hmac.new(self.text, b"code\0" + code.encode(), hashlib.sha256).hexdigest()

    def sealing(self) -> AESGCM:
        derived = HKDF(SHA256(), length=32, salt=None, info=b"code seal")
        return AESGCM(derived.derive(self.text))


class CodeKeys:
    """Without a key, codes are off."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._keys = tuple(_Key(text.encode()) for text in texts)

    @property
    def are_there(self) -> bool:
        return bool(self._keys)

    def newest(self) -> tuple[str, "_Key"]:
        """The key for new codes, and its name; raises `CodesOff`."""
        if not self._keys:
            raise CodesOff
        return self._keys[0].key_id, self._keys[0]

    def digests(self, code: str) -> tuple[str, ...]:
        """How the code may be stored: once under each key; raises `CodesOff`."""
        self.newest()
        return tuple(key.digest(code) for key in self._keys)

    def seal(self, text: str) -> str:
        """Readable only with the key; raises `CodesOff`."""
        key_id, key = self.newest()
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + key.sealing().encrypt(nonce, text.encode(), key_id.encode())
        return f"{key_id}:{base64.b64encode(sealed).decode()}"

    def unseal(self, text: str) -> str:
        """Raises `StorageFault` for what was changed, or sealed under a key that is gone."""
        key_id, _, content = text.partition(":")
        sealed = base64.b64decode(content)
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        for key in self._keys:
            if key.key_id == key_id:
                try:
                    return key.sealing().decrypt(nonce, rest, key_id.encode()).decode()
                except InvalidTag as error:
                    raise StorageFault("a sealed text was changed") from error
        raise StorageFault(f"the code key {key_id} is not among the settings")
