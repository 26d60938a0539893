"""`python -m index`."""

from index.commands.cli import main

main(prog_name="python -m index")
