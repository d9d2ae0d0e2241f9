"""What operators get drawn in the chat."""

from datetime import datetime, tzinfo

from bot.locales.catalogue import Catalogue
from bot.printing import redemption_curve
from bot.printing.code_sheet import CodeSheets, SheetWish
from core.codes.model import BatchReport, IssuedCodes


class Prints:
    """Sheets and curves, in the installation's zone."""

    def __init__(self, catalogue: Catalogue, zone: tzinfo, username: str) -> None:
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
