"""A company that remits and the reviewers who decide, over HTTP, in the words on the buttons."""

import subprocess
import sys
from dataclasses import dataclass

from sandbox.telegram.person import Person, text_of
from tests.e2e.bots import ROOT
from tests.e2e.company import PATIENCE_S, Message, buttons_of, has_button, told
from tests.e2e.installation import Installation
from tests.remittances import receipt

PAYEE = {
    "TOPUP_PAYEE_NAME": "腾讯云计算（北京）有限责任公司",
    "TOPUP_PAYEE_ACCOUNT": "110907316810601",
    "TOPUP_PAYEE_BANK": "招商银行股份有限公司北京上地支行",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWords:
    """The promised labels of remittances and reviews."""

    wire: str
    begin: str
    confirm: str
    today: str
    claim: str
    approve: str
    differ: str
    reject: str
    ask: str
    yes: str
    waiting: str
    unreadable: str
    second_needed: str
    resubmit: str
    answer: str
    submit_answer: str
    next_step: str


ZH_DESK = DeskWords(
    wire="电汇",
    begin="提交汇款信息",
    confirm="确认提交",
    today="今天",
    claim="领取",
    approve="通过",
    differ="金额不符",
    reject="驳回",
    ask="需补充",
    yes="确认",
    waiting="待审核",
    unreadable="回单看不清",
    second_needed="另一位审核员",
    resubmit="重新提交",
    answer="补充材料",
    submit_answer="提交补充",
    next_step="下一步",
)
EN_DESK = DeskWords(
    wire="Wire transfer",
    begin="Submit",
    confirm="Confirm",
    today="Today",
    claim="Claim",
    approve="Approve",
    differ="Different amount",
    reject="Reject",
    ask="Need more",
    yes="Confirm",
    waiting="waiting for review",
    unreadable="cannot be read",
    second_needed="another reviewer",
    resubmit="Submit again",
    answer="Send more",
    submit_answer="Submit",
    next_step="Next step",
)


def add_staff(one: Installation, person: Person, role: str) -> None:
    """On the command line, beside the running bot."""
    command = [sys.executable, "-m", "bot", "staff", "add", str(person.id), "--role", role]
    subprocess.run(command, cwd=ROOT, env=one.environment, check=True, capture_output=True)


async def reviewer(one: Installation, name: str, language: str = "zh-hans") -> Person:
    """Somebody who has met the bot and reviews."""
    person = one.person(name, language)
    await person.start()
    await person.wait(timeout_s=PATIENCE_S)
    add_staff(one, person, "reviewer")
    return person


async def submit(
    payer: Person,
    words: DeskWords,
    amount: str,
    name: str,
    *,
    serial: str = "CMB2026112401",
    seed: int = 1,
) -> str:
    """The whole flow of a payer; gives the reference."""
    await payer.say("/remit")
    await payer.wait(lambda message: has_button(message, words.wire), timeout_s=PATIENCE_S)
    await payer.press(words.wire)
    details = await payer.wait("110907316810601", timeout_s=PATIENCE_S)
    reference = next(
        button["copy_text"]["text"]
        for button in buttons_of(details)
        if button.get("copy_text", {}).get("text", "").startswith("R")
    )
    await payer.press(words.begin)
    await payer.wait(reference, timeout_s=PATIENCE_S)
    await payer.say(amount)
    await payer.wait(lambda message: has_button(message, name), timeout_s=PATIENCE_S)
    await payer.say(name)
    await payer.wait(lambda message: has_button(message, words.today), timeout_s=PATIENCE_S)
    await payer.press(words.today)
    await payer.wait(timeout_s=PATIENCE_S)
    await payer.say(serial)
    await payer.wait("10 MB", timeout_s=PATIENCE_S)
    await payer.photo(receipt(seed, form="JPEG"), caption="十一月")
    await payer.wait(lambda message: has_button(message, words.confirm), timeout_s=PATIENCE_S)
    await payer.press(words.confirm)
    await told(payer, reference, words.waiting)
    return reference


async def card(person: Person, reference: str, label: str) -> Message:
    """The review card of the case, once it has this button."""
    return await person.wait(
        lambda message: (
            bool(message.get("photo"))
            and reference in text_of(message)
            and has_button(message, label)
        ),
        timeout_s=PATIENCE_S,
        since=-1,
    )


async def claim(person: Person, reference: str, words: DeskWords) -> Message:
    found = await card(person, reference, words.claim)
    await person.press_on(found["message_id"], words.claim)
    return await card(person, reference, words.approve)


async def dead_card(person: Person, reference: str) -> Message:
    """The review card without a button."""
    return await person.wait(
        lambda message: (
            bool(message.get("photo"))
            and reference in text_of(message)
            and not buttons_of(message)
        ),
        timeout_s=PATIENCE_S,
        since=-1,
    )


async def approve(person: Person, reference: str, words: DeskWords) -> None:
    """Claim, approve the sum that is shown."""
    found = await claim(person, reference, words)
    await person.press_on(found["message_id"], words.approve)
    asked = await person.wait(lambda message: has_button(message, words.yes), timeout_s=PATIENCE_S)
    await person.press_on(asked["message_id"], words.yes)
