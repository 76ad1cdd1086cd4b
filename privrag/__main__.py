"""`python -m privrag`."""

from privrag.cli import main

main()
