"""Data contracts: two versions of one held against its version number, one held against the models, and a model written as one."""
