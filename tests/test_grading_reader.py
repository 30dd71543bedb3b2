"""What a formula is read as, for a corpus kept with its meaning, and what is refused, at which place."""

from __future__ import annotations

import pytest
from grading_corpus import READ, REFUSED, turn
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Expr, Matrix, MatrixBase, Rational, eye
from sympy import cos as cosine
from sympy import sin as sine

from symcircuits.algebra import ExactMatrix, prove
from symcircuits.grading.grade import grade_text
from symcircuits.grading.meaning.evaluate import evaluate
from symcircuits.grading.meaning.scope import Scope, Value, canonical
from symcircuits.grading.reading.parser import parse
from symcircuits.grading.reading.refusals import CannotRead
from symcircuits.grading.reading.scanner import scan
from symcircuits.grading.reading.tokens import tokenize
from symcircuits.grading.reports.report import WORST_FIRST
from symcircuits.symbols import alpha, beta

pytestmark = pytest.mark.once

COMMANDS = scan(
    r"\newcommand{\turned}[1]{\tilde{A} #1} \newcommand\half{\frac{1}{2} A}"
    r"\newcommand{\bold}[1]{\mathbf{#1}} \newcommand{\names}[2]{\boldsymbol{#2}\, \vec{ #1 }}"
).commands


def read(text: str) -> Value:
    scope = Scope()
    known = {"A": turn, "B": Matrix([[1, 2], [3, 4]]), "W_net^1": turn, "W_net^2": Matrix([[1, 2], [3, 4]])}
    known |= {"tilde A": eye(2), "hat B": 2 * eye(2), "A'": 5 * eye(2)}
    scope.defined.update({name: ExactMatrix.from_sympy(matrix) for name, matrix in known.items()})
    return evaluate(parse(tokenize(text, 0, COMMANDS), len(text)), scope)


@pytest.mark.parametrize(("text", "meaning"), [pair for pair in READ if pair[1] is not None])
def test_a_formula_means_what_it_says(text, meaning):
    value = read(text)
    if isinstance(meaning, MatrixBase):
        assert isinstance(value, ExactMatrix)
        assert value.shape == meaning.shape
        assert prove(value, meaning)
    else:
        found = value.scalar() if isinstance(value, ExactMatrix) else value
        assert isinstance(found, Expr)
        assert found == meaning or prove(found, meaning)


@pytest.mark.parametrize(("text", "meaning"), [pair for pair in READ if pair[1] is not None])
def test_the_corpus_tells_a_reading_from_its_neighbours(text, meaning):
    value = read(text)
    other = meaning * 2 + meaning.ones(*meaning.shape) if isinstance(meaning, MatrixBase) else meaning * 2 + 1
    found = value.scalar() if isinstance(value, ExactMatrix) and not isinstance(meaning, MatrixBase) else value
    assert not prove(found, other)


def test_own_commands_are_put_in_with_their_arguments():
    value = read(r"\turned{B} + \half")
    assert prove(value, Matrix([[1, 2], [3, 4]]) + turn / 2)


def test_an_own_command_takes_cells_and_lines_and_itself_as_its_argument():
    made = scan(r"\newcommand{\mat}[1]{\begin{pmatrix} #1 \end{pmatrix}} \newcommand{\over}[2]{\frac{#1}{#2}}").commands

    def meant(text: str) -> Value:
        return evaluate(parse(tokenize(text, 0, made), len(text)), Scope())

    assert prove(meant(r"\mat{1 & 2 \\ 3 & \over{1}{2}}"), Matrix([[1, 2], [3, Rational(1, 2)]]))
    assert prove(meant(r"\mat{1 \\ 2}"), Matrix([1, 2])) and not prove(meant(r"\mat{1 \\ 2}"), Matrix([2, 1]))
    assert prove(meant(r"\mat{\mat{1 & 2} & 3}"), Matrix([[1, 2, 3]]))
    assert prove(meant(r"\over{\over{6}{2}}{5}"), Rational(3, 5))
    with pytest.raises(CannotRead, match="row 2 has 1 entries"):
        meant(r"\mat{1 & 2 \\ 3}")
    with pytest.raises(CannotRead, match="expected }"):
        meant(r"\over{1 & 2}{3}")


