"""A world in which every conversation has something to talk about, for walks through all of them.

Who adds a conversation adds here what it needs to get into each of its states.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyotp

from bot.telegram_edge import COMMANDS
from core.access.model import Role, StaffRole
from core.app import Core
from core.channels import Channel
from core.errors import InsufficientBalance, ProviderUnavailable
from core.holds.model import HoldRequest
from core.ids import HoldId, OrderNo, PersonId, TopUpId
from core.providers.base import Outcome, Report, Source
from core.refunds.model import RefundRequest
from core.requests.model import RequestWish
from core.topup.orders import StartRequest
from tests.banklines.statements import Paid, english
from tests.codes.promotion import MAKER, add_operators, issued, wish
from tests.desk import OPERATOR, REVIEWER, add_staff
from tests.people import (
    ACCOUNT,
    FINANCE,
    MEMBER,
    OTHER_ACCOUNT,
    ROLES,
    STRANGER,
    link,
)
from tests.talk import transfers
from tests.ways import VISA, Ways

GUARDED = PersonId(15)  # a finance person with an authenticator app
DOUBLE = PersonId(16)  # a finance person of both accounts
OUTSIDER = PersonId(21)  # the creator of the other account
MANY = 8  # enough for lists to have a second page
NAMES = {ACCOUNT: "星河科技", OTHER_ACCOUNT: "海风数据"}
KINDS: Mapping[PersonId, Role | StaffRole | None] = {
    DOUBLE: Role.FINANCE,
    **ROLES,
    GUARDED: Role.FINANCE,
    REVIEWER: StaffRole.REVIEWER,
    OPERATOR: StaffRole.OPERATOR,
    STRANGER: None,
}
TRADES = "4200002026261122"  # how every trade of the play provider begins
# What people type where a text is taken: amounts, names, dates, numbers, words, a bank.
TYPED = (
    "100",
    "1.5",
    "张三",
    "20261122",
    "招商",
    OTHER_ACCOUNT,
    "1234567890",
    "重复付款了",
    TRADES,
)
QUIET = "22-8"
BLOCKED = 3


@dataclass
class World:
    """The people, the money and what waits for somebody."""

    ways: Ways
    link_code: str = ""
    link_token: str = ""
    codes: list[str] = field(default_factory=list)  # top-up codes nobody has used
    secrets: dict[PersonId, str] = field(default_factory=dict)
    tables: dict[tuple[str, str], bytes] = field(default_factory=dict)  # sent in one state alone
    # What is typed in one state alone, besides `TYPED`.
    words: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)

    @property
    def core(self) -> Core:
        return self.ways.core

    @property
    def commands(self) -> list[str]:
        return [name for name in COMMANDS if name != "language"] + ["language"]


async def build_world(ways: Ways) -> World:
    core, world = ways.core, World(ways)
    await core.access.meet(STRANGER, "nobody", "zh_CN")
    await link(core, GUARDED, Role.FINANCE)
    await link(core, DOUBLE, Role.FINANCE)
    await core.access.save_account(OTHER_ACCOUNT, NAMES[OTHER_ACCOUNT])
    await link(core, OUTSIDER, Role.CREATOR, OTHER_ACCOUNT)
    await link(core, DOUBLE, Role.FINANCE, OTHER_ACCOUNT)
    await core.access.choose_account(DOUBLE, ACCOUNT)
    await add_staff(core)
    await _make_codes(world)
    for number in range(MANY):
        await link(core, PersonId(100 + number), Role.VIEWER)
    await core.alerts.add(FINANCE, ACCOUNT, 1_00)  # recovers with the first money
    await _spend_for_a_month(ways)
    await _move_money(ways)
    for number in range(BLOCKED):
        await _block_a_purchase(core, f"buy-{number}")
    await core.requests.ask(
        RequestWish(
            person_id=MEMBER, account_id=ACCOUNT, amount_fen=777_00, reason="买盘", key="ASKED1"
        )
    )
    ways.shared.fail["create"] = ProviderUnavailable("down")
    await _guard(world)
    issued = await core.access.issue_link(OTHER_ACCOUNT, Role.VIEWER)
    world.link_code, world.link_token = issued.code, issued.token
    await core.alerts.add(FINANCE, ACCOUNT, 90_000_00)  # told, and below for good
    await transfers.waiting(core, 1)
    return world


async def put_on_desks(world: World) -> None:
    """What waits for payers and reviewers, in every state."""
    core = world.core
    payers = [person for person, kind in KINDS.items() if kind in {Role.CREATOR, Role.FINANCE}]
    references = await transfers.decided(core, world.ways.clock)
    await transfers.waiting(core, MANY)
    await transfers.booked(core)
    world.tables = {("lines", "home"): english([Paid(fen=3_33, number="ANOTHER")])}
    await transfers.begun(core, world.ways.clock, payers)
    world.words = {("review", "queue"): tuple(references), ("alerts", "quiet"): (QUIET,)}


async def _spend_for_a_month(ways: Ways) -> None:
    """Enough purchases to say how long the money lasts, and that it does not for long."""
    view = await ways.order(Channel.WECHAT, 13_000_00, key="month")
    await ways.core.topups.record_payment(ways.code.pay(view.payment.order_no))
    for number in range(6):
        hold_id = HoldId(f"month-{number}")
        await ways.core.holds.place(
            HoldRequest(
                hold_id=hold_id, account_id=ACCOUNT, amount_fen=2_000_00, product="云服务器"
            )
        )
        await ways.core.holds.capture(hold_id)
        ways.clock.forward(days=3)


async def _move_money(ways: Ways) -> None:
    """Paid, paid otherwise than asked, paid by nobody's order, and one to be given back."""
    core = ways.core
    unknown = Report(
        channel=Channel.WECHAT,
        source=Source.QUERY,
        event_id="EV-unknown",
        order_no=OrderNo("T20260101NOBODYS000"),
        outcome=Outcome.PAID,
        merchant=ways.code.merchant,
        app=ways.code.app,
        trade_no="4200009999",
        amount_fen=66_00,
        currency="CNY",
        occurred_at=ways.clock.now(),
    )
    await core.topups.record_payment(unknown)
    ways.clock.forward(minutes=1)  # the oldest case comes first
    for number, fen in enumerate((800_00, 300_00, *[1_00] * MANY)):
        view = await ways.order(Channel.WECHAT, fen, key=f"P{number}")
        await core.topups.record_payment(ways.code.pay(view.payment.order_no))
    for number in range(MANY):
        view = await ways.order(Channel.WECHAT, 50_00, key=f"D{number}")
        await core.topups.record_payment(ways.code.pay(view.payment.order_no, amount_fen=49_00))
    await ways.order(Channel.CARD, 60_00, key="card")
    trade = (await core.refunds.trades(FINANCE, ACCOUNT))[-1]
    await core.refunds.ask(
        RefundRequest(
            person_id=FINANCE,
            trade_id=trade.trade_id,
            amount_fen=1_00,
            reason="twice",
            key="back",
        )
    )


