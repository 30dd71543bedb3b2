"""Whole submissions: verdicts, what they rest on, diagnoses, conventions; and many made by chance."""

from __future__ import annotations

from pathlib import Path

import pytest
from submissions import RIGHT, submissions, survey
from sympy import Rational

from symcircuits import AttendsTo, Head, Residual, Sinusoids, Work, derive
from symcircuits.algebra import ExactMatrix
from symcircuits.behaviours import CopiesSome, Trial
from symcircuits.behaviours.content_scores import ContentScores
from symcircuits.circuit.numbered import weight
from symcircuits.grading.grade import grade_text
from symcircuits.grading.reports.report import Checked, Report, Requirement, report_from_json, worst
from symcircuits.grading.reports.text import text_report
from symcircuits.symbols import beta
from symcircuits.worked import Derivation

pytestmark = pytest.mark.once

HAND_IN = Path(__file__).parent / "hand_in"
STACK = r"\begin{pmatrix} u^{\cos}_0 \\ u^{\sin}_0 \\ u^{\cos}_1 \\ u^{\sin}_1 \end{pmatrix}"
CONTENT = r"\begin{pmatrix} u^{\text{cont}}_0 \\ u^{cont}_1 \\ u_2^{\text{cont}} \\ u^{\text{content}}_3 \end{pmatrix}"
TURN = (
    r"\begin{pmatrix} \cos\alpha_0 & -\sin\alpha_0 & & \\ \sin\alpha_0 & \cos\alpha_0 & & \\"
    r" & & \cos\alpha_1 & -\sin\alpha_1 \\ & & \sin\alpha_1 & \cos\alpha_1 \end{pmatrix}"
)


def grade(exercise: str, *formulas: str, head: str = "") -> Report:
    id = exercise if "/" in exercise else f"framework/{exercise}"
    return grade_text(f"---\nexercise: {id}\n{head}---\n" + "\n\n".join(f"$${f}$$" for f in formulas))


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("1a.md", "right"),
        ("1c_net.tex", "right"),
        ("1d.md", "right"),
        ("2b_scaled.md", "right"),
        ("2b_sign.md", "wrong"),
        ("2c_rotation.md", "right"),
        ("2c_backwards.md", "wrong"),
        ("chain_turn.md", "wrong"),
        ("rows.md", "right"),
        ("rows_unsaid.md", "wrong"),
    ],
)
def test_the_verdicts_of_submissions_as_people_write_them(name, verdict):
    report = grade_text((HAND_IN / name).read_text("utf-8"), latex=name.endswith(".tex"))
    assert report.verdict == verdict
    assert report.exit_code == (0 if verdict == "right" else 1)


def test_the_last_step_of_the_chain_is_the_wrong_one():
    report = grade_text((HAND_IN / "chain_turn.md").read_text("utf-8"))
    assert [(one.line, one.role, one.verdict) for one in report.statements] == [
        (4, "definition", "right"),
        (5, "claim", "right"),
        (6, "claim", "wrong"),
    ]
    assert report.statements[2].witness["bindings"]


# Any of the right answers, and what makes them wrong.


@pytest.mark.parametrize(
    ("exercise", "formulas"),
    [
        ("2b", (f"W_Q = {STACK}", "W_K = W_Q")),
        ("2c", (f"W_Q = {STACK}", f"W_K = {TURN} W_Q")),
        ("2c", (f"W_Q = {TURN}^T {STACK}", f"W_K = {STACK}")),
        ("2c", (f"W_Q = -2 {STACK}", f"W_K = {TURN} \\cdot W_Q")),
        ("2a", (f"W_Q = {CONTENT}", "W_K = 3 W_Q")),
        (
            "2d",
            (
                rf"C = {CONTENT}, \quad P = {STACK}",
                r"W_Q = \begin{pmatrix} C \\ P \end{pmatrix}, \quad W_K = \begin{pmatrix} C \\ -\beta P \end{pmatrix}",
            ),
        ),
    ],
)
def test_right_answers_of_many_forms(exercise, formulas):
    report = grade(exercise, *formulas)
    assert [requirement.verdict for requirement in report.specification] == ["right"], report
    assert report.verdict == "right"


