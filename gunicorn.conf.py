"""The production server: threads, because a request spends its time waiting for OCTO."""

import os

worker_class = "entrypoints.server.QuietWorker"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "16"))
# A little longer than all calls to OCTO for one request may take (REQUEST_SECONDS in entrypoints/bootstrap.py). One that is cut off
# all the same has lost nothing: the payment is `processing`, and settlement finds out.
graceful_timeout = 40
timeout = 60
control_socket_disable = True
# A head is small here: a token and a few names.
limit_request_line = 2048
limit_request_fields = 50
limit_request_field_size = 8190
# Which proxies to believe, the service decides by TRUSTED_PROXIES; this server believes none.
forwarded_allow_ips = ""
