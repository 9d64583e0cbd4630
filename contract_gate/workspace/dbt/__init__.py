"""dbt projects: from the files of one revision to models, seeds, sources, exposures and tests."""