@pytest.mark.parametrize(
    ("exercise", "formulas", "note"),
    [
        ("2b", (f"W_Q = {STACK}", f"W_K = {TURN} W_Q"), "off-by-one"),
        ("2c", (f"W_Q = {TURN}^T {STACK}", "W_K = -" + STACK), "sign"),
        (
            "2b",
            (f"W_Q = {STACK[:27]} \\end{{pmatrix}}".replace("pmatrix} u", "pmatrix} 0 \\\\ u"), "W_K = W_Q"),
            "shape",
        ),
    ],
)
def test_wrong_answers_are_diagnosed(exercise, formulas, note):
    report = grade(exercise, *formulas)
    assert report.verdict == "wrong"
    assert report.specification[0].note == note
    assert note in text_report(report, "")


def test_a_counterexample_names_the_place():
    (requirement,) = grade("2c", f"W_Q = {STACK}", f"W_K = {TURN}^T W_Q").specification
    assert requirement.witness["n"] >= requirement.witness["attended"]
    assert float(requirement.witness["left"]) < float(requirement.witness["right"])


def test_what_is_missing_makes_it_incomplete_and_what_cannot_be_read_unreadable():
    assert grade("2b", f"W_Q = {STACK}").verdict == "incomplete"
    assert grade("2b", f"W_Q = {STACK}", r"W_K = \begin{pmatrix} 1 & \dots \end{pmatrix}").verdict == "unreadable"


def test_an_unreadable_remark_beside_a_right_answer_leaves_it_undecided():
    assert grade("2b", f"W_Q = {STACK}", "W_K = W_Q", r"\binom{n}{2} = 1").verdict == "undecided"


def test_a_wrong_remark_makes_a_right_answer_wrong():
    assert grade("2b", f"W_Q = {STACK}", "W_K = W_Q", "W_Q W_K^T = 2 I").verdict == "wrong"
    assert grade("2b", f"W_Q = {STACK}", "W_K = W_Q", "W_Q W_K^T = I").verdict == "right"


def test_a_weight_that_knows_the_place_is_no_answer():
    stack = STACK.replace(r"\begin{pmatrix}", r"\begin{pmatrix} \cos(n) u^{\cos}_0 + ", 1)
    assert grade("2b", f"W_Q = {stack}", "W_K = W_Q").specification[0].verdict == "undecided"


def test_a_scale_that_may_be_zero_is_no_positive_scale():
    scaled = ("W_Q = c " + STACK, "W_K = c " + STACK)
    assert grade("2b", *scaled).specification[0].verdict == "unreadable"
    assert grade("2b", *scaled, head="declare: {c: positive}\n").verdict == "right"
    assert grade("2b", *scaled, head="declare: {c: real}\n").verdict != "right"


def test_an_early_answer_that_says_nothing_is_not_rewarded():
    zeros = r"\begin{pmatrix} 0 & 0 \end{pmatrix}"
    assert grade("2b", "W_Q = 0", "W_K = 0").verdict != "right"
    assert grade("2b", f"W_Q = {zeros}", "W_K = W_Q").verdict == "wrong"
    assert grade("2b", f"W_Q = 0 \\cdot {STACK}", "W_K = W_Q").verdict == "wrong"


def test_only_shipped_exercises_can_be_named():
    report = grade_text("---\nexercise: ../secret.py\n---\n$$x = 1$$")
    assert (report.verdict, report.statements) == ("unreadable", ())
    assert "expected the ID of a shipped exercise" in report.message


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("exercise: [a, b]\n", "names"),
        ("solution: x\n", "expected one of exercise, convention, declare"),
        ("convention: both\n", "columns or rows"),
        ("declare: {x}\n", "name: kind"),
        ("declare: {x: complex}\n", "declared as real"),
    ],
)
def test_front_matter_of_another_form_is_refused(head, message):
    report = grade_text(f"---\n{head}---\n$$x = 1$$")
    assert report.verdict == "unreadable"
    assert message in report.message


