"""The keys and names shared by a merchant and the stand-in, made at a demo's start."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

_NAMES_FILE = "wechat.json"
_MERCHANT_KEY = "merchant_key.pem"
_WECHAT_KEY = "wechat_key.pem"
_WECHAT_PUBLIC_KEY = "wechat_public_key.pem"
_PLATFORM_KEY = "platform_key.pem"
_PLATFORM_CERTIFICATE = "platform_certificate.pem"
_CERTIFICATE_LIFE = timedelta(days=5 * 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """One merchant's agreement with WeChat Pay, both sides' private keys included."""

    mchid: str
    appid: str
    merchant_serial: str
    merchant_key: RSAPrivateKey
    api_v3_key: str
    public_key_id: str
    wechat_key: RSAPrivateKey
    platform_key: RSAPrivateKey
    platform_certificate: x509.Certificate

    def __post_init__(self) -> None:
        if len(self.api_v3_key.encode()) != 32:
            raise ValueError("api_v3_key is exactly 32 bytes")

    @property
    def platform_serial(self) -> str:
        return f"{self.platform_certificate.serial_number:X}".zfill(40)


def generate_credentials(*, mchid: str = "1900009191", appid: str = "") -> Credentials:
    platform_key = _new_key()
    return Credentials(
        mchid=mchid,
        appid=appid or f"wx{secrets.token_hex(8)}",
        merchant_serial=secrets.token_hex(20).upper(),
        merchant_key=_new_key(),
        api_v3_key=secrets.token_hex(16),
        public_key_id=f"PUB_KEY_ID_01{mchid}{secrets.randbelow(10**16):016d}",
        wechat_key=_new_key(),
        platform_key=platform_key,
        platform_certificate=_certificate(platform_key),
    )


def save_credentials(credentials: Credentials, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    names = {
        "mchid": credentials.mchid,
        "appid": credentials.appid,
        "merchant_serial": credentials.merchant_serial,
        "api_v3_key": credentials.api_v3_key,
        "public_key_id": credentials.public_key_id,
    }
    certificate = certificate_pem(credentials.platform_certificate)
    _write(folder / _MERCHANT_KEY, _private_pem(credentials.merchant_key))
    _write(folder / _WECHAT_KEY, _private_pem(credentials.wechat_key))
    _write(folder / _WECHAT_PUBLIC_KEY, public_pem(credentials.wechat_key))
    _write(folder / _PLATFORM_KEY, _private_pem(credentials.platform_key))
    _write(folder / _PLATFORM_CERTIFICATE, certificate)
    # the names come last: their file says that the set is complete
    _write(folder / _NAMES_FILE, json.dumps(names, indent=2).encode())


def load_credentials(folder: Path) -> Credentials | None:
    """The saved set, or None where no complete one was saved."""
    if not (folder / _NAMES_FILE).exists():
        return None
    names: dict[str, str] = json.loads((folder / _NAMES_FILE).read_text())
    certificate = (folder / _PLATFORM_CERTIFICATE).read_bytes()
    return Credentials(
        **names,
        merchant_key=_read_key(folder / _MERCHANT_KEY),
        wechat_key=_read_key(folder / _WECHAT_KEY),
        platform_key=_read_key(folder / _PLATFORM_KEY),
        platform_certificate=x509.load_pem_x509_certificate(certificate),
    )


def bot_settings(credentials: Credentials, folder: Path, base_url: str) -> dict[str, str]:
    """The bot's environment for this merchant, once the credentials are saved in `folder`."""
    return {
        "TOPUP_WECHAT_BASE_URL": base_url,
        "TOPUP_WECHAT_MCHID": credentials.mchid,
        "TOPUP_WECHAT_APPID": credentials.appid,
        "TOPUP_WECHAT_PRIVATE_KEY_FILE": str((folder / _MERCHANT_KEY).resolve()),
        "TOPUP_WECHAT_CERT_SERIAL": credentials.merchant_serial,
        "TOPUP_WECHAT_API_V3_KEY": credentials.api_v3_key,
        "TOPUP_WECHAT_PUBLIC_KEY_FILE": str((folder / _WECHAT_PUBLIC_KEY).resolve()),
        "TOPUP_WECHAT_PUBLIC_KEY_ID": credentials.public_key_id,
    }


def public_pem(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _new_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def _certificate(key: RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox payment platform")])
    start = datetime.now(UTC) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _CERTIFICATE_LIFE)
        .sign(key, SHA256())
    )


def _private_pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _read_key(path: Path) -> RSAPrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA private key; remove the folder for a fresh demo")
    return key