@pytest.mark.parametrize(("text", "place"), REFUSED)
def test_what_is_not_certain_is_refused_at_its_place(text, place):
    with pytest.raises(CannotRead, match=".") as refused:
        read(text)
    assert text[refused.value.at :].startswith(place)


def test_directions_stack_as_rows_and_stand_as_columns():
    stack = read(r"\begin{pmatrix} u^{\cos}_0 \\ 0 \\ -2 v_1^T \end{pmatrix}")
    assert stack.shape == (3, stack.columns.d_model)
    assert {(i, stack.columns.labels[j]): value for (i, j), value in stack.entries.items()} == {
        (0, r"\cos_{0}"): 1,
        (2, "v_{1}"): -2,
    }
    standing = read(r"\begin{pmatrix} v_0 & v_1^T \end{pmatrix}")
    assert standing.shape == (standing.rows.d_model, 2)
    for text in (r"u_0^{cos}", r"u^{cos}_0", r"u^{\cos}_{0}", r"u^\cos_0"):
        assert read(text) == read(r"u^{\cos}_0")
    assert read(r"u^{\text{cont}}_0") != read(r"u^{\cos}_0")


def test_a_turned_stack_is_a_product():
    R = r"\begin{pmatrix} \cos\alpha_0 & -\sin\alpha_0 \\ \sin\alpha_0 & \cos\alpha_0 \end{pmatrix}"
    value = read(R + r"\begin{pmatrix} u^{\cos}_0 \\ u^{\sin}_0 \end{pmatrix}")
    other = read(
        r"\begin{pmatrix} \cos(\alpha_0) u^{\cos}_0 - \sin(\alpha_0) u^{\sin}_0 \\"
        r" \sin(\alpha_0) u^{\cos}_0 + \cos(\alpha_0) u^{\sin}_0 \end{pmatrix}"
    )
    assert value == other


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (r"W_{out}^1", "W_O^1"),
        (r"W_\text{out}", "W_O"),
        (r"W^{(2)}_K", "W_K^2"),
        (r"W_{\mathrm{net}}^1", "W_net^1"),
        (r"\tilde W_V^2", "tilde W_V^2"),
    ],
)
def test_one_matrix_has_one_name(written, kept):
    assert canonical(written) == kept


# Statements: what is a definition, a claim, a condition.