def test_a_file_without_mathematics_is_unreadable():
    assert grade_text("no formula here, and `$x = 1$` is code").verdict == "unreadable"
    assert grade("2b").verdict == "unreadable"


def first_head(reads: int, writes: int) -> tuple[str, ...]:
    """The first head of exercise 1 with four dimensions read and written from these on."""
    values = [" & ".join("1" if j == reads + i else "" for j in range(16)) for i in range(4)]
    outputs = [" & ".join("1" if i == writes + j else "0" for j in range(4)) for i in range(16)]
    return (
        r"W_V^1 = \begin{pmatrix}" + r"\\".join(values) + r"\end{pmatrix}",
        r"W_O^1 = \begin{pmatrix}" + r"\\".join(outputs) + r"\end{pmatrix}",
    )


@pytest.mark.parametrize(("reads", "writes", "note"), [(0, 8, ""), (4, 8, "wrong-block"), (0, 4, "wrong-block")])
def test_a_block_in_the_wrong_place_is_told(reads, writes, note):
    report = grade("1a", *first_head(reads, writes))
    assert (report.verdict, report.specification[0].note) == ("wrong" if note else "right", note)


WRONG_LINES = [
    (r"\lambda_0^2 - \lambda_0^2\cos\alpha_0 = 2 \lambda_0^2 \sin\frac{\alpha_0}{2}", "lost-square"),
    (r"\lambda_0^2 - \lambda_0^2\cos\alpha_0 = 2 \lambda_0 \sin^2\frac{\alpha_0}{2}", "lambda-not-squared"),
    (r"\lambda_0^2 - \lambda_0^2\cos\alpha_0 = 2\lambda_0^2 \sin^2\alpha_0", "lost-half"),
    (r"\frac{x}{2} + 1 = x + 1", "lost-half"),
    (r"\lambda_0^2 - \lambda_0^2\cos\alpha_0 = \lambda_0^2 \sin^2\frac{\alpha_0}{2}", "factor-two"),
    (r"\frac{x}{\sqrt{d_k}} = x", "lost-sqrt-d"),
    (r"\frac{x}{\sqrt{d_k}} = \frac{x}{d_k}", "lost-sqrt-d"),
    (r"\sin(\alpha_0 x) = -\sin(x\alpha_0)", "sign"),
    (r"x + y - 1 = x - y - 1", "sign"),
    (r"\cos\alpha_0 n \cos\alpha_0 m + \sin\alpha_0 n \sin\alpha_0 m = \cos(\alpha_0(n + m))", "sign"),
    (r"\cos(\alpha_0 (n - m - 1)) = \cos(\alpha_0 (n - m))", "off-by-one"),
    (r"e^{-n} + m = e^{-m} + n", "q-k-exchanged"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} = \begin{pmatrix} 1 & 3 \\ 2 & 4 \end{pmatrix}", "transposed"),
    (r"\begin{pmatrix} 1 & 2 \end{pmatrix} = \begin{pmatrix} 1 \\ 2 \end{pmatrix}", "transposed"),
    (r"\begin{pmatrix} 1 & 2 & 0 & 0 \end{pmatrix} = \begin{pmatrix} 0 & 0 & 1 & 2 \end{pmatrix}", "wrong-block"),
    (r"\begin{pmatrix} 1 & 2 & 3 \end{pmatrix} = \begin{pmatrix} 1 & 4 & 3 \end{pmatrix}", "one-entry"),
    (
        r"\begin{pmatrix} \cos\alpha_0 & \sin\alpha_0 \end{pmatrix}"
        r" = \begin{pmatrix} \cos\alpha_0 & -\sin\alpha_0 \end{pmatrix}",
        "rotation-direction",
    ),
    (r"x + y = x y", ""),
]


