"""Our JSON API: one blueprint for each resource; it neither calls out nor queries."""
