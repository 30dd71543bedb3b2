"""A derivation as JSON: what programs can rely on."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sympy import Function, Rational, cos, sin

from symcircuits import AttendsTo, Copies, Head, Residual, Sinusoids, Work
from symcircuits.algebra import ExactMatrix
from symcircuits.symbols import alpha, beta, m, n
from symcircuits.worked import derive, run_experiments, shipped
from symcircuits.worked.reports import derivation_json, step_json

pytestmark = pytest.mark.once

IDS = [entry.id for entry in shipped().entries]
STREAM = Residual(content=1, v=1)
COPY = Copies(STREAM["content"], STREAM["v"])
a = alpha(0)


def head(scale=1):
    return Head(W_V=STREAM.read("content"), W_O=STREAM.write("v") * scale)


def report(derivation):
    """The report, as it comes back from text without any NaN."""
    return json.loads(json.dumps(derivation_json(derivation), allow_nan=False))


@pytest.fixture
def work():
    return Work("mine/test", "A test", {"pairs": 2, "causal": True, "name": "x", "scale": Rational(1, 2), "size": beta})


@pytest.mark.parametrize("id", IDS)
def test_shipped_reports_have_the_documented_keys(id):
    derivation = run_experiments(derive(id))
    data = report(derivation)
    assert data == derivation_json(derivation)
    assert list(data) == ["id", "title", "parameters", "verdict", "steps", "experiments"]
    assert (data["id"], data["title"], data["verdict"]) == (id, derivation.title, "proved")
    assert data["parameters"] == dict(derivation.parameters)
    assert len(data["steps"]) == len(derivation.steps)
    for step in data["steps"]:
        stated = step["kind"] in ("equality", "inequality", "rank", "singular values", "claim", "table")
        assert step["latex"]
        assert stated or step["kind"] in ("definition", "rule", "prose", "heading", "figure")
        rest = {"figure"} if step["kind"] == "figure" else set()
        assert {"verdict", "method", "seconds"} <= step.keys() if stated else set(step) == {"kind", "latex"} | rest
    for run in data["experiments"]:
        assert {"behaviour", "bindings", "measured", "closed_form", "passed"} <= run.keys()
        assert all(isinstance(value, str) for value in run["bindings"].values())
        assert run["passed"] is True


def test_experiments_that_were_not_run_are_not_reported():
    assert report(derive("framework/1a"))["experiments"] == []


def test_parameters_are_plain(work):
    data = report(work.finish())
    assert data["parameters"] == {"pairs": 2, "causal": True, "name": "x", "scale": "1/2", "size": "beta"}


def test_kinds_of_steps(work):
    work.section("Part one")
    work.say("Say $x$.")
    work.define("W", ExactMatrix.identity(2))
    work.equal(cos(a) ** 2, 1 - sin(a) ** 2)
    work.at_least(beta, 0)
    work.rank(ExactMatrix.identity(2), 2)
    work.claim(COPY, of=head())
    steps = report(work.finish())["steps"]
    assert [step["kind"] for step in steps] == [
        "heading",
        "prose",
        "definition",
        "equality",
        "inequality",
        "rank",
        "claim",
    ]
    assert [step["latex"] for step in steps[:2]] == ["Part one", "Say $x$."]
    assert steps[2]["latex"].startswith("W = ")
    assert " = " in steps[3]["latex"]
    assert r"\ge" in steps[4]["latex"]
    assert "copies" in steps[6]["latex"]
    assert steps[6]["behaviour"] == str(COPY)


def test_a_proved_step(work):
    work.equal(1 / (1 - beta) - 1, beta / (1 - beta), because="subtract", given="$\\beta \\ne 1$")
    (step,) = report(work.finish())["steps"]
    assert step["verdict"] == "proved"
    assert step["method"] == "normal form"
    assert (step["because"], step["given"]) == ("subtract", "$\\beta \\ne 1$")
    assert step["assuming"]
    assert 0 <= step["seconds"] < 60
    assert "witness" not in step


def test_a_refuted_step_has_its_witness(work):
    verdict = work.equal(cos(2 * a) * beta, 2 * cos(a))
    data = report(work.finish())
    (step,) = data["steps"]
    assert data["verdict"] == step["verdict"] == "refuted"
    witness = step["witness"]
    assert witness["bindings"].keys() == {"alpha_0", "beta"}
    assert {symbol.name: str(value) for symbol, value in verdict.witness.items()} == {
        name: str(value) for name, value in witness["bindings"].items()
    }
    assert float(witness["left"]) != float(witness["right"])


def test_a_refuted_matrix_names_the_entry(work):
    work.equal(STREAM.write("v") @ STREAM.read("content"), STREAM.matrix({(STREAM["v"], STREAM["content"]): 2}))
    (step,) = report(work.finish())["steps"]
    assert step["witness"] == {
        "entry": ["v_{0}", r"\mathrm{cont}_{0}"],
        "bindings": {},
        "left": "1.0",
        "right": "2.0",
    }


def test_an_undecided_step_tells_what_was_tried(work):
    work.equal(Function("f")(n), Function("g")(n))
    data = report(work.finish())
    (step,) = data["steps"]
    assert data["verdict"] == step["verdict"] == "undecided"
    assert step["tried"]
    assert "method" not in step


def test_a_refuted_claim_is_reported(work):
    work.claim(COPY, of=head(2))
    (step,) = report(work.finish())["steps"]
    assert (step["kind"], step["verdict"]) == ("claim", "refuted")
    assert step["witness"]["left"] == "2.0"


def test_experiments_are_reported_with_what_was_measured(work):
    work.experiment(COPY, of=head(beta), n_ctx=5, seed=7, beta=[1, Rational(3, 2)])
    derivation = run_experiments(work.finish())
    right, wrong = report(derivation)["experiments"]
    assert right["behaviour"] == str(COPY)
    assert right["bindings"] == {"beta": "1"}
    assert (right["n_ctx"], right["seed"], right["passed"], right["measured"]) == (5, 7, True, 0)
    assert wrong["bindings"] == {"beta": "3/2"}
    assert wrong["passed"] is False
    assert wrong["measured"] == derivation.outcomes[1].measured > 0
    assert report(derivation)["verdict"] == "refuted"


def test_a_step_by_itself(work):
    work.define("g(n)", cos(a * n), meaning="a wave")
    (step,) = work.finish().steps
    data = step_json(step)
    assert data["kind"] == "definition"
    assert data["latex"].startswith("g(n) = ")


def test_a_report_is_json_whatever_was_measured(work):
    position = Sinusoids(1)
    stream = Residual(content=1, position=position)
    work.suggest(position.suggested())
    head = Head(W_Q=stream.read(position), W_K=position.shift(1) @ stream.read(position))
    with np.errstate(all="ignore"):
        work.experiment(AttendsTo(-1), of=head, n_ctx=4, closed_form=1 / (n - m))
        (run,) = report(run_experiments(work.finish()))["experiments"]
    assert run["passed"] is False
