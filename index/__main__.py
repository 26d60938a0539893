"""`python -m index`."""

from index.commands.main import main

main(prog_name="python -m index")
