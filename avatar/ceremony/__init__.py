"""Ceremonies: the script's format, what is checked before the guests come, and the state machine that performs it."""
