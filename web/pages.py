"""The payment pages as HTML: phone first, light and dark, no scripts, nothing from elsewhere."""

import base64
import hashlib
from dataclasses import dataclass
from html import escape

from starlette.responses import HTMLResponse

from web.texts import Texts

STYLE = """
:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--ink:#16181d;--soft:#5d6470;
--line:#e3e6ea;--accent:#0a6cff;--on-accent:#fff}
@media(prefers-color-scheme:dark){:root{--ground:#0f1115;--card:#1a1d23;--ink:#f0f2f5;
--soft:#a3abb8;--line:#2b3038;--accent:#5b9dff;--on-accent:#0b1220}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:16px;
background:var(--ground);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"PingFang SC","Noto Sans CJK SC",sans-serif}
main{width:100%;max-width:400px;background:var(--card);border:1px solid var(--line);
border-radius:16px;padding:24px;text-align:center}
h1{margin:0 0 8px;font-size:20px}
p{margin:8px 0;color:var(--soft)}
dl{margin:0 0 16px}
dt{font-size:14px;color:var(--soft)}
dd{margin:0 0 12px;overflow-wrap:anywhere}
.amount{font-size:36px;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.2}
.button{display:block;margin:16px 0 8px;padding:14px;border-radius:12px;font-weight:600;
text-decoration:none;background:var(--accent);color:var(--on-accent)}
.button:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
.qr{display:block;width:100%;max-width:280px;margin:8px auto;border-radius:8px}
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    ),
    # The payment channel checks that the payer comes from our domain, so the referrer is kept.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Vary": "Accept-Language, User-Agent",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """Where the browser goes by itself after so many seconds."""

    seconds: int
    address: str


def page(
    words: Texts, parts: list[str], *, refresh: Refresh | None = None, status: int = 200
) -> HTMLResponse:
    """A whole page; `parts` are HTML, made by the functions below."""
    language = "en" if words["title"].isascii() else "zh-CN"
    moves = ""
    if refresh is not None:
        content = escape(f"{refresh.seconds};url={refresh.address}")
        moves = f'<meta http-equiv="refresh" content="{content}">'
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"{moves}<title>{escape(words['title'])}</title><style>{STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>"
    )
    return HTMLResponse(html, status, headers=HEADERS)


def heading(text: str) -> str:
    return f"<h1>{escape(text)}</h1>"


def sentence(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def button(text: str, address: str) -> str:
    return f'<a class="button" href="{escape(address)}">{escape(text)}</a>'


def order(words: Texts, *, amount: str, order_no: str) -> str:
    return (
        f'<dl><dt>{escape(words["amount"])}</dt><dd class="amount">{escape(amount)}</dd>'
        f"<dt>{escape(words['order'])}</dt><dd>{escape(order_no)}</dd></dl>"
    )
