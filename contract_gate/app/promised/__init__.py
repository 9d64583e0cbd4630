"""Data contracts from one revision to the next: what their promises lose or gain, and whether their version number says so."""