def statements(text: str) -> list[tuple[str, str]]:
    return [(statement.role, statement.verdict) for statement in grade_text(text).statements]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$a = 1$ and $a + 1 = 2$", [("definition", "right"), ("claim", "right")]),
        ("$a = 1$ and $a = 2$", [("definition", "right"), ("claim", "wrong")]),
        ("$a := 1$, $a := 2$, $a = 2$", [("definition", "right"), ("definition", "right"), ("claim", "right")]),
        (r"$a \coloneqq 1$", [("definition", "right")]),
        (r"for $n \ge 1$ and $m < n$", [("condition", "right"), ("condition", "right")]),
        (r"$$a = b \quad\text{for all } n \ge 1$$", [("definition", "right"), ("condition", "right")]),
        (r"$$a = 1, \qquad b = 2$$", [("definition", "right"), ("definition", "right")]),
        (r"$$g = 1 + 2 \\ \quad + 3 \\ = 6$$", [("definition", "right"), ("claim", "right")]),
        (r"$$\boxed{a = 1}$$", [("definition", "right")]),
        (r"$m \in \{0, 1\}$ and $x$", []),
        (r"\begin{gather*} a = 1 \\ b = 2 \end{gather*}", [("definition", "right"), ("definition", "right")]),
        (r"$$a = 1 \implies a + a = 2$$", [("definition", "right"), ("claim", "right")]),
        (r"$$\lambda_0^2 \ge 2\lambda_0^2$$", [("claim", "wrong")]),
        (r"$$\lambda_0^2 (1 - \cos\alpha_0) \ge 0$$", [("claim", "right")]),
        (r"$$2 > 1 \ge 1$$", [("claim", "right"), ("claim", "right")]),
        (r"$$\cos 1 \approx 0.54$$", [("claim", "right")]),
        (r"$$\cos 1 \approx 0.55$$", [("claim", "wrong")]),
        (r"$$\cos 1 = 0.5403$$", [("claim", "right")]),
        (r"$$\begin{pmatrix} \cos 1 & 0 \end{pmatrix} \approx \begin{pmatrix} 0.54 & 0 \end{pmatrix}$$",
         [("claim", "right")]),
        (r"$$\cos 1 \approx \sin 1$$", [("claim", "unreadable")]),
        (r"$$\begin{pmatrix} 1 & 0 \end{pmatrix} = \begin{pmatrix} 1 \\ 0 \end{pmatrix}$$", [("claim", "wrong")]),
        (r"$$M = \begin{pmatrix} 1 & 0 \end{pmatrix}, \quad M M = M$$", [("definition", "right"), ("claim", "wrong")]),
        (r"$$\begin{pmatrix} 1 & 0 \end{pmatrix} = Z$$", [("claim", "unreadable")]),
        (r"$x = 3, 5$", [("formula", "unreadable")]),
        (r"$$a = 1 \quad b$$", [("formula", "unreadable")]),
        ("```\n$no = 1$\n```\n\n`$no = 2$`\n\n```math\na = 1\n```\n", [("definition", "right")]),
        (r"costs \$5 = \$5", []),
        (r"\begin{align} a &= 1 & b &= 2 \\ c &= 3 && \text{by hand} \end{align}", [("definition", "right")] * 3),
        (r"\begin{align} a &= 1, \quad n \ge 0 \\ &= 2 - 1 \end{align}",
         [("definition", "right"), ("claim", "right"), ("condition", "right")]),
        (r"\begin{align} a &= 1, \quad b = 2 \\ &= 3 \end{align}", [("formula", "unreadable")]),
        (r"\begin{align} a &= 1 & b \end{align}", [("formula", "unreadable")]),
        (r"$$\begin{split} a = {}& 1 \\ & + 3 \\ = {}& 4 \end{split}$$", [("definition", "right"), ("claim", "right")]),
        (r"$$\begin{cases} a = 1 \\ b = 2 \end{cases}$$", [("definition", "right"), ("definition", "right")]),
        (r"$$\left\{ \begin{aligned} a &= 1 \\ b &= 2 \end{aligned} \right.$$", [("definition", "right")] * 2),
        (r"$$2 x \overset{!}{=} x + x$$", [("claim", "right")]),
        (r"$$x \stackrel{\text{def}}{=} 3$$, $$x \overset{\mathrm{def}}= 4$$, $$x \mathrel{:=} 4$$",
         [("definition", "right")] * 3),
        (r"$$f = 1, \qquad n, m \in \mathbb{N}$$", [("definition", "right")]),
        (r"$$f = 1, \qquad n, m \ge 0$$", [("definition", "right"), ("condition", "right"), ("condition", "right")]),
        (r"$$a, b = 1$$", [("formula", "unreadable")]),
        (r"$$a = b = 3, \quad a = b$$", [("definition", "right"), ("definition", "right"), ("claim", "right")]),
        (r"$$W_{net} = W_O W_V = I_2 = I_3$$", [("definition", "right"), ("claim", "wrong")]),
        (r"$$W_{net} = W_O W_V$$", [("definition", "unreadable")]),
        (r"$$A = I_2, \quad A^2 = A$$", [("definition", "right"), ("claim", "unreadable")]),
        (r"$$B^2 = I_2$$", [("claim", "unreadable")]),
        (r"$$s_{nm} = \cos(n - m), \quad s_{n,n-1} = 7$$", [("definition", "right"), ("claim", "wrong")]),
        (r"$$s_{nm} = \cos(n - m)$$ $$s_{n,n-1} = \cos 1, \quad s_{nn} = 1$$"
         r"$$s_{mn} = s_{nm}, \quad s_{02} = \cos 2$$",
         [("definition", "right"), *[("claim", "right")] * 4]),
        (r"$$p_n = \begin{pmatrix} \cos n \\ \sin n \end{pmatrix}$$"
         r"$$p_n^T p_m = \cos(n - m), \quad p_{n+1}^T p_n = \cos 2$$",
         [("definition", "right"), ("claim", "right"), ("claim", "wrong")]),
        (r"$$s_{nm} = n - m, \quad s_n = 7$$", [("definition", "right"), ("claim", "unreadable")]),
        (r"$$s_n = \sum_{j=0}^{n} e^{-\beta j}, \quad s_j = 7$$", [("definition", "right"), ("claim", "unreadable")]),
        (r"$$R_\theta = \cos\theta, \quad R_{-\theta} = 7$$", [("definition", "right"), ("claim", "unreadable")]),
        (r"$$x_0 = 1, \quad x_1 = 2$$", [("definition", "right"), ("definition", "right")]),
        (r"$$M = \begin{pmatrix} A & 0 \\ 0 & A \end{pmatrix}$$", [("definition", "unreadable")]),
        (r"$$f = 3, \qquad i = 0, 1, \dots$$", [("definition", "right")]),
        (r"$$\begin{array}{rcl} a & = & 1 \\ b & = & 2 \end{array}$$", [("definition", "right")] * 2),
        (r"\begin{alignat}{2} a &= 1 &&\text{by } (1) \\ b &= 2 \end{alignat}", [("definition", "right")] * 2),
        (r"<!-- $a = 1$ --> $b = 2$", [("definition", "right")]),
        (r"$$x = x y$$", [("claim", "wrong")]),
        (r"$$x \approx 0.99$$", [("claim", "unreadable")]),
        (r"\newcommand{\is}{=} $1 + 1 \is 3$", [("claim", "wrong")]),
        (r"$$\text{for all } n \ge m \ge 0: \quad e^{-\beta} \le 2$$", [("condition", "right"), ("claim", "right")]),
        (r"$$\text{for } n \ge 0, \; 1 + 1 = 3$$", [("condition", "right"), ("claim", "wrong")]),
        (r"$$\forall n \ge 1: 1 + 1 = 2$$", [("condition", "right"), ("claim", "right")]),
        (r"$$f + 1 = g + 1 \text{ where } g = f$$ and $g = f$",
         [("claim", "wrong"), ("condition", "right"), ("claim", "undecided")]),
        (r"$$1 = 1 \text{ where } g = 2$$ and $g = 2$",
         [("claim", "right"), ("definition", "right"), ("claim", "right")]),
        (r"$$m = n - 1 \implies 1 = 1$$", [("condition", "right"), ("claim", "right")]),
        (r"$$1 = 2 \implies 1 = 1$$", [("claim", "wrong"), ("claim", "right")]),
        (r"$$A = I_2 \in \mathbb{R}^{2 \times 2}, \quad A = I_2$$", [("definition", "right"), ("claim", "right")]),
        (r"$$M = I_2, \quad M_{12} = 7$$", [("definition", "right"), ("claim", "unreadable")]),
        (r"$$M = I_2, \quad M_0 = 1, \quad M_{n,m} := \delta_{nm}$$", [("definition", "right")] * 3),
        (r"$$\log(a b) = \log a + \log b$$", [("claim", "undecided")]),
        (r"$$\lambda_0 \approx 0.5$$", [("condition", "right")]),
        (r"$\cos^2 x + \sin^2 x \equiv 1$", [("claim", "right")]),
        (r"$$\alpha_0 = \frac{1}{10}$$", [("condition", "right")]),
        (r"$$\newcommand{\W}{W_Q} \W = I_2$$ and \def\two#1{2#1}$\two{x} = x + x$",
         [("definition", "right"), ("claim", "right")]),
    ],
)  # fmt: skip
def test_statements_are_told_apart(text, found):
    assert statements(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (r"$$\beta - 3 \ge 0 \quad \text{for } \beta \ge 3$$", "right"),
        (r"$$\beta - 3 \ge 0$$", "wrong"),
        (r"$$\beta - 3 \ge 0 \quad \text{for } \beta \ge 2$$", "wrong"),
        (r"$$\beta - 3 \ge 0$$ for all $\beta \ge 3$.", "right"),
        (r"$\beta - 3 \ge 0$ whenever $\beta \ge 3$", "right"),
        (r"$\beta - 3 \ge 0$. Now take $\beta \ge 3$.", "wrong"),
        (r"$$\cos(n-m) < 1 \quad \text{for } n \neq m$$", "undecided"),
        (r"$$\cos(n-m) < 1, \quad n \neq m$$", "undecided"),
        (r"$\cos(n-m) < 1$ if $n \neq m$", "undecided"),
        (r"$$\cos(n-m) < 1 \quad \text{for } n, m \in \mathbb{N}$$", "wrong"),
        (r"$$\cos n = 1 \quad \text{for } n \in \{0\}$$", "undecided"),
        (r"$$\theta^2 \ge 0 \quad \text{for } \theta \in [0, \pi]$$", "right"),
        (r"$$1 = 2 \quad \text{for } n \neq m$$", "wrong"),
        (r"$$\cos(n-m) < 1 \quad \text{unless } n = m$$", "undecided"),
        (r"$\cos(n-m) < 1$ except for $n = m$", "undecided"),
        (r"$n^2 = n$ for $n = 1$", "undecided"),
    ],
)
def test_what_is_said_behind_a_claim_counts_for_it(text, found):
    assert grade_text(text).statements[0].verdict == found


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (r"$$s \propto \lambda_0^2$$", (1, 5)),
        (r"$$a = 1, \quad s \sim \lambda_0$$", (1, 18)),
        (r"$$W_Q \neq W_K$$", (1, 7)),
        (r"$$a = 1 \text{ or } a = 2$$", (1, 9)),
        ("$$\na = 1\nb = 2\n$$", (3, 1)),
        ("$$\na = 1\n\nb_0' = 2\n$$", (4, 1)),
        ("Code:\n\n    $$x = 5$$\n", (3, 7)),
        (r"$$a \gets 1$$", (1, 5)),
        (r"\begin{IEEEeqnarray}{rCl} a &=& 1 \end{IEEEeqnarray}", (1, 1)),
    ],
)
def test_what_is_no_single_statement_is_refused_at_its_place(text, place):
    (statement,) = grade_text(text).statements
    assert (statement.verdict, (statement.line, statement.column)) == ("unreadable", place)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("> so\n>\n> $$ a = 1\n>   + 2 $$\n", ["a = 3"]),
        ("> > $a = 1\n> > + 2$\n", ["a = 3"]),
        ("$$ 3\n> 2 $$", ["3 > 2"]),
        ("> $$ 3\n> > 2 $$", ["3 > 2"]),
        ("- item\n\n    $$ a = 1 $$\n", ["a = 1"]),
        ("1. item\n   goes on\n\n        $$ a = 1 $$\n", ["a = 1"]),
        ("text\n    $a = 1$\n", ["a = 1"]),
        ("text\n\n    $a = 1$\n\n\t$a = 2$\n\n$a = 3$", ["a = 3"]),
        ("\n    $a = 1$ $b = 2$\n\n> $a = 3$", ["a = 3"]),
        ("$$M =\n(1)\n\\begin{pmatrix} 2 \\end{pmatrix}\n= 2$$", ["M = [2]", "[2] = 2"]),
        (r"$a = 1$ unless $n = m$. And $n = 1$", ["a = 1", "n = 1"]),
        (r"For $\beta \gg 1$ and $n \neq m$, $a = 1$.", ["a = 1"]),
    ],
)
def test_markdown_round_mathematics_is_no_mathematics(text, read):
    assert [statement.read_as for statement in grade_text(text).statements] == read


