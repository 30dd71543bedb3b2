"""Sweeps: what a derivation's circuits do over a grid of scales and parameters, as an ``xarray.Dataset``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from symcircuits.errors import BadValue, OutputFailed, UnknownName, said_of
from symcircuits.sweeps.closed import BACKENDS, Backend
from symcircuits.sweeps.filling import Progress
from symcircuits.sweeps.grid import Given, check_size
from symcircuits.sweeps.plan import METHODS, Method, Plan, plan
from symcircuits.sweeps.result import Swept, load_xarray
from symcircuits.sweeps.running import SAMPLE, TOLERANCE, run_plan
from symcircuits.sweeps.sides import break_points
from symcircuits.sweeps.store import Store
from symcircuits.worked import collect

if TYPE_CHECKING:
    import xarray


HELD = 2**26  # bytes of results beyond which they are kept on disk, where there is a folder for that


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
    symbol of the derivation, the ``base`` of its frequencies, a parameter (which builds it anew), ``n_ctx`` or
    ``dtype``. ``fix`` holds symbols at values; others take those that the derivation suggests, and the result lists
    them. ``method`` is ``"closed"`` (the derivation's closed form), ``"forward"`` (the engine, the only right one for a
    ``dtype``), or ``"auto"``. A sample of points is worked out both ways, where there are two. ``source`` is a
    derivation file. A ``Store`` keeps what is done, so that a sweep that was killed can go on. ``workers`` are
    processes of one thread each; how many there are changes no bit of the result. ``backend`` is ``"numpy"``, or
    ``"numba"`` where closed forms of attention are swept. The result is in memory; ``swept`` is for one that is not to
    be.

    Raises ``UnknownName`` with the nearest names, ``UnboundSymbols`` for a symbol without a value, ``BadValue`` for
    a range, a grid beyond the limits without ``yes``, or results that are not finite, ``Disagreement`` where the
    two ways differ by more than ``tolerance``: absolutely for shares, relatively for scores and logits beyond 1, and
    ``WorkerFailed`` where a worker ends before its work is done.

    >>> found = sweep("framework/2c", "previous_token_mass", {"beta": [1, 10, 100], "n_ctx": [8, 64]})
    >>> found["previous_token_mass"].dims, found.attrs["method"], round(float(found["previous_token_mass"][2, 0]), 6)
    (('beta', 'n_ctx'), 'closed', 1.0)
    """
    made = planned(id, measure, over, fix, parameters, seed, source)
    with swept(
        made,
        method=method,
        tolerance=tolerance,
        yes=yes,
        source=source,
        store=store,
        workers=workers,
        backend=backend,
        on_progress=on_progress,
    ) as found:
        return found.dataset()


def planned(
    id: str,
    measure: str | Sequence[str],
    over: Mapping[str, Given],
    fix: Mapping[str, object] | None = None,
    parameters: Mapping[str, object] | None = None,
    seed: int | None = None,
    source: str | None = None,
) -> Plan:
    """What ``sweep`` is to work out, read and checked. Raises as ``sweep`` does for what cannot be read."""
    if not over:
        raise BadValue("expected at least one axis to sweep over")
    collection = collect([id if source is None else source])
    if collection.failures:
        raise collection.failures[0]
    names = (measure,) if isinstance(measure, str) else tuple(measure)
    return plan(collection, id, names, over, fix or {}, parameters or {}, seed)


@contextmanager
def swept(
    plan: Plan,
    *,
    method: Method = "auto",
    tolerance: float = TOLERANCE,
    yes: bool = False,
    source: str | None = None,
    store: Store | None = None,
    workers: int = 1,
    backend: Backend = "numpy",
    on_progress: Progress = lambda id, done, total: None,
    scratch: Path | None = None,
) -> Iterator[Swept]:
    """A plan worked out, with options as ``sweep`` has them, and raising as it does.

    Where there is neither a store nor little to keep, the numbers are in a folder that is made in ``scratch`` and
    removed with the ``with`` block: the memory that it takes to work them out and to write them does not depend on how
    many there are.

    >>> made = planned("framework/2c", "mass", {"beta": "1, 10"}, {"n_ctx": 8})
    >>> with swept(made) as found:
    ...     print([round(end, 3) for end in found.found.ends["mass"]])
    [0.392, 0.957]
    """
    if method not in METHODS:
        raise UnknownName("method", method, METHODS)
    if backend not in BACKENDS:
        raise UnknownName("backend", backend, BACKENDS)
    if workers < 1:
        raise BadValue(f"expected at least one worker, got {workers}")
    if not tolerance > 0:
        raise BadValue(f"expected a positive tolerance, got {tolerance}")
    load_xarray()  # nobody waits for a result that cannot be told
    points = check_size(plan.axes, len(plan.measures), yes)
    with ExitStack() as folders:
        if store is None and scratch is not None and 8 * points * len(plan.measures) > HELD:
            store = Store(Path(folders.enter_context(_folder(scratch))) / "numbers")
        found = run_plan(plan, method, tolerance, plan.seed or 0, on_progress, SAMPLE, store, backend, workers, source)
        yield Swept(plan, found, break_points(plan, found), tolerance)


def _folder(scratch: Path) -> TemporaryDirectory[str]:
    try:
        return TemporaryDirectory(prefix=".sweep-", dir=scratch, ignore_cleanup_errors=True)
    except OSError as error:
        raise OutputFailed(f"cannot write in {str(scratch)!r}: {said_of(error)}") from None
