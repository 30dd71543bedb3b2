"""From arguments to an exit code: every error becomes one line, and no traceback reaches the user.

Exit codes: 0 everything proved; 1 something refuted; 2 wrong usage, or a file that cannot be read or written;
3 nothing refuted, something undecided.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from symcircuits.cli.printing import complain, hush, reason, survive_encodings
from symcircuits.cli.program import program
from symcircuits.errors import SymcircuitsError

WRONG_USAGE = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with ``arguments`` (those of the process by default); returns the exit code.

    >>> main(["--version"])
    symcircuits 0.1.0
    0
    """
    survive_encodings()
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except click.ClickException as error:
        return _failed(_usage(error), error)
    except SymcircuitsError as error:
        return _failed(str(error), error)
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted")
        return INTERRUPTED
    except OSError as error:
        hush(sys.stdout)
        return WRONG_USAGE if isinstance(error, BrokenPipeError) else _failed(reason(error), error)
    except Exception as error:  # noqa: BLE001  the last door: a fault of ours is told in one line too
        told = f"unexpected {type(error).__name__}: {error}" if str(error) else f"unexpected {type(error).__name__}"
        return _failed(f"{told} (SYMCIRCUITS_DEBUG=1 shows the traceback)", error)


def _run(arguments: list[str]) -> int:
    try:
        with program.make_context("symcircuits", arguments) as context:
            return int(program.invoke(context) or 0)
    except click.exceptions.Exit as ending:
        return ending.exit_code


def _failed(message: str, error: BaseException) -> int:
    complain(f"error: {message}", error)
    return WRONG_USAGE


def _usage(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "symcircuits"
    return f"{message[:1].lower()}{message[1:]} (see {command} --help)"
