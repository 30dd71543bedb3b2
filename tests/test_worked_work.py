"""The builder: what is stated is decided at once and kept; what cannot be stated is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from sympy import Function, Integer, Rational, Symbol, cos, exp, sin

from symcircuits import AttendsTo, Copies, Head, Residual, Sinusoids, Work
from symcircuits.algebra import ExactMatrix, Factored, Proved, Refuted, Undecided
from symcircuits.errors import BadValue, ShapeMismatch, UnboundSymbols, UnknownName
from symcircuits.symbols import alpha, beta, m, n, positive
from symcircuits.typeset.formulas import Scalar, to_latex
from symcircuits.worked import Claim, Definition, Heading, Prose, Statement, run_experiments

A = ExactMatrix.from_rows([[1, 2], [0, 1]])
B = ExactMatrix.from_rows([[0, 1], [1, 0]])
a = alpha(0)
SOMETHING, OTHER = Function("something"), Function("other")


@pytest.fixture
def work():
    return Work("mine/test", "A test")


def last(work):
    return work.finish().steps[-1]


def test_words_are_kept_in_order(work):
    work.problem("What is $x$?")
    work.section("First")
    work.say("Two lines\n      of one paragraph.")
    derivation = work.finish()
    assert derivation.steps == (Heading("First"), Prose("Two lines of one paragraph."))
    assert (derivation.id, derivation.title, derivation.problem) == ("mine/test", "A test", "What is $x$?")


def test_require_refuses_with_its_message(work):
    work.require(True, "never told")
    with pytest.raises(BadValue, match="^pairs must be even, got 3$"):
        work.require(False, "pairs must be even, got 3")


def test_indices_are_the_integer_symbols_of_that_name(work):
    assert work.indices("n m") == (n, m)
    (k,) = work.indices("k")
    assert k.is_integer


# Definitions.


def test_a_defined_matrix_comes_back_under_its_name(work):
    W = work.define("W_net^1", A, meaning="what is moved")
    step = last(work)
    assert isinstance(step, Definition)
    assert W.entries == A.entries
    assert to_latex(W.formula) == to_latex(step.name) == r"W_{\mathrm{net}}^{1}"
    assert step.meaning == "what is moved"
    assert work.finish().definitions == {"W_net^1": A}


def test_a_definition_keeps_how_a_product_came_about(work):
    product = work.define("A", A) @ work.define("B", B)
    work.define("C", product)
    assert to_latex(last(work).origin) == "A B"


def test_a_factored_product_stays_factored(work):
    product = work.define("W_net", Factored(A, B))
    assert isinstance(product, Factored)
    assert work.finish().definitions["W_net"].expand() == A @ B


def test_expand_tells_where_a_value_comes_from(work):
    score = work.expand("s", 2 * beta, origin=Scalar("x^T y"))
    step = last(work)
    assert score == 2 * beta
    assert to_latex(step.origin) == "x^T y"
    assert step.value == 2 * beta


@pytest.mark.parametrize("again", ["define", "expand"])
@pytest.mark.parametrize("first", ["define", "expand"])
def test_a_name_is_defined_once(work, first, again):
    getattr(work, first)("W", A)
    with pytest.raises(BadValue, match="^W is defined twice$"):
        getattr(work, again)("W", B)
    assert len(work.finish().steps) == 1


@pytest.mark.parametrize("value", ["x", 1.5, None, [[1]]])
def test_only_values_can_be_defined(work, value):
    with pytest.raises(BadValue, match="expected a"):
        work.define("W", value)


def test_a_named_scalar_prints_as_its_name(work):
    work.define("g", 1 - cos(a))
    work.equal(1 - cos(a), 2 * sin(a / 2) ** 2)
    assert to_latex(last(work).left.formula) == "g"


def test_a_function_of_indices_prints_as_written_and_is_decided_unfolded(work):
    s = work.define("s(n, m)", cos(a * (n - m))).func
    verdict = work.equal(s(n, n - 1) ** 2, 1 - sin(a) ** 2)
    step = last(work)
    assert isinstance(verdict, Proved)
    assert step.left.value == cos(a) ** 2
    assert "s" in to_latex(step.left.formula)
    assert isinstance(work.equal(s(n, m), s(n + 1, m)), Refuted)


def test_functions_may_build_on_each_other(work):
    s = work.define("s(n)", 2 * n).func
    t = work.define("t(n)", s(n + 1) + 1).func
    assert isinstance(work.equal(t(m) - 3, 2 * m), Proved)
    assert work.finish().definitions["t(n)"] == 2 * n + 3


def test_indices_of_a_function_are_put_in_at_once(work):
    s = work.define("s(n, m)", n - 2 * m).func
    assert isinstance(work.equal(s(m, n) + 0 * n, m - 2 * n + n - n), Proved)
    assert isinstance(work.equal(s(m, n), s(n, m)), Refuted)


def test_a_function_of_indices_does_not_depend_on_what_tokens_hold(work):
    stream = Residual(content=2)
    product = (stream.at(n).T @ stream.at(m)).scalar()
    with pytest.raises(BadValue, match=r"s\(n, m\) depends on what the tokens hold \(content_0\^\(m\)"):
        work.define("s(n, m)", product)


def test_a_function_of_a_symbol_that_is_no_integer_is_refused(work):
    # Its index would be another symbol of the same name, and l(s + 1) would be l(s).
    with pytest.raises(BadValue, match=r"l\(s\) needs integer symbols for its indices; s in it is none"):
        work.define("l(s)", exp(-positive("s")))


@pytest.mark.parametrize("other", ["s(n,m)", "s( n, m )", "s(n)"])
def test_a_function_is_defined_once_however_it_is_spelt(work, other):
    work.define("s(n, m)", n - m)
    with pytest.raises(BadValue, match="defined twice"):
        work.define(other, 3 * n)


def test_a_function_that_names_itself_is_refused(work):
    s = Function("s")
    with pytest.raises(BadValue, match=r"s\(n\)"):
        work.define("s(n)", s(n) + 1)


def test_a_function_with_the_wrong_number_of_indices_is_refused(work):
    s = work.define("s(n, m)", n - m).func
    with pytest.raises(BadValue, match=r"\bs\b"):
        work.equal(s(n), 3)


# Statements.


def test_an_equality_is_decided_and_kept(work):
    verdict = work.equal(cos(a) ** 2, 1 - sin(a) ** 2, because="Pythagoras", given="$a$ real")
    step = last(work)
    assert isinstance(verdict, Proved)
    assert step.verdict is verdict
    assert (step.kind, step.relation, step.because, step.given) == ("equality", "=", "Pythagoras", "$a$ real")
    assert (step.left.value, step.right.value) == (cos(a) ** 2, 1 - sin(a) ** 2)
    assert step.continues is False
    assert step.seconds > 0


def test_a_refuted_equality_is_kept_with_its_witness(work):
    work.equal(cos(a) ** 2, 1 - sin(a) ** 2)
    verdict = work.equal(cos(2 * a), 2 * cos(a))
    derivation = work.finish()
    assert isinstance(verdict, Refuted)
    assert derivation.statements[-1].verdict.witness == verdict.witness
    (value,) = verdict.witness.values()
    assert verdict.witness.left == cos(2 * value)
    assert verdict.witness.right == 2 * cos(value)
    assert verdict.witness.left_value != verdict.witness.right_value
    assert derivation.verdict == "refuted"


def test_a_refuted_matrix_equality_names_the_entry(work):
    stream = Residual(content=1, v=1)
    W = stream.write("v") @ stream.read("content")
    verdict = work.equal(W, stream.matrix({(stream["v"], stream["content"]): 2}))
    assert isinstance(verdict, Refuted)
    assert verdict.witness.entry == ("v_{0}", r"\mathrm{cont}_{0}")
    assert (verdict.witness.left, verdict.witness.right) == (1, 2)


def test_an_undecided_equality_is_kept_and_makes_the_derivation_undecided(work):
    work.equal(cos(a) ** 2, 1 - sin(a) ** 2)
    verdict = work.equal(SOMETHING(n), OTHER(n))
    assert isinstance(verdict, Undecided)
    assert verdict.tried
    assert work.finish().statements[-1].verdict is verdict
    assert work.finish().verdict == "undecided"


def test_refuted_is_worse_than_undecided(work):
    work.equal(SOMETHING(n), OTHER(n))
    work.equal(n, n + 1)
    assert work.finish().verdict == "refuted"


def test_integers_and_fractions_are_exact(work):
    assert isinstance(work.equal(Rational(1, 2) + beta, Fraction(1, 2) + beta - 0), Proved)
    assert isinstance(work.equal(cos(a) ** 2 + sin(a) ** 2, 1), Proved)


@pytest.mark.parametrize("side", [1.5, "x", None, 0.5 * beta])
def test_sides_are_exact_values(work, side):
    with pytest.raises(BadValue, match="expected an exact"):
        work.equal(beta, side)
    assert work.finish().steps == ()


def test_shapes_that_do_not_fit_are_both_named(work):
    left, right = work.define("A", A), work.define("C", ExactMatrix.from_rows([[1, 2]]))
    with pytest.raises(ShapeMismatch, match="different shapes: A .2 by 2. and C .1 by 2."):
        work.equal(left, right)
    with pytest.raises(BadValue, match="expected a matrix, got"):
        work.equal(left, 1)


def test_a_chain_decides_each_neighbouring_pair(work):
    work.chain(cos(2 * a), (2 * cos(a) ** 2 - 1, "double angle"), (1 - sin(a) ** 2, "wrong"), (cos(a) ** 2, "one"))
    steps = work.finish().steps
    assert [type(step.verdict) for step in steps] == [Proved, Refuted, Proved]
    assert [step.continues for step in steps] == [False, True, True]
    assert [step.because for step in steps] == ["double angle", "wrong", "one"]
    assert all(before.right.value == after.left.value for before, after in zip(steps, steps[1:], strict=False))


def test_bounds_are_decided(work):
    assert isinstance(work.at_least(2 - 2 * cos(a), 0, because="squares"), Proved)
    assert isinstance(work.at_most(beta / (1 + beta), 1), Proved)
    first, second = work.finish().steps
    assert (first.kind, first.relation, second.relation) == ("inequality", r"\ge", r"\le")
    assert (first.left.value, first.right.value, first.because) == (2 - 2 * cos(a), 0, "squares")


def test_refuted_bounds_carry_a_witness_on_the_wrong_side(work):
    low, high = work.at_least(cos(a), 1), work.at_most(beta, 1)
    assert isinstance(low, Refuted)
    assert isinstance(high, Refuted)
    assert float(low.witness.left_value) < float(low.witness.right_value)
    assert list(high.witness) == [beta]
    assert (high.witness.left, high.witness.right) == (high.witness[beta], 1)
    assert work.finish().verdict == "refuted"


def test_a_witness_binds_a_symbol_that_stands_alone(work):
    x = Symbol("x", real=True)
    assert not isinstance(work.equal(beta, Symbol("b", positive=True)), Proved)
    verdict = work.equal(x, 1 + x)
    assert isinstance(verdict, Refuted)
    assert list(verdict.witness) == [x]
    assert verdict.witness.right - verdict.witness.left == 1


def test_what_is_true_is_not_refuted_by_two_values_for_one_symbol(work):
    x = Symbol("x", positive=True)
    assert not isinstance(work.at_least(x, 1 - exp(-x)), Refuted)
    assert not isinstance(work.at_least(x, sin(x)), Refuted)


def test_an_undecided_bound_is_kept(work):
    verdict = work.at_least(SOMETHING(n), 0)
    assert isinstance(verdict, Undecided)
    assert work.finish().verdict == "undecided"


def test_a_rank_is_stated(work):
    assert isinstance(work.rank(work.define("A", A), 2, because="two rows"), Proved)
    step = last(work)
    assert (step.kind, step.because) == ("rank", "two rows")
    assert to_latex(step.left.formula) == r"\mathrm{rank}(A)"
    verdict = work.rank(A, 1)
    assert isinstance(verdict, Refuted)
    assert (verdict.witness.left, verdict.witness.right) == (2, 1)


def test_the_rank_of_a_factored_product_is_that_of_the_product(work):
    column = ExactMatrix.from_rows([[1], [1]])
    assert isinstance(work.rank(Factored(column, column.T), 1), Proved)
    assert isinstance(work.rank(Factored(column.T @ B, column), 1), Proved)


# Claims.

STREAM = Residual(content=2, v=2)
COPY = Copies(STREAM["content"], STREAM["v"])


def copying(scale=1):
    return Head(W_V=STREAM.read("content"), W_O=STREAM.write("v") * scale, name="The head")


def test_a_claim_is_decided_and_kept(work):
    verdict = work.claim(COPY, of=copying(), because="one entry each")
    step = last(work)
    assert isinstance(step, Claim)
    assert isinstance(verdict, Proved)
    assert step.verdict is verdict
    assert step.text.startswith("The head copies")
    assert (step.behaviour, step.note) == (str(COPY), "one entry each")


def test_a_refuted_claim_makes_the_derivation_refuted(work):
    verdict = work.claim(COPY, of=copying(2))
    assert isinstance(verdict, Refuted)
    assert work.finish().verdict == "refuted"
    assert last(work).text.startswith("The head copies")


POSITION = Sinusoids(1)
PLACES = Residual(content=1, position=POSITION)


def pointing():
    return Head(W_Q=PLACES.read(POSITION), W_K=POSITION.shift(1) @ PLACES.read(POSITION), scale=beta)


def test_a_claim_of_attention_tells_where_another_key_ties(work):
    work.claim(AttendsTo(-1), of=pointing())
    assert last(work).note.startswith("Another key ties exactly where $")
    assert last(work).text == "This head attends to the previous token."


def test_a_claim_at_numbers_is_strict(work):
    at = {a: 1, POSITION.scales[0]: 1, beta: 1}
    assert isinstance(work.claim(AttendsTo(-1), of=pointing(), at=at, n_ctx=20), Proved)
    assert "strictly, in every row of 20 tokens" in last(work).text
    tie = {a: Rational(1, 2), POSITION.scales[0]: 1, beta: 1}
    assert isinstance(work.claim(AttendsTo(0), of=pointing(), at=tie, n_ctx=20), Refuted)


def test_a_wrong_claim_of_attention_is_refuted(work):
    verdict = work.claim(AttendsTo(0), of=pointing())
    assert isinstance(verdict, Refuted)
    assert verdict.witness[m] <= verdict.witness[n]


# What another derivation has defined, and what readers are asked.


def test_given_asks_for_another_derivation():
    asked = []

    def given(id, **parameters):
        asked.append((id, parameters))
        return {"W": A}

    work = Work("mine/test", "A test", given=given)
    assert work.given("mine/other", size=3) == {"W": A}
    assert asked == [("mine/other", {"size": 3})]


def test_a_work_without_a_collection_cannot_build_on_another(work):
    with pytest.raises(BadValue, match="^mine/test was built by itself, so it cannot build on framework/1a$"):
        work.given("framework/1a")


def test_asks_are_kept(work):
    work.asks("W_V", "W_O", meets=COPY)
    (ask,) = work.finish().asks
    assert (ask.names, ask.meets) == (("W_V", "W_O"), str(COPY))


# Experiments, as they are declared.


def test_an_experiment_needs_a_value_for_every_symbol(work):
    with pytest.raises(
        UnboundSymbols, match="no value for alpha_0, beta, lambda_0; give one, or suggest one before it"
    ):
        work.experiment(AttendsTo(-1), of=pointing())
    work.suggest({a: 1, POSITION.scales[0]: 2})
    with pytest.raises(UnboundSymbols, match="^the experiment has no value for beta; give one"):
        work.experiment(AttendsTo(-1), of=pointing())
    assert work.finish().experiments == ()


def test_a_symbol_of_the_closed_form_alone_needs_a_value_too(work):
    work.suggest({a: 1, POSITION.scales[0]: 2, beta: 1})
    with pytest.raises(UnboundSymbols, match="no value for c;"):
        work.experiment(AttendsTo(-1), of=pointing(), closed_form=Symbol("c") * cos(a * (n - m)))


def test_an_unknown_symbol_is_told_with_the_nearest(work):
    work.suggest({a: 1, POSITION.scales[0]: 2})
    with pytest.raises(UnknownName, match="unknown symbol of the experiment 'bta'; nearest: beta"):
        work.experiment(AttendsTo(-1), of=pointing(), bta=1)


def test_values_of_an_experiment_are_exact(work):
    with pytest.raises(BadValue, match="expected an exact value .* got float: 0.5"):
        work.experiment(COPY, of=copying(beta), beta=0.5)
    with pytest.raises(BadValue, match="expected an exact value .* got float: 0.5"):
        work.suggest({beta: 0.5})


def test_each_combination_of_values_is_an_experiment(work):
    work.suggest({POSITION.scales[0]: 2, beta: 7})
    work.experiment(AttendsTo(-1), of=pointing(), n_ctx=5, seed=3, alpha_0=[1, Rational(1, 2)], beta=[1, 2, 3])
    experiments = work.finish().experiments
    points = [(run.trial.values[a], run.trial.values[beta]) for run in experiments]
    assert points == [(x, y) for x in (1, Rational(1, 2)) for y in (1, 2, 3)]
    assert {(run.trial.n_ctx, run.trial.seed, run.trial.values[POSITION.scales[0]]) for run in experiments} == {
        (5, 3, 2)
    }
    assert experiments[0].told == (a, beta)


def test_a_suggestion_can_be_replaced(work):
    work.suggest({beta: 1})
    work.suggest({beta: Fraction(1, 3)})
    work.experiment(COPY, of=copying(beta))
    derivation = work.finish()
    assert derivation.suggested == {beta: Rational(1, 3)}
    assert derivation.experiments[0].trial.values == {beta: Rational(1, 3)}


def test_a_closed_form_may_use_functions_that_were_defined(work):
    work.suggest({a: 1, POSITION.scales[0]: 2})
    s = work.define("s(n, m)", cos(a * (n - m))).func
    work.experiment(AttendsTo(0), of=pointing(), closed_form=exp(s(n, m)), beta=1)
    (run,) = work.finish().experiments
    assert run.trial.closed_form == exp(cos(a * (n - m)))


def test_finishing_is_a_snapshot(work):
    work.define("A", A)
    before = work.finish()
    work.define("B", B)
    work.suggest({beta: Integer(1)})
    work.equal(n, m)
    assert list(before.definitions) == ["A"]
    assert len(before.steps) == 1
    assert before.suggested == {}
    assert before.verdict == "proved"
    assert run_experiments(before).outcomes == ()


def test_statements_are_the_steps_with_verdicts(work):
    work.say("Words.")
    work.define("A", A)
    work.equal(n + 1, m)
    work.claim(COPY, of=copying())
    assert [type(step) for step in work.finish().statements] == [Statement, Claim]


def test_a_behaviour_without_a_strict_form_is_claimed_for_all_values_only(work):
    stream = Residual(content=1, v=1)
    head = Head(W_V=stream.read("content"), W_O=stream.write("v"))
    with pytest.raises(BadValue, match=r"is claimed for all values of the symbols, not at some$"):
        work.claim(Copies(stream["content"], stream["v"]), of=head, at={beta: 1}, n_ctx=8)


# Singular values and computed numbers.


def test_singular_values_are_stated_in_any_order_and_refuted(work):
    turn = work.define("R", ExactMatrix.from_rows([[cos(a), -2 * sin(a)], [sin(a), 2 * cos(a)]]))
    assert isinstance(work.singular_values(turn, [1, 2], because="two lengths"), Proved)
    step = last(work)
    assert (step.kind, to_latex(step.left.formula), step.because) == ("singular values", r"\sigma(R)", "two lengths")
    assert isinstance(work.singular_values(turn, [1, 1]), Refuted)
    with pytest.raises(BadValue, match="expected 2 singular values of a 2 by 2 matrix, got 1"):
        work.singular_values(turn, [1])


def test_what_a_computation_gives_is_stated_even_where_it_is_literally_the_same(work):
    assert isinstance(work.comes_to(Scalar("V"), Rational(1, 4), Rational(1, 4)), Proved)
    step = last(work)
    assert isinstance(step, Statement)
    assert to_latex(step.left.formula) == "V"
    assert isinstance(work.comes_to(Scalar("V"), Rational(1, 4), Rational(1, 3)), Refuted)
