"""The core, put together: the only file that sees all of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from core import figures
from core.access import store as access_store
from core.access.model import Right, StaffRole
from core.access.rights import staff_with
from core.access.service import Access
from core.access.team import Team
from core.alerts import service as alerts
from core.alerts import watch
from core.alerts.model import Digest
from core.alerts.service import Alerts
from core.audit.service import Audit
from core.banklines.service import BankLines
from core.cases.disputes import Disputes
from core.cases.service import Cases
from core.channels import Channel
from core.clock import Clock, SystemClock
from core.codes import issuing
from core.codes.batches import Batches
from core.codes.keys import CodeKeys
from core.codes.service import Codes
from core.errors import NotFound
from core.figures import Figures
from core.holds import service as holds
from core.holds.service import Holds
from core.ids import AccountId, BatchId, HoldId, Ids, NoticeId, PaymentId, PersonId, RandomIds
from core.inbox.service import Inbox
from core.jobs.drain import Again, Done, Drain
from core.jobs.queue import Job
from core.jobs.service import Jobs
from core.ledger.service import Ledger
from core.notices import store as notices_store
from core.notices.model import Messenger, Notice, NoticeKind, Recipient
from core.notices.service import Notices
from core.observing import Observer, Unobserved
from core.payee import Payee
from core.platform import events
from core.platform.model import Event, WebhookTarget
from core.platform.webhooks import Webhooks
from core.providers.base import Provider
from core.reconciliation import service as reconciliation
from core.reconciliation.service import Reconciliation
from core.recovery.service import Recoveries
from core.reference import new_reference
from core.refunds import service as refunds
from core.refunds.service import Refunds
from core.remittance import timing
from core.remittance.calendar import NO_OVERRIDES, BankCalendar, Overrides
from core.remittance.drafts import Surroundings
from core.remittance.receipt_places import Bucket, open_receipts
from core.remittance.receipts import Receipts
from core.remittance.service import Remittances
from core.remittance.timing import BANK_ZONE
from core.requests import service as requests
from core.requests.service import Requests
from core.reviews import deciding, desk
from core.reviews.clockwork import Clockwork
from core.reviews.matches import Matches
from core.reviews.model import ReviewRules
from core.reviews.service import Reviews
from core.shortfalls import reckoning
from core.shortfalls.service import Shortfalls
from core.statements import service as statements
from core.statements.model import Exporter
from core.statements.service import Statements
from core.stepup.service import StepUp
from core.storage.database import Database
from core.storage.transaction import Tx
from core.stories.service import Stories
from core.topup import orders
from core.topup.service import TopUpRules, TopUps

NO_MONEY_SHOWN = frozenset(
    {
        NoticeKind.MEMBER_LINKED,
        NoticeKind.PURCHASE_GOES_ON,
        NoticeKind.LINK_ENDING,
        NoticeKind.RENEWAL_ASKED,
        NoticeKind.REQUEST_ENDED,  # only what the asker wrote
        NoticeKind.STEP_UP_RESET,
        NoticeKind.ALARM,
        NoticeKind.CASE_OPENED,
    }
)
BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreSettings:
    """What the core has to know of the installation."""

    public_url: str
    order_life: timedelta
    default_language: str
    payee: Payee | None = None
    sealing_keys: tuple[bytes, ...] = ()  # under which step-up secrets are kept; none: no step-up
    zone: tzinfo = BEIJING
    code_keys: tuple[str, ...] = field(default=(), repr=False)
    receipts: Path | Bucket = Path("var/receipts")
    bank_days: Overrides = NO_OVERRIDES
    four_eyes_fen: int = 50_000_00
    undo: timedelta = timedelta(0)
    review_chat_id: int | None = None


class Core:
    """Every service of the domain, over one database."""

    def __init__(
        self,
        database: Database,
        providers: Mapping[Channel, Provider],
        settings: CoreSettings,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
        observer: Observer | None = None,
        webhook: WebhookTarget | None = None,
    ) -> None:
        self.database = database
        self.providers = providers
        self.settings = settings
        self.clock = database.clock = clock or SystemClock()
        self.ids = ids or RandomIds()
        self.access = Access(database, self.clock, self.ids)
        self.team = Team(database, self.clock, self.access)
        self.requests = Requests(database, self.clock, self.ids)
        self.step_up = StepUp(database, self.clock, settings.sealing_keys)
        self.ledger = Ledger(database)
        self.audit = Audit(database)
        keys = CodeKeys(settings.code_keys)
        self.codes = Codes(database, self.clock, keys)
        self.code_batches = Batches(database, self.clock, self.ids, keys)
        self.inbox = Inbox(database, self.clock, keys if keys.are_there else None)
        self.jobs = Jobs(database, self.clock)
        self.holds = Holds(database, self.clock)
        self.shortfalls = Shortfalls(database, self.clock)
        self.webhooks = Webhooks(
            database, self.clock, webhook, on_given_up=self._event_is_given_up
        )
        self.topups = TopUps(
            database,
            self.clock,
            self.ids,
            providers,
            TopUpRules(public_url=settings.public_url, order_life=settings.order_life),
            observer or Unobserved(),
        )
        self.recoveries = Recoveries(database, self.clock)
        self.cases = Cases(database, self.clock)
        self.disputes = Disputes(database, self.clock, self.ids)
        self.alerts = Alerts(database, self.clock, self.ids, settings.zone)
        self.statements = Statements(database, self.clock, settings.zone)
        self.stories = Stories(database)
        self.refunds = Refunds(database, self.clock, self.ids, providers, settings.public_url)
        self.reconciliation = Reconciliation(database, self.clock, self.ids, providers)
        self._build_remittances(settings)
        self.notices = Notices(
            database,
            self.clock,
            entitled=_entitled,
            speaks=self._speaks,
            reachable=self._reachable,
        )

    def _build_remittances(self, settings: CoreSettings) -> None:
        days = BankCalendar(BANK_ZONE, settings.bank_days)
        surroundings = Surroundings(
            receipts=Receipts(open_receipts(settings.receipts), self.clock),
            days=days,
            new_reference=new_reference,
            review_chat_id=settings.review_chat_id,
        )
        rules = ReviewRules(
            four_eyes_fen=settings.four_eyes_fen,
            undo=settings.undo,
            review_chat_id=settings.review_chat_id,
        )
        self.receipts = surroundings.receipts
        self.remittances = Remittances(self.database, self.clock, self.ids, surroundings)
        self.reviews = Reviews(self.database, self.clock, rules)
        self.matches = Matches(self.database, self.clock, rules)
        self.banklines = BankLines(self.database, self.clock)
        self.bank_days = days
        self.clockwork = Clockwork(self.database, self.clock, days)

    def drain(
        self, messenger: Messenger, *, exporter: Exporter | None = None, width: int = 8
    ) -> Drain:
        """The worker of the jobs table, speaking through this messenger."""
        work = _Work(self, messenger, exporter)
        handlers = {
            notices_store.DELIVER: work.deliver_notice,
            notices_store.REFRESH: work.refresh_card,
            notices_store.SHOW: work.show_card,
            orders.WATCH: work.watch_payment,
            orders.LET_GO: work.let_go_payment,
            orders.CONFIRM: work.confirm_payment,
            holds.EXPIRE: work.expire_hold,
            issuing.EXPIRE: work.expire_code_batch,
            refunds.SEND: work.send_refund,
            events.SEND: work.send_event,
            deciding.POST: work.post_remittance,
            desk.LAPSE: work.lapse_review,
            timing.CLOCK: work.tick_remittance,
            reckoning.EXPIRE: work.expire_blocked,
            reckoning.DRAW: work.draw_blocked,
            reckoning.PUSH: work.push_blocked,
            reconciliation.COMPARE: work.compare_bill,
            requests.EXPIRE: work.expire_request,
            statements.EXPORT: work.export,
            watch.REMIND: work.remind,
            alerts.REMIND_ONE: work.remind_one,
            alerts.DIGEST: work.send_digest,
        }
        return Drain(
            self.database,
            self.clock,
            handlers,
            width=width,
            on_dead=self._job_is_dead,
            patience={statements.EXPORT: statements.PATIENCE},
        )

    async def figures(self) -> Figures:
        """The state of the business in numbers."""
        return await self.database.read(figures.read)

    async def raise_alarm(self, key: str, facts: Mapping[str, object]) -> None:
        """Tell every operator, once per key."""
        await self.database.write(lambda tx: self._raise_alarm(tx, key, facts))

    def _raise_alarm(self, tx: Tx, key: str, facts: Mapping[str, object]) -> None:
        operators = [Recipient(person_id=person) for person in staff_with(tx, StaffRole.OPERATOR)]
        notices_store.add(
            tx, operators, NoticeKind.ALARM, key=key, facts=facts, at=self.clock.now()
        )

    def _event_is_given_up(self, tx: Tx, event: Event) -> None:
        """Told once a day: a platform that is away loses many."""
        facts = {"what": "webhook_given_up", "detail": f"{event.type} {event.event_id}"}
        self._raise_alarm(tx, f"webhook:{self.clock.now():%Y-%m-%d}", facts)

    async def check_bank_days(self) -> None:
        """Tell operators, once, of a year whose bank holidays are missing when they are due."""
        year = self.bank_days.missing_year(self.clock.now())
        if year is not None:
            facts = {"what": "bank_days", "detail": f"holidays of {year} are not known"}
            await self.raise_alarm(f"bank-days:{year}", facts)

    async def _job_is_dead(self, job: Job, reason: str) -> None:
        facts = {"what": "dead_job", "detail": f"{job.kind} {job.job_id}: {reason}"[:300]}
        if job.kind != notices_store.DELIVER:  # an alarm about alarms would never end
            await self.raise_alarm(f"job:{job.job_id}", facts)

    def _speaks(self, tx: Tx, person_id: PersonId) -> str:
        return access_store.language(tx, person_id) or self.settings.default_language

    def _reachable(self, tx: Tx, person_id: PersonId, reachable: bool) -> None:
        since = None if reachable else self.clock.now()
        access_store.mark_unreachable(tx, person_id, since)


def _entitled(tx: Tx, notice: Notice) -> bool:
    """A notice that shows an account's money goes only to those who may see it now."""
    if notice.account_id is None:
        return True
    held = access_store.membership(tx, notice.person_id, notice.account_id)
    if held is None:
        return False
    return notice.kind in NO_MONEY_SHOWN or held.may(Right.SEE_MONEY)


