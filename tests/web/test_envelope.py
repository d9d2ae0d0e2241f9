"""What the inbox needs to know of an update before anybody reads it."""

import json

import pytest

from core.errors import InvalidRequest
from core.inbox.envelope import incoming_of, queue_of, read_update

CHAT = {"id": 42, "type": "private"}
PERSON = {"id": 42, "is_bot": False}


@pytest.mark.parametrize(
    ("update", "queue"),
    [
        ({"message": {"chat": CHAT, "from": PERSON}}, "chat:42"),
        ({"edited_message": {"chat": CHAT}}, "chat:42"),
        ({"my_chat_member": {"chat": CHAT, "from": {"id": 7}}}, "chat:42"),
        ({"callback_query": {"id": "1", "from": PERSON, "message": {"chat": CHAT}}}, "chat:42"),
        ({"callback_query": {"from": {"id": 7}, "message": {"chat": {"id": -100}}}}, "chat:-100"),
        ({"callback_query": {"id": "1", "from": PERSON, "inline_message_id": "x"}}, "user:42"),
        ({"poll_answer": {"user": PERSON}}, "user:42"),
        ({"poll": {"id": "1"}}, "other"),
        ({"message": "not an object"}, "other"),
        ({"message": {"chat": {"id": True}}}, "other"),
    ],
)
def test_an_update_waits_in_the_queue_of_its_chat_else_of_its_person(
    update: dict[str, object], queue: str
) -> None:
    assert queue_of({"update_id": 1, **update}) == queue


def test_a_press_and_a_message_of_one_private_chat_share_a_queue() -> None:
    pressed = {"update_id": 2, "callback_query": {"from": PERSON, "message": {"chat": CHAT}}}
    said = {"update_id": 1, "message": {"chat": CHAT, "from": PERSON, "text": "hi"}}

    assert queue_of(pressed) == queue_of(said)


def test_the_text_of_an_update_is_kept_word_for_word() -> None:
    raw = '{ "update_id": 5,\n "message": {"chat": {"id": 1}, "text": "充值 \\ud83d"} }'.encode()

    assert read_update(raw).payload.encode() == raw


def test_a_parsed_update_reads_the_same_after_storing() -> None:
    update = {"update_id": 5, "message": {"chat": CHAT, "text": "充值 \ud83d"}}

    assert json.loads(incoming_of(update).payload) == update
    incoming_of(update).payload.encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"update_id": -1}',
        b'{"update_id": 1.0}',
        b'{"update_id": 9223372036854775808}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_an_update_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_update(raw)
