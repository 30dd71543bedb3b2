"""What a sheet says of a derivation, before any format."""

from __future__ import annotations

from dataclasses import replace

import pytest
from export_samples import CLOSED, SCORE, SCORE_NAME, outcome, turn, value_matrix, wrong
from sympy import Integer, cos, sin

from symcircuits.algebra import Proved
from symcircuits.errors import UnknownName
from symcircuits.export.compose import compose
from symcircuits.export.document import (
    Block,
    Checked,
    Claim,
    Display,
    Document,
    Problem,
    number_ranges,
    plain,
)
from symcircuits.symbols import alpha, m, n
from symcircuits.typeset.formulas import Name, Product, Scalar
from symcircuits.typeset.matrices import MatrixView
from symcircuits.typeset.prose import Maths
from symcircuits.worked import Definition, Derivation, Side, Statement


def blocks(document: Document, kind: str) -> list[Block]:
    return [block for block in document.blocks if block.kind == kind]


def displays(derivation: Derivation, **options: str) -> list[Display]:
    return [block for block in compose(derivation, **options).blocks if isinstance(block, Display)]


def with_steps(*steps: Definition | Statement) -> Derivation:
    return replace(turn(), steps=steps, outcomes=())


def statement(left: Side, right: Side, **changes: object) -> Statement:
    return replace(Statement("equality", left, "=", right, Proved("normal form")), **changes)


def test_statements_that_continue_are_one_chain_and_numbered_in_order() -> None:
    assert [display.numbers for display in displays(turn())] == [(), (), (1,), (2,), (3, 4)]
    assert [block.number for block in compose(turn()).blocks if isinstance(block, Claim)] == [5]


def test_a_chain_leaves_its_later_left_sides_out() -> None:
    chain = displays(turn())[-1]
    assert chain.rows[0].left == ("s(n, n) - s(n, m)",)
    assert (chain.rows[1].left, chain.rows[1].relation, chain.rows[1].right) == ((), r"\ge", ("0",))


def test_a_new_name_and_what_it_is_equal_to_stand_on_one_line() -> None:
    (row,) = displays(turn())[2].rows
    assert row.left == (r"W_{\mathrm{net}}",)
    assert row.right[0] == "W_{O} W_{V} ="
    assert isinstance(row.right[1], MatrixView)
    assert (plain(row.reason), row.number) == ("c_i goes to v_i", 1)


def test_a_computed_value_leads_to_its_closed_form() -> None:
    first, computed, closed = displays(turn())[3].rows
    assert first.right == (r"\beta x_{n}^{\mathsf{T}} W_{QK} x_{m}",)
    assert computed.number is None
    assert (closed.right, closed.number) == ((r"\beta \lambda_{0}^{2} \cos(\alpha_{0} (n - m))",), 2)


def test_an_unreadable_computed_value_gives_way_to_its_closed_form() -> None:
    huge = sum(cos(alpha(k) * n) * sin(alpha(k + 1) * m) for k in range(20))
    steps = Definition(SCORE_NAME, huge, Name("f")), statement(Side(huge, SCORE_NAME), Side(CLOSED))
    (display,) = displays(with_steps(*steps))
    assert [row.right[0] for row in display.rows] == ["f", r"\beta \lambda_{0}^{2} \cos(\alpha_{0} (n - m))"]


def test_a_different_matrix_is_shown_beside_the_one_claimed() -> None:
    wrong_value = value_matrix() * 2
    steps = (
        Definition(Name("W"), value_matrix(), Product((Name("A"), Name("B")))),
        statement(Side(value_matrix(), Name("W")), Side(wrong_value)),
    )
    (display,) = displays(with_steps(*steps))
    shown = [piece for row in display.rows for piece in row.right if isinstance(piece, MatrixView)]
    assert [view.entries[0, 0] for view in shown] == [1, 2]


def test_a_long_left_side_stands_on_its_own_line() -> None:
    (display,) = displays(with_steps(statement(Side((SCORE + 1) * SCORE), Side(CLOSED * SCORE))))
    assert all(row.left == () for row in display.rows)
    assert [row.relation for row in display.rows if not row.indented] == ["", "="]
    assert display.rows[-1].number == 1


def test_side_conditions_stand_with_the_reason() -> None:
    side = Side(Integer(1))
    (prose_one,) = displays(with_steps(statement(side, side, because="so", given="both patterns are S")))
    (maths_one,) = displays(with_steps(statement(side, side, given=r"n \ge 1")))
    assert plain(prose_one.rows[0].reason) == "so; given both patterns are S"
    assert maths_one.rows[0].reason[-1] == Maths(r"n \ge 1")


def test_rows_convention_turns_products_and_matrices_round() -> None:
    columns, rows = displays(turn())[2].rows[0], displays(turn(), convention="rows")[2].rows[0]
    assert columns.right[0] == "W_{O} W_{V} ="
    assert rows.right[0] == "W_{V} W_{O} ="
    assert sorted(columns.right[1].entries) == [(2, 0), (3, 1)]
    assert sorted(rows.right[1].entries) == [(0, 2), (1, 3)]
    assert plain(compose(turn(), convention="rows").convention).startswith("Vectors are rows")


