"""The worked solutions on positions: their parameters, and the table of least scales in full."""

from __future__ import annotations

import pytest

from symcircuits.errors import DerivationFailed
from symcircuits.worked import Table, run_experiments, shipped


@pytest.mark.parametrize(
    ("id", "settings", "message"),
    [
        ("framework/aliasing", {"longest": 4}, r": the table begins with 8 tokens, got longest = 4$"),
        ("framework/aliasing", {"most_pairs": 1}, r": the table begins with 2 pairs, got most_pairs = 1$"),
        ("framework/3r", {"tokens": 1}, r": a repeated block needs at least 2 tokens besides BOS, got tokens = 1$"),
        ("framework/3r", {"pairs": 0}, r": expected at least one frequency pair, got 0$"),
    ],
)
def test_nonsense_is_refused_in_a_line(id, settings, message):
    with pytest.raises(DerivationFailed, match=message):
        shipped().derive(id, **settings)


def test_the_table_has_every_context_number_of_pairs_and_base():
    tables = [step for step in shipped().derive("framework/aliasing").steps if isinstance(step, Table)]
    cases = [(row[0], row[1]) for table in tables for row in table.rows]
    contexts, pairs = ("$8$", "$64$", "$512$", "$1024$"), ("$2$", "$4$", "$8$", "$32$")
    assert cases == [(n_ctx, p) for _ in range(3) for p in pairs for n_ctx in contexts]
    assert all(table.verdict for table in tables)
    figures = [float(cell.strip("$")) for table in tables for row in table.rows for cell in row[4:]]
    assert len(figures) == 4 * 48
    assert all(exact <= enough for exact, enough in zip(figures[::2], figures[1::2], strict=True))


@pytest.mark.parametrize("settings", [{"pairs": 1, "tokens": 2}, {"pairs": 3, "tokens": 9}])
def test_the_rotary_circuit_is_proved_and_runs_at_other_sizes(settings):
    made = run_experiments(shipped().derive("framework/3r", **settings))
    assert made.verdict == "proved" and len(made.outcomes) == 10
    runs = [outcome for outcome in made.outcomes if outcome.behaviour.startswith("Induces")]
    assert len(runs) == 4 and all(run.bound is not None and run.measured >= run.bound for run in runs)


@pytest.mark.once
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"frequencies": 1}, r": frequencies must be from 2 to 5, got 1$"),
        ({"frequencies": 3, "back": 3}, r": back must be from 0 to 2, got 3$"),
        ({"back": -1}, r": back must be from 0 to 3, got -1$"),
    ],
)
def test_a_place_that_no_row_has_is_refused_in_a_line(settings, message):
    with pytest.raises(DerivationFailed, match=message):
        shipped().derive("circuits/positional", **settings)


@pytest.mark.once
@pytest.mark.parametrize("back", [0, 2])
def test_positional_heads_are_proved_and_run_at_other_distances(back):
    made = run_experiments(shipped().derive("circuits/positional", back=back, frequencies=3))
    assert made.verdict == "proved"
    scales = [float(row[3].strip("$")) for step in made.steps if isinstance(step, Table) for row in step.rows]
    assert scales == sorted(scales, reverse=True) and len(scales) == 2  # each pair more is sharper
