"""GitHub: the event that started the run, what the runner obeys, the one comment, and the action's entry."""
