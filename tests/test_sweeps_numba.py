"""The backend numba: its exponential against exact values, its sweeps against those of NumPy, and what it refuses."""

import sys

import mpmath
import numpy as np
import pytest
from hypothesis import given, strategies

import symcircuits
from symcircuits import sweep
from symcircuits.errors import BadValue
from symcircuits.sweeps import kernels
from symcircuits.sweeps.kernels import ERROR, exponentials

pytestmark = pytest.mark.once


@given(strategies.floats(-708, 709))
def test_the_exponential_is_right_to_a_unit_of_the_last_bit(x):
    found = exponentials(np.array([x])).item()
    with mpmath.workdps(40):
        assert abs(mpmath.mpf(found) - mpmath.exp(mpmath.mpf(x))) <= np.spacing(found)


def test_the_exponential_at_its_ends():
    values = np.array([-np.inf, -1e300, -708.5, 709.5, 1e300, np.inf, 0.0, -0.0])
    assert exponentials(values).tolist() == [0, 0, 0, np.inf, np.inf, np.inf, 1, 1]
    assert np.isnan(exponentials(np.array([np.nan]))).all()
    assert exponentials(np.zeros((2, 3))).tolist() == [[1, 1, 1], [1, 1, 1]]


SWEPT = [
    ("framework/2c", {"beta": "geom(0.01, 1e6, 40)", "n_ctx": "2, 9, 256"}, {}),
    ("framework/2c", {"alpha_1": "1/10, 79/250, 281/500", "beta": "1, 100"}, {"n_ctx": 40, "lambda_0": 2}),
    ("framework/2a", {"beta": "geom(0.1, 1e3, 30)", "n_ctx": "5, 30"}, {}),
    ("framework/2d", {"beta": "geom(0.01, 10, 9)", "Lg": "1, 50"}, {"n_ctx": 12}),
]


@pytest.mark.parametrize(("id", "over", "fix"), SWEPT)
def test_its_sweeps_are_those_of_numpy(id, over, fix):
    measures = ("mass", "least_mass", "leak", "accuracy", "score_margin")
    ours, theirs = (sweep(id, measures, over, fix=fix, backend=backend) for backend in ("numba", "numpy"))
    for name in measures:
        difference = np.abs(ours[name] - theirs[name]).max()
        assert difference <= (ERROR if theirs[name].attrs["units"] == "1" else 0)
    assert ours.attrs["backend"] == "numba"


def test_a_wrong_exponential_is_caught_by_the_sample(monkeypatch):
    from symcircuits.errors import Disagreement

    right = kernels._tails
    monkeypatch.setattr(kernels, "_tails", lambda ahead, *rest: right(ahead * (1 + 1e-7), *rest))
    with pytest.raises(Disagreement, match="by the closed form and .* by the forward passes, further apart"):
        sweep("framework/2c", "mass", {"beta": "1, 2"}, fix={"n_ctx": 8}, backend="numba")


REFUSED = [
    (("by_hand/breaks", "accuracy", {"Lg": "1, 2"}), {}, "works out heads alone, and this is swept by a whole model"),
    (("framework/2c", "mass", {"beta": "1"}), {"method": "forward"}, "works out closed forms, and this is swept by f"),
    (("framework/2c", "mass", {"beta": "1", "dtype": "float16"}), {}, "works out closed forms, and this is swept by"),
]


@pytest.mark.parametrize(("arguments", "options", "message"), REFUSED)
def test_what_it_cannot_do_is_refused(arguments, options, message):
    with pytest.raises(BadValue, match=f"the backend numba {message}"):
        sweep(*arguments, **options, backend="numba")


def test_without_numba_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "symcircuits.sweeps.kernels")
    monkeypatch.delattr(symcircuits.sweeps, "kernels")
    with pytest.raises(BadValue, match="the backend numba needs numba: pip install 'symcircuits.sweep.'"):
        sweep("framework/2c", "mass", {"beta": "1"}, backend="numba")
