"""Break points of sweeps against the engine on both sides of them, and against what is proved elsewhere."""

import json

import numpy as np
import pytest
from sympy import Gt, Integer, Rational, Symbol, exp

from symcircuits import sweep
from symcircuits.algebra import Proved, threshold
from symcircuits.algebra.thresholds.falling import FallingSum
from symcircuits.algebra.thresholds.isolation import Unsettled
from symcircuits.cli import main
from symcircuits.cli.sweeping import _told_breaks
from symcircuits.errors import BadValue, Disagreement, OutsideClass
from symcircuits.sweeps import sides
from symcircuits.sweeps.breaks import Break, thresholds_apart, told, turning_of
from symcircuits.sweeps.least import least_of
from symcircuits.symbols import Lg, beta
from symcircuits.worked import derive

pytestmark = pytest.mark.once

x = Symbol("x", positive=True)
ONE_SCALE = [
    ("framework/2f", "beta", {"n_ctx": 9}, {}),
    ("framework/2g", "beta_2", {"Lg": 10, "beta": "1/2"}, {"n_ctx": 4, "words": 3}),
    ("framework/3", "beta_2", {"beta_1": 4}, {"n_ctx": 7}),
]


def breaks_of(found):
    return json.loads(found.attrs["break_points"])


@pytest.mark.parametrize(("id", "symbol", "fix", "parameters"), ONE_SCALE)
def test_the_engine_reaches_the_mass_at_the_least_scale_and_not_before(id, symbol, fix, parameters):
    options = {"fix": fix, "parameters": parameters}
    points = breaks_of(sweep(id, "mass", {symbol: "1, 2"}, **options))
    assert [point["after"] for point in points] == [f"every row has a mass of at least {m}" for m in ("9/10", "99/100")]
    around = [point["value"] * factor for point in points for factor in (1 - 1e-6, 1 + 1e-6)]
    masses = sweep(id, "least_mass", {symbol: around}, method="forward", **options)["least_mass"].values
    for mass, (before, after) in zip((0.9, 0.99), masses.reshape(2, 2), strict=True):
        assert before < mass < after


def test_the_interval_of_a_weight_ends_where_it_is_no_longer_proved():
    found = sweep("framework/2d", "accuracy", {"beta": "geom(1/100, 10, 20)"}, fix={"Lg": 10, "n_ctx": 16})
    (point,) = breaks_of(found)
    low, high = (Rational(end) for end in point["between"])
    assert 0 < high - low < Rational(1, 10**11)
    assert (found["accuracy"].sel(beta=slice(None, float(low))) == 1).all()
    trial = derive("framework/2d").experiments[0].trial
    behaviour = derive("framework/2d").experiments[0].behaviour
    verdicts = [
        behaviour.prove_strict(trial.heads[0], {**trial.values, beta: value, Lg: Integer(1)}, 16)
        for value in (low, high)
    ]
    assert [isinstance(verdict, Proved) for verdict in verdicts] == [True, False]


def test_a_weight_of_which_the_interval_is_told_too_long_is_an_error(monkeypatch):
    monkeypatch.setattr(sides, "interval_ends", lambda case: [Break(beta, Rational(5), Rational(5), "wrong")])
    with pytest.raises(Disagreement, match=r"framework/2d at beta = .*: a wanted key is not ahead, but before 5"):
        sweep("framework/2d", "copy_mass", {"beta": "geom(1/100, 4, 20)"}, fix={"Lg": 10, "n_ctx": 16})


def test_a_weight_too_small_for_floats_is_no_disagreement():
    found = sweep("framework/2d", "accuracy", {"beta": "1e-30, 1/10"}, fix={"Lg": 10, "n_ctx": 8})
    assert found["accuracy"].values[0] < 1 == found["accuracy"].values[1]