def test_what_a_document_leaves_out_is_not_said():
    text = r"\begin{document}\iffalse $a = 1$ \fi \verb|$a = 2$| \verb+$a = 3$+ $a = 4$\end{document} $a = 5$"
    assert [statement.read_as for statement in grade_text(text, latex=True).statements] == ["a = 4"]


def test_a_direction_ends_an_argument_without_brackets_and_a_number_does_not():
    turned = read(r"\begin{pmatrix} \cos\alpha_0\, v_0 - \sin\alpha_0 \cdot v_1 \\ v_0 \end{pmatrix}")
    assert {place: value for place, value in turned.entries.items() if place[0] == 0} == {
        (0, turned.columns.labels.index("v_{0}")): cosine(alpha(0)),
        (0, turned.columns.labels.index("v_{1}")): -sine(alpha(0)),
    }
    (statement,) = grade_text("---\nexercise: framework/2c\n---\n" + r"$$x = \cos\alpha_0\, v_0$$").statements
    assert (statement.verdict, statement.column) == ("unreadable", 22)


def test_the_bound_of_a_sum_has_to_be_declared():
    (statement,) = grade_text(r"$$\sum_{k=1}^{N} (2k - 1) = N^2$$").statements
    assert (statement.column, statement.verdict) == (15, "unreadable")
    assert "declare: {N: positive integer}" in statement.message
    declared = grade_text("---\ndeclare: {N: positive integer}\n---\n" + r"$$\sum_{k=1}^{N} (2k - 1) = N^2$$")
    assert declared.verdict == "right"


