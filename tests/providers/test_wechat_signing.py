"""Signatures and encryption against the vectors and against an independent implementation."""

import hashlib
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import wechatpayv3.utils as oracle
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_public_key,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.errors import ForgedMessage
from core.providers.wechat_signing import (
    Keyring,
    Signer,
    decrypt,
    load_cipher,
    load_platform_certificate,
    load_public_key,
    load_signing_key,
    verify,
)
from tests.providers.wechat_stand_in import API_V3_KEY, PUBLIC_KEY_ID, certificate

Vectors = dict[str, dict[str, Any]]
BODIES = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
HYPOTHESIS = hypothesis_settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="session")
def signer(merchant_key: RSAPrivateKey) -> Signer:
    serial = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"
    return Signer(merchant="1230000109", serial=serial, key=merchant_key)


@pytest.fixture(scope="session")
def keyring(public_pem: bytes) -> Keyring:
    return Keyring(public_key_id=PUBLIC_KEY_ID, public_key=load_public_key(public_pem))


def signed_headers(vector: dict[str, Any], serial: str = PUBLIC_KEY_ID) -> dict[str, str]:
    return {
        "wechatpay-timestamp": str(vector["timestamp"]),
        "wechatpay-nonce": vector["nonce"],
        "wechatpay-signature": vector["signature"],
        "wechatpay-serial": serial,
    }


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("name", ["V1", "V2"])
def test_a_request_is_signed_as_the_vector_says(
    name: str, vectors: Vectors, signer: Signer
) -> None:
    vector = vectors[name]
    message = (
        f"{vector['method']}\n{vector['path']}\n{vector['timestamp']}\n{vector['nonce']}\n"
        f"{vector['body']}\n"
    ).encode()
    assert len(message) == vector["message_bytes"]
    assert hashlib.sha256(message).hexdigest() == vector["message_sha256"]

    header = signer.authorization(
        method=vector["method"],
        path=vector["path"],
        body=vector["body"].encode(),
        timestamp=vector["timestamp"],
        nonce=vector["nonce"],
    )

    assert header == (
        'WECHATPAY2-SHA256-RSA2048 mchid="1230000109",'
        f'nonce_str="{vector["nonce"]}",signature="{vector["signature"]}",'
        f'timestamp="{vector["timestamp"]}",'
        'serial_no="408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"'
    )


@pytest.mark.parametrize("name", ["V3", "V4", "V6"])
def test_a_message_of_the_vectors_is_accepted(
    name: str, vectors: Vectors, keyring: Keyring
) -> None:
    vector = vectors[name]

    verify(
        signed_headers(vector),
        vector["body"].encode(),
        keyring=keyring,
        now=at(vector["timestamp"]),
    )


@pytest.mark.parametrize("name", ["V3", "V4"])
def test_the_vectors_messages_have_their_stated_bytes(name: str, vectors: Vectors) -> None:
    vector = vectors[name]
    message = f"{vector['timestamp']}\n{vector['nonce']}\n{vector['body']}\n".encode()

    assert len(message) == vector["message_bytes"]
    assert hashlib.sha256(message).hexdigest() == vector["message_sha256"]


@pytest.mark.parametrize("name", ["V5", "O1"])
def test_a_resource_of_the_vectors_opens(name: str, vectors: Vectors) -> None:
    vector = vectors[name]

    plain = decrypt(
        AESGCM(vector["key"].encode()),
        nonce=vector["nonce"],
        ciphertext=vector["ciphertext"],
        associated_data=vector["associated_data"],
    )

    assert plain.decode() == vector["plaintext"]


def test_the_plaintext_of_v5_has_its_stated_hash(vectors: Vectors) -> None:
    plain = vectors["V5"]["plaintext"].encode()

    assert hashlib.sha256(plain).hexdigest() == vectors["V5"]["plaintext_sha256"]


def official(vectors: Vectors, strange_key: RSAPrivateKey) -> tuple[Keyring, bytes]:
    """The official callback's key, in a certificate of the official serial."""
    vector = vectors["O2"]
    pem = (Path(__file__).parent / "vectors" / "official_public_key.pem").read_bytes()
    moment = at(vector["timestamp"])
    made = certificate(
        load_public_key(pem),
        strange_key,
        int(vector["serial"], 16),
        begins=moment - timedelta(days=1),
        ends=moment + timedelta(days=3650),
    )
    return Keyring(certificates={made.serial_number: made}), vector["body"].encode()


def test_the_official_callback_is_accepted_at_its_time(
    vectors: Vectors, strange_key: RSAPrivateKey
) -> None:
    vector = vectors["O2"]
    keyring, body = official(vectors, strange_key)
    assert (len(body), hashlib.sha256(body).hexdigest()) == (568, vector["body_sha256"])

    verify(
        signed_headers(vector, vector["serial"]),
        body,
        keyring=keyring,
        now=at(vector["timestamp"]),
    )


def test_the_official_callback_is_refused_today(
    vectors: Vectors, strange_key: RSAPrivateKey
) -> None:
    vector = vectors["O2"]
    keyring, body = official(vectors, strange_key)

    with pytest.raises(ForgedMessage, match="300 s"):
        verify(
            signed_headers(vector, vector["serial"]), body, keyring=keyring, now=at(1_795_264_801)
        )


def test_the_official_resource_opens(vectors: Vectors) -> None:
    vector = vectors["O2"]
    found = vector["body"].split('"ciphertext":"')[1].split('"')[0]

    plain = decrypt(
        AESGCM(vector["key"].encode()),
        nonce="Kj7QIyUiYx1q",
        ciphertext=found,
        associated_data="payscore",
    )

    assert plain.decode() == vector["plaintext"]


