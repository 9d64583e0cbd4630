"""What `doctor` looks at: each thing that a run depends on, by itself, with what to do where it is not well."""
