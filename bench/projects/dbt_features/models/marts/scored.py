def model(dbt, session):  # noqa: ARG001 - dbt hands it over
    dbt.config(materialized="table", schema="scores")
    totals = dbt.ref("totals")
    events = dbt.source("raw", "events")
    return totals.union(events)