@pytest.mark.parametrize(("line", "note"), WRONG_LINES)
def test_a_wrong_line_is_diagnosed(line, note):
    (statement,) = grade_text(f"$${line}$$").statements
    assert (statement.verdict, statement.note) == ("wrong", note)
    left, _, right = line.partition(" = ")
    assert [one.note for one in grade_text(f"$${left} = {left}$$ $${right} = {right}$$").statements] == ["", ""]


def test_the_first_wrong_step_of_a_chain_is_said_to_be_it():
    told = [one.message for one in grade_text("$$x + x = 2 x = 3 x = 4 x$$ $$x = 2 x$$").statements]
    assert ["first wrong step" in message for message in told] == [False, True, False, False]


def test_a_diagnosis_is_never_the_cause_of_a_verdict(monkeypatch):
    lines = [f"$${line}$$" for line, _ in WRONG_LINES] + ["$$x + x = 2x$$"]
    heads = [grade("1a", *first_head(4, 8)), grade("2b", f"W_Q = {STACK}", "W_K = -W_Q")]
    found = [grade_text(line).verdict for line in lines] + [report.verdict for report in heads]
    monkeypatch.setattr("symcircuits.grading.lines.chains.diagnose_line", lambda *sides: ("", ""))
    monkeypatch.setattr("symcircuits.grading.matrices.specification.diagnose", lambda *_: ("", ""))
    silent = [grade("1a", *first_head(4, 8)), grade("2b", f"W_Q = {STACK}", "W_K = -W_Q")]
    assert [requirement.note for report in silent for requirement in report.specification] == ["", ""]
    assert [grade_text(line).verdict for line in lines] + [report.verdict for report in silent] == found


# Accepted means proved: our own answer plays no part.


def test_our_own_answer_is_not_needed():
    ours = derive("framework/2c")
    without = Derivation(ours.id, ours.title, ours.parameters, "", (), {}, asks=ours.asks)
    text = (HAND_IN / "2c_rotation.md").read_text("utf-8")
    assert grade_text(text, against=without) == grade_text(text, against=ours)
    wrong = (HAND_IN / "2c_backwards.md").read_text("utf-8")
    assert grade_text(wrong, against=without).verdict == "wrong"


def test_no_verdict_depends_on_an_id():
    ours = derive("framework/2b")
    other = Derivation("mine/other", ours.title, ours.parameters, "", (), {}, asks=ours.asks)
    report = grade_text((HAND_IN / "2b_sign.md").read_text("utf-8"), against=other)
    assert (report.verdict, report.exercise) == ("wrong", "mine/other")


def test_an_ask_without_a_stream_takes_that_of_the_head_that_is_claimed():
    position = Sinusoids(2)
    stream = Residual(content=3, position=position)
    work = Work("mine/present", "Present")
    work.asks("W_Q", "W_K", meets=AttendsTo(0))
    head = Head(W_Q=stream.read(position), W_K=stream.read(position), scale=beta)
    work.claim(AttendsTo(0), of=head)
    (ask,) = work.finish().asks
    assert (ask.stream, ask.scale, ask.d_head) == (stream, beta, 4)
    assert grade_text(f"$$W_Q = {STACK}, \\quad W_K = W_Q$$", against=work.finish()).verdict == "right"


def test_other_parameters_make_another_exercise():
    small = derive("framework/2b", pairs=1)
    stack = r"\begin{pmatrix} u^{\cos}_2 \\ u^{\sin}_2 \end{pmatrix}"
    assert grade_text(f"$$W_Q = {stack}, \\quad W_K = W_Q$$", against=small).verdict == "right"
    assert grade_text(f"$$W_Q = {stack}, \\quad W_K = W_Q$$", against=derive("framework/2b")).verdict == "wrong"


# Copies of which some are free.


