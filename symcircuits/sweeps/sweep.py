"""Sweeps: what a derivation's circuits do over a grid of scales and parameters, as an ``xarray.Dataset``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from symcircuits.errors import BadValue, UnknownName
from symcircuits.sweeps.closed import BACKENDS, Backend
from symcircuits.sweeps.grid import Given, check_size
from symcircuits.sweeps.plan import METHODS, Method, plan
from symcircuits.sweeps.result import dataset
from symcircuits.sweeps.running import SAMPLE, TOLERANCE, Progress, run_plan
from symcircuits.sweeps.sides import break_points
from symcircuits.sweeps.store import Store
from symcircuits.worked import collect

if TYPE_CHECKING:
    import xarray


def sweep(
    id: str,
    measure: str | Sequence[str],
    over: Mapping[str, Given],
    *,
    fix: Mapping[str, object] | None = None,
    parameters: Mapping[str, object] | None = None,
    method: Method = "auto",
    seed: int | None = None,
    tolerance: float = TOLERANCE,
    yes: bool = False,
    source: str | None = None,
    store: Store | None = None,
    workers: int = 1,
    backend: Backend = "numpy",
    on_progress: Progress = lambda id, done, total: None,
) -> xarray.Dataset:
    """Work out measures of a derivation's circuit over a grid.

    ``over`` gives each axis its range, as text (``"geom(0.1, 1e4, 400)"``, ``"8:64:8"``, ``"8, 64"``) or a sequence: a
    symbol of the derivation, a parameter (which builds it anew), ``n_ctx`` or ``dtype``. ``fix`` holds symbols at
    values; others take those that the derivation suggests, and the result lists them. ``method`` is ``"closed"`` (the
    derivation's closed form), ``"forward"`` (the engine, the only right one for a ``dtype``), or ``"auto"``. A sample
    of points is worked out both ways, where there are two. ``source`` is a derivation file. A ``Store`` keeps what is
    done, so that a sweep that was killed can go on. ``workers`` are processes of one thread each; how many there are
    changes no bit of the result. ``backend`` is ``"numpy"``, or ``"numba"`` where closed forms of attention are swept.

    Raises ``UnknownName`` with the nearest names, ``UnboundSymbols`` for a symbol without a value, ``BadValue`` for
    a range, a grid beyond the limits without ``yes``, or results that are not finite, ``Disagreement`` where the
    two ways differ by more than ``tolerance``: absolutely for shares, relatively for scores and logits beyond 1, and
    ``WorkerFailed`` where a worker ends before its work is done.

    >>> found = sweep("framework/2c", "previous_token_mass", {"beta": [1, 10, 100], "n_ctx": [8, 64]})
    >>> found["previous_token_mass"].dims, found.attrs["method"], round(float(found["previous_token_mass"][2, 0]), 6)
    (('beta', 'n_ctx'), 'closed', 1.0)
    """
    if method not in METHODS:
        raise UnknownName("method", method, METHODS)
    if backend not in BACKENDS:
        raise UnknownName("backend", backend, BACKENDS)
    if workers < 1:
        raise BadValue(f"expected at least one worker, got {workers}")
    if not over:
        raise BadValue("expected at least one axis to sweep over")
    if not tolerance > 0:
        raise BadValue(f"expected a positive tolerance, got {tolerance}")
    collection = collect([id if source is None else source])
    if collection.failures:
        raise collection.failures[0]
    names = (measure,) if isinstance(measure, str) else tuple(measure)
    made = plan(collection, id, names, over, fix or {}, parameters or {}, seed)
    check_size(made.axes, len(made.measures), yes)
    found = run_plan(made, method, tolerance, seed or 0, on_progress, SAMPLE, store, backend, workers, source)
    return dataset(made, found, break_points(made, found), tolerance)
