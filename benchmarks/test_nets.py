"""How fast W_net^2 W_net^1 + W_net^2 + W_net^1 is expanded, as ratios to SymPy in the same run.

Run it with ``python -m pytest benchmarks/test_nets.py -s`` after ``pip install -e '.[benchmark]'``. Nothing is asserted
about time. The work goes from the weights to a SymPy matrix; SymPy's cache is emptied before every round. The peers
multiply in the same order, which is the best one: dense and sparse matrices, the domain matrices that ``from_Matrix``
makes of them, and domain matrices over a polynomial ring that is handed over, into which the weights have been brought
beforehand.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from sympy import ZZ, Add, Expr, Matrix, Mul, SparseMatrix
from sympy.core.cache import clear_cache
from sympy.polys.matrices import DomainMatrix
from work import Nets, best, summed

from symcircuits.algebra import ExactMatrix


@pytest.mark.parametrize(("d_model", "d_head"), [(64, 16), (256, 64), (1024, 64)])
def test_two_nets(d_model: int, d_head: int, benchmark: BenchmarkFixture) -> None:
    """The sum of the three nets, against SymPy's ways to multiply."""
    nets = Nets.of(d_model, d_head)
    ours = benchmark.pedantic(nets.expanded, setup=clear_cache, rounds=50)
    peers = peers_of(nets)
    for peer in peers.values():
        assert (ours - peer()).applyfunc(lambda entry: entry.expand()).is_zero_matrix
    times = {name: best(peer, 5) for name, peer in peers.items()}
    mine = benchmark.stats.stats.min
    benchmark.extra_info |= {name: seconds / mine for name, seconds in times.items()}
    told = ", ".join(f"{name} {1000 * seconds:.2f} ms ({seconds / mine:.1f}x)" for name, seconds in times.items())
    print(f"\nd_model {d_model}, d_head {d_head}: {1000 * mine:.2f} ms; {told}")


def peers_of(nets: Nets) -> dict[str, Callable[[], Matrix]]:
    """Ways to do the same with SymPy, each from its own form of the weights to a matrix."""
    dense = [Matrix(weight.to_sympy()) for weight in nets.factors()]
    sparse = [SparseMatrix(weight) for weight in dense]
    ring = ZZ[sorted({atom for weight in nets.factors() for atom in _atoms(weight)}, key=str)]
    domain = [DomainMatrix.from_dod(_by_row(weight, ring.from_sympy), weight.shape, ring) for weight in nets.factors()]
    return {
        "dense Matrix": lambda: summed(*dense),
        "SparseMatrix": lambda: summed(*sparse),
        "DomainMatrix.from_Matrix": lambda: summed(*_unified(dense)).to_Matrix(),
        "DomainMatrix, ring handed over": lambda: summed(*domain).to_Matrix(),
    }


def _unified(weights: list[Matrix]) -> list[DomainMatrix]:
    first, *rest = map(DomainMatrix.from_Matrix, weights)
    return [matrix.to_dense() for matrix in first.unify(*rest)]  # SymPy cannot add sparse ones over EX


def _by_row(weight: ExactMatrix, convert: Callable[[Expr], object]) -> dict[int, dict[int, object]]:
    rows: dict[int, dict[int, object]] = {}
    for (i, j), value in weight.entries.items():
        rows.setdefault(i, {})[j] = convert(value)
    return rows


def _atoms(weight: ExactMatrix) -> set[Expr]:
    factors = {factor for value in weight.entries.values() for factor in Mul.make_args(value)}
    return {part for factor in factors for part in Add.make_args(factor) if not part.is_number}
