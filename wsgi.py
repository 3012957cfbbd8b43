"""The service as WSGI servers and the `flask` command find it."""

import os
import sys
from dataclasses import fields
from pathlib import Path

from dotenv import dotenv_values, find_dotenv
from environs import Env

from entrypoints.bootstrap import build
from entrypoints.settings import BadSettings, Settings

env = Env()
names = [field.name.upper() for field in fields(Settings)]
# What the environment says comes first; ENV_FILE names another file than .env.
file = Path(os.environ.get("ENV_FILE", ".env")).absolute()
is_command = os.environ.get("FLASK_RUN_FROM_CLI") == "true"
# By now the flask command has put the nearest .env into the environment, also one of a folder above, which no server reads.
if is_command and (taken := find_dotenv(usecwd=True)) and Path(taken) != file:
    for name, value in dotenv_values(taken).items():
        if name in names and os.environ.get(name) == value:
            del os.environ[name]
env.read_env(file, recurse=False)
try:
    app = build(Settings.from_env({name: env.str(name, "") for name in names}))
except BadSettings as bad:
    sys.stderr.write(f"{bad}\n")
    # 4 is how gunicorn's workers say that there is nothing to load; of any other they would be started for ever.
    sys.exit(1 if is_command else 4)
