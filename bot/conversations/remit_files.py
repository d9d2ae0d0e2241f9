"""Taking a receipt that somebody sent: fetched, looked into, kept."""

from bot.conversations.files import Files
from bot.conversations.kernel import Step
from bot.conversations.model import Attachment
from core.app import Core
from core.errors import FileTooBig, FileUnavailable, ReceiptRefused
from core.remittance.model import RemittanceView
from core.remittance.receipt_kinds import LARGEST_BYTES, ReceiptReason


async def attach(core: Core, files: Files, step: Step, remittance_id: str) -> RemittanceView:
    """The attachment of this step as a receipt; raises what says why it is not taken."""
    if step.attachment is None:
        raise FileUnavailable
    return await keep(core, files, step, step.attachment, remittance_id)


async def keep(
    core: Core, files: Files, step: Step, sent: Attachment, remittance_id: str
) -> RemittanceView:
    try:
        content = await files.fetch(sent, at_most=LARGEST_BYTES)
    except FileTooBig as error:
        raise ReceiptRefused(ReceiptReason.TOO_BIG) from error
    return await core.remittances.drafts.attach(
        remittance_id,
        step.event.person.person_id,
        content,
        name=sent.name,
        caption=sent.caption,
    )
