"""Power BI's semantic models, written as TMDL or as one document of JSON (`model.bim`)."""
