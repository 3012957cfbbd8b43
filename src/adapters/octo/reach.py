"""Whether OCTO's address answers at all, and what time it is there. No payment, no secret: any answer will do."""

import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from adapters.deadline import DeadlineAdapter, ending

_DEADLINE_SECONDS: Final = 10.0


def octo_time(api_url: str) -> datetime | None:
    """By the Date header of whatever is answered. None where nothing is."""
    tls = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    session = requests.Session()
    session.trust_env = False
    for scheme in ("https://", "http://"):
        session.mount(scheme, DeadlineAdapter(tls))
    try:
        with (
            session,
            ending(time.monotonic() + _DEADLINE_SECONDS),
            session.get(api_url, stream=True, allow_redirects=False, timeout=_DEADLINE_SECONDS) as answer,
        ):
            return parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    except (requests.RequestException, OSError, KeyError, ValueError):
        return None
