"""How fast models are analysed against the dense way, and how that grows: the tables of ``docs/analysing.md``.

Run it with ``OMP_NUM_THREADS=1 python benchmarks/analysing.py``; ``--growth`` adds the tables of growth. All ratios are
of one run, and both sides have the same number of threads.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from symcircuits.analysis.composition import compositions
from symcircuits.analysis.importance import orders
from symcircuits.analysis.running import Layer, embedded, layers_of, loss
from symcircuits.analysis.trigrams import skip_trigrams
from symcircuits.engine import HeadArrays, attention_pattern, forward, head_output
from symcircuits.export.weights import Weights, to_transformer_lens

Array = np.ndarray
TOP = 1000


def model(n_layers: int, n_heads: int, d_model: int, d_head: int, d_vocab: int, n_ctx: int = 64) -> Weights:
    """Random weights in float32."""
    rng = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {
        "embed.W_E": (d_vocab, d_model), "pos_embed.W_pos": (n_ctx, d_model), "unembed.W_U": (d_model, d_vocab)
    }  # fmt: skip
    for layer in range(n_layers):
        shapes |= {f"blocks.{layer}.attn.W_{letter}": (n_heads, d_model, d_head) for letter in "QKV"}
        shapes |= {f"blocks.{layer}.attn.W_O": (n_heads, d_head, d_model)}
    return Weights({}, {n: rng.standard_normal(s, np.float32) / np.float32(d_model**0.5) for n, s in shapes.items()})


def seconds(work: Callable[[], Any], times: int = 3) -> float:
    """The least of some runs."""
    found = []
    for _ in range(times):
        start = perf_counter()
        work()
        found.append(perf_counter() - start)
    return min(found)


def dense_compositions(weights: Weights, most: int | None = None) -> tuple[int, list[float]]:
    """All scores by matrices ``[d_model, d_model]``; with ``most`` the first so many pairs of heads alone.

    Returns how many pairs there are, and the scores. In float64, as ours are.
    """
    layers = layers_of(weights)
    ov = [[W_V @ W_O for W_V, W_O in zip(layer.W_V, layer.W_O, strict=True)] for layer in layers]
    qk = [[W_Q @ W_K.T for W_Q, W_K in zip(layer.W_Q, layer.W_K, strict=True)] for layer in layers]
    norm = {id(matrix): np.linalg.norm(matrix) for part in (ov, qk) for row in part for matrix in row}
    pairs = [
        (first, query, output)
        for later in range(1, len(layers))
        for earlier in range(later)
        for first in ov[earlier]
        for query, output in zip(qk[later], ov[later], strict=True)
    ]
    scores = []
    for first, query, output in pairs[:most]:
        for reads, size in ((query, norm[id(query)]), (query.T, norm[id(query)]), (output, norm[id(output)])):
            scores.append(float(np.linalg.norm(first @ reads) / (norm[id(first)] * size)))
    return len(pairs), scores


def composition() -> None:
    """All pairs of 12 x 12 heads; the dense way is timed on as many pairs as a minute or so allows, and scaled up."""
    weights = model(12, 12, 768, 64, 8)
    ours = seconds(lambda: list(compositions(weights)), 2)
    few = model(2, 12, 768, 64, 8)
    found = sorted(one.score.value or 0.0 for one in compositions(few))
    if not np.allclose(found, sorted(dense_compositions(few)[1]), rtol=1e-10):
        raise RuntimeError("the two ways differ")
    start = perf_counter()
    count, scores = dense_compositions(weights, 300)
    taken = perf_counter() - start
    forming = seconds(partial(dense_compositions, weights, 0), 1)
    dense = forming + (taken - forming) * count / (len(scores) / 3)
    told = f"{dense:.0f} s (from 300 of {count} pairs)"
    row("composition scores, 12 x 12 heads, d_model 768, d_head 64", ours, dense, told)


def lens_compositions() -> None:
    """TransformerLens's own scores, where it is installed: of three layers, since those of twelve take 48 GB."""
    try:
        import transformer_lens  # noqa: F401
    except ImportError:
        print("\nTransformerLens is not installed here.\n")
        return
    weights = model(3, 12, 768, 64, 8)
    lens = to_transformer_lens(weights, dtype="float32")
    ours = seconds(lambda: list(compositions(weights)), 2)
    scores = {kind: lens.all_composition_scores(kind) for kind in "QKV"}
    worst = max(
        abs(float(scores[one.kind][(*one.writer, *one.reader)]) - (one.score.value or 0.0))
        for one in compositions(weights)
    )
    if worst > 1e-4:
        raise RuntimeError(f"the two ways differ by {worst}")
    other = seconds(lambda: [lens.all_composition_scores(kind) for kind in "QKV"], 1)
    row("the same, 3 x 12 heads", ours, other, f"{other:.1f} s (TransformerLens, float32)")