def test_a_condition_keeps_a_witness_to_itself():
    assert statements(r"$k = 0$ and $$\cos(\alpha_0 k) = 1$$") == [("condition", "right"), ("claim", "undecided")]
    assert statements(r"$$\cos(\alpha_0 k) = 1$$") == [("claim", "wrong")]


def test_the_first_wrong_step_is_marked_and_later_ones_are_judged_from_what_is_written():
    rows = [r"g &= \lambda_0^2 - \lambda_0^2\cos\alpha_0", r"&= \lambda_0^2", r"&= \frac{2\lambda_0^2}{2}"]
    chain = r"\begin{align}" + r"\\".join(rows) + r"\end{align}"
    assert [verdict for _, verdict in statements(chain)] == ["right", "wrong", "right"]


def test_a_matrix_of_a_declared_size_is_unknown_and_keeps_its_order():
    head = "---\ndeclare: {A: 2x2, B: 2x2, c: positive}\n---\n"
    assert statements(head + "$$(A B)^T = B^T A^T$$") == [("claim", "right")]
    assert statements(head + "$$A B = B A$$") == [("claim", "wrong")]
    assert statements(head + "$$c A = A c$$") == [("claim", "right")]
    assert statements(head + "$$A^T = A$$") == [("claim", "wrong")]


