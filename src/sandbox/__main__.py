"""`python -m sandbox`: the sandbox as a program."""

import argparse
import errno
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from types import FrameType

from sandbox import timers
from sandbox.app import create_app
from sandbox.config import Config
from sandbox.server import listen, serve
from sandbox.state import Sandbox

SWEEP_SECONDS = 1.0


def read_config(arguments: Sequence[str], environ: Mapping[str, str]) -> Config:
    """Options win over SANDBOX_* variables, these over the demo values."""
    demo = Config()
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A stand-in for the OCTO payment gateway.")
    for name, kind, fallback, about in (
        ("host", str, demo.host, "address to listen on"),
        ("port", int, demo.port, "port to listen on, 0 for any free one"),
        ("public-url", str, demo.public_url, "base of the links to payment pages; default http://host:port"),
        ("shop-id", int, demo.shop_id, "octo_shop_id of the one shop"),
        ("secret", str, demo.secret, "its octo_secret"),
        ("unique-key", str, demo.unique_key, "key that callbacks are signed with"),
        ("notify-url", str, demo.notify_url, "notification address of the merchant cabinet"),
    ):
        variable = "SANDBOX_" + name.upper().replace("-", "_")
        parser.add_argument(
            f"--{name}", type=kind, default=environ.get(variable) or fallback, help=f"{about} ({variable})"
        )
    options = parser.parse_args(arguments)
    if not 0 <= options.port <= 65535:
        parser.error(f"port {options.port} is not from 0 to 65535; set SANDBOX_PORT to another")
    return Config(**vars(options))


def main() -> int:
    config = read_config(sys.argv[1:], os.environ)
    try:
        listener = listen(config.host, config.port)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "is taken by another program" if taken else f"cannot be used ({error.strerror})"
        print(
            f"sandbox: port {config.port} on {config.host} {reason}; choose another with SANDBOX_PORT", file=sys.stderr
        )
        return 2
    port = listener.getsockname()[1]
    config = Config(**(vars(config) | {"port": port}))
    app = create_app(config)
    server = serve(app, listener)

    def stop(signum: int, frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    threading.Thread(target=sweep, args=(app.extensions["sandbox"],), daemon=True).start()
    print(f"sandbox ready on {config.base_url} (shop {config.shop_id})", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    return 0


def sweep(sandbox: Sandbox) -> None:
    """Time works on payments that nobody asks about, too."""
    pause = threading.Event()
    while not pause.wait(SWEEP_SECONDS):
        with sandbox.lock:
            timers.refresh_all(sandbox)
        sandbox.callbacks.dispatch()


if __name__ == "__main__":
    sys.exit(main())
