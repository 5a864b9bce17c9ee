"""Run memberarc as ``python -m memberarc``."""

from memberarc.cli.main import main

if __name__ == "__main__":
    main()
