"""``python -m avatar`` is the command ``avatar``."""

from .cli import main

main()
