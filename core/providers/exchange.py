"""One HTTP exchange with a provider: bounded in time and size, every fault as ours."""

import asyncio
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from core.errors import ProviderUnavailable
from core.providers.wechat_client import FOREIGN, USER_AGENT

CALL_S = 5.0
DOWNLOAD_S = 60.0
CONNECT_S = 2.0
LARGEST_ANSWER = 1024 * 1024
LARGEST_DOWNLOAD = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """What a provider's refund interface asks for."""

    certificate_pem: bytes
    key_pem: bytes = field(repr=False)

    def client(self) -> httpx.AsyncClient:
        """A client that shows the certificate; raises ValueError when it cannot be used."""
        context = ssl.create_default_context()
        with tempfile.TemporaryDirectory() as folder:  # the ssl module reads files only
            certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
            certificate.write_bytes(self.certificate_pem)
            key.touch(mode=0o600)
            key.write_bytes(self.key_pem)
            try:
                context.load_cert_chain(certificate, key)
            except (ssl.SSLError, OSError) as fault:
                raise ValueError(
                    "the client certificate and its key must be a PEM pair"
                ) from fault
        return httpx.AsyncClient(verify=context, headers={"User-Agent": USER_AGENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent; `body` with its type, or nothing for a GET."""

    method: str
    url: str
    body: bytes = b""
    media_type: str = ""
    is_download: bool = False


async def exchange(
    http: httpx.AsyncClient, request: Request, *, name: str, call_s: float = CALL_S
) -> bytes:
    """The body of a 200; everything else is `ProviderUnavailable`: these providers say a refusal
    inside a 200.
    """
    largest = LARGEST_DOWNLOAD if request.is_download else LARGEST_ANSWER
    try:
        async with asyncio.timeout(DOWNLOAD_S if request.is_download else call_s):
            return await _send(http, request, name=name, largest=largest)
    except FOREIGN as fault:
        raise ProviderUnavailable(f"{name}: {type(fault).__name__}") from fault


async def _send(http: httpx.AsyncClient, request: Request, *, name: str, largest: int) -> bytes:
    headers = {"Accept-Encoding": "identity"}  # a few bytes cannot unpack to many
    if request.body:
        headers["Content-Type"] = request.media_type
    async with http.stream(
        request.method,
        request.url,
        content=request.body or None,
        headers=headers,
        follow_redirects=False,
        timeout=httpx.Timeout(DOWNLOAD_S, connect=CONNECT_S),
    ) as response:
        if response.status_code != httpx.codes.OK:
            raise ProviderUnavailable(f"{name}: HTTP {response.status_code}")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise ProviderUnavailable(f"{name}: the answer is compressed, which was not asked for")
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > largest:
                raise ProviderUnavailable(f"{name}: the answer is larger than {largest} bytes")
        return bytes(body)