SIZED = "---\ndeclare: {M: 4x4, S: 1x8, Q: 4x8, d_k: positive integer}\n---\n"


@pytest.mark.parametrize(
    ("written", "found"),
    [
        (r"M = \begin{pmatrix} 1 & & \\ & \ddots & \\ & & 1 \end{pmatrix} = I_4", ["right", "right"]),
        (r"M = \begin{pmatrix} 1 & & \\ & \ddots & \\ & & 1 \end{pmatrix} = 2 I_4", ["right", "wrong"]),
        (
            r"M = \begin{pmatrix} 1 & 0 & \cdots & 0 \\ 0 & 1 & \cdots & 0 \\ \vdots & \vdots & \ddots & \vdots \\"
            r" 0 & 0 & \cdots & 1 \end{pmatrix} = I_4",
            ["right", "right"],
        ),
        (
            r"S = \begin{pmatrix} 0 & 1 & \dots & 7 \end{pmatrix} = \begin{pmatrix} 0&1&2&3&4&5&6&7\end{pmatrix}",
            ["right", "right"],
        ),
        (r"M = \begin{pmatrix} 1 & & \\ & \ddots & \\ & & 3 \end{pmatrix}", ["unreadable"]),
        (
            r"M = \begin{pmatrix} 1 & \cdots & 2 \\ \vdots & \ddots & \vdots \\ 2 & \cdots & 1 \end{pmatrix}",
            ["unreadable"],
        ),
        (r"S = \begin{pmatrix} 0 & 2 & \dots & 7 \end{pmatrix}", ["unreadable"]),
        (r"S = \begin{pmatrix} 0 & 1 & \dots & 6 \end{pmatrix}", ["unreadable"]),
        (r"M = \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}", ["wrong"]),
        (r"M = M^T", ["wrong"]),
        (r"N = \begin{pmatrix} 1 & \dots & 1 \end{pmatrix}", ["unreadable"]),
        (r"\sum_{k=0}^{d_k - 1} 1 = d_k", ["right"]),
    ],
)
def test_dots_need_a_declared_size_and_a_single_reading(written, found):
    assert [verdict for _, verdict in statements(f"{SIZED}$${written}$$")] == found


