"""The overview for people, and what all pages look like."""

from html import escape

from flask import Blueprint, Response

from sandbox import timers
from sandbox.payments import Payment
from sandbox.state import Sandbox

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ddd}"
    "input,button{font:inherit;padding:.4rem .7rem}label{display:block;margin:.6rem 0}"
)


def page(title: str, content: str, status: int = 200) -> Response:
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><h1>{escape(title)}</h1>{content}</body></html>"
    )
    return Response(html, status, content_type="text/html; charset=UTF-8", headers={"Cache-Control": "no-store"})


def blueprint(sandbox: Sandbox) -> Blueprint:
    pages = Blueprint("pages", __name__)
    pages.add_url_rule("/sandbox/", "overview", lambda: overview(sandbox))
    return pages


def overview(sandbox: Sandbox) -> Response:
    with sandbox.lock:
        timers.refresh_all(sandbox)
        rows = "".join(overview_row(payment) for payment in sandbox.payments)
    sandbox.callbacks.dispatch()
    hint = "<p>Control calls, test cards and codes are described in docs/sandbox.md.</p>"
    table = f"<table><tr><th>Payment<th>Amount<th>Status<th>Card<th>SMS</tr>{rows}</table>"
    return page("OCTO sandbox", hint + (table if rows else "<p>No payments yet.</p>"))


def overview_row(payment: Payment) -> str:
    card = payment.card.masked_pan if payment.card else ""
    code = payment.otp.code if payment.otp and payment.otp.delivered else ""
    cells = (payment.shop_transaction_id, f"{payment.total_sum} {payment.currency}", payment.status, card, code)
    return "<tr>" + "".join(f"<td>{escape(cell)}" for cell in cells) + "</tr>"
