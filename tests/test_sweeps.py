"""Sweeps: each way checked by the other, by plain runs of the engine, and by the proved thresholds."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sympy import Rational

import symcircuits
from symcircuits import engine, sweep
from symcircuits.behaviours import CopiesToLogits, Induces
from symcircuits.behaviours.induction import repeated_tokens
from symcircuits.circuit.bind import bind_head, bind_transformer
from symcircuits.engine import attention_pattern
from symcircuits.errors import BadValue, Disagreement, NotSupported, UnboundSymbols, UnknownName
from symcircuits.sweeps import blocks
from symcircuits.sweeps.compiled import exponent, of_distance_alone
from symcircuits.symbols import Lg, beta, beta_, integer, m, n
from symcircuits.worked import derive

C = "framework/2c"


def by_one_pass_each(id, values, n_ctx, offset):
    """The mean mass at each value of the scale, by the engine, one forward pass after another."""
    trial = derive(id).experiments[0].trial
    [symbol] = [symbol for symbol in trial.values if symbol.name in ("beta", "beta_1")]
    found = []
    for value in values:
        numbers = {**trial.values, symbol: Rational(value)}
        x = symcircuits.behaviours.Trial(trial.heads, numbers, n_ctx).stream()
        found.append(np.mean(np.diagonal(attention_pattern(x, bind_head(trial.heads[0], numbers)), offset)))
    return found


@pytest.mark.parametrize("method", ["closed", "forward"])
@pytest.mark.parametrize(
    ("id", "measure", "symbol", "offset"),
    [
        ("framework/2b", "present_token_mass", "beta", 0),
        (C, "previous_token_mass", "beta", -1),
        ("framework/3r", "previous_token_mass", "beta_1", -1),
    ],
)
def test_the_mass_is_that_of_plain_forward_passes(id, measure, symbol, offset, method):
    values = [0.25, 1.0, 30.5, 1000.0]
    found = sweep(id, measure, {symbol: values, "n_ctx": [5, 16]}, method=method)
    assert found[measure].dims == (symbol, "n_ctx")
    for n_ctx in (5, 16):
        expected = by_one_pass_each(id, values, n_ctx, offset)
        np.testing.assert_allclose(found[measure].sel(n_ctx=n_ctx), expected, atol=1e-12)


SWEPT = [
    (
        C,
        ("mass", "least_mass", "leak", "accuracy", "score_margin"),
        {"beta": "geom(0.1, 1e3, 7)", "alpha_1": "1/9, 1"},
    ),
    (C, ("least_mass",), {"pairs": "1:3", "lambda_0": "lin(1/2, 2, 3)", "beta": "5"}),
    ("framework/2a", ("same_content_mass", "leak", "accuracy"), {"beta": "geom(0.1, 100, 5)", "n_ctx": "8, 20"}),
    ("framework/2d", ("copy_mass", "accuracy", "score_margin"), {"beta": "geom(0.01, 10, 5)", "Lg": "1, 50"}),
    ("framework/2d", ("copy_mass",), {"beta": "1/10", "alpha_0": "1, 2", "Lg": "3"}),
    ("framework/2f", ("after_copy_mass", "leak", "accuracy"), {"beta": "geom(0.1, 100, 4)", "lambda_0": "1, 2"}),
    ("framework/3", ("induction_mass", "accuracy", "leak"), {"beta_1": "1, 5, 20", "beta_2": "geom(1, 50, 4)"}),
    ("by_hand/threshold", ("accuracy", "logit_margin"), {"Lg": "geom(0.1, 1e4, 9)"}),
]


@pytest.mark.parametrize(("id", "measures", "over"), SWEPT)
def test_closed_forms_and_forward_passes_agree_everywhere(id, measures, over):
    fix = {"n_ctx": 12} if "n_ctx" not in over and id.startswith("framework/2") else {}
    less = {"n_ctx": 4} if id == "by_hand/threshold" else {}
    ways = ("closed", "forward")
    closed, forward = (sweep(id, measures, over, fix=fix, parameters=less, method=way) for way in ways)
    assert (closed.attrs["method"], forward.attrs["method"]) == ("closed", "forward")
    for name in measures:
        assert closed[name].dims == tuple(over)
        scale = np.maximum(1, np.abs(closed[name]))
        np.testing.assert_allclose(closed[name] / scale, forward[name] / scale, atol=1e-11)
        assert closed[name].std() > 0 or name in ("accuracy", "same_content_mass")


def test_axes_that_are_no_symbols_can_be_swept_alone():
    found = sweep(C, "mass", {"n_ctx": "4, 16"}, fix={"beta": 20})
    both = sweep(C, "mass", {"n_ctx": "4, 16", "beta": "20"})
    assert found["mass"].values.tolist() == both["mass"].values.ravel().tolist()


def test_what_a_result_says_of_itself():
    found = sweep(C, "previous_token_mass", {"beta": "1, 10"}, fix={"lambda_0": "3/2", "n_ctx": "8"}, seed=3)
    attributes = found.attrs
    assert json.loads(attributes["held_fixed"]) == {"lambda_0": "3/2"}
    suggested = json.loads(attributes["suggested_values"])
    assert suggested["alpha_1"] == "1/10"
    assert not {"lambda_0", "beta"} & set(suggested)
    assert json.loads(attributes["parameters"])["n_ctx"] == "8"
    assert attributes["seed"] == 3
    assert json.loads(attributes["versions"])["symcircuits"] == symcircuits.__version__
    assert "(proved)" in attributes["computed_by"]
    assert found["previous_token_mass"].attrs["units"] == "1"
    assert found["previous_token_mass"].attrs["latex"].startswith(r"\frac{1}{n_{\mathrm{ctx}} - 1}")
    assert found["beta"].attrs == {
        "latex": r"\beta", "long_name": "scale of the scores (inverse temperature)", "units": "1",
    }  # fmt: skip
    assert sweep(C, "mass", {"alpha_0": "1, 2"}, fix={"beta": 1})["alpha_0"].attrs["units"] == "radians per token"


@pytest.mark.parametrize("mass", ["9/10", "99/100"])
def test_the_break_points_are_where_the_least_mass_is_reached(mass):
    found = sweep(C, "least_mass", {"beta": "geom(1, 100, 5)", "n_ctx": "8, 64"})
    points = json.loads(found.attrs["break_points"])
    assert len(points) == 4
    for point in (point for point in points if point["after"].endswith(f" {mass}")):
        unit = 2e-6
        near = sweep(C, "least_mass", {"beta": [point["value"] - unit, point["value"]]}, fix={"n_ctx": point["n_ctx"]})
        low, high = near["least_mass"].values
        assert low < float(Rational(mass)) <= high


def test_the_accuracy_turns_at_its_break_points():
    shorter = {"n_ctx": 4}
    found = sweep("by_hand/breaks", "accuracy", {"Lg": "geom(0.5, 100, 50)"}, parameters=shorter)
    points = json.loads(found.attrs["break_points"])
    assert [round(point["value"], 4) for point in points] == [1.0, 1.7405, 2.4508, 2.7493]
    assert points[0]["between"] == ["1", "1"]
    assert points[-1]["after"] == "9 of 9 contexts are right; baa changed"
    around = [point["value"] * factor for point in points for factor in (1 - 1e-7, 1 + 1e-7)]
    again = sweep("by_hand/breaks", "accuracy", {"Lg": around}, method="forward", parameters=shorter)
    np.testing.assert_allclose(again["accuracy"].values * 9, [3, 6, 6, 7, 7, 8, 8, 9])


def test_a_kind_of_floating_point_is_run_and_shows():
    over = {"dtype": "float16, float32, float64", "beta": "geom(1, 100, 6)"}
    found = sweep(C, "previous_token_mass", over, fix={"n_ctx": 16})
    assert found.attrs["method"] == "forward"
    assert "float16" in found.attrs["reason"]
    exact = found["previous_token_mass"].sel(dtype="float64")
    differences = np.abs(found["previous_token_mass"] - exact)
    errors = [float(differences.sel(dtype=kind).max()) for kind in found["dtype"].values]
    assert 1e-5 < errors[0] < 1e-1
    assert 1e-9 < errors[1] < 1e-5
    assert errors[2] == 0
    with pytest.raises(BadValue, match="a closed form hides what float16 overflows and rounds"):
        sweep(C, "mass", over, method="closed")


def test_what_is_not_finite_is_counted_and_located():
    located = "mass is not finite at 2 of 8 points, the first at dtype = float16, beta = 1000000.0: the scores overflow"
    with pytest.raises(BadValue, match=located):
        sweep(C, "mass", {"dtype": "float16, float64", "beta": "1, 10, 1e6, 1e7"}, fix={"n_ctx": 8})
    with pytest.raises(BadValue, match="accuracy is not finite at 1 of 2 points, the first at Lg = 1e\\+200"):
        sweep("by_hand/breaks", "accuracy", {"Lg": "1, 1e200"}, fix={"dtype": "float32"}, parameters={"n_ctx": 3})


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((C, "mass", {"bta": "1"}), {}, UnknownName, "unknown axis of framework/2c 'bta'; nearest: beta"),
        ((C, "previous_mass", {"beta": "1"}), {}, UnknownName, "unknown measure .*; nearest: previous_token_mass"),
        ((C, "mass", {"n_ctx": "8"}), {}, UnboundSymbols, "framework/2c has no value for beta and suggests none"),
        ((C, "mass", {"beta": "1"}), {"fix": {"lamda_0": 1}}, UnknownName, "unknown symbol .*; nearest: lambda_0"),
        (
            (C, "mass", {"beta": "1"}),
            {"fix": {"pairs": 1}},
            BadValue,
            "pairs is a parameter of framework/2c, not a symbol",
        ),
        ((C, "mass", {"beta": "1"}), {"fix": {"beta": 1}}, BadValue, "beta is both an axis and fixed"),
        ((C, "mass", {"beta": "-1, 1"}), {}, BadValue, "beta cannot be -1: it is positive"),
        ((C, "mass", {"beta": "1", "dtype": "float8"}), {}, UnknownName, "unknown dtype 'float8'"),
        ((C, "mass", {"beta": "1"}), {"fix": {"n_ctx": 0}}, BadValue, "expected a context of at least one token"),
        ((C, "mass", {}), {}, BadValue, "expected at least one axis"),
        ((C, (), {"beta": "1"}), {}, BadValue, "expected at least one measure"),
        ((C, "mass", {"beta": "1"}), {"method": "close"}, UnknownName, "unknown method 'close'; nearest: closed"),
        ((C, "mass", {"beta": "1"}), {"tolerance": 0}, BadValue, "expected a positive tolerance"),
        (("framework/2z", "mass", {"beta": "1"}), {}, UnknownName, "unknown derivation 'framework/2z'"),
        (("framework/1a", "mass", {"beta": "1"}), {}, UnknownName, "unknown measure .*; known: ov_copying_score"),
        (
            ("framework/q4", "mass", {"beta": "1"}),
            {},
            BadValue,
            "has no experiment with a behaviour that can be swept",
        ),
        (("by_hand/breaks", "accuracy", {"Lg": "1", "n_ctx": "7"}), {}, ValueError, "n_ctx must be from 3 to 6"),
        ((C, "mass", {"beta": "lin(1, 2, 4000)", "alpha_0": "lin(1, 2, 4000)"}), {}, BadValue, "are 16000000 points"),
    ],
)
def test_what_cannot_be_swept_is_told_in_a_line(arguments, options, error, message):
    with pytest.raises(error, match=message) as told:
        sweep(*arguments, **options)
    assert "\n" not in str(told.value)


OWN = """
from sympy import Integer, Sum, exp
from symcircuits import AttendsTo, Head, Residual, Sinusoids, Work, derivation
from symcircuits.symbols import beta, integer