def test_copies_some_counts_and_refuses():
    stream = Residual(content=2, v=2)
    content, v = stream["content"], stream["v"]
    one = Head(W_V=stream.read(content[1]), W_O=stream.write(v[0]))
    for behaviour, holds in (
        (CopiesSome(((content, 1),), v), True),
        (CopiesSome(((content, 2),), v), False),
        (CopiesSome(((content, 1),), v[1]), False),
        (CopiesSome(((content[0], 1),), v), False),
    ):
        assert bool(behaviour.prove_on(one)) is holds
        assert behaviour.measure(Trial((one,), {}, n_ctx=4)).passed is holds
    doubled = Head(W_V=stream.read(content[1]) * 2, W_O=stream.write(v[0]))
    assert not CopiesSome(((content, 1),), v).prove_on(doubled)


# Other heads behind heads, other dims, and weights that cannot be chosen.

DIMS = [rf"u^{{\text{{cont}}}}_{i}" for i in range(8)]
ROOM = [f"v_{i}" for i in range(8)]


def rows(*directions: str) -> str:
    return r"\begin{pmatrix} " + r" \\ ".join(directions) + r" \end{pmatrix}"


def six(read: list[str], into: list[str], keys: list[str], turn: str = "R") -> tuple[str, ...]:
    return (
        f"R = {TURN}",
        f"W_Q^1 = {STACK}",
        f"W_K^1 = {turn} {STACK}",
        f"W_V^1 = {rows(*read)}",
        f"W_O^1 = {rows(*into)}^T",
        f"W_Q^2 = {rows(*read)}",
        f"W_K^2 = {rows(*keys)}",
    )


@pytest.mark.parametrize(
    ("formulas", "verdict"),
    [
        (six(DIMS, ROOM, ROOM), "right"),
        (six(DIMS[2:5], ROOM[5:], ROOM[5:]), "right"),
        (six(DIMS, ROOM, ROOM, turn="R^T"), "wrong"),
        (six(DIMS, ROOM, [*ROOM[1:], ROOM[0]]), "wrong"),
        (six(DIMS, ROOM, DIMS), "wrong"),
        (six(DIMS, ROOM, ["0"] * 7 + ["v_0"]), "wrong"),
        (six(DIMS, ROOM, [rf"v_{i} + u^{{\cos}}_0" for i in range(8)]), "wrong"),
    ],
)
def test_an_induction_head_is_judged_behind_an_ideal_first_head(formulas, verdict):
    assert grade("3", *formulas).specification[0].verdict == verdict


SLANTED = [rf"\frac{{3}}{{5}} {DIMS[0]} + \frac{{4}}{{5}} {DIMS[1]}", DIMS[2]]  # fewer dimensions than directions


@pytest.mark.parametrize(
    ("values", "queries", "keys", "verdict"),
    [
        (SLANTED, SLANTED, ["v_0", "v_1"], "right"),
        ([SLANTED[0], rf"{DIMS[2]} + u^{{\cos}}_0"], SLANTED, ["v_0", "v_1"], "wrong"),
        (SLANTED, SLANTED, ["v_0", rf"v_1 + {DIMS[2]}"], "wrong"),
        (SLANTED, SLANTED, ["v_0", r"v_1 + \frac{1}{9} u^{\cos}_0"], "wrong"),
        (SLANTED, [SLANTED[0], f"{DIMS[2]} + v_0"], ["v_0", "v_1"], "wrong"),
        (SLANTED, [f"{SLANTED[0]} + v_1", SLANTED[1]], ["v_0", "v_1"], "wrong"),
    ],
)
def test_contents_of_one_norm_are_found_in_slanted_dimensions(values, queries, keys, verdict):
    formulas = [*six(values, ROOM[:2], keys)[:5], f"W_Q^2 = {rows(*queries)}", f"W_K^2 = {rows(*keys)}"]
    (requirement,) = grade("3", *formulas).specification
    assert (requirement.verdict, "in the second head" in requirement.message) == (verdict, verdict == "wrong")


@pytest.mark.parametrize(
    ("formulas", "verdict"),
    [
        ((f"W_Q = {TURN} {rows(*ROOM[:4])}", f"W_K = {STACK}"), "right"),
        ((f"W_Q = {rows(*ROOM[:4])}", f"W_K = {TURN}^T {STACK}"), "right"),
        ((f"W_Q = {rows(*ROOM[:4])}", f"W_K = {TURN} {STACK}"), "wrong"),
        ((f"W_Q = {rows(*ROOM[:4])}", f"W_K = {STACK}"), "wrong"),
    ],
)
def test_a_pointer_is_followed_by_one_token(formulas, verdict):
    assert grade("2f", *formulas).specification[0].verdict == verdict