async def _make_codes(world: World) -> None:
    """Codes in people's hands, and batches that wait for a second operator."""
    await add_operators(world.core)
    world.codes = list((await issued(world.core, count=2 * len(KINDS))).codes)
    for number in range(MANY):
        await world.core.code_batches.draft(wish(world.core, f"draft{number}"), MAKER)


async def _block_a_purchase(core: Core, hold_id: str) -> None:
    request = HoldRequest(
        hold_id=HoldId(hold_id), account_id=ACCOUNT, amount_fen=9_000_00, product="GPU 实例"
    )
    try:
        await core.holds.place(request)
    except InsufficientBalance:
        return
    raise AssertionError("the purchase was to be blocked")


async def _guard(world: World) -> None:
    """Somebody whose code is asked for: it was shown too long ago."""
    core = world.core
    for person in (GUARDED, REVIEWER):
        secret = (await core.step_up.enrol(person)).secret
        world.secrets[person] = secret
        code = pyotp.TOTP(secret).at(core.clock.now())
        await core.step_up.switch_on(person, code)
    await core.step_up.set_limit(GUARDED, 50_00)
    await core.step_up.reset(REVIEWER)
    world.ways.clock.forward(minutes=6)


async def an_order(world: World, person: PersonId = FINANCE) -> TopUpId:
    """A top-up that waits to be paid, with its card."""
    made = TopUpId(world.core.ids.short(12))
    request = StartRequest(
        person_id=person,
        account_id=ACCOUNT,
        amount_fen=45_00,
        channel=Channel.WECHAT,
        key=f"order:{made}",
        top_up_id=made,
    )
    return (await world.core.topups.start(request)).top_up.top_up_id


async def living_cards(world: World) -> set[tuple[str, PersonId]]:
    """Cards of finance people that a talk makes, and the bot does not bring by itself."""
    core, found, more, page = world.core, set(), True, 0
    while more:
        listed, more = await core.remittances.listed(FINANCE, ACCOUNT, page=page)
        found |= {(f"remit:{item.remittance_id}", FINANCE) for item in listed}
        page += 1
    for item in await core.alerts.thresholds(FINANCE, ACCOUNT):
        found.add((f"alert:{item.threshold_id}", FINANCE))
    return found


async def as_they_were(world: World, person: PersonId) -> None:
    """Whatever a walk did to this person: their role of the cast, and nothing else."""
    core, kind = world.core, KINDS.get(person)
    world.ways.card.saved = {"cus_1": [VISA]}
    held = await core.access.memberships(person)
    wanted = [ACCOUNT] if isinstance(kind, Role) else []
    if person == DOUBLE:
        wanted.append(OTHER_ACCOUNT)
    for member in held:
        if member.account.account_id not in wanted or member.role is not kind:
            await core.access.remove_member(member.account.account_id, member.member_id)
    if isinstance(kind, Role):
        held = await core.access.memberships(person)
        for account in set(wanted) - {member.account.account_id for member in held}:
            await link(core, person, kind, account)
        if person == DOUBLE:
            await core.access.choose_account(person, ACCOUNT)
    if isinstance(kind, StaffRole) and kind not in await core.access.staff_roles(person):
        await core.access.add_staff(person, kind)


async def take_away(world: World, person: PersonId) -> None:
    """Every role the person has, on either side."""
    core = world.core
    for member in await core.access.memberships(person):
        await core.access.remove_member(member.account.account_id, member.member_id)
    if await core.access.staff_roles(person):
        await core.access.remove_staff(person)
