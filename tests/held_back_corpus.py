r"""Snippets in the notation of the circuits exercises with their meaning, written from the specification alone.

They were written apart from the reader, by somebody who had not looked at it, and are held back: the reader is
measured on them and not written for them. Meanings were settled before the first run. No two are built alike.
"""

from __future__ import annotations

from held_back_meaning import Snippet, kronecker, name, nothing, number, ones_at, rows, says, softmax, stack, turn
from sympy import E, Matrix, Rational, cos, diag, exp, eye, log, root, sin, sqrt, tan, zeros

MATRICES = (
    Snippet(
        "a wide matrix with empty cells, and a tall one, two on a line",
        r"""Head 1 takes dims 0-3 and puts them at 8-11:

$$
W_V^1 = \begin{pmatrix}
1 & & & & & & & & & & & & & & & \\
& 1 & & & & & & & & & & & & & & \\
& & 1 & & & & & & & & & & & & & \\
& & & 1 & & & & & & & & & & & &
\end{pmatrix}, \quad
W_{out}^1 = \begin{pmatrix}
0&0&0&0\\ 0&0&0&0\\ 0&0&0&0\\ 0&0&0&0\\ 0&0&0&0\\ 0&0&0&0\\ 0&0&0&0\\ 0&0&0&0\\
1&0&0&0\\ 0&1&0&0\\ 0&0&1&0\\ 0&0&0&1\\
0&0&0&0\\ 0&0&0&0\\ 0&0&0&0\\ 0&0&0&0
\end{pmatrix}
$$
""",
        (
            says("W_V^1", "=", lambda s: ones_at(4, 16, (0, 0), (1, 1), (2, 2), (3, 3))),
            says("W_O^1", "=", lambda s: ones_at(16, 4, (8, 0), (9, 1), (10, 2), (11, 3))),
        ),
    ),
    Snippet(
        "bmatrix with minus signs, fractions and a doubled break at the end",
        r"""$$ A = \begin{bmatrix} -1 & \frac{1}{2} \\ \tfrac{3}{4} & -\dfrac{\beta}{2} \\ \\ \end{bmatrix} $$""",
        (
            says(
                "A",
                "=",
                lambda s: rows([-1, Rational(1, 2)], [Rational(3, 4), -s["beta"] / 2]),
            ),
        ),
    ),
    Snippet(
        "Bmatrix, one column of roots",
        r"""\[ q = \begin{Bmatrix} \sqrt{2} \\ \sqrt 3 \\ 2\sqrt{d_k} \\ \frac{1}{\sqrt{2}} \end{Bmatrix} \]""",
        (says("q", "=", lambda s: rows([sqrt(2)], [sqrt(3)], [2 * sqrt(s["d_k"])], [1 / sqrt(2)])),),
    ),
    Snippet(
        "array with bars and rules inside left and right brackets",
        r"""The net matrix in its four blocks:
\[
W_{\text{net}}^1 = \left[\begin{array}{cc|cc}
0 & 0 & 0 & 0 \\
0 & 0 & 0 & 0 \\ \hline
1 & 0 & 0 & 0 \\
0 & 1 & 0 & 0
\end{array}\right]
\]
""",
        (says("W_net^1", "=", lambda s: ones_at(4, 4, (2, 0), (3, 1))),),
    ),
    Snippet(
        "a small matrix in running text",
        r"""Swapping the pair, $P = \bigl(\begin{smallmatrix} 0 & 1 \\ 1 & 0 \end{smallmatrix}\bigr)$, is its
own inverse.""",
        (says("P", "=", lambda s: rows([0, 1], [1, 0])),),
    ),
    Snippet(
        "a bare matrix between sized brackets, padded with phantoms",
        r"""$$
R_0 = \left( \begin{matrix}
\phantom{-}\cos\alpha_0 & \sin\alpha_0 \\
-\sin\alpha_0 & \cos\alpha_0
\end{matrix} \right)
$$""",
        (says("R_0", "=", lambda s: turn(cos(s["alpha_0"]), -sin(s["alpha_0"]))),),
    ),
    Snippet(
        "empty cells at the left, at the right and a whole empty row",
        r"""$$W_O = \begin{pmatrix} & & \\ & & 2 \\ 1 & & \\ & -1 & \end{pmatrix}$$""",
        (says("W_O", "=", lambda s: rows([0, 0, 0], [0, 0, 2], [1, 0, 0], [0, -1, 0])),),
    ),
    Snippet(
        "rows with extra space after the break",
        r"""\begin{equation}
M = \begin{pmatrix} \lambda_0^2 & 0 \\[4pt] 0 & \lambda_1^2 \\[0.5em]
\lambda_0\lambda_1 & -\lambda_1\lambda_0 \end{pmatrix}
\label{eq:m}
\end{equation}
""",
        (
            says(
                "M",
                "=",
                lambda s: rows(
                    [s["lambda_0"] ** 2, 0],
                    [0, s["lambda_1"] ** 2],
                    [s["lambda_0"] * s["lambda_1"], -s["lambda_0"] * s["lambda_1"]],
                ),
            ),
        ),
        suffix=".tex",
    ),
    Snippet(
        "a diagonal matrix by its entries, written out again",
        r"""$$
D = \operatorname{diag}(\lambda_0, \lambda_0, \lambda_1, \lambda_1) = \begin{pmatrix}
\lambda_0 & & & \\ & \lambda_0 & & \\ & & \lambda_1 & \\ & & & \lambda_1 \end{pmatrix}
$$""",
        (
            says(
                "D",
                "=",
                lambda s: diag(s["lambda_0"], s["lambda_0"], s["lambda_1"], s["lambda_1"]),
                "=",
                lambda s: diag(s["lambda_0"], s["lambda_0"], s["lambda_1"], s["lambda_1"]),
            ),
        ),
    ),
    Snippet(
        "blocks of matrices defined before, with nought for a block",
        r"""Let $R_0 = \begin{pmatrix} 0 & 1 \\ -1 & 0 \end{pmatrix}$ and
$R_1 = \begin{pmatrix} a & b \\ -b & a \end{pmatrix}$. Then
$$
R = \begin{pmatrix} R_0 & 0 \\ 0 & R_1 \end{pmatrix}.
$$
""",
        (
            says("R_0", "=", lambda s: rows([0, 1], [-1, 0])),
            says("R_1", "=", lambda s: rows([s["a"], s["b"]], [-s["b"], s["a"]])),
            says(
                "R",
                "=",
                lambda s: rows([0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, s["a"], s["b"]], [0, 0, -s["b"], s["a"]]),
            ),
        ),
    ),
    Snippet(
        "blocks that size the identity and hold a transpose",
        r"""$$ B = \left[\begin{array}{c|c} R & -I \\ \hline 0 & 2 R^{\top} \end{array}\right] $$""",
        (
            says(
                "B",
                "=",
                lambda s: Matrix.vstack(Matrix.hstack(s["R"], -eye(2)), Matrix.hstack(zeros(2, 2), 2 * s["R"].T)),
            ),
        ),
        {"R": "2x2"},
    ),
    Snippet(
        "eight by eight, a product of a tall and a wide one",
        r"""$$
\begin{aligned}
W_{net}^2 &= \begin{pmatrix}
0 & 0 & 0 & 0 \\ 0 & 0 & 0 & 0 \\ 0 & 0 & 0 & 0 \\ 0 & 0 & 0 & 0 \\
1 & 0 & 0 & 0 \\ 0 & 1 & 0 & 0 \\ 0 & 0 & 1 & 0 \\ 0 & 0 & 0 & 1
\end{pmatrix}
\begin{pmatrix}
0 & 0 & 0 & 0 & 0 & 0 & 1 & 0 \\
1 & 0 & 0 & 0 & 0 & 0 & 0 & 0 \\
0 & 1 & 0 & 0 & 0 & 0 & 0 & 0 \\
0 & 0 & 1 & 0 & 0 & 0 & 0 & 0
\end{pmatrix} \\
&= \begin{pmatrix}
 & & & & & & & \\
 & & & & & & & \\
 & & & & & & & \\
 & & & & & & & \\
 & & & & & & 1 & \\
1 & & & & & & & \\
 & 1 & & & & & & \\
 & & 1 & & & & &
\end{pmatrix}
\end{aligned}
$$""",
        (
            says(
                "W_net^2",
                "=",
                lambda s: ones_at(8, 4, (4, 0), (5, 1), (6, 2), (7, 3)) * ones_at(4, 8, (0, 6), (1, 0), (2, 1), (3, 2)),
                "=",
                lambda s: ones_at(8, 8, (4, 6), (5, 0), (6, 1), (7, 2)),
            ),
        ),
    ),
    Snippet(
        "a row times a column is a number",
        r"""$$q^T k = \begin{pmatrix} a & -b \end{pmatrix} \begin{pmatrix} c \\ h \end{pmatrix} = ac - bh$$""",
        (
            says(
                lambda s: s["q"].T * s["k"],
                "=",
                lambda s: rows([s["a"], -s["b"]]) * rows([s["c"]], [s["h"]]),
                "=",
                lambda s: s["a"] * s["c"] - s["b"] * s["h"],
            ),
        ),
        {"q": "2x1", "k": "2x1"},
    ),
    Snippet(
        "three turns multiplied in a chain of three lines",
        r"""\begin{align*}
T &= \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}
     \begin{pmatrix} 1 & 0 \\ 0 & -1 \end{pmatrix}
     \begin{pmatrix} \cos\theta & \sin\theta \\ -\sin\theta & \cos\theta \end{pmatrix} \\
  &= \begin{pmatrix} \cos^2\theta - \sin^2\theta & 2\sin\theta\cos\theta \\
     2\sin\theta\cos\theta & \sin^2\theta - \cos^2\theta \end{pmatrix} \\
  &= \begin{pmatrix} \cos 2\theta & \sin 2\theta \\ \sin 2\theta & -\cos 2\theta \end{pmatrix}.
\end{align*}
""",
        (
            says(
                "T",
                "=",
                lambda s: (
                    turn(cos(s["theta"]), sin(s["theta"]))
                    * rows([1, 0], [0, -1])
                    * turn(cos(s["theta"]), -sin(s["theta"]))
                ),
                "=",
                lambda s: rows(
                    [cos(s["theta"]) ** 2 - sin(s["theta"]) ** 2, 2 * sin(s["theta"]) * cos(s["theta"])],
                    [2 * sin(s["theta"]) * cos(s["theta"]), sin(s["theta"]) ** 2 - cos(s["theta"]) ** 2],
                ),
                "=",
                lambda s: rows([cos(2 * s["theta"]), sin(2 * s["theta"])], [sin(2 * s["theta"]), -cos(2 * s["theta"])]),
            ),
        ),
    ),
    Snippet(
        "a Kronecker product binds looser than juxtaposition",
        r"""$$H = A \otimes W_O W_V$$""",
        (says("H", "=", lambda s: kronecker(s["A"], s["W_O"] * s["W_V"])),),
        {"A": "2x2", "W_O": "3x2", "W_V": "2x3"},
    ),
    Snippet(
        "the mixed product of Kronecker products",
        r"""\[ (A \otimes B)(C \otimes D) = A C \otimes B D \]""",
        (
            says(
                lambda s: kronecker(s["A"], s["B"]) * kronecker(s["C"], s["D"]),
                "=",
                lambda s: kronecker(s["A"] * s["C"], s["B"] * s["D"]),
            ),
        ),
        {"A": "2x2", "B": "2x3", "C": "2x2", "D": "3x2"},
    ),
    Snippet(
        "a pattern of two heads with a sum of Kronecker products",
        r"""$$ T = \operatorname{Id}_4 + A^1 \otimes W_{OV}^1 $$""",
        (says("T", "=", lambda s: eye(4) + kronecker(s["A^1"], s["W_OV^1"])),),
        {"A^1": "2x2", "W_OV^1": "2x2"},
    ),
)

