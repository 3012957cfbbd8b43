"""One payment over real HTTP, step by step: order, initiate, card, code, OCTO's callback, order paid; then a part goes back.

The sandbox plays OCTO. PORT and SANDBOX_PORT choose the ports; ONCE=1 ends after the payment. The exit code is 0 only if
the order was paid and the sandbox's ledger holds exactly one debit of its amount, and then exactly one refund. FRONTEND_URL is
the address of the shop's pages; where there are none, the sandbox has one to come back to.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Final

import requests

from tools.processes import CannotStart, Processes, require_free
from tools.shop import Failed, Shop, console

AMOUNT: Final = "185000.00"
REFUNDED: Final = "25000.00"
CARD: Final = "8600 4954 7331 6478"
ROOT: Final = Path(__file__).resolve().parent.parent
BIN: Final = Path(sys.executable).parent
PORT: Final = int(os.environ.get("PORT") or 8000)
SANDBOX_PORT: Final = int(os.environ.get("SANDBOX_PORT") or 9000)
ONCE: Final = bool(os.environ.get("ONCE"))
API: Final = f"http://127.0.0.1:{PORT}"
SANDBOX: Final = f"http://127.0.0.1:{SANDBOX_PORT}"
CALLBACK_WITHIN_SECONDS: Final = 20


def pay(shop: Shop) -> str:
    """Takes one payment, the way a shop's page does. Returns the order's id."""
    items = [
        {"name": "Ko'rpa", "quantity": 1, "price": "160000.00"},
        {"name": "Yetkazib berish", "quantity": 1, "price": "25000.00"},
    ]
    order = shop.post(
        "The shop creates an order", "/api/orders/", {"reference": f"A-{int(time.time())}", "items": items}
    )
    base = f"/api/orders/{order['id']}/payment"
    payment = shop.post("The payer comes to pay", f"{base}/initiate/?language=uz", {})
    expire = time.strftime("12%y", time.localtime(time.time() + 3 * 365 * 86400))
    card = {
        "transaction_id": payment["transaction_id"],
        "card_number": CARD,
        "expire": expire,
        "cardholder_name": "ALISHER NAVOIY",
    }
    shop.post("The payer types a card", f"{base}/confirm/", card, {"card_number": "8600 49•• •••• 6478"})
    sms = requests.get(f"{SANDBOX}/sandbox/payments/{payment['shop_transaction_id']}/sms", timeout=10).json()
    console.print(f"   The bank's SMS to {sms['masked_phone']}: [bold yellow]{sms['code']}[/]\n")
    code = {"transaction_id": payment["transaction_id"], "sms_key": sms["code"]}
    shop.post("The payer types the code", f"{base}/verify-otp/", code)
    wait_for_callback(shop, order["id"])
    shop.get("The order", f"/api/orders/{order['id']}/")
    return str(order["id"])


def wait_for_callback(shop: Shop, order_id: str) -> None:
    """Only OCTO's word makes an order paid; it is on its way to our webhook now."""
    deadline = time.monotonic() + CALLBACK_WITHIN_SECONDS
    while shop.peek(f"/api/orders/{order_id}/")["status"] == "awaiting_payment":
        if time.monotonic() > deadline:
            raise Failed("OCTO's callback did not come")
        time.sleep(0.1)


def check(shop: Shop, order_id: str) -> None:
    """Raises Failed unless the order is paid and exactly one debit of its amount stands in OCTO's ledger."""
    order = shop.peek(f"/api/orders/{order_id}/")
    if order["status"] != "paid":
        raise Failed(f"the order is {order['status']}, not paid")
    require_in_ledger("debit", AMOUNT)
    console.print(
        f"[bold green]Paid.[/] The order is paid, and OCTO's ledger holds exactly one debit of {AMOUNT} UZS.\n"
    )


def refund(shop: Shop, order_id: str) -> None:
    """The delivery came late, and its price goes back. Raises Failed unless it did, once, and the debit stands as before."""
    shop.post(
        "The shop gives a part back",
        f"/api/orders/{order_id}/refunds/",
        {"amount": REFUNDED, "reason": "The delivery came late"},
    )
    order = shop.get("The order afterwards", f"/api/orders/{order_id}/")
    if (order["status"], order["refunded"]) != ("partially_refunded", REFUNDED):
        raise Failed(f"the order is {order['status']} with {order['refunded']} given back")
    require_in_ledger("debit", AMOUNT)
    require_in_ledger("refund", REFUNDED)
    console.print(
        f"[bold green]Refunded.[/] OCTO's ledger holds one debit of {AMOUNT} UZS and one refund of {REFUNDED} UZS.\n"
    )