def avoiding(read: list[str], weight: str, size: str = "") -> tuple[str, ...]:
    return (
        f"C = {rows(*read)}",
        f"P = {STACK}",
        r"W_Q = \begin{pmatrix} C \\ P \end{pmatrix}",
        rf"W_K = \begin{{pmatrix}} {size} C \\ {weight} P \end{{pmatrix}}",
    )


def test_the_interval_of_the_weight_is_told():
    (requirement,) = grade("2d", *avoiding(DIMS[4:], r"-\beta", size="3")).specification
    assert requirement.verdict == "right"
    assert requirement.message.startswith("for 0 < β < 3 d / (greatest − least gap)")
    (own,) = grade("2d", *avoiding(DIMS[:4], "-c"), head="declare: {c: positive}\n").specification
    assert (own.verdict, own.message[:11]) == ("right", "for 0 < c <")


@pytest.mark.parametrize(
    ("size", "weight", "told"),
    [
        (r"\beta", "-", "for β > (greatest − least gap) / d,"),
        (r"\beta", r"-3\beta^3", "for 0 < β² < d / (greatest − least gap), "),
        (r"3 \beta^2", "-", "for β² > (greatest − least gap) / (3 d),"),
    ],
)
def test_the_contents_may_be_weighed_instead_of_the_places(size, weight, told):
    (requirement,) = grade("2d", *avoiding(DIMS[4:], weight, size)).specification
    assert (requirement.verdict, requirement.message[: len(told)]) == ("right", told)
    (over,) = grade("2d", *avoiding(DIMS[4:], weight.replace("-", ""), size)).specification
    assert (over.verdict, over.note) == ("wrong", "sign")


@pytest.mark.parametrize("weight", [r"\beta", "", "-0.1", "0"])
def test_a_weight_that_no_context_allows_is_refuted(weight):
    assert grade("2d", *avoiding(DIMS[:4], weight)).specification[0].verdict == "wrong"


@pytest.mark.parametrize(("weight", "verdict"), [(r"-\beta", "right"), ("-0.1", "wrong"), ("", "wrong")])
def test_a_size_that_is_not_told_is_no_weight_to_choose(weight, verdict):
    sized = (line.replace("W_Q =", r"W_Q = \frac{1}{\sqrt{d_k}}") for line in avoiding(DIMS[:4], weight))
    (requirement,) = grade("2d", *sized).specification
    assert requirement.verdict == verdict
    assert "d_k" not in requirement.message and "dₖ" not in requirement.message


def test_what_the_query_holds_beside_the_contents_compared_may_outdo_every_weight():
    read = rows(r"u^{\cos}_0 + u^{cont}_5", r"u^{\sin}_0", r"u^{\cos}_1", r"u^{\sin}_1")
    lines = [
        line.replace("W_Q = \\begin{pmatrix} C \\\\ P", "W_Q = \\begin{pmatrix} C \\\\ D")
        for line in avoiding(DIMS[:4], r"-\beta")
    ]
    (requirement,) = grade("2d", f"D = {read}", *lines).specification
    assert (requirement.verdict, requirement.witness["right"]) == ("wrong", "1 more")
    assert "content_5^(2)" in requirement.witness["bindings"]


TURNED = [rf"\frac{{3}}{{5}} {DIMS[0]} + \frac{{4}}{{5}} {DIMS[5]}", *DIMS[1:4]]