def test_problem_sheet_has_the_problem_and_what_is_asked_and_nothing_else() -> None:
    document = compose(turn(), sheet="problems")
    (problem,) = document.blocks
    assert isinstance(problem, Problem)
    assert [plain(paragraph) for paragraph in problem.paragraphs] == [
        "Write down W_V and W_O.", "Which token does the head attend to?",
    ]  # fmt: skip
    assert [plain(ask) for ask in problem.asked] == [
        "To be written down: W_{V}, W_{O}, of a head that copies c_{0} into v_{0}."
    ]
    assert document.answer is None


def test_box_tells_methods_assumptions_and_equalities() -> None:
    (box,) = blocks(compose(turn()), "checked")
    assert isinstance(box, Checked)
    assert (box.proved, box.total) == (5, 5)
    told = [(plain(method.name), plain(method.ranges), [plain(a) for a in method.assuming]) for method in box.methods]
    assert told == [
        ("exact product", "(1)", []),
        ("normal form", "(2), (3)", []),
        ("sum of squares", "(4)", []),
        ("squares", "(5)", [r"m \le n"]),
    ]
    angle = r"\alpha_{0} (n - m)"
    assert [plain(remark) for remark in box.remarks] == [
        rf"(4) is an equality exactly where {angle} is a multiple of 2\pi."
    ]


def test_table_of_runs_has_a_column_for_what_differs() -> None:
    (run,) = blocks(compose(turn()), "checked")[0].runs
    assert plain(run.bound) == r"\alpha_{0} = 1/10, \lambda_{0} = \sqrt{2}, n_{\mathrm{ctx}} = 8, seed 3"
    assert [plain(cell) for cell in run.header] == [r"\beta", "measured", "closed form", "difference"]
    assert [plain(cell) for cell in run.rows[1]] == ["100", "0.999971", "0.999971", "< 10^{-15}"]
    assert run.passed == (True, True)


def test_runs_of_one_kind_share_a_table_with_what_differs_in_its_first_column() -> None:
    names = ["Rights(4 of 12, float16)", "Rights(7 of 12, float16)", "Rights(4 of 12, float16)"]
    made = tuple(outcome("1", 0.5, behaviour=name) for name in (*names, "Sees(2 keys)", "Sees(2 keys, twice)"))
    rights, sees = blocks(compose(replace(turn(), outcomes=made)), "checked")[0].runs
    assert plain(rights.behaviour) == "Rights(…, float16)"
    assert plain(rights.header[0]) == "…"
    assert [plain(row[0]) for row in rights.rows] == ["4 of 12", "7 of 12", "4 of 12"]
    assert plain(sees.behaviour) == "Sees(…)"
    assert [plain(row[0]) for row in sees.rows] == ["2 keys", "2 keys, twice"]


def test_run_without_a_closed_form_claims_no_difference() -> None:
    derivation = replace(turn(), outcomes=(outcome("1", 0.5, closed_form=None, difference=0.0),))
    (run,) = blocks(compose(derivation), "checked")[0].runs
    assert [plain(cell) for cell in run.header] == ["measured"]


def test_a_sheet_that_is_not_proved_says_so_first_and_at_the_place() -> None:
    document = compose(wrong())
    assert document.answer == "refuted"
    assert plain(document.blocks[0].text) == (
        "Statements (1), (2) are false, as told at each. Statement (3) is neither proved nor refuted: "
        "normal form; no witness found. Failed experiments: AttendsTo(0)."
    )
    marks = [row.mark for display in displays(wrong()) for row in display.rows if row.mark]
    assert [(mark.answer, plain(mark.text)) for mark in marks] == [
        ("refuted", "in entry (v_{0}, c_{0}): the left side is 1, the right side 0."),
        (
            "refuted",
            r"at \alpha_{0} = 1, n = 2, m = 0: the left side is \cos 2 \approx -0.4161468, "
            r"the right side \cos 3 \approx -0.9899925.",
        ),
        ("undecided", "normal form; no witness found."),
    ]


def test_a_proved_sheet_has_no_banner_and_no_marks() -> None:
    assert not blocks(compose(turn()), "banner")
    assert not any(row.mark for display in displays(turn()) for row in display.rows)


def test_one_entry_is_a_number() -> None:
    single = value_matrix().T @ value_matrix()
    one = replace(single, shape=(1, 1), entries={(0, 0): Integer(7)}, rows=None, columns=None, formula=None)
    (display,) = displays(with_steps(Definition(Scalar("q"), one)))
    assert display.rows[0].right == ("7",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sheet": "answers"}, "unknown sheet 'answers'; known: problems, solutions"),
        ({"convention": "row"}, "unknown convention 'row'; nearest: rows"),
    ],
)
def test_unknown_options_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(UnknownName, match=message):
        compose(turn(), **options)


@pytest.mark.parametrize(
    ("numbers", "words"), [((), ""), ((1,), "(1)"), ((1, 2), "(1), (2)"), ((1, 2, 3, 5), "(1)–(3), (5)")]
)
def test_ranges_of_numbers(numbers: tuple[int, ...], words: str) -> None:
    assert number_ranges(numbers) == words
