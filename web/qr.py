"""Draws a QR code as SVG inside a page: one path, sharp at every size."""

import asyncio

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4


async def qr_svg(text: str, *, label: str) -> str:
    """Inline SVG; `label` has to be escaped already. Drawn off the event loop."""
    return await asyncio.to_thread(_draw, text, label)


def _draw(text: str, label: str) -> str:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, cells in enumerate(rows)
        for column, dark in enumerate(cells)
        if dark
    )
    side = len(rows)
    return (
        f'<svg class="qr" viewBox="0 0 {side} {side}" role="img" aria-label="{label}"'
        ' shape-rendering="crispEdges">'
        f'<rect width="{side}" height="{side}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
    )
