"""The stand-in's own signing code against the protocol page's vectors."""

import re
from pathlib import Path

import pytest
from wechatpayv3 import utils as wechatpayv3

from sandbox.pay.errors import WechatError
from sandbox.pay.signing import (
    Authorization,
    SignedRequest,
    encrypt_resource,
    reply_message,
    sign,
    verify,
)
from tests.sandbox_pay import vectors

KEY = wechatpayv3.load_private_key(vectors.PRIVATE_KEY.decode())
PUBLIC_KEY = wechatpayv3.load_public_key(vectors.PUBLIC_KEY.decode())


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            SignedRequest(
                method="POST", target="/v3/pay/transactions/native", body=vectors.V1_BODY
            ),
            vectors.V1_SIGNATURE,
        ),
        (SignedRequest(method="GET", target=vectors.V2_TARGET, body=b""), vectors.V2_SIGNATURE),
    ],
)
def test_a_request_signature_of_the_page_is_accepted(
    request_: SignedRequest, signature: str
) -> None:
    claim = Authorization(
        mchid="1230000109",
        nonce_str=vectors.NONCE,
        signature=signature,
        timestamp=vectors.TIMESTAMP,
        serial_no="408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB",
    )

    claim.check_fresh(int(vectors.TIMESTAMP) + 300)
    claim.check_signature(PUBLIC_KEY, [request_])


@pytest.mark.parametrize(
    ("body", "signature"), [(vectors.V3_BODY, vectors.V3_SIGNATURE), (b"", vectors.V4_SIGNATURE)]
)
def test_a_reply_is_signed_as_on_the_page(body: bytes, signature: str) -> None:
    message = reply_message("1795262401", "c5ac7061fccab6bf3e254dcf98995b8c", body)

    assert signature == sign(KEY, message)


def test_a_callback_is_signed_as_on_the_page() -> None:
    message = reply_message(
        "1795264801", "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6", vectors.V6_BODY.encode()
    )

    assert sign(KEY, message) == vectors.V6_SIGNATURE


def test_a_resource_is_encrypted_as_on_the_page() -> None:
    sealed = encrypt_resource(
        "0123456789abcdefghijklmnopqrstuv",
        vectors.V5_PLAINTEXT.encode(),
        "transaction",
        "fdasflkja484",
    )

    assert sealed["ciphertext"] == vectors.V5_CIPHERTEXT


def test_one_changed_byte_breaks_a_signature() -> None:
    message = reply_message("1795262401", "c5ac7061fccab6bf3e254dcf98995b8c", vectors.V3_BODY)

    assert not verify(PUBLIC_KEY, message + b" ", vectors.V3_SIGNATURE)
    assert not verify(PUBLIC_KEY, message, "not base64!")


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        'Basic mchid="1"',
        'WECHATPAY2-SHA256-RSA2048 mchid="1",nonce_str="2",signature="3",timestamp="4"',
        'WECHATPAY2-SHA256-RSA2048 mchid="1", nonce_str="2",signature="",timestamp="",serial_no="',
        'WECHATPAY2-SHA256-RSA2048 mchid="1",mchid="2",signature="3",timestamp="4",serial_no="5"',
    ],
)
def test_a_malformed_authorization_is_a_sign_error(header: str | None) -> None:
    with pytest.raises(WechatError) as caught:
        Authorization.read(header)

    assert (caught.value.status, caught.value.code) == (401, "SIGN_ERROR")


def test_the_stand_in_shares_no_code_with_the_product() -> None:
    sources = list(Path("sandbox").rglob("*.py"))

    imports = re.compile(r"^\s*(?:from|import) (?:core|bot|web)\b", re.MULTILINE)
    assert sources
    assert not [path for path in sources if imports.search(path.read_text())]
