"""A person at the app, for tests: writes, presses, waits and reads over the sandbox's HTTP API."""

import io
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

import httpx
import zxingcpp
from PIL import Image

from sandbox.connection import trusting_nobody
from sandbox.telegram.model import Json
from sandbox.telegram.page.requests import REVISION_HEADER

Wanted = str | Callable[[Json], bool]
ONE_POLL_S = 5.0
DEFAULT_TIMEOUT_S = 10.0


class NothingCame(AssertionError):
    """The awaited message did not come; tells what the chat shows instead."""


class Person:
    """Works against a sandbox in this process or in another one."""

    def __init__(
        self,
        base_url: str,
        person_id: int,
        *,
        chat_id: int | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self.id = person_id
        self.chat_id = chat_id or person_id
        self.answers: list[Json] = []
        self._base_url = base_url
        self._client = client or httpx.AsyncClient(
            base_url=base_url, timeout=30, trust_env=False, verify=trusting_nobody()
        )
        self._since = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    def in_chat(self, chat_id: int) -> "Person":
        """The same person in another chat; shares the connection."""
        return Person(self._base_url, self.id, chat_id=chat_id, client=self._client)

    async def say(self, text: str, *, reply_to: int | None = None) -> Json:
        return await self._act("say", text=text, reply_to=reply_to)

    async def start(self, payload: str | None = None) -> Json:
        return await self._act("start", payload=payload)

    async def edit(self, message_id: int, text: str) -> Json:
        return await self._act("edit", message_id=message_id, text=text)

    async def delete(self, message_id: int) -> None:
        await self._act("delete", message_id=message_id)

    async def block(self) -> None:
        await self._act("block")

    async def unblock(self) -> None:
        await self._act("unblock")

    async def press(self, label: str, *, answer_within_s: float = 10) -> Json | None:
        """The newest button whose label contains the words; gives the bot's answer, if any."""
        for message in reversed(await self.messages()):
            place = _button(message, label)
            if place:
                return await self._press(message["message_id"], place, answer_within_s)
        raise LookupError(f"no button with {label!r}; there are {await self.buttons()}")

    async def press_on(
        self, message_id: int, label: str, *, answer_within_s: float = 10
    ) -> Json | None:
        message = await self.message(message_id)
        place = _button(message, label)
        if place is None:
            raise LookupError(f"no button with {label!r}; there are {_labels(message)}")
        return await self._press(message_id, place, answer_within_s)

    async def forge(
        self, data: str, *, message_id: int | None = None, answer_within_s: float = 10
    ) -> Json | None:
        """A press that no visible button makes: an old one's data, or an attacker's."""
        if message_id is None:
            message_id = (await self.last())["message_id"]
        place = {"data": data}
        return await self._press(message_id, place, answer_within_s)

    async def photo(self, content: bytes, *, caption: str = "", name: str = "photo.jpg") -> Json:
        return (await self._upload("photo", [(name, content)], caption))[0]

    async def document(
        self,
        content: bytes,
        *,
        name: str = "file.pdf",
        caption: str = "",
        media_type: str | None = None,
    ) -> Json:
        return (await self._upload("document", [(name, content)], caption, media_type))[0]

    async def album(
        self, contents: Sequence[bytes], *, kind: str = "photo", caption: str = ""
    ) -> list[Json]:
        suffix = "jpg" if kind == "photo" else "pdf"
        files = [(f"{number}.{suffix}", content) for number, content in enumerate(contents, 1)]
        return await self._upload(kind, files, caption)

    async def messages(self) -> list[Json]:
        return await self._messages(-1, 0)

    async def message(self, message_id: int) -> Json:
        for message in await self.messages():
            if message["message_id"] == message_id:
                return message
        raise LookupError(f"there is no message {message_id} in this chat")

    async def read(self) -> list[str]:
        """All texts and captions of the chat, oldest first."""
        return [text_of(message) for message in await self.messages()]

    async def last(self) -> Json:
        """The newest message of a bot."""
        for message in reversed(await self.messages()):
            if message["from"]["is_bot"]:
                return message
        raise LookupError("no bot has written in this chat")

    async def buttons(self, message: Json | None = None) -> list[str]:
        """Labels of a message, or of the newest one that has any."""
        if message:
            return _labels(message)
        for known in reversed(await self.messages()):
            if _labels(known):
                return _labels(known)
        return []

    async def wait(
        self,
        wanted: Wanted = "",
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        since: int | None = None,
    ) -> Json:
        """The newest bot message that is new or edited since the person's last act.

        `wanted` are words in its text or a question about the message. `since` is a message's
        `revision`, to look from there on.
        """
        revision = self._since if since is None else since
        ends_at = time.monotonic() + timeout_s
        while True:
            left_s = ends_at - time.monotonic()
            news = await self._messages(revision, max(0.0, min(left_s, ONE_POLL_S)))
            for message in sorted(news, key=lambda known: -known["revision"]):
                if message["from"]["is_bot"] and _fits(message, wanted):
                    return message
            if left_s <= 0:
                raise NothingCame(f"waited {timeout_s} s for {wanted!r}; {await self._shown()}")
            revision = max([revision, *(message["revision"] for message in news)])

    async def file(self, file_id: str) -> bytes:
        response = await self._client.get(f"/sandbox/file/{file_id}")
        response.raise_for_status()
        return response.content

    async def decode_qr(self, message: Json) -> str:
        content = await self.file(message["photo"][-1]["file_id"])
        found = zxingcpp.read_barcodes(Image.open(io.BytesIO(content)))
        if not found:
            raise LookupError("there is no readable QR code in this picture")
        return str(found[0].text)

    async def _press(self, message_id: int, place: Json, wait_s: float) -> Json | None:
        result = await self._act("press", message_id=message_id, wait=wait_s, **place)
        answer: Json | None = result["answer"]
        if answer:
            self.answers.append(answer)
        return answer

    async def _act(self, act: str, **fields: Any) -> Json:
        body = {"person": self.id, "chat": self.chat_id, **fields}
        response = await self._client.post(f"/sandbox/{act}", json=body)
        result: Json = self._read(response)
        return result

    async def _upload(
        self,
        kind: str,
        files: Sequence[tuple[str, bytes]],
        caption: str,
        media_type: str | None = None,
    ) -> list[Json]:
        fields = {"person": str(self.id), "chat": str(self.chat_id), "kind": kind}
        parts = [
            ("files", (name, content, media_type or "application/octet-stream"))
            for name, content in files
        ]
        response = await self._client.post(
            "/sandbox/upload", data={**fields, "caption": caption}, files=parts
        )
        messages: list[Json] = self._read(response)
        return messages

    def _read(self, response: httpx.Response) -> Any:
        body = response.json()
        if response.is_error:
            raise ValueError(body["error"])
        self._since = int(response.headers[REVISION_HEADER])
        return body

    async def _messages(self, since: int, wait_s: float) -> list[Json]:
        query = {"person": self.id, "chat": self.chat_id, "since": since, "wait": wait_s}
        response = await self._client.get("/sandbox/messages", params=query)
        response.raise_for_status()
        messages: list[Json] = response.json()["messages"]
        return messages

    async def _shown(self) -> str:
        texts = [text[:200] for text in (await self.read())[-5:]]
        return f"the chat ends with {texts}"


def text_of(message: Json) -> str:
    return str(message.get("text") or message.get("caption") or "")


def _rows(message: Json) -> list[list[Json]]:
    rows: list[list[Json]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    return rows


def _labels(message: Json) -> list[str]:
    return [button["text"] for row in _rows(message) for button in row]


def _button(message: Json, label: str) -> Json | None:
    """Row and column of the button that is labelled so, or whose label contains the words."""
    places = [
        (button["text"], {"row": row, "column": column})
        for row, buttons in enumerate(_rows(message))
        for column, button in enumerate(buttons)
    ]
    exact = [place for text, place in places if text == label]
    containing = [place for text, place in places if label in text]
    return next(iter(exact or containing), None)


def _fits(message: Json, wanted: Wanted) -> bool:
    return wanted in text_of(message) if isinstance(wanted, str) else wanted(message)