@derivation("mine/head", title="A head")
def head(work: Work) -> None:
    position = Sinusoids(1)
    stream = Residual(content=2, position=position)
    work.suggest(position.suggested())
    n, m = work.indices("n m")
    j = integer("j")
    head = Head(W_Q=stream.read(position), W_K=position.shift(1) @ stream.read(position), scale=beta)
    s = beta * position.weighted(lambda a: {score})
    form = {form}
    work.experiment(AttendsTo(-1), of=head, closed_form=form, n_ctx=8, beta=1)
"""
SOFTMAX = "exp(s) / Sum(exp(s.subs(m, j)), (j, 0, n))"


def own(tmp_path, score="cos(a * (n - 1 - m))", form=SOFTMAX):
    file = tmp_path / "mine.py"
    text = OWN.replace("import Integer,", "import Integer, cos,").replace("{score}", score).replace("{form}", form)
    file.write_text(text)
    return str(file)


def test_a_file_of_ones_own_is_swept(tmp_path):
    found = sweep("mine/head", "mass", {"beta": "1, 10"}, source=own(tmp_path))
    assert found.attrs["points_checked"] == 2
    assert found.attrs["method"] == "closed"


@pytest.mark.parametrize("score", ["cos(a * (n + 1 - m))", "cos(a * (n - 1 - m)) * 101 / 100", "-cos(a * (n - 1 - m))"])
def test_a_closed_form_that_is_not_the_circuits_is_caught_by_the_sample(score, tmp_path):
    with pytest.raises(Disagreement, match="by the closed form and .* by the forward passes, further apart than the"):
        sweep("mine/head", "mass", {"beta": "1, 10"}, source=own(tmp_path, score))
    with pytest.raises(Disagreement, match="by the forward passes and .* by the closed form"):
        sweep("mine/head", "mass", {"beta": "1, 10"}, source=own(tmp_path, score), method="forward")


def test_without_a_closed_form_that_is_a_softmax_it_is_run(tmp_path):
    file = own(tmp_path, form="exp(s) / Sum(exp(s.subs(m, j)), (j, 0, n + 1))")
    found = sweep("mine/head", "mass", {"beta": "1, 10"}, source=file)
    assert (found.attrs["method"], found.attrs["points_checked"]) == ("forward", 0)
    assert "not proved to be a softmax" in found.attrs["reason"]
    with pytest.raises(BadValue, match="mine/head has no closed form to sweep"):
        sweep("mine/head", "mass", {"beta": "1, 10"}, source=file, method="closed")


def test_the_base_of_the_frequencies_is_an_axis():
    ours = sweep(C, ("mass", "least_mass"), {"beta": "1, 30", "base": "16, 81"}, fix={"n_ctx": 8})
    assert ours.attrs["points_checked"] == 4
    assert json.loads(ours.attrs["held_fixed"])["alpha_1"] == "base**(-1/4)"
    assert ours["base"].attrs["latex"] == r"\mathrm{base}"
    for base, root in ((16, 2), (81, 3)):
        angles = {f"alpha_{i}": Rational(1, root**i) for i in range(4)}
        expected = sweep(C, ("mass", "least_mass"), {"beta": "1, 30"}, fix={"n_ctx": 8, **angles})
        np.testing.assert_allclose(ours["mass"].sel(base=base), expected["mass"], rtol=1e-13)
        told = [point for point in json.loads(ours.attrs["break_points"]) if point.pop("base") == base]
        assert told == json.loads(expected.attrs["break_points"])
        held = sweep(C, "mass", {"beta": "1, 30"}, fix={"n_ctx": 8, "base": base})
        np.testing.assert_array_equal(held["mass"], expected["mass"])


@pytest.mark.parametrize(
    ("id", "over", "fix"),
    [
        ("framework/2d", {"base": "2, 100"}, {"Lg": 1, "beta": 3, "n_ctx": 6}),
        ("framework/2d", {"base": "2, 100", "Lg": "1, 2"}, {"beta": 3, "n_ctx": 6}),
        ("framework/3r", {"base": "2, 100", "alpha_1": "1/2, 1/3"}, {"beta_1": 3, "n_ctx": 6}),
    ],
)
def test_both_ways_agree_on_a_base(id, over, fix):
    for method in ("closed", "forward"):
        found = sweep(id, "mass", over, fix=fix, method=method)
        assert found.attrs["points_checked"] == found["mass"].size
    if "alpha_1" in over:  # what is given of an angle is not of the base, and the other one is 1 for every base
        np.testing.assert_array_equal(found["mass"].sel(base=2), found["mass"].sel(base=100))


def test_the_experiment_is_the_first_that_has_the_symbols():
    of_places = sweep("circuits/positional", "mass", {"beta": "1, 30"}, fix={"n_ctx": 6})
    of_waves = sweep("circuits/positional", "mass", {"beta": "1, 30", "base": "2, 100"}, fix={"n_ctx": 6})
    assert of_waves["mass"].shape == (2, 2)
    assert "alpha_1" not in of_places.attrs["suggested_values"] + of_places.attrs["held_fixed"]
    assert "alpha_1" in of_waves.attrs["held_fixed"]
    assert (abs(of_waves["mass"] - of_places["mass"]) > 1e-4).all()
    with pytest.raises(UnknownName, match="unknown axis of circuits/positional 'gamma'"):
        sweep("circuits/positional", "mass", {"beta": "1, 30", "gamma": "1, 2"})


def test_a_circuit_with_one_frequency_or_none_has_no_base():
    with pytest.raises(UnknownName, match="unknown axis of by_hand/breaks 'base'; known: Lg, dtype, n_ctx, scale_of"):
        sweep("by_hand/breaks", "accuracy", {"base": "2, 3"})
    with pytest.raises(BadValue, match="base cannot be -2: it is positive and real"):
        sweep(C, "mass", {"base": "-2, 3"}, fix={"beta": 1})


def test_a_threshold_with_the_grid_on_its_wrong_side_is_an_error(monkeypatch):
    from symcircuits.sweeps import sides

    moved = [sides.Break(beta, Rational(2), Rational(2), "every row has a mass of at least 9/10", Rational(9, 10))]
    monkeypatch.setattr(sides, "least_scales", lambda case: moved)
    with pytest.raises(Disagreement, match="framework/2c at beta = 3.0: a least mass of 0.4449.*, but from 2.0 on"):
        sweep(C, "mass", {"beta": "1, 3"}, fix={"n_ctx": 8})


def test_an_accuracy_on_the_wrong_side_of_a_break_point_is_an_error(monkeypatch):
    from symcircuits.sweeps import sides

    right = sides.exact_accuracy
    monkeypatch.setattr(sides, "exact_accuracy", lambda turning, values: right(turning, values * 1.5))
    with pytest.raises(Disagreement, match="by_hand/breaks at Lg = 2.0: accuracy 0.8333.*, and 1.0 by the break"):
        sweep("by_hand/breaks", "accuracy", {"Lg": "1/2, 2"}, parameters={"n_ctx": 3})


def test_blocks_change_nothing(monkeypatch):
    over = {"beta": "geom(0.1, 100, 40)", "n_ctx": "4, 9"}
    whole = {method: sweep(C, ("mass", "leak"), over, method=method) for method in ("closed", "forward")}
    monkeypatch.setattr(blocks, "CACHE", 3000)
    for method, result in whole.items():
        again = sweep(C, ("mass", "leak"), over, method=method)
        for name in ("mass", "leak"):
            np.testing.assert_allclose(again[name], result[name], rtol=1e-14)


def test_scores_are_recognised_by_proof():
    j = integer("j")
    assert of_distance_alone(beta * (n - m) ** 2)
    assert not of_distance_alone(beta * (n - m) ** 2 + m / 10**30)
    from sympy import Sum, exp

    wrong = [
        exp(-beta * (n - m)) / Sum(exp(-Lg * (n - j)), (j, 0, n)),
        exp(-beta * (n - m)) / Sum(exp(-beta * (n - j)), (j, 1, n)),
        2 * exp(-beta * (n - m)) / Sum(exp(-beta * (n - j)), (j, 0, n)),
        exp(-beta * (n - m)),
    ]
    for form in wrong:
        with pytest.raises(NotSupported, match="not proved to be a softmax"):
            exponent(form)


def test_progress_is_told_up_to_the_last_point():
    seen = []
    sweep(C, "mass", {"beta": "1, 2", "n_ctx": "4, 5"}, on_progress=lambda *told: seen.append(told))
    assert seen == [(C, 2, 4), (C, 4, 4)]


def test_break_points_are_told_for_each_value_of_another_symbol():
    over = {"beta": "geom(1, 100, 9)", "alpha_1": "1/10, 79/250", "n_ctx": "8, 16"}
    points = json.loads(sweep(C, "least_mass", over).attrs["break_points"])
    assert len(points) == 8
    for point in points:
        fixed = {"alpha_1": point["alpha_1"], "n_ctx": point["n_ctx"]}
        alone = json.loads(sweep(C, "least_mass", {"beta": "geom(1, 100, 9)"}, fix=fixed).attrs["break_points"])
        assert point["value"] in [other["value"] for other in alone]
    assert len({point["value"] for point in points}) == 8


def test_a_closed_form_that_leaves_the_floats_says_so():
    located = r"score_margin is not finite at 1 of 2 points, the first at .*, beta = 1e\+200: the closed form leaves"
    with pytest.raises(BadValue, match=located):
        sweep("framework/2d", "score_margin", {"Lg": "1e200", "beta": "1, 1e200"}, fix={"n_ctx": 9})


def test_values_that_change_along_an_outer_axis_are_told_for_each_place():
    found = sweep(C, "mass", {"stream_pairs": "2, 3"}, fix={"beta": 1, "n_ctx": 4})
    suggested = json.loads(found.attrs["suggested_values"])
    assert suggested["alpha_0"] == "1"
    assert (suggested["alpha_1"], suggested["alpha_2"]) == (["1/100", "29/625"], [None, "43/20000"])


def leads_one_by_one(experiment, values):
    """By how much the token that follows is ahead of all others, a row of the second copy each, by a pass alone."""
    trial = experiment.trial
    run = repeated_tokens(trial.model, trial.n_ctx, trial.seed, experiment.behaviour.begin)
    found = engine.logits(run.tokens, bind_transformer(trial.model, trial.n_ctx, {**trial.values, **values}))
    following = [run.tokens[row - run.block + 1] for row in run.rows]
    return [
        found[row, token] - np.delete(found[row], token).max() for row, token in zip(run.rows, following, strict=True)
    ]


@pytest.mark.parametrize(
    ("id", "over"),
    [
        ("framework/3", {"beta_1": [0.5, 5, 20], "beta_2": [1, 30]}),
        ("circuits/induction", {"beta_1": [0.5, 20], "beta_2": [1, 30]}),
    ],
)
def test_the_token_that_follows_is_that_of_plain_forward_passes(id, over):
    found = sweep(id, ("token_accuracy", "logit_margin"), over)
    assert found.attrs["method"] == "forward"
    experiments = derive(id).experiments
    first = next(
        one for one in experiments if isinstance(one.behaviour, CopiesToLogits | Induces) and one.trial.model.W_U
    )
    shares = []
    for one in over["beta_1"]:
        for two in over["beta_2"]:
            leads = leads_one_by_one(first, {beta_(1): Rational(one), beta_(2): Rational(two)})
            at = {"beta_1": one, "beta_2": two}
            assert found["logit_margin"].sel(at) == pytest.approx(min(leads), abs=1e-12)
            shares.append(np.mean(np.array(leads) > 0))
            assert found["token_accuracy"].sel(at) == shares[-1]
    assert len(set(shares)) > 1


def test_a_model_without_logits_has_no_measures_of_them():
    with pytest.raises(BadValue, match="token_accuracy, induction_mass belong to different experiments of framework/3"):
        sweep("framework/3", ("token_accuracy", "induction_mass"), {"beta_1": "1", "beta_2": "1"})
    with pytest.raises(
        BadValue, match="no closed form to sweep: logits of an induction circuit are not in closed form"
    ):
        sweep("framework/3", "logit_margin", {"beta_1": "1", "beta_2": "1"}, method="closed")


def test_the_slack_of_flags_turns_where_the_least_scale_says():
    least = np.log(9 * 6)  # of A -> B within 1/10 with six other keys
    betas = [1.0, least * (1 - 1e-6), least * (1 + 1e-6), 20.0]
    found = sweep("self_attention/current", ("slack", "accuracy"), {"beta": betas})
    assert (found["slack"].values > 0).tolist() == [False, False, True, True]
    assert (found["accuracy"].values == 1).tolist() == [False, False, True, True]
    [experiment, *_] = derive("self_attention/current").experiments
    for value, slack in zip(betas, found["slack"].values, strict=True):
        trial = replace(experiment.trial, values={**experiment.trial.values, beta: Rational(value)})
        assert experiment.behaviour.measure(trial).measured == pytest.approx(slack, abs=1e-14)


def test_flags_in_half_precision_are_swept_too():
    found = sweep("self_attention/current", "slack", {"beta": "5, 20", "dtype": "float16, float64"})
    half, double = (found["slack"].sel(dtype=kind).values for kind in ("float16", "float64"))
    assert 0 < np.abs(half - double).max() < 1e-2
