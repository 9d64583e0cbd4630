"""Models: which files make which relation, in dbt, SQLMesh, Dataform and plain projects; `repository` is the page to read first."""
