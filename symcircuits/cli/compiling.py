"""The command ``compile``: rules to weights, told in the terminal or as JSON, run on tokens, and written to a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from rich.console import RenderableType
from rich.text import Text

from symcircuits.algebra import ExactMatrix
from symcircuits.algebra.values import Exact
from symcircuits.circuit.bind import bind_scalar
from symcircuits.cli import printing
from symcircuits.cli.reading import styled
from symcircuits.errors import BadValue, InputError, OutputFailed, UnknownName
from symcircuits.exact import exact_value
from symcircuits.export.weights import export_weights
from symcircuits.rules import BadSetting, Compiled, Impossible, Result, Twins, compile_rules
from symcircuits.rules.indistinguishable import POSITIONS
from symcircuits.rules.meaning import Shares
from symcircuits.rules.notation import place_of
from symcircuits.typeset.expressions import latex
from symcircuits.typeset.matrices import matrix_text
from symcircuits.typeset.text import text

_EXIT_CODES = {"compiled": 0, "impossible": 1, "undecided": 3}
_ENDINGS = (".npz", ".safetensors")
_Error = TypeVar("_Error", bound=InputError)


def compile_and_tell(
    rules: Sequence[str],
    vocab: Sequence[str],
    *,
    eps: str,
    beta: str | None,
    priority: str,
    out: str | None,
    overwrite: bool,
    tokens: str | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Compile rules; what is asked of the model afterwards is looked at before. ``options`` go to ``compile_rules``."""
    _check_file(out, overwrite)
    run = None if tokens is None else _words(tokens, vocab, options["n_ctx"] - options["bos"])
    given = {"eps": eps, "beta": beta, "priority": priority, "vocab": ",".join(vocab), **options}
    try:
        result = compile_rules(
            list(rules),
            vocab,
            **options,
            eps=_exact("eps", eps),
            priorities=_numbers(priority),
            beta_value=None if beta is None else _exact("beta", beta),
        )
    except BadSetting as error:
        raise error if error.pointed else _at(error, error.setting, str(given[error.setting]), error.place) from None
    except UnknownName as error:
        known = options["positions"] in POSITIONS
        raise error if known else _at(error, "positions", options["positions"]) from None
    if out is not None and isinstance(result, Compiled):
        try:
            write(result, out, overwrite)
        except OutputFailed as error:
            raise _at(error, "out", out) from None
    if as_json:
        printing.emit_json(told_as_json(result, run, out))
    else:
        printing.emit_rich(*told(result, run, out))
    return _EXIT_CODES[_word(result)]


def _exact(setting: str, given: str) -> Exact:
    try:
        return exact_value(given)
    except InputError as error:
        raise _at(error, setting, given) from None


def _at(error: _Error, setting: str, value: str, place: int = 0) -> _Error:
    """The error, pointing to a place in the value of an option as it was given."""
    option = f"--{setting.replace('_', '-')} "
    error.under(f"{option}{value}", len(option) + place)
    return error


def write(compiled: Compiled, out: str, overwrite: bool) -> Path:
    """The weights at the values of the compiled model, with scale 1 and what it was compiled from in the header."""
    names, begin = compiled.model.vocabulary, compiled.claim.begin
    header = {
        "bos": names.index(begin) if begin else None,
        "eps": str(compiled.claim.eps),
        "beta": bind_scalar(compiled.scale, {}),
        "rules": [str(rule) for rule in compiled.book.rules],
        "inclusive": compiled.book.inclusive,
    }
    return export_weights(
        compiled.model, out, compiled.values, compiled.n_ctx, attn_scale=1, header=header, overwrite=overwrite
    )


def told(result: Result, run: Sequence[str] | None, out: str | None) -> Iterator[RenderableType]:
    """What came of it, for a reader at a terminal."""
    if isinstance(result, Compiled):
        yield from _compiled(result)
        if out is not None:
            yield Text(f"\nwritten to {out}")
        if run is not None:
            yield Text()
            yield _run_table(result, run)
    elif isinstance(result, Impossible):
        yield from _impossible(result)
    else:
        yield Text.assemble(styled("undecided"), f": {result.tried}")


def _compiled(result: Compiled) -> Iterator[RenderableType]:
    yield Text.assemble((str(result.book), "bold"), f"  ({result.sight})")
    for name, matrix in result.model.tables().items():
        yield Text()
        yield Text(f"{name} =")
        yield Text(matrix_text(matrix.view()) if isinstance(matrix, ExactMatrix) else text(matrix))
    yield Text()
    for line in result.told:
        yield Text(f"The head {line}.")
    sharp = "a smaller one fails" if result.is_sharp else "enough; a smaller one may do"
    yield Text(f"\nleast beta = {text(result.least)}")
    least = f"{bind_scalar(result.least_value, {}):.10g}"
    yield Text(f"           = {least} at n = {result.n_ctx}, ε = {result.claim.eps} ({sharp})")
    yield Text.assemble(
        "\n",
        styled("proved"),
        f" at beta = {bind_scalar(result.scale, {}):.12g}: every flag is within ε after every sequence",
    )
    yield Text(f"by {result.proof.method}")