@HYPOTHESIS
@given(body=BODIES.filter(bool))
def test_our_signature_equals_the_oracles(
    body: str, signer: Signer, merchant_key: RSAPrivateKey
) -> None:
    theirs = oracle.build_authorization(
        "/v3/pay/transactions/native",
        "POST",
        signer.merchant,
        signer.serial,
        merchant_key,
        data=body,
        nonce_str="N0NCE",
    )
    timestamp = int(theirs.split('timestamp="')[1].split('"')[0])

    ours = signer.authorization(
        method="POST",
        path="/v3/pay/transactions/native",
        body=body.encode(),
        timestamp=timestamp,
        nonce="N0NCE",
    )

    assert ours == theirs


@HYPOTHESIS
@given(body=BODIES)
def test_what_the_oracle_signs_we_accept(
    body: str, keyring: Keyring, merchant_key: RSAPrivateKey
) -> None:
    signature = oracle.rsa_sign(merchant_key, f"1795264801\nabc\n{body}\n")
    headers = {
        "Wechatpay-Timestamp": "1795264801",
        "Wechatpay-Nonce": "abc",
        "Wechatpay-Signature": signature,
        "Wechatpay-Serial": PUBLIC_KEY_ID,
    }

    verify(headers, body.encode(), keyring=keyring, now=at(1_795_264_801))
    with pytest.raises(ForgedMessage):
        verify(headers, body.encode() + b" ", keyring=keyring, now=at(1_795_264_801))


@HYPOTHESIS
@given(body=BODIES, nonce=st.text("0123456789ABCDEF", min_size=1, max_size=32))
def test_what_we_sign_the_oracle_accepts(
    body: str, nonce: str, signer: Signer, public_pem: bytes
) -> None:
    header = signer.authorization(
        method="GET", path="/v3/x?a=b", body=body.encode(), timestamp=1, nonce=nonce
    )
    signature = header.split('signature="')[1].split('"')[0]

    # The oracle's verify joins three fields; ours joins five, of which the first three are one.
    assert oracle.rsa_verify(
        "GET\n/v3/x?a=b\n1", nonce, body, signature, load_pem_public_key(public_pem)
    )


@HYPOTHESIS
@given(plain=BODIES, bound=BODIES)
def test_encryption_agrees_with_the_oracle(plain: str, bound: str) -> None:
    sealed = AESGCM(API_V3_KEY.encode()).encrypt(b"123456789012", plain.encode(), bound.encode())
    ciphertext = b64encode(sealed).decode()

    ours = decrypt(
        AESGCM(API_V3_KEY.encode()),
        nonce="123456789012",
        ciphertext=ciphertext,
        associated_data=bound,
    )

    assert ours.decode() == oracle.aes_decrypt("123456789012", ciphertext, bound, API_V3_KEY)
    assert ours.decode() == plain


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "short"},
        {"nonce": "\ud80012345678901"},
        {"ciphertext": ""},
        {"ciphertext": "AAAA"},
        {"ciphertext": "not base64!"},
        {"ciphertext": "汉字"},
        {"associated_data": "other"},
        {"associated_data": "\ud800"},
    ],
)
def test_a_resource_in_a_wrong_form_is_refused(change: dict[str, str], vectors: Vectors) -> None:
    sealed = {name: vectors["V5"][name] for name in ("nonce", "ciphertext", "associated_data")}

    with pytest.raises(ForgedMessage):
        decrypt(AESGCM(API_V3_KEY.encode()), **(sealed | change))


def test_a_key_that_is_no_rsa_key_is_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    private = curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = curve.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    with pytest.raises(ValueError, match="must be an unencrypted PEM RSA key of 2048 bits"):
        load_signing_key(private)
    with pytest.raises(ValueError, match="must be a PEM RSA public key of 2048 bits"):
        load_public_key(public)


def test_a_short_rsa_key_is_refused() -> None:
    short = generate_private_key(public_exponent=65537, key_size=1024)
    pem = short.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = short.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    with pytest.raises(ValueError, match="2048"):
        load_signing_key(pem)
    with pytest.raises(ValueError, match="2048"):
        load_public_key(public)


def test_an_encrypted_or_empty_private_key_is_refused(strange_key: RSAPrivateKey) -> None:
    locked = strange_key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )

    for pem in (locked, b"", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"):
        with pytest.raises(ValueError, match="unencrypted PEM RSA"):
            load_signing_key(pem)


@pytest.mark.parametrize("key", ["", "x" * 31, "x" * 33, "汉" * 32])
def test_an_api_v3_key_has_exactly_32_bytes(key: str) -> None:
    with pytest.raises(ValueError, match="exactly 32 bytes"):
        load_cipher(key)


def test_something_that_is_no_certificate_is_refused() -> None:
    with pytest.raises(ForgedMessage, match=r"PEM X\.509"):
        load_platform_certificate(b"hello")


def test_a_signature_of_another_key_is_refused(
    keyring: Keyring, strange_key: RSAPrivateKey
) -> None:
    signature = b64encode(strange_key.sign(b"1795264801\nabc\n\n", PKCS1v15(), SHA256())).decode()
    headers = {
        "Wechatpay-Timestamp": "1795264801",
        "Wechatpay-Nonce": "abc",
        "Wechatpay-Signature": signature,
        "Wechatpay-Serial": PUBLIC_KEY_ID,
    }

    with pytest.raises(ForgedMessage, match="does not match"):
        verify(headers, b"", keyring=keyring, now=at(1_795_264_801))
