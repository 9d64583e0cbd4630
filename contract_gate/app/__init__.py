"""What the commands run: the gate over one pull request (`gate`, the page to read first), one model, one pair of texts, the sync after the merge."""
