"""The commands and their options, as click knows them. What they do is in the modules beside, imported when one is run.

A command with many options hands them on by name: the function that does it says what it takes.
"""

from __future__ import annotations

from typing import Any

import click

from symcircuits import __version__
from symcircuits.cli.options import JSON, SET, TARGETS, read_list, read_settings, read_target, read_tokens
from symcircuits.errors import UnknownName

FORMATS = "tex,html,md,ipynb,pdf"
REPORTS = "html,json,csv"


class _Program(click.Group):
    """A group that tells the nearest names of an unknown command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise UnknownName("command", args[0], self.commands)
        return super().resolve_command(ctx, args)


@click.group(cls=_Program, no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="symcircuits", message="%(prog)s %(version)s")
def program() -> None:
    """Worked solutions for hand-built transformer circuits: proved, run on numbers, and written as sheets.

    An ID is folder/part (framework/2c); a folder (framework) or a file (my_file.py) stands for all in it.

    Exit codes: 0 everything proved; 1 something refuted; 2 wrong usage, or a file that cannot be read or written;
    3 nothing refuted, something undecided.
    """


@program.command("list")
@JSON
def list_command(as_json: bool) -> int:
    """List every worked solution: id, title, parameters."""
    from symcircuits.cli import commands

    return commands.list_solutions(as_json)


@program.command()
@click.argument("target", metavar="ID", callback=read_target)
@SET
@JSON
def derive(target: str, settings: dict[str, str], as_json: bool) -> int:
    """Show a derivation, statement by statement, with its verdicts; no experiments."""
    from symcircuits.cli import commands

    return commands.derive(target, settings, as_json)


@program.command()
@TARGETS
@SET
@JSON
def verify(targets: tuple[str, ...], settings: dict[str, str], as_json: bool) -> int:
    """Prove every statement and run every experiment."""
    from symcircuits.cli import commands

    return commands.verify(targets, settings, as_json)


@program.command()
@TARGETS
@click.option("--to", metavar=FORMATS, default="tex,html", callback=read_list, help="Formats (default: tex,html).")
@click.option("--out", metavar="DIR", default="solutions", help="The folder to write in (default: solutions).")
@SET
@click.option("--sheet", type=click.Choice(["solutions", "problems"]), default="solutions",
              help="With the solutions (default), or the problems alone.")  # fmt: skip
@click.option("--convention", type=click.Choice(["columns", "rows"]), default="columns",
              help="Vectors as columns (default) or as rows.")  # fmt: skip
def build(
    targets: tuple[str, ...], to: tuple[str, ...], out: str, settings: dict[str, str], sheet: str, convention: str
) -> int:
    """Verify, and write the sheets; without an ID, all of them."""
    from symcircuits.cli import commands

    return commands.build(targets, settings, to=to, out=out, sheet=sheet, convention=convention)


@program.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, callback=read_target)
@click.option("--against", metavar="ID", help="The exercise, or a derivation file, to judge by.")
@SET
@click.option("--format", "form", type=click.Choice(["text", "json", "junit", "gradescope", "html"]), default="text",
              help="What to print or write (default: text).")  # fmt: skip
@click.option("--out", metavar="DIR", help="A folder for the reports, written as they come.")
@click.option("--reveal", is_flag=True, help="Show the worked solution below the report.")
@click.option("--resume", is_flag=True, help="Take reports in DIR that belong to the same text.")
def check(**given: Any) -> int:
    """Check hand derivations in Markdown, LaTeX or notebooks; a folder stands for all in it.

    Exit codes: 0 right; 1 wrong or incomplete; 2 cannot be read; 3 undecided.
    """
    from symcircuits.cli import checking

    return checking.check(**given)


@program.command()
@click.argument("target", metavar="ID", callback=read_target)
@click.option("--measure", "measures", metavar="NAME", multiple=True, required=True,
              help="What to measure, such as previous_token_mass or accuracy; may be repeated.")  # fmt: skip
@click.option("--over", metavar="NAME=RANGE", multiple=True, required=True, callback=read_settings,
              help="An axis: a symbol, a parameter, base, n_ctx or dtype. A range is lin(a,b,count), geom(a,b,count), "
              "a:b:step or a list with commas; may be repeated.")  # fmt: skip
@click.option("--fix", metavar="NAME=VALUE", multiple=True, callback=read_settings,
              help="A symbol, base, n_ctx or dtype held at a value; may be repeated.")  # fmt: skip
@SET
@click.option("--method", type=click.Choice(["auto", "closed", "forward"]), default="auto",
              help="By closed form, by forward passes, or whichever is right (default).")  # fmt: skip
@click.option("--out", metavar="FILE", help="Where to write the result: .nc, .zarr, .csv or .parquet.")
@click.option("--plot", metavar="FILE", help="Where to draw the first measure: .svg, .pdf or .png.")
@click.option("--resume", is_flag=True, help="Keep what is done beside FILE, and go on with what a killed sweep kept.")
@click.option("--overwrite", is_flag=True, help="Replace files that exist.")
@click.option("--workers", type=click.IntRange(min=1), default=1,
              help="How many processes work, one thread each (default: 1).")  # fmt: skip
@click.option("--backend", type=click.Choice(["numpy", "numba"]), default="numpy",
              help="What works out closed forms: numpy (default), or numba where it is installed.")  # fmt: skip
@click.option("--seed", type=int, help="Another seed than the experiment's, for tokens and for the points checked.")
@click.option("--yes", is_flag=True, help="Do it although the grid is larger than the limit.")
def sweep(**given: Any) -> int:
    """Sweep scales and parameters of a derivation: its measures over a grid, checked both ways.

    Exit codes: 0 done; 2 wrong usage, a result that is not finite, or two ways that disagree.
    """
    from symcircuits.cli import sweeping

    return sweeping.sweep(**given)


@program.command()
@click.argument("model", metavar="MODEL", callback=read_target)
@click.option("--tokens", metavar="FILE", help="Tokens, by number or name, to measure importance on.")
@click.option("--text", metavar="FILE", help="The same as text, read by the names of the vocabulary.")
@click.option("--out", metavar="DIR", help="A folder for the report.")
@click.option("--to", metavar=REPORTS, default="html,json", callback=read_list,
              help="What is written in DIR (default: html,json).")  # fmt: skip
@click.option("--top", metavar="N", type=click.IntRange(min=1), default=10,
              help="How many skip trigrams of a head, and virtual heads (default: 10).")  # fmt: skip
@click.option("--heads-only", is_flag=True, help="Take the heads out of a model of another kind; run nothing.")
@SET
@click.option("--fix", metavar="NAME=VALUE", multiple=True, callback=read_settings,
              help="The value of a symbol of a derivation; may be repeated.")  # fmt: skip
@JSON
def analyse(**given: Any) -> int:
    """Analyse an attention-only model: its heads, pairs of heads, skip trigrams, importance of terms.

    MODEL is a file of weights (.safetensors, .npz) under the names of TransformerLens, or a derivation ID, whose
    symbols stay symbols.

    Exit codes: 0 done; 2 wrong usage, or a model that cannot be read.
    """
    from symcircuits.cli import analysing

    return analysing.analyse_and_tell(**given)


@program.command("compile")
@click.argument("rules", metavar="RULE...", nargs=-1, required=True)
@click.option("--vocab", metavar="NAMES", required=True, callback=read_tokens,
              help="The tokens, with commas between them.")  # fmt: skip
@click.option("--positions", metavar="KIND", default="none",
              help="none (default), onehot, sinusoidal or rotary.")  # fmt: skip
@click.option("--bos/--no-bos", default=True, help="Whether a token BOS stands before every sequence (default: yes).")
@click.option("--layers", metavar="N", type=int, default=2, help="At most so many layers (default: 2).")
@click.option("--heads", metavar="N", type=int, help="At most so many heads in the last layer (default: any number).")
@click.option("--n-ctx", metavar="N", type=int, default=16, help="The longest context, BOS included (default: 16).")
@click.option("--eps", metavar="VALUE", default="1/10", help="The margin of a flag, below 1/2 (default: 1/10).")
@click.option("--beta", metavar="VALUE", help="The scale of the scores (default: the least one, times 1 + 1e-9).")
@click.option("--inclusive", is_flag=True, help="'Previously' counts the current token.")
@click.option("--priority", metavar="NUMBERS", default="",
              help="A whole number for each RULE, with commas: where several fire, the largest decides.")  # fmt: skip
@click.option("--out", metavar="FILE", help="Where to write the weights: .npz or .safetensors.")
@click.option("--overwrite", is_flag=True, help="Replace a file that exists.")
@click.option("--run", "tokens", metavar="TOKENS", help="Run the model on tokens, with blanks or commas between them.")
@JSON
def compile_command(**given: Any) -> int:
    """Turn rules such as "A X -> B" into weights with a proof, or prove that there are none.

    X, Y, Z stand for any token, a small letter for the same one wherever it is written, ... for any number of tokens.

    Exit codes: 0 weights, proved to follow the rules; 1 no weights of this class do; 2 wrong usage; 3 undecided.
    """
    from symcircuits.cli import compiling

    return compiling.compile_and_tell(**given)
