"""The ways out: results to standard output, progress and complaints to standard error."""

from __future__ import annotations

import io
import math
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, Any, TextIO

from symcircuits.errors import InputError, OutputFailed

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import ProgressColumn

WIDTH = 100  # columns where the output is no terminal
Step = Callable[[str, int, int], None]


def survive_encodings() -> None:
    """Let characters that an output cannot encode be escaped, where they would raise."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


@contextmanager
def _standard_output() -> Iterator[None]:
    """A reader that went away (``| head``) is no error; a full disk is one, and says so."""
    try:
        yield
    except BrokenPipeError:
        hush(sys.stdout)
    except OSError as error:
        hush(sys.stdout)
        raise OutputFailed(f"cannot write to standard output: {reason(error)}") from None


def emit(text: str) -> None:
    """Write a result. Raises ``OutputFailed`` where standard output cannot be written."""
    if sys.stdout is None:
        return
    with _standard_output():
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()


def emit_json(data: object) -> None:
    """Write one JSON document."""
    import json

    emit(json.dumps(_finite(data), indent=2, allow_nan=False))


def emit_rich(*parts: RenderableType) -> None:
    """Write tables and styled text, with colour where the output has any."""
    from rich.console import Group

    console = _console(sys.stdout)
    with _standard_output(), console.capture() as written:
        console.print(Group(*parts), crop=False)
    emit(written.get())


def plain(*parts: RenderableType) -> str:
    """Tables and styled text as plain text, ``WIDTH`` columns wide."""
    from rich.console import Console, Group

    console = Console(file=io.StringIO(), width=WIDTH, highlight=False, markup=False, emoji=False, no_color=True)
    with console.capture() as written:
        console.print(Group(*parts), crop=False)
    return "\n".join(line.rstrip() for line in written.get().splitlines())


def complain(message: str, error: BaseException | None = None) -> None:
    """Write one line to standard error, after the traceback if ``SYMCIRCUITS_DEBUG`` is set; below it the text that an
    error points into, if it does."""
    if sys.stderr is None:
        return
    if error is not None and os.environ.get("SYMCIRCUITS_DEBUG", "0") not in ("", "0"):
        import traceback

        traceback.print_exception(error)
    try:
        sys.stderr.write(f"symcircuits: {' '.join(message.split())}\n")
        if isinstance(error, InputError) and error.pointed:
            sys.stderr.write("".join(f"  {line}\n" for line in error.pointed.split("\n")))
        sys.stderr.flush()
    except OSError:
        hush(sys.stderr)


def reason(error: OSError) -> str:
    """What the system says of an error, and of which file."""
    said = (error.strerror or str(error)).lower()
    return said if error.filename is None else f"{said}: {error.filename!r}"


def hush(stream: TextIO | None) -> None:
    """Send what is still to be written to nowhere, so that closing the stream does not complain again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        if stream is not None:
            os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError):
        return
    finally:
        os.close(nowhere)


@contextmanager
def messages_aside() -> Iterator[None]:
    """While inside, what other people's code prints goes to standard error: standard output is for results."""
    with redirect_stdout(sys.stderr):
        yield


@contextmanager
def progress(doing: str, unit: str = "") -> Iterator[Step]:
    """A function ``(id, done, total)`` that draws a bar on standard error while inside, if that is a terminal.

    The bar tells the time left, and with a ``unit`` how many of them are done a second.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda id, done, total: None
        return
    from rich.progress import Progress

    columns = [*Progress.get_default_columns(), *([_rate(unit)] if unit else [])]
    with Progress(*columns, console=_console(sys.stderr), transient=True) as bar:
        task = bar.add_task(doing)
        yield lambda id, done, total: bar.update(task, description=f"{doing} {id}", completed=done, total=total)


def _rate(unit: str) -> ProgressColumn:
    from rich.progress import ProgressColumn, Task
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:,.0f} {unit}/s")

    return Rate()


def table(*columns: str, rows: Iterable[Iterable[RenderableType]], right: Iterable[str] = ()) -> RenderableType:
    """A table of rows; the columns in ``right`` are aligned to the right."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


def width() -> int:
    """The columns to print in: those of the terminal, or a fixed number where the output is none."""
    return max(20, shutil.get_terminal_size((WIDTH, 24)).columns)


def _console(stream: TextIO | None) -> Console:
    from rich.console import Console

    return Console(file=stream or io.StringIO(), width=width(), highlight=False, markup=False, emoji=False)


def _finite(data: Any) -> Any:
    """The data with ``null`` for numbers that JSON cannot write."""
    if isinstance(data, dict):
        return {name: _finite(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
