"""What people get drawn in the chat: sheets and curves of codes, pictures of their money."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.locales.catalogue import Catalogue
from bot.printing import balance_picture, redemption_curve, spending_picture
from bot.printing.code_sheet import CodeSheets, SheetWish
from core.codes.model import BatchReport, IssuedCodes
from core.statements.model import Day, Spending


class Prints:
    """Everything is drawn at once by the caller's thread, in the installation's zone."""

    def __init__(self, catalogue: Catalogue, zone: tzinfo, username: str) -> None:
        self._catalogue = catalogue
        self._sheets = CodeSheets(catalogue, username)
        self._zone = zone

    def sheet(self, issued: IssuedCodes, language: str) -> bytes:
        wish = issued.batch.wish
        printed = SheetWish(
            codes=issued.codes, amount_fen=wish.amount_fen, expires_at=wish.expires_at
        )
        return self._sheets.draw(printed, language)

    def curve(self, report: BatchReport, now: datetime) -> bytes:
        return redemption_curve.draw(report, now, self._zone)

    def balance(self, days: Sequence[Day], account: str, language: str) -> bytes:
        return balance_picture.draw(days, account, self._catalogue, language)

    def spending(self, items: Sequence[Spending], account: str, language: str) -> bytes:
        return spending_picture.draw(items, account, self._catalogue, language)