def test_a_grid_point_at_a_break_point_is_told(capsys):
    shorter = {"n_ctx": 3}
    points = breaks_of(sweep("by_hand/breaks", "accuracy", {"Lg": "1, 2"}, parameters=shorter))
    assert [point.get("beside") for point in points if point["value"] == 1.0] == [[1.0]]
    assert all("beside" not in point for point in points if point["value"] != 1.0)
    arguments = ["sweep", "by_hand/breaks", "--measure", "accuracy", "--over", "Lg=1,2", "--set", "n_ctx=3"]
    assert main(arguments) == 0
    assert "(within rounding of it, and not judged: 1)" in " ".join(capsys.readouterr().out.split())


def test_conditions_that_must_all_hold_turn_where_the_last_of_them_does():
    above, below, at_first = (
        threshold(condition, x) for condition in (x > 2, x < 5, Gt((x - 1) * (x - 3), 0, evaluate=False))
    )
    found = turning_of("ab", [above, below, at_first])
    assert found is not None
    assert [low for low, _ in found.points] == [3, 5]
    assert found.right == (False, True, False)
    assert found.right_at(np.array([0.5, 2.5, 4.0, 6.0])).tolist() == [False, False, True, False]


def test_break_points_that_overlap_are_not_put_in_order():
    one = threshold(Gt(x, Rational(1, 3), evaluate=False), x)
    far, near = (threshold(x * x * x > 2, x, digits=digits) for digits in (3, 4))
    assert turning_of("ab", [one, far]) is not None
    assert turning_of("ab", [far, near]) is None


def test_break_points_that_agree_to_fifteen_digits_are_told_apart():
    near = [x**3 - 2 + exp(-x) - Rational(i, 10**20) for i in range(2)]
    roughly = [threshold(Gt(gap, 0, evaluate=False), x).breaks[0] for gap in near]
    assert roughly[0] == roughly[1]
    found = thresholds_apart([*near, x - 1], x)
    one, other = ((found[gap].breaks[0].low, found[gap].breaks[0].high) for gap in near)
    assert one[1] < other[0]
    assert found[x - 1].exact == 1
    turning = turning_of("ab", [found[gap] for gap in near])
    assert (turning.points, turning.right) == ((other,), (False, True))
    texts = told(one, [other]), told(other, [one])
    assert [text[:17] for text in texts] == ["1.19268576502259"[:17] + "8"] * 2
    assert texts[0] < texts[1]
    assert told(one) == "1.1926857..."


def test_the_command_prints_digits_that_tell_break_points_apart():
    ends = [("1.000000000011", "1.000000000012"), ("1.000000000031", "1.000000000032"), ("3/2", "3/2")]
    points = [
        {"symbol": "Lg", "value": float(Rational(high)), "after": "x", "between": [low, high]} for low, high in ends
    ]
    lines = [text.plain for text in _told_breaks(points)]
    assert lines == ["from Lg = 1.00000000001... on x", "from Lg = 1.00000000003... on x", "from Lg = 1.5 on x"]


def test_rows_that_need_almost_the_same_scale_are_not_told_apart():
    same = FallingSum.of_values([Integer(1), Integer(1)])
    other = FallingSum.of_values([Integer(1), 1 - Rational(1, 10**30)])
    assert least_of([same, FallingSum.of_values([Integer(2)])], Rational(1, 9)) == same.least_scale(Rational(1, 9), 8)
    assert least_of([same, other], Rational(1, 9)) == same.least_scale(Rational(1, 9), 8)
    with pytest.raises(Unsettled, match="every row has this mass at every scale"):
        least_of([FallingSum.of_values([Integer(1)])], Rational(3, 2))
    with pytest.raises(OutsideClass, match="the gap 0 is not certainly positive"):
        FallingSum.of_values([Integer(0)])
    with pytest.raises(BadValue, match="expected at least one gap"):
        FallingSum.of_values([])


def test_a_sum_over_values_is_the_sum_it_says():
    total = FallingSum.of_values([Integer(1), Integer(3)])
    assert float(total.expression(Rational(1, 2))) == pytest.approx(float(total.over(Rational(1, 2))[0]), abs=1e-15)
    assert total.first(1).expression(Integer(1)) == FallingSum.of_values([Integer(1)]).expression(Integer(1))
