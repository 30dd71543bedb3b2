"""``python -m symcircuits`` is the command ``symcircuits``."""

import sys

from symcircuits.cli import main

if __name__ == "__main__":
    sys.exit(main())