def dense_trigrams(weights: Weights, factored: bool) -> list[tuple[int, Array, Array]]:
    """The top keys from whole tables ``[d_vocab, d_vocab]``, by ``W_QK`` and ``W_OV``, or from their factors."""
    block = {name: weights.parameters[f"blocks.0.attn.{name}"][0] for name in ("W_Q", "W_K", "W_V", "W_O")}
    W_E, W_U = weights.parameters["embed.W_E"], weights.parameters["unembed.W_U"]
    scale = np.float32(1 / weights.config["attn_scale"])
    if factored:
        QK = (W_E @ block["W_Q"] * scale) @ (W_E @ block["W_K"]).T
        OV = ((W_E @ block["W_V"]) @ (block["W_O"] @ W_U)).T
    else:
        QK = W_E @ (block["W_Q"] @ block["W_K"].T * scale) @ W_E.T
        OV = (W_E @ (block["W_V"] @ block["W_O"]) @ W_U).T
    chosen = np.argsort(-(QK.max(0) * OV.max(0)))[:TOP]
    return [(int(key), np.argsort(-QK[:, key])[:5], np.argsort(-OV[:, key])[:5]) for key in chosen]


def trigram_rows() -> None:
    """The top 1,000 keys of a head, at 10,000 against dense tables, and at 50,000 with its memory."""
    weights = model(1, 1, 768, 64, 10_000)
    ours, found = seconds(lambda: skip_trigrams(weights, 0, 0, TOP)), skip_trigrams(weights, 0, 0, TOP).keys
    for factored in (False, True):
        dense = seconds(partial(dense_trigrams, weights, factored), 2)
        if [key.token for key in found] != [key for key, _, _ in dense_trigrams(weights, factored)]:
            print("(the two ways differ in the order of keys, by rounding)")
        how = "from the factors" if factored else "through W_QK and W_OV"
        row(f"top 1,000 skip trigrams, d_vocab 10,000, {how}", ours, dense, f"{dense:.2f} s")
    code = "import analysing; analysing.large()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path(__file__).parent)
    if done.returncode:
        raise RuntimeError(done.stderr)
    print(done.stdout.strip())


def large() -> None:
    """The same at 50,000 tokens, in a process of its own: time and the most memory."""
    weights = model(1, 1, 768, 64, 50_000)
    held = most_memory()
    taken = seconds(lambda: skip_trigrams(weights, 0, 0, TOP), 1)
    told = f"{most_memory():.2f} GiB at most, {held:.2f} before it"
    print(f"| top 1,000 skip trigrams, d_vocab 50,000 | {taken:.1f} s | two tables of 10 GB each | {told} |")


