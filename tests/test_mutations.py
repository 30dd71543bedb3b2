"""Negative controls: every sign, index and scale of every shipped derivation altered, one at a time.

Each alteration must be refuted, make an experiment fail, or be refused with an error. Those that go unnoticed are
listed in ``harmless`` with the reason why they are harmless; an unlisted one fails, and so does an entry that is out of
date. Weights that no alteration reaches are listed there as well.
Run with ``-rP`` to see the counts, and with ``SYMCIRCUITS_EVERY_ALTERATION=1`` where a place has more than forty.
"""

from __future__ import annotations

import re
import sys
from collections import Counter

import pytest
from alterations import alterations
from harmless import ESCAPED, HARMLESS, ONLY_SMALL, SMALL, Harmless
from mutator import survey
from sympy import Sum, Symbol, cos

from symcircuits import Head, Residual
from symcircuits.algebra import ExactMatrix, Factored
from symcircuits.behaviours import ActsLike, AttendsTo, AttendsToSame, Copies
from symcircuits.symbols import alpha, lambda_, m, n
from symcircuits.worked import collect, shipped

pytestmark = pytest.mark.once
IDS = [entry.id for entry in shipped().entries]


def cases() -> list[object]:
    """Every shipped derivation at its defaults, and at small parameters where some are listed."""
    plain = [pytest.param(id, {}, id=id) for id in IDS if id not in ONLY_SMALL]
    return plain + [pytest.param(id, SMALL[id], id=f"{id} small") for id in IDS if id in SMALL]


@pytest.mark.parametrize(("id", "settings"), cases())
def test_every_alteration_is_noticed(id, settings, record_property):
    found = survey(shipped().find(id), **settings)
    counts = Counter(mutant.outcome for mutant in found.mutants)
    sys.stdout.write(f"{id}: {len(found.mutants)} alterations, {len(found.survivors)} unnoticed ({dict(counts)})\n")
    record_property("alterations", len(found.mutants))
    record_property("unnoticed", len(found.survivors))
    assert found.unaltered == "survived"
    assert found.mutants
    complete = not settings or id in ONLY_SMALL
    _as_listed(id, found.escaped, ESCAPED, complete)  # weights that are neither defined nor given
    _as_listed(id, found.survivors, HARMLESS, complete and found.is_complete)


def _as_listed(id, found, entries, complete):
    """Everything that was found is listed, and at the usual parameters everything that is listed was found."""
    listed = [entry for entry in entries if id in entry.derivations.split()]
    assert [str(one) for one in found if not any(_matches(entry, one) for entry in listed)] == []
    if complete:
        assert [entry for entry in listed if not any(_matches(entry, one) for one in found)] == []


def _matches(entry: Harmless, found: object) -> bool:
    return re.match(entry.pattern, str(found)) is not None


def test_only_shipped_derivations_have_listed_survivors():
    assert {id for entry in HARMLESS + ESCAPED for id in entry.derivations.split()} <= set(IDS)
    assert all(entry.reason for entry in HARMLESS + ESCAPED)


def changed(value):
    return {what: new for what, new in alterations(value)}


def test_each_entry_is_negated_doubled_and_moved():
    matrix = ExactMatrix.from_rows([[1, 0], [0, 3]])
    found = changed(matrix)
    assert found["entry (0, 0) negated"].entries == {(0, 0): -1, (1, 1): 3}
    assert found["entry (1, 1) doubled"].entries == {(0, 0): 1, (1, 1): 6}
    assert found["entry (0, 0) to the next column"].entries == {(0, 1): 1, (1, 1): 3}
    assert found["entry (1, 1) to the next row"].entries == {(0, 0): 1, (0, 1): 3}
    assert len(found) == 8


def test_entries_with_symbols_are_altered_inside():
    found = changed(ExactMatrix.from_rows([[lambda_(0) * cos(alpha(0) * (n - 1))]]))
    entries = {what: new[0, 0] for what, new in found.items()}
    assert entries["entry (0, 0), alpha_0 -> alpha_1"] == lambda_(0) * cos(alpha(1) * (n - 1))
    assert entries["entry (0, 0), n -> n + 1"] == lambda_(0) * cos(alpha(0) * n)
    assert entries["entry (0, 0), -1 negated"] == lambda_(0) * cos(alpha(0) * (n + 1))


def test_a_product_is_altered_in_both_factors_and_zeros_are_filled():
    column = ExactMatrix.from_rows([[1], [2]])
    assert {what.split(",")[0] for what in changed(Factored(column, column.T))} == {"left factor", "right factor"}
    assert [new.entries for new in changed(ExactMatrix.zeros(1, 1)).values()] == [{(0, 0): 1}]


def test_terms_indices_and_families_of_an_expression_are_altered():
    total = lambda_(0) ** 2 * cos(alpha(0) * m) + lambda_(1) ** 2 * cos(alpha(1) * m)
    found = changed(total)
    first, second = total.coeff(lambda_(0), 2), total.coeff(lambda_(1), 2)
    assert found[f"{lambda_(1) ** 2 * second} negated"] == lambda_(0) ** 2 * first - lambda_(1) ** 2 * second
    assert found["alpha_0 and alpha_1 exchanged"] == lambda_(0) ** 2 * second + lambda_(1) ** 2 * first
    assert found["doubled"] == 2 * total
    assert total not in found.values()


