"""The director's console: a local web page for the human who is in charge of a ceremony (docs/CONSOLE.md)."""
