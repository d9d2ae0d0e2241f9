"""How records become replies: links expanded where asked, lists cut into pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.cards.account import Account
from sandbox.cards.balance import Span
from sandbox.cards.errors import invalid, missing
from sandbox.cards.forms import Form, written
from sandbox.cards.model import Record
from sandbox.cards.views import Json

PAGE_FIELDS = frozenset({"limit", "starting_after", "ending_before", "expand[#]"})
SPAN_FIELDS = frozenset(f"created[{bound}]" for bound in ("gte", "gt", "lte", "lt"))
_USUAL_LIMIT, _LARGEST_LIMIT = 10, 100
_DEEPEST = 4
_EXPANDABLE: Mapping[str, frozenset[str]] = {
    "checkout.session": frozenset({"customer", "payment_intent"}),
    "payment_intent": frozenset({"customer", "latest_charge", "payment_method"}),
    "payment_method": frozenset({"customer"}),
    "charge": frozenset({"balance_transaction", "customer", "payment_intent"}),
    "refund": frozenset(
        {"balance_transaction", "charge", "failure_balance_transaction", "payment_intent"}
    ),
    "balance_transaction": frozenset({"source"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    records: Sequence[Record]
    has_more: bool
    url: str


def page_of(records: Sequence[Record], form: Form, url: str) -> Page:
    """`records` are the newest first; a cursor is the id of one of them."""
    limit = form.integer("limit", least=1, most=_LARGEST_LIMIT) or _USUAL_LIMIT
    after, before = form.text("starting_after"), form.text("ending_before")
    if after is not None and before is not None:
        raise invalid("You can give only one of starting_after and ending_before.")
    if before is not None:
        earlier = records[: _place(records, before, "ending_before")]
        return Page(records=earlier[-limit:], has_more=len(earlier) > limit, url=url)
    first = 0 if after is None else _place(records, after, "starting_after") + 1
    chosen = records[first : first + limit]
    return Page(records=chosen, has_more=len(records) > first + limit, url=url)


def read_span(form: Form) -> Span:
    firsts = [form.integer("created", "gte"), _next(form.integer("created", "gt"))]
    ends = [form.integer("created", "lt"), _next(form.integer("created", "lte"))]
    return Span(
        first=max((each for each in firsts if each is not None), default=None),
        end=min((each for each in ends if each is not None), default=None),
    )


def shown(account: Account, result: Record | Page, form: Form) -> Json:
    """`expand` is checked before anything is shown, also for an empty list."""
    paths = [path.split(".") for path in form.texts("expand")]
    if any(len(path) > _DEEPEST for path in paths):
        raise invalid(f"You cannot expand more than {_DEEPEST} levels.", "expand")
    if isinstance(result, Page):
        if any(path[0] != "data" or len(path) == 1 for path in paths):
            raise _unexpandable(".".join(paths[0]))
        data = [_expanded(account, each, [path[1:] for path in paths]) for each in result.records]
        return {"object": "list", "url": result.url, "has_more": result.has_more, "data": data}
    return _expanded(account, result, paths)


def _expanded(account: Account, record: Record, paths: Sequence[Sequence[str]]) -> Json:
    view = account.view(record)
    for name in dict.fromkeys(path[0] for path in paths if path):
        if name not in _EXPANDABLE.get(str(view["object"]), frozenset()):
            raise _unexpandable(name)
        linked = account.peek(str(view.get(name)))
        if linked is not None:
            further = [path[1:] for path in paths if path[0] == name]
            view[name] = _expanded(account, linked, [path for path in further if path])
    return view


def _unexpandable(name: str) -> Exception:
    return invalid(f"This property cannot be expanded ({name}).", "expand")


def _place(records: Sequence[Record], identifier: str, param: str) -> int:
    for place, record in enumerate(records):
        if record.id == identifier:
            return place
    raise missing("object", identifier, status=400, param=written((param,)))


def _next(moment: int | None) -> int | None:
    return None if moment is None else moment + 1