def test_sums_are_altered_in_their_limits_and_inside():
    j = Symbol("j", integer=True)
    found = changed(Sum(cos(j), (j, 0, n)))
    assert found["sum from 1"] == Sum(cos(j), (j, 1, n))
    assert found["sum to n + 1"] == Sum(cos(j), (j, 0, n + 1))
    assert found["in the sum, j -> j + 1"] == Sum(cos(j + 1), (j, 0, n))


def test_a_behaviour_is_altered_in_its_numbers_and_directions():
    stream = Residual(content=2, v=2)
    found = changed(Copies(stream["content"], stream["v"]))
    assert found["target 0 and 1 exchanged"].target.labels == ("v_{1}", "v_{0}")
    assert found["back 1 -> 2"].back == 2
    assert {behaviour.offset for behaviour in changed(AttendsTo(0)).values()} == {-1}
    assert changed(AttendsToSame(stream["content"]))["content without the last"].content.labels == (
        "\\mathrm{cont}_{0}",
    )


def test_a_head_to_be_compared_with_is_altered_in_its_weights():
    stream = Residual(content=1, v=1)
    found = changed(ActsLike(Head(W_V=stream.read("content"), W_O=stream.write("v"))))
    assert found["other W_V, entry (0, 0) negated"].other.W_V[0, 0] == -1
    assert found["other W_O, entry (1, 0) doubled"].other.W_O[1, 0] == 2


SLOPPY = """
from symcircuits import AttendsTo, Copies, Head, Induces, Residual, Transformer, derivation
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import Fails
from symcircuits.symbols import beta

@derivation("sloppy/rank", title="Only a rank is stated")
def only_a_rank(work):
    work.rank(work.define("W", ExactMatrix.from_rows([[1, 0], [0, 1]])), 2)

@derivation("sloppy/escape", title="A weight that is not defined")
def escape(work):
    stream = Residual(content=2, v=2)
    head = Head(W_V=work.define("W_V", stream.read("content")), W_O=stream.write("v") * 2)
    work.claim(Copies(stream["content"], stream["v"]), of=head)

@derivation("sloppy/unread", title="A weight that is read by nothing, and an experiment that fails")
def unread(work):
    stream = Residual(content=2, v=2)
    work.define("W", stream.write("v"))
    head = Head(W_V=work.define("W_V", stream.read("content")), W_O=work.define("W_O", stream.write("content")))
    work.experiment(Copies(stream["content"], stream["v"]), of=head)

@derivation("sloppy/model", title="A model with an embedding that is not defined")
def model(work):
    stream = Residual(content=8, before=8)
    W_V, W_O = work.define("W_V", stream.read("content")), work.define("W_O", stream.write("before"))
    first = Head(W_Q=work.define("W_0", stream.read("content") * 0), W_K=stream.read("content") * 0, W_V=W_V, W_O=W_O)
    second = Head(W_Q=W_V, W_K=work.define("W_K", stream.read("before")), scale=beta)
    names = ("BOS", *"abcdefg")
    whole = Transformer(((first,), (second,)), W_E=stream.write("content") * -1, vocabulary=names, name="The model")
    work.claim(Induces(), of=whole)
    work.experiment(Fails(Induces()), of=whole, n_ctx=9, beta=[1])
"""


@pytest.fixture
def sloppy(tmp_path):
    (tmp_path / "sloppy.py").write_text(SLOPPY)
    collection = collect([str(tmp_path / "sloppy.py")])
    return {entry.id: survey(entry) for entry in collection.entries}


def test_a_weak_statement_leaves_survivors(sloppy):
    unnoticed = {mutant.change for mutant in sloppy["sloppy/rank"].survivors}
    assert unnoticed == {f"entry ({i}, {i}) {change}" for i in (0, 1) for change in ("negated", "doubled")}


def test_a_weight_that_no_alteration_reaches_is_told(sloppy):
    assert sloppy["sloppy/escape"].escaped == ("W_O of a head",)
    assert sloppy["sloppy/escape"].unaltered == "refuted"


def test_a_failing_experiment_shows_in_the_unaltered_derivation(sloppy):
    assert sloppy["sloppy/unread"].unaltered == "failed"


def test_a_transformer_is_altered_like_a_head(sloppy):
    found = sloppy["sloppy/model"]
    outcomes = {f"{mutant.place}: {mutant.change}": mutant.outcome for mutant in found.mutants}
    assert found.unaltered == "survived"
    assert set(found.escaped) == {"W_E of The model"}
    assert outcomes["claim Induces(after BOS): scale of layer 1, head 0 negated"] == "refuted"
    assert outcomes["definition of W_V: entry (1, 1) negated"] == "survived"
    assert outcomes["definition of W_K: entry (1, 9) negated"] == "refuted"
    assert outcomes["claim Induces(after BOS): head 0 -> 1"] == "raised"