def _impossible(result: Impossible) -> Iterator[RenderableType]:
    witness, sight = result.witness, result.sight
    yield Text.assemble((str(result.book), "bold"), f"  ({sight})")
    heads = "number of heads" if sight.heads is None else "number of other heads"
    yield Text(f"\nNo model of this class follows the rules, with any {heads}, any width and any weights:")
    rows = [(" ".join(tokens), _asked(shares)) for tokens, shares in zip(witness.inputs, witness.asked, strict=True)]
    yield printing.table("after", "the rules ask for", rows=rows)
    so = "Both get the same logits" if isinstance(witness, Twins) else "The last head cannot weigh them apart"
    yield Text(f"\n{so}: {witness.reason}.")
    yield Text.assemble(styled("proved"), f" for all weights of the keys, by {witness.proof.method}")


def _run_table(result: Compiled, run: Sequence[str]) -> RenderableType:
    names = result.book.vocabulary
    rows = [
        (token, _asked(shares), *(f"{flags[name]:.4f}" for name in names))
        for token, shares, flags in _flags(result, run)
    ]
    return printing.table("token", "asked for", *names, rows=rows, right=names)


def _flags(result: Compiled, run: Sequence[str]) -> Iterator[tuple[str, Shares, dict[str, float]]]:
    """Each token, what the rules ask for there, and the flags by the engine."""
    for place, (token, flags) in enumerate(zip(run, result.flags(run), strict=True)):
        yield token, result.book.asked(run[: place + 1]), flags


def told_as_json(result: Result, run: Sequence[str] | None, out: str | None) -> dict[str, Any]:
    """What came of it, for a program."""
    told: dict[str, Any] = {"verdict": _word(result)}
    if isinstance(result, Compiled | Impossible):
        told |= {"rules": [str(rule) for rule in result.book.rules], "class": str(result.sight)}
    if isinstance(result, Compiled):
        told |= {
            "vocab": list(result.model.vocabulary),
            "n_ctx": result.n_ctx,
            "eps": str(result.claim.eps),
            "least_beta": {
                "latex": latex(result.least),
                "value": bind_scalar(result.least_value, {}),
                "smaller_fails": result.is_sharp,
            },
            "beta": bind_scalar(result.scale, {}),
            "layers": [len(heads) for heads in result.model.layers],
            "heads": list(result.told),
            "method": result.proof.method,
            "file": out,
        }
        if run is not None:
            told["run"] = [
                {"token": token, "asked": {name: str(share) for name, share in shares.items()}, "flags": flags}
                for token, shares, flags in _flags(result, run)
            ]
    elif isinstance(result, Impossible):
        witness = result.witness
        told["inputs"] = [
            {"tokens": list(tokens), "asked": {name: str(share) for name, share in shares.items()}}
            for tokens, shares in zip(witness.inputs, witness.asked, strict=True)
        ]
        told |= {"reason": witness.reason, "method": witness.proof.method}
    else:
        told["tried"] = result.tried
    return told


def _word(result: Result) -> str:
    return (
        "compiled" if isinstance(result, Compiled) else "impossible" if isinstance(result, Impossible) else "undecided"
    )


def _asked(shares: Shares) -> str:
    return ", ".join(name if share == 1 else f"{share} {name}" for name, share in shares.items()) or "nothing"


def _check_file(out: str | None, overwrite: bool) -> None:
    if out is None:
        return
    ending = Path(out).suffix
    if ending not in _ENDINGS:
        error = BadValue(f"--out: expected a file that ends in {' or '.join(_ENDINGS)}, got {out!r}")
        raise _at(error, "out", out, len(out) - len(ending))
    if Path(out).exists() and not overwrite:
        raise _at(BadValue(f"--out: {out} is there already; --overwrite replaces it"), "out", out)


def _words(tokens: str, vocabulary: Sequence[str], most: int) -> list[str]:
    found = list(re.finditer(r"[^\s,]+", tokens))
    unknown = next((word for word in found if word.group() not in vocabulary), None)
    if unknown is not None or not found:
        got, place = (unknown.group(), unknown.start()) if unknown else (tokens, 0)
        raise _at(BadValue(f"--run: expected tokens of {', '.join(vocabulary)}, got {got!r}"), "run", tokens, place)
    if len(found) > most:
        error = BadValue(f"--run: expected at most {most} tokens, got {len(found)}; --n-ctx makes room")
        raise _at(error, "run", tokens, found[most].start())
    return [word.group() for word in found]


def _numbers(given: str) -> list[int]:
    parts = given.split(",") if given.strip() else []
    for which, part in enumerate(parts):
        if not re.fullmatch(r"-?\d{1,9}", part.strip()):
            error = BadValue(f"--priority: expected whole numbers with commas between them, got {given!r}")
            blank = len(part) - len(part.lstrip())
            raise _at(error, "priority", given, place_of(parts, which) + blank)
    return [int(part) for part in parts]
