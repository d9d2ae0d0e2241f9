"""Top-up codes from outside: over HTTP, by command beside the running bot, and in the chat."""

import asyncio
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from sandbox.telegram.person import Person, text_of
from tests.e2e.bots import ROOT
from tests.e2e.company import PATIENCE_S, ZH, Company, has_button, told
from tests.e2e.installation import API_KEY, Installation

pytestmark = pytest.mark.asyncio(loop_scope="session")
REDEEM, CONFIRM = "充值码", "确认"


async def post(one: Installation, body: dict[str, object], key: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {API_KEY}", "Idempotency-Key": key}
    return await one.http.post(f"{one.bot_url}/v1/code-batches", json=body, headers=headers)


async def counts(one: Installation, batch: str) -> dict[str, int]:
    headers = {"Authorization": f"Bearer {API_KEY}"}
    answer = await one.http.get(f"{one.bot_url}/v1/code-batches/{batch}", headers=headers)
    return {name: answer.json()[name] for name in ("active", "redeemed", "revoked", "expired")}


async def issue(
    one: Installation, count: int = 1, amount_fen: int = 88_00
) -> tuple[str, list[str]]:
    """A batch over the platform API: its name and its codes."""
    batch = f"e2e-{uuid4().hex[:8]}"
    body = {
        "batch": batch,
        "count": count,
        "amount_fen": amount_fen,
        "expires_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }
    answer = await post(one, body, key := str(uuid4()))
    assert answer.status_code == 201, answer.text
    assert (await post(one, body, key)).json() == answer.json()
    return batch, answer.json()["codes"]


async def topup(one: Installation, *arguments: str) -> tuple[int, str, str]:
    """The command as a user runs it, beside the bot."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=ROOT,
        env=one.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate()
    return process.returncode or 0, out.decode(), error.decode()


async def is_gone(person: Person, code: str) -> None:
    """No message of the chat has the code any more."""
    async with asyncio.timeout(PATIENCE_S):
        while any(code in text_of(message) for message in await person.messages()):
            await asyncio.sleep(0.05)


async def test_a_code_is_redeemed_and_everybody_of_finance_is_told(
    running: Installation, company: Company
) -> None:
    batch, (code,) = await issue(running)
    payer, creator = await company.join("finance"), await company.join("creator")
    await payer.press(REDEEM)
    await payer.wait("25 位充值码", timeout_s=PATIENCE_S)
    await payer.say(code.lower())
    asked = await payer.wait(code[-4:], timeout_s=PATIENCE_S)
    assert "星河科技" in text_of(asked)
    await is_gone(payer, code.lower())
    await payer.press(CONFIRM)

    await told(payer, "已到账 ¥88.00", "渠道：充值码", "可用余额：¥88.00")
    await told(creator, "已到账 ¥88.00", "渠道：充值码")
    assert await company.available_fen() == 88_00
    (entry,) = await company.entries()
    assert (entry["kind"], entry["channel"], entry["amount_fen"]) == ("code", "code", 88_00)
    assert await counts(running, batch) == {"active": 0, "redeemed": 1, "revoked": 0, "expired": 0}


async def test_a_deep_link_and_a_code_out_of_the_blue_lead_to_the_question(
    running: Installation, company: Company
) -> None:
    _, codes = await issue(running, 2)
    payer = await company.join("finance")
    await payer.start(f"code_{codes[0].replace('-', '')}")
    await payer.wait(codes[0][-4:], timeout_s=PATIENCE_S)
    await is_gone(payer, codes[0].replace("-", ""))
    await payer.press(CONFIRM)
    await told(payer, "已到账 ¥88.00")

    await payer.say("/topup")
    await payer.wait(ZH.ask_amount, timeout_s=PATIENCE_S)
    await payer.say(f"这是我的 {codes[1]}")
    await payer.wait(codes[1][-4:], timeout_s=PATIENCE_S)
    await is_gone(payer, codes[1])
    await payer.press(CONFIRM)
    await told(payer, "可用余额：¥176.00")


async def test_used_and_unknown_codes_read_alike_and_five_of_them_make_a_pause(
    running: Installation, company: Company
) -> None:
    _, (used, good) = await issue(running, 2)
    first, second = await company.join("finance"), await company.join("finance")
    await first.start(f"code_{used.replace('-', '')}")
    await first.wait(used[-4:], timeout_s=PATIENCE_S)
    await first.press(CONFIRM)
    await told(first, "已到账")

    for _ in range(5):
        await second.say(f"/redeem {used}")
        await second.wait(used[-4:], timeout_s=PATIENCE_S)
        await second.press(CONFIRM)
        await second.wait("这个充值码不能用", timeout_s=PATIENCE_S)
    await second.say(good)
    await second.wait("输错的充值码太多了", timeout_s=PATIENCE_S)
    assert await company.available_fen() == 88_00


async def test_commands_work_beside_the_running_bot(
    running: Installation, company: Company
) -> None:
    batch = f"cli-{uuid4().hex[:8]}"
    year = datetime.now(UTC).year + 1
    wish = ("--count", "2", "--amount", "7", "--batch", batch, "--expires", f"{year}-05-01")
    file = running.folder / f"{batch}.txt"
    sheet = running.folder / f"{batch}.pdf"

    code, out, error = await topup(
        running, "codes", "create", *wish, "--out", str(file), "--sheet", str(sheet)
    )
    assert (code, out) == (0, ""), error
    codes = file.read_text().split()
    assert sheet.read_bytes().startswith(b"%PDF")
    payer = await company.join("finance")
    await payer.say(codes[0])
    await payer.wait(codes[0][-4:], timeout_s=PATIENCE_S)
    await payer.press(CONFIRM)
    await told(payer, "已到账 ¥7.00")
    _, out, _ = await topup(running, "codes", "report", batch)
    assert out.splitlines()[1:3] == ["active: 1", "redeemed: 1"]
    code, out, _ = await topup(running, "codes", "revoke", batch)
    assert (code, out) == (0, f"batch {batch}: 1 codes revoked\n")
    assert await counts(running, batch) == {"active": 0, "redeemed": 1, "revoked": 1, "expired": 0}


async def operator(one: Installation, name: str) -> Person:
    person = one.person(name)
    code, _, error = await topup(one, "staff", "add", str(person.id), "--role", "operator")
    assert code == 0, error
    await person.start()
    await person.wait("运营", timeout_s=PATIENCE_S)
    return person


async def test_two_operators_make_a_batch_in_the_chat(
    running: Installation, company: Company
) -> None:
    batch = f"chat-{uuid4().hex[:8]}"
    maker, releaser = await operator(running, "甲"), await operator(running, "乙")
    await maker.press("充值码批次")
    await maker.wait(lambda message: has_button(message, "新建一批"), timeout_s=PATIENCE_S)
    await maker.press("新建一批")
    for answer, question in (
        (batch, "叫什么"),
        ("66", "多少钱"),
        ("2", "多少个"),
    ):
        await maker.wait(question, timeout_s=PATIENCE_S)
        await maker.say(answer)
    await maker.wait("有效期到哪一天", timeout_s=PATIENCE_S)
    await maker.press("30 天")
    await maker.wait("每个云账户", timeout_s=PATIENCE_S)
    await maker.press("不限")
    await maker.wait("预算：¥132.00", timeout_s=PATIENCE_S)
    await maker.press(CONFIRM)
    await maker.wait("等另一位运营人员", timeout_s=PATIENCE_S)

    await told(releaser, batch, "预算共 ¥132.00")
    await releaser.say("/codes")
    await releaser.wait(lambda message: has_button(message, batch), timeout_s=PATIENCE_S)
    await releaser.press(batch)
    await releaser.wait(lambda message: has_button(message, "放行"), timeout_s=PATIENCE_S)
    await releaser.press("放行")
    await releaser.wait("充值码只发给您这一次", timeout_s=PATIENCE_S)
    await releaser.press(CONFIRM)
    sent = await releaser.wait(
        lambda message: message.get("document", {}).get("file_name") == f"{batch}.txt",
        timeout_s=PATIENCE_S,
        since=-1,
    )
    codes = (await releaser.file(sent["document"]["file_id"])).decode().split()
    await told(releaser, "可以打印的充值码卡片")
    await told(maker, batch, "放行了您申请的充值码")

    payer = await company.join("finance")
    await payer.say(codes[1])
    await payer.wait(codes[1][-4:], timeout_s=PATIENCE_S)
    await payer.press(CONFIRM)
    await told(payer, "已到账 ¥66.00")


async def test_neither_log_nor_database_tells_a_code(
    running: Installation, company: Company
) -> None:
    _, codes = await issue(running, 3)
    payer = await company.join("finance")
    await payer.say(codes[0])
    await payer.wait(codes[0][-4:], timeout_s=PATIENCE_S)
    await payer.press(CONFIRM)
    await told(payer, "已到账")
    await payer.say(f"/redeem {codes[1]}")
    await payer.wait(codes[1][-4:], timeout_s=PATIENCE_S)

    def dump() -> str:
        with sqlite3.connect(running.database_path) as connection:
            return "\n".join(connection.iterdump())

    written = await asyncio.to_thread(dump) + "\n".join(running.log_lines())
    for code in codes:
        for form in (code, code.replace("-", ""), code.lower()):
            assert form not in written
