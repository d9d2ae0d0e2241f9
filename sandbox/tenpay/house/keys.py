"""A merchant's agreement with the house: number, key, and what refunds need."""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_NAMES_FILE = "merchant.json"
_CERTIFICATE = "client_certificate.pem"
_KEY = "client_key.pem"
_LIFE = timedelta(days=5 * 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """`certificate_pem` and `key_pem` are the client pair of refunds; loopback asks for none."""

    merchant: str
    key: str
    op_user_id: str
    op_user_passwd: str
    certificate_pem: str
    key_pem: str

    def __post_init__(self) -> None:
        if not self.merchant or len(self.key) != 32:
            raise ValueError("merchant is a number, key is exactly 32 characters")


def generate_credentials(*, merchant: str = "1900000109", key: str = "") -> Credentials:
    private = generate_private_key(SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Credentials(
        merchant=merchant,
        key=key or secrets.token_hex(16),
        op_user_id=merchant,
        op_user_passwd=secrets.token_urlsafe(12),
        certificate_pem=_certificate(private, merchant).decode(),
        key_pem=pem.decode(),
    )


def save_credentials(credentials: Credentials, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / _CERTIFICATE, credentials.certificate_pem)
    _write(folder / _KEY, credentials.key_pem)
    # the names come last: their file says that the set is complete
    _write(folder / _NAMES_FILE, json.dumps(asdict(credentials), indent=2))


def load_credentials(folder: Path) -> Credentials | None:
    """The saved set, or None where no complete one was saved."""
    if not (folder / _NAMES_FILE).exists():
        return None
    return Credentials(**json.loads((folder / _NAMES_FILE).read_text()))


def refund_settings(credentials: Credentials, folder: Path, prefix: str) -> dict[str, str]:
    return {
        f"{prefix}_OP_USER_ID": credentials.op_user_id,
        f"{prefix}_OP_USER_PASSWD": credentials.op_user_passwd,
        f"{prefix}_CLIENT_CERT_FILE": str((folder / _CERTIFICATE).resolve()),
        f"{prefix}_CLIENT_KEY_FILE": str((folder / _KEY).resolve()),
    }


def _certificate(key: EllipticCurvePrivateKey, merchant: str) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Sandbox merchant {merchant}")])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _LIFE)
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


def _write(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.write_text(content)
