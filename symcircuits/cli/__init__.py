"""The command line, and the only room that prints or exits. Everything heavy is imported when a command needs it."""

from symcircuits.cli.running import main

__all__ = ["main"]