def require_in_ledger(kind: str, amount: str) -> None:
    answer = requests.get(f"{SANDBOX}/sandbox/ledger", timeout=10)
    found = [e for e in json.loads(answer.text, parse_float=Decimal)["entries"] if e["kind"] == kind]
    if [Decimal(e["amount"]) for e in found] != [Decimal(amount)]:
        raise Failed(f"the ledger should hold one {kind} of {amount} and holds {found}")


def settings(folder: Path) -> dict[str, str]:
    """The environment of the demo's own service: development, on this machine alone, with secrets made on the spot."""
    octo = {"OCTO_API_URL": SANDBOX, "OCTO_SHOP_ID": "4321", "OCTO_SECRET": "demo-secret"}
    secret_keys = {name: secrets.token_urlsafe(48) for name in ("SECRET_KEY", "JWT_SECRET_KEY")}
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")}
    return (
        kept
        | octo
        | secret_keys
        | {
            "OCTO_UNIQUE_KEY": "demo-unique-key",
            "OCTO_TEST_MODE": "true",
            "ENVIRONMENT": "development",
            "PUBLIC_URL": API,
            "FRONTEND_URL": os.environ.get("FRONTEND_URL") or SANDBOX,
            "DATABASE_URL": f"sqlite:///{folder / 'payments.sqlite3'}",
            "JOBS_URL": f"sqlite:///{folder / 'jobs.sqlite3'}",
            # Nobody's own .env.
            "ENV_FILE": os.devnull,
            "FLASK_SKIP_DOTENV": "1",
            "PORT": str(PORT),
            "SANDBOX_PORT": str(SANDBOX_PORT),
        }
    )


def run(command: list[str], env: dict[str, str]) -> str:
    """One command to its end. Raises CannotStart with what it printed."""
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode:
        raise CannotStart(f"{' '.join(command[1:])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def start(processes: Processes, env: dict[str, str]) -> Shop:
    """The sandbox and the service, both ready, and a client of the API."""
    console.print(f"Starting the sandbox (OCTO's stand-in) on {SANDBOX} and the service on {API} …\n")
    sandbox = processes.start("sandbox", [sys.executable, "-m", "sandbox", "--port", str(SANDBOX_PORT)], env)
    flask = [str(BIN / "flask"), "--app", "wsgi"]
    run([*flask, "db", "upgrade"], env)
    printed = run([*flask, "clients", "create", "--name", "demo"], env)
    client = {name: value.strip() for name, _, value in (line.partition(":") for line in printed.splitlines())}
    service = processes.start("service", [str(BIN / "gunicorn"), "--bind", f"127.0.0.1:{PORT}", "wsgi:app"], env)
    processes.start("worker", [*flask, "worker"], env)
    processes.wait_until("sandbox", sandbox, lambda: answers(f"{SANDBOX}/sandbox/health"), 30)
    processes.wait_until("service", service, lambda: answers(f"{API}/readyz"), 60)
    return Shop(API, client["client_id"], client["client_secret"])


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except (requests.ConnectionError, requests.Timeout):
        return False


def serve(shop: Shop, order_id: str) -> None:
    """Says what to try next and keeps everything running until Ctrl-C."""
    console.print("[bold]Everything keeps running until Ctrl-C.[/] Try next, in another terminal:\n")
    lines = (
        (
            f"TOKEN=$(curl -s -u {shop.credentials} -d grant_type=client_credentials {API}/api/auth/token/"
            """ | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')"""
        ),
        f'curl {API}/api/orders/{order_id}/ -H "Authorization: Bearer $TOKEN"',
        f'curl {API}/api/orders/{order_id}/payment/events/ -H "Authorization: Bearer $TOKEN"',
        f'curl {API}/api/orders/{order_id}/refunds/ -H "Authorization: Bearer $TOKEN"',
        (
            f"""curl -X POST {API}/api/orders/ -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' """
            """-d '{"amount": "50000.00"}'"""
        ),
        f"curl {SANDBOX}/sandbox/ledger",
    )
    for line in lines:
        console.print(f"  {line}", style="cyan", markup=False, soft_wrap=True)
    console.print(f"\n  OCTO's side, for people: {SANDBOX}/sandbox/\n")
    signal.pause()


def main() -> int:
    folder = ROOT / "var" / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        require_free(PORT, "PORT")
        require_free(SANDBOX_PORT, "SANDBOX_PORT")
        with Processes(folder) as processes:
            shop = start(processes, settings(folder))
            order_id = pay(shop)
            check(shop, order_id)
            refund(shop, order_id)
            if not ONCE:
                serve(shop, order_id)
    except (CannotStart, Failed) as trouble:
        console.print(f"[bold red]{type(trouble).__name__}:[/] {trouble}", markup=True)
        return 1
    except KeyboardInterrupt:
        console.print("\nEverything has ended.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