def test_what_cases_say_without_numbers_is_never_guessed():
    f = r"$$f = \begin{cases} x & n \ge 1 \\ -x & \text{otherwise} \end{cases}$$ "
    assert [verdict for _, verdict in statements(f + "$$f = f$$ $$f = x$$")] == ["right", "right", "undecided"]


def test_lines_and_columns_are_those_of_the_file():
    report = grade_text("one\n\n$$a = 1$$\n  $$a + x/2y = 2$$\n")
    assert [(statement.line, statement.column, statement.verdict) for statement in report.statements] == [
        (3, 3, "right"),
        (4, 12, "unreadable"),
    ]
    assert report.statements[1].latex == "a + x/2y = 2"


# Anything at all is read or refused, never more.

_PARTS = st.sampled_from(
    (
        r"\cos \frac \begin{pmatrix} \end{pmatrix} \\ & ^ _ { } ( ) = + - / 1 2.5 x A W_Q \lambda_0 ^T , \text{for}"
        r" \begin{align} \end{align} \newcommand{\a}{b} \a $ $$ \[ \] \left \right | ' \otimes e \beta \sqrt \, % ` #"
        r" ~ \ \quad \sum"
    ).split()
)


@settings(max_examples=150)
@given(st.lists(_PARTS, max_size=25), st.booleans())
def test_any_mixture_gets_a_report(parts, latex):
    assert grade_text("$$" + " ".join(parts) + "$$", latex).verdict in WORST_FIRST


@settings(max_examples=100)
@given(st.text(max_size=60))
def test_any_text_gets_a_report(text):
    assert grade_text(text).verdict in WORST_FIRST
    assert grade_text(f"$${text} = 1$$").verdict in WORST_FIRST


@settings(max_examples=40)
@given(st.lists(st.lists(st.fractions(max_denominator=9), min_size=3, max_size=3), min_size=1, max_size=4))
def test_numbers_come_back_as_they_were_written(rows):
    cells = r" \\ ".join(" & ".join(str(cell) for cell in row) for row in rows)
    value = read(rf"\begin{{pmatrix}} {cells} \end{{pmatrix}}")
    assert value == ExactMatrix.from_rows(
        [[Rational(cell.numerator, cell.denominator) for cell in row] for row in rows]
    )


def test_names_keep_their_assumptions():
    assert read(r"\beta").is_positive
    assert read(r"\beta") is beta
    assert read(r"\cos\alpha_3") == cosine(alpha(3))


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (r"(A)^2 = \begin{pmatrix} 1 & 2 \\ 0 & 1 \end{pmatrix}", "right"),
        (r"(A)^3 = \begin{pmatrix} 1 & 2 \\ 0 & 1 \end{pmatrix}", "wrong"),
        (r"(A)^9 = \begin{pmatrix} 1 & 9 \\ 0 & 1 \end{pmatrix}", "unreadable"),
        (r"A A = (A)^n", "unreadable"),
    ],
)
def test_a_matrix_in_brackets_may_have_a_power(claim, verdict):
    report = grade_text(rf"$$A = \begin{{pmatrix}} 1 & 1 \\ 0 & 1 \end{{pmatrix}}$$ $${claim}$$")
    assert report.statements[-1].verdict == verdict


def test_a_word_before_a_bracket_is_a_function_and_no_remark():
    (statement,) = grade_text(r"$$\text{gap}(k) = \lambda_0 k$$").statements
    assert (statement.verdict, statement.column) == ("unreadable", 3)
