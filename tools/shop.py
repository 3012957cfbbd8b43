"""A shop's program, as small as it can be: it shows each request and each answer in a form that a person enjoys reading."""

import json
from typing import Any

import requests
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

console = Console(highlight=False)


class Failed(Exception):
    """The payment did not go as it should."""


class Shop:
    """Signed in at the service at `url`. Raises Failed where an answer is an error."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._step = 0
        self.credentials = f"{client_id}:{client_secret}"
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        answer = self._session.post(f"{url}/api/auth/token/", data=form, timeout=30)
        token = self._shown("Sign in", "POST", "/api/auth/token/", form | {"client_secret": "…"}, answer)
        self.token = token["access_token"]
        self._session.headers["Authorization"] = f"Bearer {self.token}"

    def post(self, title: str, path: str, body: dict[str, Any], shown: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._session.post(self._url + path, json=body, timeout=60)
        return self._shown(title, "POST", path, body | (shown or {}), answer)

    def get(self, title: str, path: str) -> dict[str, Any]:
        return self._shown(title, "GET", path, None, self._session.get(self._url + path, timeout=30))

    def peek(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._session.get(self._url + path, timeout=30).json()
        return found

    def _shown(
        self, title: str, method: str, path: str, body: dict[str, Any] | None, answer: requests.Response
    ) -> dict[str, Any]:
        self._step += 1
        received: dict[str, Any] = answer.json()
        show(f"{self._step}. {title}", f"{method} {path}", body, answer.status_code, received)
        if not answer.ok:
            raise Failed(f"{method} {path} was answered {answer.status_code}")
        return received


def show(title: str, call: str, body: dict[str, Any] | None, status: int, answer: dict[str, Any]) -> None:
    text = Text(call + "\n", style="bold cyan")
    if body:
        text.append(_pretty(body) + "\n", style="cyan")
    text.append(f"← {status}\n", style="bold green" if status < 400 else "bold red")
    text.append(_pretty(answer), style="white")
    console.print(Panel(text, title=title, title_align="left", border_style="bright_black"))


def _pretty(value: dict[str, Any]) -> str:
    short = {k: v[:24] + "…" if k == "access_token" else v for k, v in value.items() if v not in (None, [], {})}
    return json.dumps(short, ensure_ascii=False, indent=2)