class _Work:
    """What each kind of job does."""

    def __init__(self, core: Core, messenger: Messenger, exporter: Exporter | None) -> None:
        self._core = core
        self._messenger = messenger
        self._exporter = exporter

    async def deliver_notice(self, job: Job) -> Done:
        notice_id = NoticeId(int(str(job.payload["notice"])))
        return Done(await self._core.notices.deliver(notice_id, self._messenger))

    async def export(self, job: Job) -> Again | None:
        if self._exporter is None:
            raise NotFound("nobody here makes files")
        order = statements.read_payload(job.payload)
        language = await self._core.access.language(order.person_id)
        await self._exporter.deliver(order, language or self._core.settings.default_language)
        return None

    async def remind(self, job: Job) -> Again | None:
        since = datetime.fromisoformat(str(job.payload["since"]))
        again = await self._core.alerts.remind(str(job.payload["threshold"]), since)
        return None if again is None else Again(again)

    async def remind_one(self, job: Job) -> Again | None:
        person_id = PersonId(int(str(job.payload["person"])))
        await self._core.alerts.remind_one(str(job.payload["threshold"]), person_id)
        return None

    async def send_digest(self, job: Job) -> Again | None:
        again = await self._core.alerts.send_digest(
            PersonId(int(str(job.payload["person"]))),
            AccountId(str(job.payload["account"])),
            Digest(str(job.payload["how"])),
        )
        return None if again is None else Again(again)

    async def refresh_card(self, job: Job) -> Again | None:
        await self._messenger.refresh(str(job.payload["subject"]))
        return None

    async def show_card(self, job: Job) -> Again | None:
        subject, chat_id = str(job.payload["subject"]), int(str(job.payload["chat"]))
        await self._messenger.show(subject, chat_id, anew=bool(job.payload["anew"]))
        return None

    async def watch_payment(self, job: Job) -> Again | None:
        again = await self._core.topups.watch(PaymentId(str(job.payload["payment"])))
        return None if again is None else Again(again)

    async def let_go_payment(self, job: Job) -> Again | None:
        again = await self._core.topups.let_go(PaymentId(str(job.payload["payment"])))
        return None if again is None else Again(again)

    async def confirm_payment(self, job: Job) -> Again | None:
        facts = job.payload
        texts = [
            str(facts[name]) if facts.get(name) else None for name in ("at_provider", "trade")
        ]
        await self._core.topups.confirm(
            Channel(str(facts["channel"])), str(facts["order"]), *texts
        )
        return None

    async def send_refund(self, job: Job) -> Again | None:
        again = await self._core.refunds.send(str(job.payload["refund"]))
        return None if again is None else Again(again)

    async def compare_bill(self, job: Job) -> Again | None:
        channel = Channel(str(job.payload["channel"]))
        day, asked = (date.fromisoformat(str(job.payload[name])) for name in ("day", "asked"))
        again = await self._core.reconciliation.compare(channel, day, asked)
        return None if again is None else Again(again)

    async def expire_request(self, job: Job) -> Again | None:
        await self._core.requests.expire(str(job.payload["request"]))
        return None

    async def expire_code_batch(self, job: Job) -> Again | None:
        again = await self._core.code_batches.expire(BatchId(str(job.payload["batch"])))
        return None if again is None else Again(again)

    async def expire_hold(self, job: Job) -> Again | None:
        again = await self._core.holds.expire(HoldId(str(job.payload["hold"])))
        return None if again is None else Again(again)

    async def expire_blocked(self, job: Job) -> Again | None:
        hold_id, account_id = str(job.payload["hold"]), str(job.payload["account"])
        again = await self._core.shortfalls.expire(HoldId(hold_id), AccountId(account_id))
        return None if again is None else Again(again)

    async def send_event(self, job: Job) -> Again | Done:
        sent = await self._core.webhooks.send(str(job.payload["event"]))
        return Again(sent) if isinstance(sent, datetime) else Done(sent)

    async def draw_blocked(self, job: Job) -> Done:
        account_id = AccountId(str(job.payload["account"]))
        return Done(lambda tx: self._core.shortfalls.draw(tx, account_id))

    async def push_blocked(self, job: Job) -> Done:
        account_id = AccountId(str(job.payload["account"]))
        return Done(lambda tx: self._core.shortfalls.push(tx, account_id))

    async def post_remittance(self, job: Job) -> Again | None:
        again = await self._core.reviews.post(str(job.payload["remittance"]))
        return None if again is None else Again(again)

    async def lapse_review(self, job: Job) -> Again | None:
        again = await self._core.reviews.lapse(str(job.payload["remittance"]))
        return None if again is None else Again(again)

    async def tick_remittance(self, job: Job) -> Again | None:
        again = await self._core.clockwork.tick(str(job.payload["remittance"]))
        return None if again is None else Again(again)