def test_contents_of_unequal_norm_are_no_witness_against_turned_dims():
    """The contents of one norm in five directions have others in the four that are compared."""
    W = derive("framework/2a").asks[0].stream.read("content")
    turn = ExactMatrix.from_rows(
        [[Rational(3, 5), 0, 0, 0, 0, Rational(4, 5), 0, 0], *([int(i == k) for i in range(8)] for k in (1, 2, 3))]
    )
    stream = derive("framework/2a").asks[0].stream
    head = Head(W_Q=turn @ W, W_K=turn @ W)
    scores = ContentScores(head, stream["content"], 4)
    assert (len(scores.read()), scores.knows_norms, scores.find_loss()) == (5, False, None)
    assert grade("2a", f"W_Q = {rows(*TURNED)}", "W_K = W_Q").specification[0].verdict == "right"
    assert grade("2a", f"W_Q = {rows(*TURNED)}", "W_K = -W_Q").specification[0].verdict == "wrong"


def test_as_many_dims_of_the_content_are_compared_as_are_asked_for():
    assert grade("2a", f"W_Q = {rows(*DIMS[3:7])}", "W_K = W_Q").specification[0].verdict == "right"
    (fewer,) = grade("2a", f"W_Q = {rows(*DIMS[3:6], '0')}", "W_K = W_Q").specification
    assert (fewer.verdict, fewer.message) == ("wrong", "dimensions of the contents: 3 compared, 4 asked for")


@pytest.mark.parametrize(("sign", "verdict"), [("", "right"), ("-", "wrong")])
def test_values_go_into_the_given_model(sign, verdict):
    out = rows(*(rf"u^{{\text{{out}}}}_{i}" for i in range(8)))
    report = grade("2g", f"W_V^2 = {rows(*DIMS)}", f"W_O^2 = {sign}{out}^T")
    assert report.specification[0].verdict == verdict


@pytest.mark.parametrize(("turn", "verdict"), [("R", "right"), ("R^T", "wrong"), ("R R", "wrong")])
def test_rotary_positions_turn_what_is_written(turn, verdict):
    one = r"u^{\text{one}}_0"
    report = grade("3r", f"R = {TURN}", f"W_Q = {rows(one, '0', one, '0')}", f"W_K = {turn} W_Q")
    assert report.specification[0].verdict == verdict


@pytest.mark.parametrize("name", ["b_O", r"b_{\text{out}}"])
def test_a_bias_may_be_written_as_zero(name):
    output = r"W_O = \begin{pmatrix}" + r" \\ ".join(["0 & " * 7 + "0"] * 8) + r"\end{pmatrix}"
    (requirement,) = grade("by_hand/projection", output, f"{name} = 0").specification
    assert (requirement.verdict, requirement.note) == ("wrong", "")
    (requirement,) = grade("by_hand/projection", output, f"{name} = 1").specification
    assert (requirement.verdict, requirement.note) == ("incomplete", "missing")


def test_a_wrong_shape_is_held_against_that_matrix_alone():
    short = rows(*DIMS[:2])
    report = grade("2c", f"W_Q = {STACK}", f"W_K = {short}")
    assert [statement.verdict for statement in report.statements] == ["right", "wrong"]
    assert report.specification[0].message == "W_K is 2 by 16, expected 4 by 16"
    report = grade("2c", f"W_Q = {short}", f"W_K = {short}")
    assert [statement.verdict for statement in report.statements] == ["wrong", "wrong"]
    assert report.specification[0].message == "W_Q is 2 by 16, expected 4 by 16, and W_K is 2 by 16, expected 4 by 16"
    report = grade("2b", f"W_Q = {STACK}", f"W_K = ({STACK})^T")
    assert [statement.note for statement in report.statements] == ["", "transposed"]


def second_layer(query, key, empty=4):
    """Contents against *before*, below so many empty dimensions of the head."""
    blocks = {"content": r"u^{\text{cont}}_", "before": r"u^{\text{before}}_"}
    return [rows(*["0"] * empty, *(f"{blocks[name]}{i}" for i in range(7))) for name in (query, key)]


