"""/metrics, for those who show the token."""

from entrypoints.http import metrics
from tests.integration.http.shop import Api


def test_without_a_token_in_the_settings_there_are_no_metrics(visitor: Api) -> None:
    assert visitor.app.test_client().get("/metrics").status_code == 404


def test_the_figures_are_told_to_whoever_shows_the_token(visitor: Api) -> None:
    visitor.app.config[metrics.TOKEN] = "scraper"
    try:
        told = visitor.app.test_client().get("/metrics", headers={"Authorization": "Bearer scraper"})
        refused = visitor.app.test_client().get("/metrics", headers={"Authorization": "Bearer guess"})
    finally:
        visitor.app.config[metrics.TOKEN] = None

    assert told.status_code == 200
    assert "octo_payments_overdue 1.0" in told.text
    assert "octo_holds_overdue 5.0" in told.text
    assert "octo_events_waiting 4.0" in told.text
    assert refused.status_code == 404