def most_memory() -> float:
    """The most memory that this process held so far, in GiB, as Linux tells it."""
    with open("/proc/self/status") as file:
        line = next(line for line in file if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**20


def rerun_orders(weights: Weights, layers: list[list[HeadArrays]], tokens: Array, most: int) -> list[float]:
    """The losses of the procedure of reruns on the engine: run once and save all patterns, then for each order run with
    these, where every head reads what heads put out in the run before."""
    x = embedded(weights, tokens)[0]
    saved, stream = [], x
    for heads in layers:
        saved.append([replace(head, pattern=attention_pattern(stream, head)) for head in heads])
        stream = forward(stream, [saved[-1]])
    put_out: list[list[Array]] = [[] for _ in layers]
    losses = [loss(weights, x[None], tokens)]
    for _ in range(most):
        read, new = x, []
        for heads, before in zip(saved, put_out, strict=True):
            new.append([head_output(read, head) for head in heads])
            read = read + sum(before)
        put_out = new
        losses.append(loss(weights, (x + sum(map(sum, put_out)))[None], tokens))
    return losses


def order_losses(weights: Weights, layers: list[Layer], tokens: Array, most: int) -> list[float]:
    """Ours: all orders, and the patterns, in one pass."""
    sums = np.cumsum(orders(layers, embedded(weights, tokens), most)[0], axis=0)
    return [loss(weights, one, tokens) for one in sums]


def importance_row() -> None:
    """Order 2 of 2 layers of 12 heads on 64 tokens."""
    weights = model(2, 12, 768, 64, 1000)
    tokens = np.random.default_rng(1).integers(0, 1000, (1, 64))
    layers = layers_of(weights)
    engine = [
        [HeadArrays(*parts) for parts in zip(layer.W_Q, layer.W_K, layer.W_V, layer.W_O, strict=True)]
        for layer in layers
    ]
    if not np.allclose(order_losses(weights, layers, tokens, 2), rerun_orders(weights, engine, tokens, 2)):
        raise RuntimeError("the two ways differ")
    ours = seconds(partial(order_losses, weights, layers, tokens, 2), 20)
    dense = seconds(partial(rerun_orders, weights, engine, tokens, 2), 20)
    row("order-2 importance, 2 layers of 12 heads, 64 tokens", ours, dense, f"{1000 * dense:.0f} ms (reruns)")


def row(work: str, ours: float, other: float, told: str) -> None:
    """One line of the table."""
    mine = f"{ours:.2f} s" if ours > 0.5 else f"{1000 * ours:.0f} ms"
    print(f"| {work} | {mine} | {told} | {other / ours:.1f} |", flush=True)


def growth() -> None:
    """How the cost grows in the vocabulary, the heads and the layers."""
    print("\n| d_vocab | top 1,000 skip trigrams of a head, s |\n|---|---|")
    for d_vocab in (5_000, 10_000, 20_000, 50_000):
        weights = model(1, 1, 768, 64, d_vocab)
        print(f"| {d_vocab:,} | {seconds(partial(skip_trigrams, weights, 0, 0, TOP), 1):.2f} |", flush=True)
    print("\n| layers | heads | all composition scores, s | order-2 importance on 64 tokens, ms |\n|---|---|---|---|")
    tokens = np.random.default_rng(1).integers(0, 1000, (1, 64))
    for n_layers, n_heads in ((2, 6), (2, 12), (4, 12), (8, 12), (12, 12)):
        weights = model(n_layers, n_heads, 768, 64, 1000)
        pairs = seconds(lambda weights=weights: list(compositions(weights)), 1)  # type: ignore[misc]
        order = seconds(partial(order_losses, weights, layers_of(weights), tokens, 2), 5)
        print(f"| {n_layers} | {n_heads} | {pairs:.2f} | {1000 * order:.0f} |", flush=True)


if __name__ == "__main__":
    threads = os.environ.get("OMP_NUM_THREADS", "all")
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, {threads} of {os.cpu_count()} cores\n")
    print("| work | ours | the other way | ratio |\n|---|---|---|---|")
    composition()
    lens_compositions()
    trigram_rows()
    importance_row()
    if "--growth" in sys.argv:
        growth()