STACKS = (
    Snippet(
        "two names for one stack",
        r"""Both matrices simply read the pairs.

$$W_Q = W_K = \begin{pmatrix} u^{\cos}_0 \\ u^{\sin}_0 \\ u^{\cos}_1 \\ u^{\sin}_1 \end{pmatrix}$$
""",
        (says("W_Q", "=", "W_K", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"], s["u^cos_1"], s["u^sin_1"])),),
        exercise="framework/2b",
    ),
    Snippet(
        "content directions with a label in text, each transposed and scaled",
        r"""\[
W_Q = \begin{bmatrix} 3\,(u^{\text{cont}}_0)^T \\ -{u^{\text{cont}}_1}^T \\
\tfrac12 \left(u^{\text{cont}}_2\right)^{\top} \\ 0 \end{bmatrix}
\]""",
        (
            says(
                "W_Q",
                "=",
                lambda s: stack(3 * s["u^cont_0"], -s["u^cont_1"], s["u^cont_2"] / 2, nothing()),
            ),
        ),
        exercise="framework/2a",
    ),
    Snippet(
        "sums of directions in the rows, with brackets after the cosines",
        r"""$$
W_K = \begin{pmatrix}
\cos(\alpha_0)\, u^{\cos}_0 - \sin(\alpha_0)\, u^{\sin}_0 \\
\sin(\alpha_0)\, u^{\cos}_0 + \cos(\alpha_0)\, u^{\sin}_0 \\
\cos(\alpha_1)\, u^{\cos}_1 - \sin(\alpha_1)\, u^{\sin}_1 \\
\sin(\alpha_1)\, u^{\cos}_1 + \cos(\alpha_1)\, u^{\sin}_1
\end{pmatrix}
$$""",
        (
            says(
                "W_K",
                "=",
                lambda s: stack(
                    *(
                        row
                        for i in ("0", "1")
                        for row in (
                            cos(s["alpha_" + i]) * s["u^cos_" + i] - sin(s["alpha_" + i]) * s["u^sin_" + i],
                            sin(s["alpha_" + i]) * s["u^cos_" + i] + cos(s["alpha_" + i]) * s["u^sin_" + i],
                        )
                    )
                ),
            ),
        ),
        exercise="framework/2c",
    ),
    Snippet(
        "a matrix of turns times a stack, cells left empty",
        r"""$$
W_Q = \begin{pmatrix}
\cos\alpha_0 & \sin\alpha_0 & & \\
-\sin\alpha_0 & \cos\alpha_0 & & \\
& & \cos\alpha_1 & \sin\alpha_1 \\
& & -\sin\alpha_1 & \cos\alpha_1
\end{pmatrix}
\begin{pmatrix} u_0^{cos} \\ u_0^{sin} \\ u_1^{cos} \\ u_1^{sin} \end{pmatrix}
$$""",
        (
            says(
                "W_Q",
                "=",
                lambda s: (
                    diag(turn(cos(s["alpha_0"]), -sin(s["alpha_0"])), turn(cos(s["alpha_1"]), -sin(s["alpha_1"])))
                    * stack(s["u^cos_0"], s["u^sin_0"], s["u^cos_1"], s["u^sin_1"])
                ),
            ),
        ),
        exercise="framework/2c",
    ),
    Snippet(
        "a stack named first, then turned by a block matrix of a macro",
        r"""\newcommand{\turn}[1]{\begin{pmatrix} \cos #1 & \sin #1 \\ -\sin #1 & \cos #1 \end{pmatrix}}
Write $U = \begin{pmatrix} u^{\cos}_0 \\ u^{\sin}_0 \\ u^{\cos}_1 \\ u^{\sin}_1 \end{pmatrix}$,
$R_0 = \turn{\alpha_0}$ and $R_1 = \turn{\alpha_1}$, so that
\[ W_K = \begin{pmatrix} R_0 & 0 \\ 0 & R_1 \end{pmatrix} U. \]
""",
        (
            says("U", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"], s["u^cos_1"], s["u^sin_1"])),
            says("R_0", "=", lambda s: turn(cos(s["alpha_0"]), -sin(s["alpha_0"]))),
            says("R_1", "=", lambda s: turn(cos(s["alpha_1"]), -sin(s["alpha_1"]))),
            says("W_K", "=", lambda s: diag(s["R_0"], s["R_1"]) * s["U"]),
        ),
        exercise="framework/2c",
        suffix=".tex",
    ),
    Snippet(
        "what is written as a row of columns",
        r"""$$ W_V = \begin{pmatrix} u^{\cos}_0 \\ u^{\sin}_0 \end{pmatrix}, \qquad
W_{\text{out}} = \begin{pmatrix} v_0 & v_1 \end{pmatrix} $$""",
        (
            says("W_V", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"])),
            says("W_O", "=", lambda s: stack(s["v_0"], s["v_1"]).T),
        ),
        exercise="framework/2e",
    ),
    Snippet(
        "directions transposed in a stack, a stack transposed for what is written",
        r"""$$
W_V = \begin{bmatrix} {u_0^{\cos}}^\top \\ {u_0^{\sin}}^\top \end{bmatrix} \quad\text{and}\quad
W_O = \begin{bmatrix} v_0^\top \\ -v_1^\top \end{bmatrix}^\top
$$""",
        (
            says("W_V", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"])),
            says("W_O", "=", lambda s: stack(s["v_0"], -s["v_1"]).T),
        ),
        exercise="framework/2e",
    ),
    Snippet(
        "the row convention: a reading matrix has a column for each direction",
        r"""I write activations as rows, so $W_K = \begin{pmatrix} u^{\cos}_0 & 2 u^{\sin}_0 \end{pmatrix}$.""",
        (says("W_K", "=", lambda s: stack(s["u^cos_0"], 2 * s["u^sin_0"]).T),),
        exercise="framework/2b",
        convention="rows",
    ),
    Snippet(
        "eight rows of content and position, the scale on one half and a root over it",
        r"""```math
W_Q = \begin{pmatrix}
u^{\text{cont}}_0 \\ u^{\text{cont}}_1 \\ u^{\text{cont}}_2 \\ u^{\text{cont}}_3 \\
-\sqrt{\beta}\, u^{\cos}_0 \\ -\sqrt{\beta}\, u^{\sin}_0 \\ -\sqrt{\beta}\, u^{\cos}_1 \\ -\sqrt{\beta}\, u^{\sin}_1
\end{pmatrix}
```
""",
        (
            says(
                "W_Q",
                "=",
                lambda s: stack(
                    *(s[f"u^cont_{i}"] for i in range(4)),
                    *(-sqrt(s["beta"]) * s[f"u^{part}_{i}"] for i in (0, 1) for part in ("cos", "sin")),
                ),
            ),
        ),
        exercise="framework/2d",
    ),
    Snippet(
        "a diagonal matrix times a stack times a number in front",
        r"""$$W_K = 2\beta \operatorname{diag}(1, 1, \tfrac{1}{2}, \tfrac{1}{2})
\begin{pmatrix} u^{\cos}_{0} \\ u^{\sin}_{0} \\ u^{\cos}_{1} \\ u^{\sin}_{1} \end{pmatrix}$$""",
        (
            says(
                "W_K",
                "=",
                lambda s: s["beta"] * stack(2 * s["u^cos_0"], 2 * s["u^sin_0"], s["u^cos_1"], s["u^sin_1"]),
            ),
        ),
        exercise="framework/2b",
    ),
    Snippet(
        "the previous answer turned forwards: scratch directions against positions",
        r"""\begin{gather*}
W_Q = \begin{pmatrix} \cos\alpha_0\, v_0 - \sin\alpha_0\, v_1 \\
\sin\alpha_0\, v_0 + \cos\alpha_0\, v_1 \end{pmatrix} \\
W_K = \begin{pmatrix} u^{\cos}_0 \\ u^{\sin}_0 \end{pmatrix}
\end{gather*}
""",
        (
            says(
                "W_Q",
                "=",
                lambda s: turn(cos(s["alpha_0"]), sin(s["alpha_0"])) * stack(s["v_0"], s["v_1"]),
            ),
            says("W_K", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"])),
        ),
        exercise="framework/2f",
    ),
)

PRODUCTS = (
    Snippet(
        "transpose and order of queries and keys",
        r"""The bilinear form is $W_{QK} = W_Q^T W_K$, whose transpose is $W_{QK}^T = W_K^T W_Q$.""",
        (
            says("W_QK", "=", lambda s: s["W_Q"].T * s["W_K"]),
            says(lambda s: s["W_QK"].T, "=", lambda s: s["W_K"].T * s["W_Q"]),
        ),
        {"W_Q": "2x3", "W_K": "2x3"},
    ),
    Snippet(
        "heads as superscripts in either order, net products and the identity by name",
        r"""With $W_V^1 = \begin{pmatrix} 1 & 0 & 2 \end{pmatrix}$,
$W_{out}^1 = \begin{pmatrix} 0 \\ 3 \\ 1 \end{pmatrix}$,
$W^2_V = \begin{pmatrix} 0 & 1 & 1 \end{pmatrix}$, $W^2_{out} = \begin{pmatrix} 5 \\ 0 \\ 1 \end{pmatrix}$:
\begin{align}
W_{\text{net}}^1 &= W_{out}^1 \cdot W_V^1 \\
W_{\text{net}}^2 &= W_{out}^2 \cdot W_V^2 \\
W_{\text{net}}^2 \cdot \text{Id} + \text{Id} \cdot W_{\text{net}}^1 &= W_{\text{net}}^1 + W_{\text{net}}^2
\end{align}
""",
        (
            says("W_V^1", "=", lambda s: rows([1, 0, 2])),
            says("W_O^1", "=", lambda s: rows([0], [3], [1])),
            says("W_V^2", "=", lambda s: rows([0, 1, 1])),
            says("W_O^2", "=", lambda s: rows([5], [0], [1])),
            says("W_net^1", "=", lambda s: s["W_O^1"] * s["W_V^1"]),
            says("W_net^2", "=", lambda s: s["W_O^2"] * s["W_V^2"]),
            says(lambda s: s["W_net^2"] + s["W_net^1"], "=", lambda s: s["W_net^1"] + s["W_net^2"]),
        ),
    ),
    Snippet(
        "the identity of the stream with its size for an index",
        r"""$$C = W_{net}^2 \cdot I_d + I_d \cdot W_{net}^1 + I_4$$""",
        (says("C", "=", lambda s: s["W_net^2"] + s["W_net^1"] + eye(4)),),
        {"W_net^1": "4x4", "W_net^2": "4x4"},
    ),
    Snippet(
        "a power of a bracketed head, which is a power",
        r"""$(W_{net}^1)^2 = W_{net}^1 W_{net}^1$ while $W_{net}^2 W_{net}^1 = 0$.""",
        (
            says(lambda s: s["W_net^1"] ** 2, "=", lambda s: s["W_net^1"] * s["W_net^1"]),
            says(lambda s: s["W_net^2"] * s["W_net^1"], "=", lambda s: zeros(3, 3)),
        ),
        {"W_net^1": "3x3", "W_net^2": "3x3"},
    ),
    Snippet(
        "a head in braces with a transpose outside, heads in round brackets",
        r"""\( S = {W_Q^{(1)}}^{\top} W_K^{(1)} + (W^{(2)}_Q)^{\mathrm{T}} W^{(2)}_K \)""",
        (says("S", "=", lambda s: s["W_Q^1"].T * s["W_K^1"] + s["W_Q^2"].T * s["W_K^2"]),),
        {"W_Q^1": "2x3", "W_K^1": "2x3", "W_Q^2": "1x3", "W_K^2": "1x3"},
    ),
    Snippet(
        "a change of basis in the head, with primes",
        r"""Put $W_Q' = G W_Q$ and $W_K' = G^{-T} W_K$. Then
\begin{equation*}
\begin{split}
(W_Q')^T W_K' &= (G W_Q)^T G^{-T} W_K \\
              &= W_Q^T G^T (G^{T})^{-1} W_K \\
              &= W_Q^T W_K
\end{split}
\end{equation*}
""",
        (
            says("W_Q'", "=", lambda s: s["G"] * s["W_Q"]),
            says("W_K'", "=", lambda s: s["G"].inv().T * s["W_K"]),
            says(
                lambda s: s["W_Q'"].T * s["W_K'"],
                "=",
                lambda s: (s["G"] * s["W_Q"]).T * s["G"].inv().T * s["W_K"],
                "=",
                lambda s: s["W_Q"].T * s["G"].T * s["G"].T.inv() * s["W_K"],
                "=",
                lambda s: s["W_Q"].T * s["W_K"],
            ),
        ),
        {"G": "2x2", "W_Q": "2x3", "W_K": "2x3"},
        suffix=".tex",
    ),
    Snippet(
        "tildes on names and inverses inside a product",
        r"""\[ \tilde{W}_V = M W_V, \quad \tilde{W}_O = W_O M^{-1}, \quad
\tilde{W}_O \tilde{W}_V = W_O M^{-1} M W_V = W_O W_V \]""",
        (
            says("tilde W_V", "=", lambda s: s["M"] * s["W_V"]),
            says("tilde W_O", "=", lambda s: s["W_O"] * s["M"].inv()),
            says(
                lambda s: s["tilde W_O"] * s["tilde W_V"],
                "=",
                lambda s: s["W_O"] * s["M"].inv() * s["M"] * s["W_V"],
                "=",
                lambda s: s["W_O"] * s["W_V"],
            ),
        ),
        {"M": "2x2", "W_V": "2x3", "W_O": "3x2"},
    ),
    Snippet(
        "a full circuit, letters upright and bold",
        r"""$$\mathbf{W}_{\mathrm{full}} = \mathbf{W}_E^\top \mathbf{W}_Q^\top \mathbf{W}_K \mathbf{W}_E$$""",
        (says("W_full", "=", lambda s: s["W_E"].T * s["W_Q"].T * s["W_K"] * s["W_E"]),),
        {"W_E": "3x4", "W_Q": "2x3", "W_K": "2x3"},
    ),
    Snippet(
        "an index written bold with a brace, reversed product of a transpose",
        r"""$$ \left( \boldsymbol{W}_{O} \boldsymbol{W}_{V} \right)^{T}
= \boldsymbol{W}_V^{T}\, \boldsymbol{W}_O^{T} $$""",
        (says(lambda s: (s["W_O"] * s["W_V"]).T, "=", lambda s: s["W_V"].T * s["W_O"].T),),
        {"W_O": "3x2", "W_V": "2x3"},
    ),
    Snippet(
        "scores between two positions as a bilinear form, scaled",
        r"""$$S_{nm} = \frac{x_n^T W_Q^T W_K x_m}{\sqrt{d_k}}$$""",
        (says("S_nm", "=", lambda s: s["x_n"].T * s["W_Q"].T * s["W_K"] * s["x_m"] / sqrt(s["d_k"])),),
        {"W_Q": "2x3", "W_K": "2x3", "x_n": "3x1", "x_m": "3x1"},
    ),
    Snippet(
        "turns named by their angle, orthogonality with the identity alone on the right",
        r"""With $R_\theta = \begin{bmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{bmatrix}$ we have
$R_\theta^T R_\theta = I$ and $R_\theta^{-1} = R_\theta^\top$.""",
        (
            says("R_theta", "=", lambda s: turn(cos(s["theta"]), sin(s["theta"]))),
            says(lambda s: s["R_theta"].T * s["R_theta"], "=", lambda s: eye(2)),
            says(lambda s: s["R_theta"].inv(), "=", lambda s: s["R_theta"].T),
        ),
        {"theta": "real"},
    ),
    Snippet(
        "a times sign and a dot between matrices and numbers",
        r"""\[ Y = 3 \times W_O \cdot W_V - \frac{2}{3} \cdot (W_O W_V)^T \]""",
        (
            says(
                "Y",
                "=",
                lambda s: 3 * s["W_O"] * s["W_V"] - Rational(2, 3) * (s["W_O"] * s["W_V"]).T,
            ),
        ),
        {"W_O": "3x2", "W_V": "2x3"},
    ),
    Snippet(
        "a macro without arguments for a name and one for the transpose",
        r"""\newcommand{\WQ}{W_Q}
\newcommand{\tp}{^{\top}}
\begin{equation}
  F = \WQ\tp W_K - W_K\tp \WQ
\end{equation}
""",
        (says("F", "=", lambda s: s["W_Q"].T * s["W_K"] - s["W_K"].T * s["W_Q"]),),
        {"W_Q": "2x3", "W_K": "2x3"},
        suffix=".tex",
    ),
    Snippet(
        "the residual stream after a head, with a colon for the definition",
        r"""$$ Z := X + W_O W_V X A^T $$""",
        (says("Z", "=", lambda s: s["X"] + s["W_O"] * s["W_V"] * s["X"] * s["A"].T),),
        {"X": "3x2", "W_O": "3x2", "W_V": "2x3", "A": "2x2"},
    ),
    Snippet(
        "a sum of heads whose index is the superscript's neighbour",
        r"""$$ L = W_U \left( \operatorname{Id} + W_{OV}^{1} + W_{OV}^{2} + W_{OV}^{2} W_{OV}^{1} \right) W_E $$""",
        (
            says(
                "L",
                "=",
                lambda s: s["W_U"] * (eye(3) + s["W_OV^1"] + s["W_OV^2"] + s["W_OV^2"] * s["W_OV^1"]) * s["W_E"],
            ),
        ),
        {"W_U": "2x3", "W_E": "3x2", "W_OV^1": "3x3", "W_OV^2": "3x3"},
    ),
)

FUNCTIONS = (
    Snippet(
        "cosines and sines of products in brackets",
        r"""$$\cos(\alpha_0 n)\cos(\alpha_0 m) + \sin(\alpha_0 n)\sin(\alpha_0 m) = \cos(\alpha_0(n - m))$$""",
        (
            says(
                lambda s: (
                    cos(s["alpha_0"] * s["n"]) * cos(s["alpha_0"] * s["m"])
                    + sin(s["alpha_0"] * s["n"]) * sin(s["alpha_0"] * s["m"])
                ),
                "=",
                lambda s: cos(s["alpha_0"] * (s["n"] - s["m"])),
            ),
        ),
    ),
    Snippet(
        "arguments without brackets up to the next function",
        r"""$$ g = \lambda_1^2 \cos\alpha_1 n \cos\alpha_1 m + \lambda_1^2 \sin \alpha_1 n \sin \alpha_1 m - 1 $$""",
        (
            says(
                "g",
                "=",
                lambda s: (
                    s["lambda_1"] ** 2 * cos(s["alpha_1"] * s["n"]) * cos(s["alpha_1"] * s["m"])
                    + s["lambda_1"] ** 2 * sin(s["alpha_1"] * s["n"]) * sin(s["alpha_1"] * s["m"])
                    - 1
                ),
            ),
        ),
    ),
    Snippet(
        "an argument in square brackets of a given size",
        r"""\[ p = 2\cos\bigl[\alpha_0 (n-m)\bigr] - \cos\Big( \frac{\alpha_1 (n-m)}{2} \Big) \]""",
        (
            says(
                "p",
                "=",
                lambda s: 2 * cos(s["alpha_0"] * (s["n"] - s["m"])) - cos(s["alpha_1"] * (s["n"] - s["m"]) / 2),
            ),
        ),
    ),
    Snippet(
        "a factor after a bracketed argument is outside",
        r"""$$ y = \cos(\theta) \lambda_0 + \sin(2\theta)/3 $$""",
        (says("y", "=", lambda s: cos(s["theta"]) * s["lambda_0"] + sin(2 * s["theta"]) / 3),),
    ),
    Snippet(
        "squares of functions and their double angles",
        r"""\begin{align*}
\cos 2\theta &= \cos^2\theta - \sin^2\theta \\
             &= 1 - 2\sin^2\theta \\
\sin 2\theta &= 2 \sin\theta \cos\theta
\end{align*}""",
        (
            says(
                lambda s: cos(2 * s["theta"]),
                "=",
                lambda s: cos(s["theta"]) ** 2 - sin(s["theta"]) ** 2,
                "=",
                lambda s: 1 - 2 * sin(s["theta"]) ** 2,
            ),
            says(lambda s: sin(2 * s["theta"]), "=", lambda s: 2 * sin(s["theta"]) * cos(s["theta"])),
        ),
    ),
    Snippet(
        "half angles as fractions without brackets, then with a slash inside them",
        r"""$$1 - \cos\alpha_0 = 2\sin^2\frac{\alpha_0}{2}
= 2 \sin^{2}(\alpha_0/2) = 2\left(\sin\tfrac{\alpha_0}{2}\right)^2$$""",
        (
            says(
                lambda s: 1 - cos(s["alpha_0"]),
                "=",
                lambda s: 2 * sin(s["alpha_0"] / 2) ** 2,
                "=",
                lambda s: 2 * sin(s["alpha_0"] / 2) ** 2,
                "=",
                lambda s: 2 * sin(s["alpha_0"] / 2) ** 2,
            ),
        ),
    ),
    Snippet(
        "a tangent and the inverse of a cosine squared",
        r"""$$ 1 + \tan^2 \phi = \frac{1}{\cos^2 \phi}, \qquad \tan\phi = \frac{\sin\phi}{\cos\phi} $$""",
        (
            says(lambda s: 1 + tan(s["phi"]) ** 2, "=", lambda s: 1 / cos(s["phi"]) ** 2),
            says(lambda s: tan(s["phi"]), "=", lambda s: sin(s["phi"]) / cos(s["phi"])),
        ),
    ),
    Snippet(
        "the exponential of a bracket and of a brace are one",
        r"""$$ \frac{\exp\left(\beta\right)}{\exp(\beta) + n - 1} = \frac{e^{\beta}}{e^\beta + n - 1}
= \frac{1}{1 + (n-1) e^{-\beta}} $$""",
        (
            says(
                lambda s: exp(s["beta"]) / (exp(s["beta"]) + s["n"] - 1),
                "=",
                lambda s: exp(s["beta"]) / (exp(s["beta"]) + s["n"] - 1),
                "=",
                lambda s: 1 / (1 + (s["n"] - 1) * exp(-s["beta"])),
            ),
        ),
    ),
    Snippet(
        "logarithms are natural, with and without brackets",
        r"""$\log 2 = \ln 2$, $\ln(e^{3}) = 3$ and $\log e^{2\beta} = 2\beta$""",
        (
            says(lambda s: log(2), "=", lambda s: log(2)),
            says(lambda s: log(E**3), "=", number(3)),
            says(lambda s: log(exp(2 * s["beta"])), "=", lambda s: 2 * s["beta"]),
        ),
    ),
    Snippet(
        "the least scale, a logarithm of a fraction",
        r"""To put mass $1-\varepsilon$ on the winner we need
$$ \beta g \ge \log \frac{(n-1)(1-\varepsilon)}{\varepsilon} $$
""",
        (
            says(
                lambda s: s["beta"] * s["g"],
                ">=",
                lambda s: log((s["n"] - 1) * (1 - s["varepsilon"]) / s["varepsilon"]),
            ),
        ),
    ),
    Snippet(
        "roots of two kinds and a fractional power",
        r"""$$\sqrt[3]{N} \cdot \sqrt{N} = N^{\frac{5}{6}} = N^{5/6}$$""",
        (
            says(
                lambda s: root(s["N"], 3) * sqrt(s["N"]),
                "=",
                lambda s: s["N"] ** Rational(5, 6),
                "=",
                lambda s: s["N"] ** Rational(5, 6),
            ),
        ),
    ),
    Snippet(
        "one name of two letters, upright and plain, over roots",
        r"""$$ z = \frac{\text{Lg}}{\sqrt{8}} = \frac{Lg}{2\sqrt2} = \tfrac{\sqrt{2}}{4}\, \mathrm{Lg} $$""",
        (
            says(
                "z",
                "=",
                lambda s: s["Lg"] / sqrt(8),
                "=",
                lambda s: s["Lg"] / (2 * sqrt(2)),
                "=",
                lambda s: sqrt(2) * s["Lg"] / 4,
            ),
        ),
    ),
    Snippet(
        "a softmax of a written row",
        r"""$$
\operatorname{softmax}\begin{pmatrix} 0 & \beta & 0 \end{pmatrix}
  = \frac{1}{e^{\beta} + 2} \begin{pmatrix} 1 & e^{\beta} & 1 \end{pmatrix}
$$""",
        (
            says(
                lambda s: softmax(rows([0, s["beta"], 0])),
                "=",
                lambda s: rows([1, exp(s["beta"]), 1]) / (exp(s["beta"]) + 2),
            ),
        ),
    ),
    Snippet(
        "a softmax in text type with brackets round its row, applied to a product",
        r"""\[ a =
\text{softmax}\left( \beta \begin{bmatrix} 1 & \cos\alpha_0 & \cos 2\alpha_0 \end{bmatrix} \right) \]""",
        (
            says(
                "a",
                "=",
                lambda s: softmax(s["beta"] * rows([1, cos(s["alpha_0"]), cos(2 * s["alpha_0"])])),
            ),
        ),
    ),
    Snippet(
        "minus before a power, a power of minus one, a power of a power",
        r"""$$w = -\theta^2 + (-1)^n \, 2^{-k} + \beta^{2^{3}} - \left(\beta^{2}\right)^{3}$$""",
        (
            says(
                "w",
                "=",
                lambda s: (
                    -(s["theta"] ** 2) + (-1) ** s["n"] * Rational(1, 2) ** s["k"] + s["beta"] ** 8 - s["beta"] ** 6
                ),
            ),
        ),
    ),
    Snippet(
        "an exponential with a sum of waves in the exponent",
        r"""$$
A_{n,m} = \frac{e^{\beta \lambda_0^2 \cos(\alpha_0 (n-1-m)) + \beta \lambda_1^2 \cos(\alpha_1 (n-1-m))}}{Z_n}$$""",
        (
            says(
                "A_n,m",
                "=",
                lambda s: (
                    exp(
                        s["beta"] * s["lambda_0"] ** 2 * cos(s["alpha_0"] * (s["n"] - 1 - s["m"]))
                        + s["beta"] * s["lambda_1"] ** 2 * cos(s["alpha_1"] * (s["n"] - 1 - s["m"]))
                    )
                    / s["Z_n"]
                ),
            ),
        ),
    ),
    Snippet(
        "cases with a condition on the positions",
        r"""$$
A_{nm} = \begin{cases} 1 & \text{if } m = n - 1 \\ 0 & \text{otherwise} \end{cases}
$$""",
        (says("A_nm", "=", lambda s: Rational(int(s["m"] == s["n"] - 1))),),
    ),
    Snippet(
        "cases of three branches with inequalities and expressions",
        r"""\[
h = \begin{cases}
\beta (n - m), & m < n, \\
-\beta, & m = n, \\
0, & \text{otherwise.}
\end{cases}
\]""",
        (
            says(
                "h",
                "=",
                lambda s: (
                    s["beta"] * (s["n"] - s["m"])
                    if s["m"] < s["n"]
                    else -s["beta"]
                    if s["m"] == s["n"]
                    else Rational(0)
                ),
            ),
        ),
    ),
    Snippet(
        "Kronecker's delta with two letters and with a comma",
        r"""$$ A_{nm} = (1 - p)\,\delta_{n,m+1} + p\,\delta_{nm} $$""",
        (
            says(
                "A_nm",
                "=",
                lambda s: (1 - s["p"]) * int(s["n"] == s["m"] + 1) + s["p"] * int(s["n"] == s["m"]),
            ),
        ),
    ),
)

SUMS = (
    Snippet(
        "a sum whose index binds subscripts, written out",
        r"""\begin{align}
s &= \sum_{i=0}^{1} \lambda_i^2 \cos(\alpha_i (n-m)) \\
  &= \lambda_0^2 \cos(\alpha_0(n-m)) + \lambda_1^2 \cos(\alpha_1(n-m))
\end{align}""",
        (
            says(
                "s",
                "=",
                lambda s: sum(s[f"lambda_{i}"] ** 2 * cos(s[f"alpha_{i}"] * (s["n"] - s["m"])) for i in (0, 1)),
                "=",
                lambda s: (
                    s["lambda_0"] ** 2 * cos(s["alpha_0"] * (s["n"] - s["m"]))
                    + s["lambda_1"] ** 2 * cos(s["alpha_1"] * (s["n"] - s["m"]))
                ),
            ),
        ),
    ),
    Snippet(
        "a sum ends at the next sign",
        r"""$$ g = \sum_{i=0}^{2} \lambda_i^2 - \sum_{i=0}^{2} \lambda_i^2 \cos\alpha_i k
= \sum_{i=0}^{2} \lambda_i^2 \left(1 - \cos\alpha_i k\right) $$""",
        (
            says(
                "g",
                "=",
                lambda s: (
                    sum(s[f"lambda_{i}"] ** 2 for i in range(3))
                    - sum(s[f"lambda_{i}"] ** 2 * cos(s[f"alpha_{i}"] * s["k"]) for i in range(3))
                ),
                "=",
                lambda s: sum(s[f"lambda_{i}"] ** 2 * (1 - cos(s[f"alpha_{i}"] * s["k"])) for i in range(3)),
            ),
        ),
    ),
    Snippet(
        "a sum with a letter for its upper bound",
        r"""$$\sum_{k=1}^{N} (2k - 1) = N^2$$""",
        (says(lambda s: sum(2 * k - 1 for k in range(1, int(s["N"]) + 1)), "=", lambda s: s["N"] ** 2),),
    ),
    Snippet(
        "a sum in a sum",
        r"""$$ c = \sum_{i=0}^{1} \sum_{j=0}^{1} \lambda_i \lambda_j \cos(\alpha_i - \alpha_j) $$""",
        (
            says(
                "c",
                "=",
                lambda s: sum(
                    s[f"lambda_{i}"] * s[f"lambda_{j}"] * cos(s[f"alpha_{i}"] - s[f"alpha_{j}"])
                    for i in (0, 1)
                    for j in (0, 1)
                ),
            ),
        ),
    ),
    Snippet(
        "a sum with limits above and below in running text",
        r"""We find $\sum\limits_{j=1}^{3} j^2 = 14$ and $\displaystyle\sum_{j=0}^{3} 2^{-j} = \frac{15}{8}$.""",
        (
            says(number(14), "=", number(14)),
            says(number("15/8"), "=", number("15/8")),
        ),
    ),
    Snippet(
        "a denominator that is a sum over the keys",
        r"""$$ a = \frac{e^{\beta}}{\sum_{m=0}^{3} e^{\beta \cos(\alpha_0 m)}} $$""",
        (
            says(
                "a",
                "=",
                lambda s: exp(s["beta"]) / sum(exp(s["beta"] * cos(s["alpha_0"] * m)) for m in range(4)),
            ),
        ),
    ),
    Snippet(
        "a sum of deltas picks a subscript",
        r"""\[ \sum_{i=0}^{2} \delta_{i1} \lambda_i = \lambda_1 \]""",
        (says(name("lambda_1"), "=", name("lambda_1")),),
    ),
    Snippet(
        "a sum of matrices over the heads' numbers in subscripts",
        r"""Let $P_0 = \begin{pmatrix} 1 & 0 \\ 0 & 0 \end{pmatrix}$,
$P_1 = \begin{pmatrix} 0 & 0 \\ 0 & 1 \end{pmatrix}$.
Then $\sum_{i=0}^{1} \lambda_i P_i = \begin{pmatrix} \lambda_0 & 0 \\ 0 & \lambda_1 \end{pmatrix}$.""",
        (
            says("P_0", "=", lambda s: rows([1, 0], [0, 0])),
            says("P_1", "=", lambda s: rows([0, 0], [0, 1])),
            says(
                lambda s: s["lambda_0"] * s["P_0"] + s["lambda_1"] * s["P_1"],
                "=",
                lambda s: diag(s["lambda_0"], s["lambda_1"]),
            ),
        ),
    ),
)

CHAINS = (
    Snippet(
        "braces under terms, with remarks below",
        r"""$$
t = \underbrace{\lambda_0^2 \cos(\alpha_0)}_{\text{first pair}} + \underbrace{\lambda_1^2}_{= \text{ second pair}}
$$""",
        (says("t", "=", lambda s: s["lambda_0"] ** 2 * cos(s["alpha_0"]) + s["lambda_1"] ** 2),),
    ),
    Snippet(
        "a box round a whole answer and round one side",
        r"""$$\boxed{W_V = \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}} \qquad
r = \boxed{\frac{\lambda_1}{\lambda_0}}$$""",
        (
            says("W_V", "=", lambda s: eye(2)),
            says("r", "=", lambda s: s["lambda_1"] / s["lambda_0"]),
        ),
    ),
    Snippet(
        "remarks in a column of their own, numbered lines",
        r"""\begin{align}
q_0 &= \lambda_0 \cos(\alpha_0 n) && \text{(cosine part)} \label{eq:q0} \\
q_1 &= \lambda_0 \sin(\alpha_0 n) && \text{(sine part)} \nonumber \\
q_0^2 + q_1^2 &= \lambda_0^2 && \text{by Pythagoras} \tag{3}
\end{align}
""",
        (
            says("q_0", "=", lambda s: s["lambda_0"] * cos(s["alpha_0"] * s["n"])),
            says("q_1", "=", lambda s: s["lambda_0"] * sin(s["alpha_0"] * s["n"])),
            says(lambda s: s["q_0"] ** 2 + s["q_1"] ** 2, "=", lambda s: s["lambda_0"] ** 2),
        ),
        suffix=".tex",
    ),
    Snippet(
        "rounded values after an exact one",
        r"""$$ \frac{e^{4}}{e^{4} + 3} \approx 0.948, \qquad \cos 1 \approx 0.54 $$""",
        (
            says(lambda s: E**4 / (E**4 + 3), "~", number("0.948")),
            says(lambda s: cos(1), "~", number("0.54")),
        ),
    ),
    Snippet(
        "a decimal in a definition",
        r"""Take $\beta_1 = 2.5$ and $\gamma = -.125$.""",
        (says("beta_1", "=", number("2.5")), says("gamma", "=", number("-0.125"))),
    ),
    Snippet(
        "inequalities on both sides",
        r"""$$ 0 < 1 - \cos\alpha_0 \le 2 $$""",
        (says(number(0), "<", lambda s: 1 - cos(s["alpha_0"]), "<=", number(2)),),
    ),
    Snippet(
        "one inequality implies another",
        r"""\[ \lambda_0 > \lambda_1 > 0 \implies \lambda_0^2 > \lambda_1^2 \]""",
        (
            says(name("lambda_0"), ">", name("lambda_1"), ">", number(0)),
            says(lambda s: s["lambda_0"] ** 2, ">", lambda s: s["lambda_1"] ** 2),
        ),
    ),
    Snippet(
        "long forms of the inequality signs",
        r"""$\cos\theta \leq 1$ and $e^{\beta} \geq 1 + \beta$""",
        (
            says(lambda s: cos(s["theta"]), "<=", number(1)),
            says(lambda s: exp(s["beta"]), ">=", lambda s: 1 + s["beta"]),
        ),
    ),
    Snippet(
        "either order of a subscript and a power",
        r"""$\lambda_0^2 = \lambda^2_0 = \lambda_{0}^{2} = (\lambda_0)^2 = \lambda_0 \lambda_0$""",
        (
            says(
                lambda s: s["lambda_0"] ** 2,
                "=",
                lambda s: s["lambda_0"] ** 2,
                "=",
                lambda s: s["lambda_0"] ** 2,
                "=",
                lambda s: s["lambda_0"] ** 2,
                "=",
                lambda s: s["lambda_0"] ** 2,
            ),
        ),
    ),
    Snippet(
        "spacing of every kind",
        r"""$$ l\,=\;2\!\:\beta~\lambda_0\quad+\ \hspace{2mm}3\,\lambda_{10}\qquad $$""",
        (says("l", "=", lambda s: 2 * s["beta"] * s["lambda_0"] + 3 * s["lambda_10"]),),
    ),
    Snippet(
        "short fractions without braces and brackets of three kinds",
        r"""$$ f = \frac12 \left[ \beta - \left\{ 1 + \big( \tfrac1n - \frac n3 \big) \right\} \right]^2 $$""",
        (
            says(
                "f",
                "=",
                lambda s: Rational(1, 2) * (s["beta"] - (1 + 1 / s["n"] - s["n"] / 3)) ** 2,
            ),
        ),
    ),
    Snippet(
        "hats, and a prime on a number's name",
        r"""$\hat{\beta} = \frac{\beta}{\sqrt{d_k}}$, $\theta' = \theta + \hat\beta$""",
        (
            says("hat beta", "=", lambda s: s["beta"] / sqrt(s["d_k"])),
            says("theta'", "=", lambda s: s["theta"] + s["hat beta"]),
        ),
    ),
    Snippet(
        "an aligned chain with words between and a trailing sign at the line's end",
        r"""\[
\begin{aligned}
\text{gap}\quad d &= \lambda_0^2 - \lambda_0^2\cos\alpha_0 + {} \\
&\qquad \lambda_1^2 - \lambda_1^2\cos\alpha_1
\end{aligned}
\]""",
        (
            says(
                "d",
                "=",
                lambda s: sum(s[f"lambda_{i}"] ** 2 * (1 - cos(s[f"alpha_{i}"])) for i in (0, 1)),
            ),
        ),
    ),
    Snippet(
        "a conclusion with a remark that holds mathematics",
        r"""$$ e^{-\beta g} \le \varepsilon \quad \text{whenever $\beta$ is large, with } g = 1 - \cos \alpha_0 $$""",
        (
            says(lambda s: exp(-s["beta"] * s["g"]), "<=", name("varepsilon")),
            says("g", "=", lambda s: 1 - cos(s["alpha_0"])),
        ),
    ),
    Snippet(
        "comments and equations in a document",
        r"""\documentclass{article}
\usepackage{amsmath} % for align
\begin{document}
\section*{2(c)} The mass on the previous token costs $5\%$ at most.
% \[ W_Q = \text{old answer} \]
\begin{align*} % one chain
\kappa &= \beta\,\lambda_0^2 (1 - \cos\alpha_0) % gap
  \\   &= 2\beta\,\lambda_0^2 \sin^2(\alpha_0 / 2)
\end{align*}
\end{document}
""",
        (
            says(
                "kappa",
                "=",
                lambda s: s["beta"] * s["lambda_0"] ** 2 * (1 - cos(s["alpha_0"])),
                "=",
                lambda s: 2 * s["beta"] * s["lambda_0"] ** 2 * sin(s["alpha_0"] / 2) ** 2,
            ),
        ),
        suffix=".tex",
    ),
    Snippet(
        "case matters, letters side by side multiply",
        r"""$$ u = N n + 2 a b c - A(n - 1) $$""",
        (
            says(
                "u",
                "=",
                lambda s: s["N"] * s["n"] + 2 * s["a"] * s["b"] * s["c"] - s["A"] * (s["n"] - 1),
            ),
        ),
        {"A": "real"},
    ),
    Snippet(
        "an operator declared in the preamble",
        r"""\DeclareMathOperator{\diag}{diag}
\DeclareMathOperator{\softmax}{softmax}
\begin{gather}
K = \diag(1, \beta, -1) \\
r = \softmax\begin{pmatrix} \beta & -\beta \end{pmatrix}
\end{gather}
""",
        (
            says("K", "=", lambda s: diag(1, s["beta"], -1)),
            says("r", "=", lambda s: softmax(rows([s["beta"], -s["beta"]]))),
        ),
        suffix=".tex",
    ),
    Snippet(
        "code and prices beside the mathematics",
        r"""It costs \$5 and `W_Q = 3` is code, as in

```python
W_Q = np.eye(3)  # $W_Q = 4$
```

but $\mu = 7\beta$ is meant.
""",
        (says("mu", "=", lambda s: 7 * s["beta"]),),
    ),
    Snippet(
        "braces for the bracket of an exponential",
        r"""$$ y = \exp{-\beta} + \exp\left\{ -2\beta \right\} - \ln{n} $$""",
        (says("y", "=", lambda s: exp(-s["beta"]) + exp(-2 * s["beta"]) - log(s["n"])),),
    ),
)

REFUSED = (
    Snippet("a half times a letter, or one over it", r"""$$ t = «1/2\beta» $$""", refused="ambiguous quotient"),
    Snippet(
        "a quotient of letters with a factor behind it",
        r"""The gap is $\gamma = \lambda_0 + «a/b c» + 1$.""",
        refused="ambiguous quotient",
    ),
    Snippet(
        "a bare argument followed by a slash",
        r"""\begin{align*}
\phi &= \alpha_0 \\
t &= 1 + «\cos \alpha_0 / 2»
\end{align*}
""",
        refused="ambiguous argument",
    ),
    Snippet(
        "an undeclared name before a matrix",
        r"""$$ W_K = «M» \begin{pmatrix} 1 & 0 \\ 0 & 2 \end{pmatrix} $$""",
        refused="undeclared name next to a matrix",
    ),
    Snippet(
        "an undeclared name between two matrices",
        r"""We get

$$ Y = W_O «P» W_V $$
""",
        declares={"W_O": "3x2", "W_V": "2x3"},
        refused="undeclared name next to a matrix",
    ),
    Snippet(
        "a function of one's own on the left",
        r"""$$ «f(n)» = \beta n^2 $$""",
        refused="name( on a left side",
    ),
    Snippet(
        "a function named by a word on the left, second in an align",
        r"""\begin{align}
\beta_1 &= 2 \\
«\text{gap}(k)» &= \lambda_0^2 (1 - \cos\alpha_0 k)
\end{align}
""",
        refused="name( on a left side",
    ),
    Snippet(
        "dots in a diagonal matrix",
        r"""$$ D = \begin{pmatrix} \lambda_0 & & \\ & «\ddots» & \\ & & \lambda_n \end{pmatrix} $$""",
        refused="dots in a matrix without a declared size",
    ),
    Snippet(
        "dots in a row",
        r"""\[ r = \begin{bmatrix} 1 & 0 & «\cdots» & 0 \end{bmatrix} \]""",
        refused="dots in a matrix without a declared size",
    ),
    Snippet(
        "a row that is too short",
        r"""$$W_V = \begin{pmatrix}
1 & 0 & 0 \\
«0 & 1 \\»
0 & 0 & 1
\end{pmatrix}$$""",
        refused="ragged rows",
    ),
    Snippet(
        "a Cyrillic letter for a Latin one",
        "$$ W_V = 2 «\N{CYRILLIC CAPITAL LETTER A}» + 1 $$",
        refused="look-alike character",
    ),
    Snippet(
        "a zero width space in a name",
        "$$ \\beta_1 = \\lambda_0«\N{ZERO WIDTH SPACE}» + 1 $$",
        refused="control character",
    ),
    Snippet(
        "a product of shapes that do not meet",
        r"""$$ S = «W_Q W_K» $$""",
        declares={"W_Q": "2x3", "W_K": "2x3"},
        refused="shapes in a product",
    ),
    Snippet(
        "a sum of shapes that do not agree",
        r"""$$ S = «W_O W_V + W_V W_O» $$""",
        declares={"W_O": "3x2", "W_V": "2x3"},
        refused="shapes in a sum",
    ),
    Snippet(
        "an environment closed by another",
        r"""$$ P = «\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{bmatrix}» $$""",
        refused="unbalanced environment",
    ),
    Snippet(
        "a bracket that is never closed",
        r"""$$ b = «\left( 1 + \frac{\beta}{2} $$»""",
        refused="unbalanced bracket",
    ),
    Snippet(
        "a macro that calls itself",
        r"""«\newcommand{\loop}{1 + \loop}
\[ x = \loop \]»
""",
        suffix=".tex",
        refused="recursive macro",
    ),
)

SNIPPETS = MATRICES + STACKS + PRODUCTS + FUNCTIONS + SUMS + CHAINS + REFUSED
