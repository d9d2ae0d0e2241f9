"""The other side of WeChat Pay for tests: signs as WeChat does, and answers over real HTTP."""

import asyncio
import json
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, CertificateBuilder, Name, NameAttribute
from cryptography.x509.oid import NameOID

API_V3_KEY = "0123456789abcdefghijklmnopqrstuv"
PUBLIC_KEY_ID = "PUB_KEY_ID_0112300001092026112200000001"
NONCE = "c5ac7061fccab6bf3e254dcf98995b8c"


class MovableClock:
    def __init__(self, seconds: int) -> None:
        self.moment = datetime.fromtimestamp(seconds, UTC)

    def now(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass(frozen=True, kw_only=True)
class WechatSide:
    """Signs and encrypts as WeChat; `serial` is what it names its key."""

    key: RSAPrivateKey
    clock: MovableClock
    serial: str = PUBLIC_KEY_ID

    def headers(self, body: bytes, **changed: str) -> dict[str, str]:
        timestamp = changed.get("timestamp", str(int(self.clock.now().timestamp())))
        nonce = changed.get("nonce", NONCE)
        message = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
        signature = b64encode(self.key.sign(message, PKCS1v15(), SHA256())).decode()
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": changed.get("signature", signature),
            "Wechatpay-Serial": changed.get("serial", self.serial),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }

    def callback(
        self,
        plain: Mapping[str, object] | bytes,
        *,
        event: str = "TRANSACTION.SUCCESS",
        **resource: object,
    ) -> tuple[dict[str, str], bytes]:
        """A signed callback around `plain`; `resource` replaces fields after encryption."""
        raw = plain if isinstance(plain, bytes) else json.dumps(plain).encode()
        body = json.dumps(
            {
                "id": "EV-1",
                "event_type": event,
                "resource": seal(raw, "transaction") | resource,
            }
        ).encode()
        return self.headers(body), body


def seal(plain: bytes, bound: str, key: str = API_V3_KEY) -> dict[str, object]:
    sealed = AESGCM(key.encode()).encrypt(b"fdasflkja484", plain, bound.encode())
    return {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": "fdasflkja484",
        "associated_data": bound,
        "ciphertext": b64encode(sealed).decode(),
    }


def certificate(
    subject_key: RSAPublicKey,
    signed_by: RSAPrivateKey,
    serial: int,
    *,
    begins: datetime,
    ends: datetime,
) -> Certificate:
    name = Name([NameAttribute(NameOID.COMMON_NAME, "Tenpay.com sign")])
    return (
        CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(subject_key)
        .serial_number(serial)
        .not_valid_before(begins)
        .not_valid_after(ends)
        .sign(signed_by, SHA256())
    )


def certificate_list(*certificates: Certificate, key: str = API_V3_KEY) -> bytes:
    return json.dumps(
        {
            "data": [
                {
                    "serial_no": format(one.serial_number, "X"),
                    "encrypt_certificate": seal(
                        one.public_bytes(Encoding.PEM), "certificate", key
                    ),
                }
                for one in certificates
            ]
        }
    ).encode()


@dataclass(frozen=True, kw_only=True)
class Seen:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    def is_signed_by(self, key: RSAPublicKey, path: str) -> bool:
        pairs = dict(re.findall(r'(\w+)="([^"]*)"', self.headers["authorization"]))
        message = f"{self.method}\n{path}\n{pairs['timestamp']}\n{pairs['nonce_str']}\n".encode()
        try:
            key.verify(
                b64decode(pairs["signature"]), message + self.body + b"\n", PKCS1v15(), SHA256()
            )
        except InvalidSignature:
            return False
        return True


Script = Callable[[Seen, asyncio.StreamWriter], Awaitable[None]]


@dataclass(kw_only=True)
class StandIn:
    """An HTTP server that does what `script` says, connection by connection."""

    wechat: WechatSide
    address: str = ""
    seen: list[Seen] = field(default_factory=list)
    script: Script | None = None

    def answers(
        self,
        status: int = 200,
        body: bytes = b"",
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """From now on: this answer, signed by WeChat unless `headers` say otherwise."""

        async def script(_: Seen, writer: asyncio.StreamWriter) -> None:
            shown = self.wechat.headers(body) if headers is None else headers
            writer.write(http_answer(status, body, shown))

        self.script = script

    def answers_by_path(self, bodies: Mapping[str, bytes]) -> None:
        async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
            body = bodies[seen.target.partition("?")[0]]
            writer.write(http_answer(200, body, self.wechat.headers(body)))

        self.script = script

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen = await _read_request(reader)
            self.seen.append(seen)
            assert self.script is not None
            await self.script(seen, writer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the caller gave up, which is what some tests are about
        finally:
            writer.transport.abort()


@asynccontextmanager
async def running(stand_in: StandIn) -> AsyncIterator[StandIn]:
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(stand_in.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    stand_in.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield stand_in
    finally:
        server.close()
        left = list(connections)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await server.wait_closed()
        await asyncio.sleep(0)  # aborted transports close on the loop's next turn


def http_answer(status: int, body: bytes, headers: Mapping[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} X", "Connection: close", "Content-Type: application/json"]
    if status != 204:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _read_request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, target, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method=method, target=target, headers=headers, body=body)