def test_a_second_layer_behind_a_given_first_one():
    W_Q, W_K = second_layer("content", "before")
    moved = {"W_V": rows(*(rf"u^{{\text{{cont}}}}_{i}" for i in range(7)))}
    moved["W_O"] = rows(*(rf"u^{{\text{{before}}}}_{i}" for i in range(7))) + "^T"
    values = [f"{name} = {value}" for name, value in moved.items()]
    _, copies, induces = grade("3r", *values, f"W_Q^2 = {W_Q}", f"W_K^2 = {W_K}").specification
    assert (copies.verdict, induces.verdict) == ("right", "right")
    *_, over = grade("3r", f"W_Q^2 = {W_Q}", f"W_K^2 = -{W_K}").specification
    assert (over.verdict, over.note) == ("wrong", "sign")
    assert over.message.startswith("with the tokens BOS a b a, the query at token 3 scores −1.00 on a key that")
    *_, exchanged = grade("3r", f"W_Q^2 = {W_K}", f"W_K^2 = {W_Q}").specification
    assert (exchanged.verdict, exchanged.note) == ("wrong", "q-k-exchanged")
    W_Q, W_K = second_layer("content", "before", empty=0)
    *_, turned = grade("3r", f"W_Q^2 = {W_Q}", f"W_K^2 = {W_K}").specification
    assert (turned.verdict, "where α₀ = 2" in turned.message) == ("wrong", True)


# By chance: no false accept, no false reject. The many are a command: tests/submissions.py.


SHORT = {"self_attention/induction": {"tokens": 3, "n_ctx": 6}}  # some hundreds of sequences instead of thousands


@pytest.mark.parametrize("id", sorted(RIGHT))
def test_submissions_by_chance(id):
    count = 10 if id.startswith("self_attention") else 30  # each runs through some thousand sequences
    found, odd = survey(id, count, seed=11, **SHORT.get(id, {}))
    assert found["right judged right"] == count / 2, odd
    assert set(found) <= {"right judged right", "wrong judged wrong", "wrong judged undecided"}, odd
    assert found["wrong judged undecided"] <= 2, odd


@pytest.mark.parametrize("id", sorted(RIGHT))
def test_our_own_answer_plays_no_part_in_any_exercise(id):
    """The grader has the asks alone, and zeros where an answer goes into a given model."""
    ours = derive(id, **SHORT.get(id, {}))
    without = Derivation(ours.id, ours.title, ours.parameters, "", (), {}, asks=ours.asks)
    for ask in ours.asks:
        assert ask.given is None or all(not weight(ask.given, name).entries for name in ask.names)
    for submission in submissions(id, 4, seed=5, derivation=ours):
        report = grade_text(submission.text, against=without)
        assert report.verdict == ("right" if submission.right else "wrong"), submission.text


# Reports as data.


def test_a_report_is_the_same_after_json():
    report = Report(
        "wrong",
        "framework/2b",
        (Checked(1, 2, "a = b", "a = b", "claim", "wrong", {"left": "1"}, "sign", "no"),),
        (Requirement("attends", "wrong", {"n": 3}, "sign", "no"),),
        "rows",
        ("c",),
        "said",
    )
    assert report_from_json(report.to_json()) == report


def test_the_worst_part_names_the_whole():
    assert worst(["right", "undecided", "incomplete"]) == "incomplete"
    assert worst([]) == "right"


def test_a_condition_that_nothing_satisfies_makes_nothing_right_or_wrong():
    report = grade_text(r"For $\lambda_0 = 0$ we have $\lambda_0^2 = 0$, and $\beta^2 \ge 0$.")
    assert [(one.role, one.verdict) for one in report.statements] == [
        ("condition", "undecided"),
        ("claim", "undecided"),
        ("claim", "right"),
    ]
    assert "no values of its symbols satisfy this condition" in report.statements[0].message


def test_two_conditions_that_exclude_each_other_make_nothing_right():
    report = grade_text("Let $\\beta > 3$, and let $\\beta < 2$.\n$$\\beta - 5 > 0 \\quad\\text{for } \\beta < 1$$")
    assert {one.verdict for one in report.statements[1:]} == {"undecided"}
    assert grade_text("Let $\\beta > 3$.\n$$\\beta - 2 > 0$$").verdict == "right"
