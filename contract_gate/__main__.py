"""`python -m contract_gate`: the command line, where no script of that name is on the path."""

from contract_gate.cli import main

if __name__ == "__main__":
    main()
