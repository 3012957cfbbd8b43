"""The service as WSGI servers and the `flask` command find it."""

import os
from dataclasses import fields

from environs import Env

from entrypoints.bootstrap import build
from entrypoints.settings import Settings

env = Env()
# What the environment says comes first; ENV_FILE names another file than .env.
env.read_env(os.environ.get("ENV_FILE", ".env"), recurse=False)
names = [field.name.upper() for field in fields(Settings)]
app = build(Settings.from_env({name: env.str(name, "") for name in names}))
