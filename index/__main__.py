"""`python -m index`."""

from index.cli import main

main(prog_name="python -m index")
