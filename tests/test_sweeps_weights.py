"""Copying and composition scores as measures: exact, by arrays, and against the definitions in NumPy."""

import numpy as np
import pytest

from symcircuits import sweep
from symcircuits.errors import BadValue, Disagreement, UnboundSymbols
from symcircuits.sweeps import weights

pytestmark = pytest.mark.once

OWN = """
from sympy import cos, sin
from symcircuits import Copies, Head, Residual, Sinusoids, Transformer, Work, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import CopiesToLogits
from symcircuits.symbols import Lg, alpha, beta

@derivation("mine/turn", title="A turn")
def turn(work: Work) -> None:
    stream = Residual(content=2)
    a = alpha(0)
    turned = ExactMatrix.from_rows([[cos(a), -sin(a)], [sin(a), cos(a)]])
    head = Head(W_V=turned @ stream.read("content"), W_O=Lg * stream.write("content"))
    work.experiment(Copies(stream["content"], stream["content"]), of=head, Lg=2, alpha_0=1)

@derivation("mine/pair", title="Two heads")
def pair(work: Work, size: int = 3) -> None:
    stream = Residual(content=size, v=size)
    content, v = stream.read("content"), stream.read("v")
    first = Head(W_Q=v, W_K=v, W_V=content, W_O=stream.write("v"), scale=beta)
    grown = ExactMatrix.from_entries((size, size), {(i, i): Lg ** i for i in range(size)})
    second = Head(W_Q=content, W_K=grown @ v, W_V=v, W_O=stream.write("content"))
    model = Transformer([[first], [second]], W_E=stream.write("content"), W_U=content)
    work.experiment(CopiesToLogits(), of=model, n_ctx=4, Lg=2, beta=1)
"""
PAIR = ("q_composition", "k_composition", "v_composition", "ov_copying_score")


@pytest.fixture
def own(tmp_path):
    file = tmp_path / "own.py"
    file.write_text(OWN)
    return str(file)


def test_every_kind_of_axis_and_measure_of_the_whole():
    names = ("induction_mass", "accuracy", "q_composition", "k_composition", "v_composition", "copying_score")
    over = {"beta": "1/10, 1/4", "alpha_0": "1, 9/10", "lambda_1": "4/5, 1/2", "dtype": "float32, float64"}
    found = sweep("framework/2g", names, over, fix={"Lg": 3, "beta_2": 4}, parameters={"n_ctx": 4, "words": 3})
    mass = found["induction_mass"]
    assert mass.dims == tuple(over)
    for axis in ("beta", "alpha_0", "lambda_1"):
        assert (mass.std(axis) > 1e-9).any()
    assert 0 < np.abs(mass.sel(dtype="float32") - mass.sel(dtype="float64")).max() < 1e-4
    np.testing.assert_allclose(found["q_composition"].sel(dtype="float64"), np.sqrt(2) / 4, atol=1e-12)
    assert (found["k_composition"] == 0).all()
    assert (found["copying_score"] == 1).all()


@pytest.mark.parametrize("method", ["closed", "forward"])
def test_composition_scores_are_the_quotients_of_norms(method, own):
    found = sweep("mine/pair", PAIR[:3], {"Lg": "1, 2", "size": "2, 3"}, source=own, method=method)
    for size in (2, 3):
        for i, value in enumerate((1.0, 2.0)):
            grown = value ** np.arange(size)
            expected = np.linalg.norm(grown) / np.linalg.norm(grown) / np.sqrt(size)
            at = {name: float(found[name].sel(size=size)[i]) for name in PAIR[:3]}
            assert at == pytest.approx(
                {"q_composition": 0, "k_composition": expected, "v_composition": size**-0.5}, abs=1e-12
            )
    assert found["k_composition"].attrs["long_name"].startswith("K-composition of two heads, 0 to 1")


def test_the_baseline_of_a_composition_score_is_told_as_a_number(own):
    found = sweep("mine/pair", "k_composition", {"Lg": "1, 2"}, source=own)
    assert found["k_composition"].attrs["baseline"] == pytest.approx(6**-0.5, rel=1e-15)  # 3 contents and 3 of v
    turned = sweep("mine/turn", "ov_copying_score", {"alpha_0": "1, 2"}, fix={"Lg": 2}, source=own)
    assert "baseline" not in turned["ov_copying_score"].attrs
    sizes = sweep("mine/pair", "k_composition", {"size": "2, 3", "Lg": "1"}, source=own)
    assert sizes["k_composition"].attrs["baseline"] == pytest.approx([4**-0.5, 6**-0.5], rel=1e-15)


def test_weights_alone_need_no_values_of_other_symbols(own):
    assert sweep("mine/pair", "v_composition", {"size": "2, 3"}, source=own)["v_composition"].shape == (2,)
    with pytest.raises(UnboundSymbols, match="mine/pair has no value for Lg and suggests none"):
        sweep("mine/pair", "k_composition", {"size": "2, 3"}, source=own)


def test_a_model_that_is_against_every_copy_has_the_score_of_minus_one():
    found = sweep("by_hand/breaks", ("copying_score", "accuracy"), {"Lg": "1/2, 5"}, parameters={"n_ctx": 3})
    assert found["copying_score"].values.tolist() == [-1, -1]
    assert found["accuracy"].values[0] < found["accuracy"].values[1]


def test_a_nilpotent_matrix_has_no_copying_score():
    for method in ("closed", "forward"):
        with pytest.raises(BadValue, match=r"undefined \(0/0\): the matrix is nilpotent, all its eigenvalues are 0"):
            sweep("framework/1a", "ov_copying_score", {"d_head": "2, 3"}, method=method)


@pytest.mark.parametrize("method", ["closed", "forward"])
def test_the_score_of_a_turn_is_its_cosine(method, own):
    angles = [0.25, 1.0, 3.0]
    found = sweep("mine/turn", "ov_copying_score", {"alpha_0": angles, "Lg": "1, 3"}, source=own, method=method)
    np.testing.assert_allclose(found["ov_copying_score"], np.cos(angles)[:, None] * [1, 1], atol=1e-12)


def test_exact_scores_that_are_not_those_of_the_arrays_are_caught(monkeypatch, own):
    wrong = {**weights._COMPOSITIONS, "k_composition": weights._COMPOSITIONS["q_composition"]}
    monkeypatch.setattr(weights, "_COMPOSITIONS", wrong)
    with pytest.raises(
        Disagreement, match="k_composition at size = 3, Lg = 1.0: 0 by the closed form and 0.57735.* by the"
    ):
        sweep("mine/pair", "k_composition", {"Lg": "1", "size": "3"}, source=own)
