r"""A third held-back corpus: a student's notes, Overleaf pages, answers of a language model, cells of a notebook.

It was written, with its meanings, from the promises of the issue and before the first look at the reader it measures.
What is to be refused is marked where a reader must point.
"""

from __future__ import annotations

from held_back_meaning import Snippet, kronecker, nothing, number, ones_at, rows, says, softmax, stack, turn
from sympy import Matrix, Rational, cos, diag, exp, eye, log, sin, sqrt, tan, zeros

MATRICES = (
    Snippet(
        "a small matrix in running text",
        r"""A quarter turn is $J = \left(\begin{smallmatrix} 0 & -1 \\ 1 & 0 \end{smallmatrix}\right)$, so
$J^T J = \left(\begin{smallmatrix} 1 & 0 \\ 0 & 1 \end{smallmatrix}\right)$ as it has to be.
""",
        (
            says("J", "=", lambda s: rows([0, -1], [1, 0])),
            says(lambda s: s["J"].T * s["J"], "=", lambda s: eye(2)),
        ),
    ),
    Snippet(
        "a bare matrix in growing brackets, with halves as cells",
        r"""$$P = \left[ \begin{matrix} \frac12 & \frac12 \\ \frac12 & \frac12 \end{matrix} \right]$$""",
        (says("P", "=", lambda s: rows([Rational(1, 2)] * 2, [Rational(1, 2)] * 2)),),
    ),
    Snippet(
        "a column in braces",
        r"""$$ c = \begin{Bmatrix} 3 \\ -\beta \\ \lambda_0\lambda_1 \end{Bmatrix} $$""",
        (says("c", "=", lambda s: rows([3], [-s["beta"]], [s["lambda_0"] * s["lambda_1"]])),),
    ),
    Snippet(
        "blocks of identities in a ruled array",
        r"""\begin{equation}
M = \left[\begin{array}{c|c}
I_2 & 0 \\ \hline
0 & -I_2
\end{array}\right]
\end{equation}
""",
        (says("M", "=", lambda s: diag(1, 1, -1, -1)),),
        suffix=".tex",
    ),
    Snippet(
        "turns in blocks, one of them back",
        r"""Let
$$R = \begin{pmatrix} \cos\alpha_0 & -\sin\alpha_0 \\ \sin\alpha_0 & \cos\alpha_0 \end{pmatrix}$$
and then
$$B = \begin{pmatrix} R & 0 \\ 0 & R^T \end{pmatrix}.$$
""",
        (
            says("R", "=", lambda s: turn(cos(s["alpha_0"]), sin(s["alpha_0"]))),
            says("B", "=", lambda s: diag(s["R"], s["R"].T)),
        ),
    ),
    Snippet(
        "two matrices side by side, and one above the other with a weight",
        r"""$$ F = \begin{pmatrix} A & B \end{pmatrix}, \qquad G = \begin{pmatrix} A \\ \beta C \end{pmatrix} $$""",
        (
            says("F", "=", lambda s: Matrix.hstack(s["A"], s["B"])),
            says("G", "=", lambda s: Matrix.vstack(s["A"], s["beta"] * s["C"])),
        ),
        {"A": "2x3", "B": "2x2", "C": "1x3"},
    ),
    Snippet(
        "diag of squared magnitudes, and its inverse",
        r"""\[
D = \operatorname{diag}(\lambda_0, \lambda_0, \lambda_1, \lambda_1), \quad
D^{-1} = \operatorname{diag}\left(\frac{1}{\lambda_0}, \frac{1}{\lambda_0},
\frac{1}{\lambda_1}, \frac{1}{\lambda_1}\right)
\]
""",
        (
            says("D", "=", lambda s: diag(s["lambda_0"], s["lambda_0"], s["lambda_1"], s["lambda_1"])),
            says(
                lambda s: s["D"].inv(),
                "=",
                lambda s: diag(1 / s["lambda_0"], 1 / s["lambda_0"], 1 / s["lambda_1"], 1 / s["lambda_1"]),
            ),
        ),
        suffix=".tex",
    ),
    Snippet(
        "a scalar in front of a matrix of signs",
        r"""$$H = \frac{1}{\sqrt{2}} \begin{bmatrix} 1 & 1 \\ 1 & -1 \end{bmatrix}, \quad H H^\top = \mathrm{Id}$$""",
        (
            says("H", "=", lambda s: rows([1, 1], [1, -1]) / sqrt(2)),
            says(lambda s: s["H"] * s["H"].T, "=", lambda s: eye(2)),
        ),
    ),
    Snippet(
        "a wide reader with empty cells and a break too many",
        r"""```math
W_V = \begin{pmatrix}
  & & 1 & & & & & \\
  & & & & & -2 & & \\
  & & & & & & & \beta \\
\end{pmatrix}
```""",
        (
            says(
                "W_V",
                "=",
                lambda s: rows([0, 0, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, -2, 0, 0], [0] * 7 + [s["beta"]]),
            ),
        ),
    ),
    Snippet(
        "a Kronecker product beside a product",
        r"""$$ K = A \otimes B C, \qquad L = A B \otimes C^\top $$""",
        (
            says("K", "=", lambda s: kronecker(s["A"], s["B"] * s["C"])),
            says("L", "=", lambda s: kronecker(s["A"] * s["B"], s["C"].T)),
        ),
        {"A": "2x2", "B": "2x3", "C": "3x2"},
    ),
    Snippet(
        "a Kronecker product of matrices written out",
        r"""$$
\begin{pmatrix} 1 & 0 \\ 0 & \beta \end{pmatrix} \otimes \begin{pmatrix} 0 & 1 \\ 1 & 0 \end{pmatrix}
= \begin{pmatrix} 0 & 1 & 0 & 0 \\ 1 & 0 & 0 & 0 \\ 0 & 0 & 0 & \beta \\ 0 & 0 & \beta & 0 \end{pmatrix}
$$""",
        (
            says(
                lambda s: kronecker(diag(1, s["beta"]), rows([0, 1], [1, 0])),
                "=",
                lambda s: diag(rows([0, 1], [1, 0]), s["beta"] * rows([0, 1], [1, 0])),
            ),
        ),
    ),
    Snippet(
        "transposes and inverses of products",
        r"""- $(A B)^T = B^T A^T$
- $(A B)^{-1} = B^{-1} A^{-1}$
- $A^{-T} = (A^{-1})^\top$
""",
        (
            says(lambda s: (s["A"] * s["B"]).T, "=", lambda s: (s["A"] * s["B"]).T),
            says(lambda s: (s["A"] * s["B"]).inv(), "=", lambda s: (s["A"] * s["B"]).inv()),
            says(lambda s: s["A"].inv().T, "=", lambda s: s["A"].inv().T),
        ),
        {"A": "2x2", "B": "2x2"},
    ),
    Snippet(
        "dots in a matrix whose size is declared",
        r"""$$E = \begin{bmatrix} \beta & & \\ & \ddots & \\ & & \beta \end{bmatrix}$$""",
        (says("E", "=", lambda s: s["beta"] * eye(5)),),
        {"E": "5x5"},
    ),
    Snippet(
        "a row vector times a column of its own",
        r"""$$\begin{pmatrix} a & b \end{pmatrix} \begin{pmatrix} a \\ b \end{pmatrix} = a^2 + b^2$$""",
        (says(lambda s: s["a"] ** 2 + s["b"] ** 2, "=", lambda s: s["a"] ** 2 + s["b"] ** 2),),
    ),
)

STACKS = (
    Snippet(
        "contents as rows, transposed",
        r"""**2(a).** Both sides project onto the contents:

$$
W_Q = W_K = \begin{bmatrix}
{u^{\text{cont}}_0}^T \\ {u^{\text{cont}}_1}^T \\ {u^{\text{cont}}_2}^T \\ {u^{\text{cont}}_3}^T
\end{bmatrix}
$$
""",
        (says("W_Q", "=", "W_K", "=", lambda s: stack(s["u^cont_0"], s["u^cont_1"], s["u^cont_2"], s["u^cont_3"])),),
        exercise="framework/2a",
    ),
    Snippet(
        "plain letters as labels, the number first",
        r"""$$W_K = \begin{pmatrix} u_0^{cos} \\ u_0^{sin} \\ u_1^{cos} \\ u_1^{sin} \end{pmatrix}$$""",
        (says("W_K", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"], s["u^cos_1"], s["u^sin_1"])),),
        exercise="framework/2b",
    ),
    Snippet(
        "a number matrix times a stack, the stack named before",
        r"""Put $$S = \begin{pmatrix} u^{\cos}_0 \\ u^{\sin}_0 \end{pmatrix}.$$ Then

$$W_Q = \begin{pmatrix} \cos\alpha_0 & \sin\alpha_0 \\ -\sin\alpha_0 & \cos\alpha_0 \end{pmatrix} S
= \begin{pmatrix}
\cos(\alpha_0) u^{\cos}_0 + \sin(\alpha_0) u^{\sin}_0 \\
\cos(\alpha_0) u^{\sin}_0 - \sin(\alpha_0) u^{\cos}_0
\end{pmatrix}, \qquad W_K = S.$$
""",
        (
            says("S", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"])),
            says(
                "W_Q",
                "=",
                lambda s: turn(cos(s["alpha_0"]), -sin(s["alpha_0"])) * s["S"],
                "=",
                lambda s: turn(cos(s["alpha_0"]), -sin(s["alpha_0"])) * s["S"],
            ),
            says("W_K", "=", lambda s: s["S"]),
        ),
        exercise="framework/2c",
    ),
    Snippet(
        "scratch directions with numbers in front, and a row of nothing",
        r"""\begin{align*}
W_Q &= \begin{bmatrix} 2 v_0 \\ -v_1 \\ 0 \\ \tfrac{1}{2} v_3 \end{bmatrix}
\end{align*}""",
        (says("W_Q", "=", lambda s: stack(2 * s["v_0"], -s["v_1"], nothing(), s["v_3"] / 2)),),
        exercise="framework/2f",
    ),
    Snippet(
        "the output as a row of columns",
        r"""$$W_V = \begin{pmatrix} u^{\cos}_0 \\ u^{\sin}_0 \\ u^{\cos}_1 \end{pmatrix},\quad
W_{out} = \begin{pmatrix} v_0 & v_1 & v_2 \end{pmatrix}$$""",
        (
            says("W_V", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"], s["u^cos_1"])),
            says("W_O", "=", lambda s: stack(s["v_0"], s["v_1"], s["v_2"]).T),
        ),
        exercise="framework/2e",
    ),
    Snippet(
        "rows convention: queries as a row of columns, contents weighted against places",
        r"""$$W_Q = \begin{pmatrix}
u^{\text{cont}}_0 & u^{\text{cont}}_1 & \beta u^{\cos}_0 & \beta u^{\sin}_0
\end{pmatrix}$$

$$W_K = \begin{pmatrix} u^{\text{cont}}_0 & u^{\text{cont}}_1 & -u^{\cos}_0 & -u^{\sin}_0 \end{pmatrix}$$
""",
        (
            says(
                "W_Q",
                "=",
                lambda s: stack(s["u^cont_0"], s["u^cont_1"], s["beta"] * s["u^cos_0"], s["beta"] * s["u^sin_0"]).T,
            ),
            says("W_K", "=", lambda s: stack(s["u^cont_0"], s["u^cont_1"], -s["u^cos_0"], -s["u^sin_0"]).T),
        ),
        exercise="framework/2d",
        convention="rows",
    ),
    Snippet(
        "a diagonal of roots times a stack",
        r"""\[
W_K = \operatorname{diag}(1, 1, \sqrt{\beta}, \sqrt{\beta})
\begin{pmatrix} u_0^{\mathrm{cont}} \\ u_1^{\mathrm{cont}} \\ u_0^{\cos} \\ u_0^{\sin} \end{pmatrix}
\]""",
        (
            says(
                "W_K",
                "=",
                lambda s: stack(
                    s["u^cont_0"], s["u^cont_1"], sqrt(s["beta"]) * s["u^cos_0"], sqrt(s["beta"]) * s["u^sin_0"]
                ),
            ),
        ),
        exercise="framework/2d",
    ),
)

NAMES = (
    Snippet(
        "heads in either order, product order kept, and the usual two sums",
        r"""Two tokens back: $W_{\text{net}}^2 \cdot W_{\text{net}}^1 = W^2_{\text{net}} W^{(1)}_{net}$

One token back: $T = W_{\text{net}}^2 \cdot \text{Id} ~+~ \text{Id} \cdot W_{\text{net}}^1$
""",
        (
            says(lambda s: s["W_net^2"] * s["W_net^1"], "=", lambda s: s["W_net^2"] * s["W_net^1"]),
            says("T", "=", lambda s: s["W_net^2"] + s["W_net^1"]),
        ),
        {"W_net^1": "3x3", "W_net^2": "3x3"},
    ),
    Snippet(
        "bold names as papers set them",
        r"""\begin{equation*}
\mathbf{S} = \mathbf{W}_Q^{\top} \mathbf{W}_K = \boldsymbol{W}_Q^T \boldsymbol{W}_K
\end{equation*}""",
        (says("S", "=", lambda s: s["W_Q"].T * s["W_K"], "=", lambda s: s["W_Q"].T * s["W_K"]),),
        {"W_Q": "2x3", "W_K": "2x3"},
        suffix=".tex",
    ),
    Snippet(
        "a changed basis of the head, with primes",
        r"""Let $W_Q' = G W_Q$ and $W_K' = G^{-T} W_K$. Then
$$W_Q'^T W_K' = W_Q^T G^T G^{-T} W_K = W_Q^T W_K.$$
""",
        (
            says("W_Q'", "=", lambda s: s["G"] * s["W_Q"]),
            says("W_K'", "=", lambda s: s["G"].inv().T * s["W_K"]),
            says(
                lambda s: s["W_Q'"].T * s["W_K'"],
                "=",
                lambda s: s["W_Q"].T * s["W_K"],
                "=",
                lambda s: s["W_Q"].T * s["W_K"],
            ),
        ),
        {"G": "2x2", "W_Q": "2x3", "W_K": "2x3"},
    ),
    Snippet(
        "tildes and hats over matrices",
        r"""$$\tilde{W}_V = G W_V, \qquad \hat W_O = W_O G^{-1}, \qquad \hat W_O \tilde{W}_V = W_O W_V$$""",
        (
            says("tilde W_V", "=", lambda s: s["G"] * s["W_V"]),
            says("hat W_O", "=", lambda s: s["W_O"] * s["G"].inv()),
            says(lambda s: s["W_O"] * s["W_V"], "=", lambda s: s["W_O"] * s["W_V"]),
        ),
        {"G": "2x2", "W_V": "2x3", "W_O": "3x2"},
    ),
    Snippet(
        "out is O",
        r"""$$W_{\mathrm{net}}^{1} = W_{out}^1 W_V^1, \quad W_O^{1} W_V^{1} = W_{\text{net}}^1$$""",
        (
            says("W_net^1", "=", lambda s: s["W_O^1"] * s["W_V^1"]),
            says(lambda s: s["W_O^1"] * s["W_V^1"], "=", lambda s: s["W_O^1"] * s["W_V^1"]),
        ),
        {"W_O^1": "3x2", "W_V^1": "2x3"},
    ),
    Snippet(
        "the case of letters, and the length of the context",
        r"""$N - n \ge n - N$ and $n + N = N + n$""",
        (
            says(lambda s: s["N"] - s["n"], ">=", lambda s: s["n"] - s["N"]),
            says(lambda s: s["n"] + s["N"], "=", lambda s: s["N"] + s["n"]),
        ),
        {"N": "positive integer"},
    ),
    Snippet(
        "scores of two tokens by their vectors",
        r"""$$s = \frac{x_n^\top W_Q^\top W_K x_m}{\sqrt{d_k}} = d_k^{-1/2} \, (W_Q x_n)^\top (W_K x_m)$$""",
        (
            says(
                "s",
                "=",
                lambda s: (s["x_n"].T * s["W_Q"].T * s["W_K"] * s["x_m"]) / sqrt(s["d_k"]),
                "=",
                lambda s: (s["x_n"].T * s["W_Q"].T * s["W_K"] * s["x_m"]) / sqrt(s["d_k"]),
            ),
        ),
        {"W_Q": "2x3", "W_K": "2x3", "x_n": "3x1", "x_m": "3x1"},
    ),
    Snippet(
        "commands of one's own",
        r"""\documentclass{article}
\usepackage{amsmath,amssymb}
\newcommand{\WQ}{W_Q}
\newcommand{\WK}{W_K}
\newcommand{\tp}{^{\top}}
\newcommand{\ca}{\cos\alpha_0}
\begin{document}
\begin{align}
A &= \WQ\tp \WK \\
g &= 1 - \ca
\end{align}
\end{document}
""",
        (
            says("A", "=", lambda s: s["W_Q"].T * s["W_K"]),
            says("g", "=", lambda s: 1 - cos(s["alpha_0"])),
        ),
        {"W_Q": "2x3", "W_K": "2x3"},
        suffix=".tex",
    ),
    Snippet(
        "a command with an argument",
        r"""\newcommand{\mat}[1]{\begin{bmatrix} #1 \end{bmatrix}}
\[ Z = \mat{1 & 2 \\ 3 & 4} - \mat{0 & 2 \\ 0 & 4} \]
""",
        (says("Z", "=", lambda s: rows([1, 0], [3, 0])),),
        suffix=".tex",
    ),
    Snippet(
        "Greek names of angles, declared",
        r"""$$\cos(\theta + \varphi) = \cos\theta \cos\varphi - \sin\theta \sin\varphi$$""",
        (
            says(
                lambda s: cos(s["theta"] + s["varphi"]),
                "=",
                lambda s: cos(s["theta"]) * cos(s["varphi"]) - sin(s["theta"]) * sin(s["varphi"]),
            ),
        ),
        {"theta": "real", "varphi": "real"},
    ),
)

FORMULAS = (
    Snippet(
        "arguments without brackets",
        r"""$$\cos\alpha_0 n \cos\alpha_0 m + \sin\alpha_0 n \sin\alpha_0 m = \cos(\alpha_0 (n - m))$$""",
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
        "powers of functions and a half angle",
        r"""$$1 - \cos\alpha_0 = 2\sin^2\left(\frac{\alpha_0}{2}\right) = 2 \sin^{2}\tfrac{\alpha_0}{2}$$""",
        (
            says(
                lambda s: 1 - cos(s["alpha_0"]),
                "=",
                lambda s: 2 * sin(s["alpha_0"] / 2) ** 2,
                "=",
                lambda s: 2 * sin(s["alpha_0"] / 2) ** 2,
            ),
        ),
    ),
    Snippet(
        "fractions in fractions with a tangent",
        r"""$$\dfrac{\frac{\sin\alpha_1}{2}}{\frac{\cos\alpha_1}{2}} = \tan\alpha_1 = \tan(\alpha_1)$$""",
        (says(lambda s: tan(s["alpha_1"]), "=", lambda s: tan(s["alpha_1"]), "=", lambda s: tan(s["alpha_1"])),),
    ),
    Snippet(
        "two exponentials over their sum",
        r"""$$p = \frac{e^{\beta}}{e^{\beta} + e^{-\beta}}
= \frac{1}{1 + \exp(-2\beta)} = \frac{1}{1+\exp\left(-2\beta\right)}$$""",
        (
            says(
                "p",
                "=",
                lambda s: exp(s["beta"]) / (exp(s["beta"]) + exp(-s["beta"])),
                "=",
                lambda s: 1 / (1 + exp(-2 * s["beta"])),
                "=",
                lambda s: 1 / (1 + exp(-2 * s["beta"])),
            ),
        ),
    ),
    Snippet(
        "logarithms are natural",
        r"""$\log Lg = \ln(Lg)$ and $\log(2 Lg) - \log 2 = \ln Lg$, that is, $e^{\ln Lg} = Lg$.""",
        (
            says(lambda s: log(s["Lg"]), "=", lambda s: log(s["Lg"])),
            says(lambda s: log(s["Lg"]), "=", lambda s: log(s["Lg"])),
            says(lambda s: s["Lg"], "=", lambda s: s["Lg"]),
        ),
    ),
    Snippet(
        "a sum over pairs, and written out",
        r"""$$
\sum_{i=0}^{1} \lambda_i^2 \cos(\alpha_i (n-m))
= \lambda_0^2 \cos(\alpha_0 (n-m)) + \lambda_1^2 \cos(\alpha_1 (n-m))
$$""",
        (
            says(
                *(
                    lambda s: sum(s[f"lambda_{i}"] ** 2 * cos(s[f"alpha_{i}"] * (s["n"] - s["m"])) for i in range(2)),
                    "=",
                    lambda s: sum(s[f"lambda_{i}"] ** 2 * cos(s[f"alpha_{i}"] * (s["n"] - s["m"])) for i in range(2)),
                )
            ),
        ),
    ),
    Snippet(
        "a sum up to a name",
        r"""$$\sum_{k=1}^{N} (2k - 1) = N^2$$""",
        (says(lambda s: s["N"] ** 2, "=", lambda s: s["N"] ** 2),),
        {"N": "positive integer"},
    ),
    Snippet(
        "a geometric sum of exponentials in a denominator",
        r"""$$a = \frac{e^{\beta n}}{\sum_{j=0}^{n} e^{\beta j}}$$""",
        (
            says(
                "a",
                "=",
                lambda s: exp(s["beta"] * s["n"]) / sum(exp(s["beta"] * j) for j in range(s["n"] + 1)),
            ),
        ),
    ),
    Snippet(
        "softmax of a row, and its values",
        r"""$$\operatorname{softmax}\begin{pmatrix} 0 & \log 3 \end{pmatrix}
= \begin{pmatrix} \frac14 & \frac34 \end{pmatrix}$$""",
        (
            says(
                lambda s: rows([Rational(1, 4), Rational(3, 4)]),
                "=",
                lambda s: rows([Rational(1, 4), Rational(3, 4)]),
            ),
        ),
    ),
    Snippet(
        "softmax of three scores in growing brackets",
        r"""\[
A = \operatorname{softmax}\left(\begin{bmatrix} \beta & 0 & -\beta \end{bmatrix}\right)
\]""",
        (says("A", "=", lambda s: softmax(rows([s["beta"], 0, -s["beta"]]))),),
    ),
    Snippet(
        "softmax of a row in bare brackets",
        r"""$$A = \mathrm{softmax}(\beta, 0)$$""",
        (says("A", "=", lambda s: softmax(rows([s["beta"], 0]))),),
    ),
    Snippet(
        "the delta of two tokens, by cases",
        r"""$$
\delta_{nm} = \begin{cases} 1 & \text{if } n = m \\ 0 & \text{otherwise} \end{cases}
$$""",
        (
            says(
                lambda s: number(int(s["n"] == s["m"]))(s),
                "=",
                lambda s: number(int(s["n"] == s["m"]))(s),
            ),
        ),
    ),
    Snippet(
        "a score with a delta",
        r"""$$t = \beta\,\delta_{nm} - \lambda_0^2\,(1 - \delta_{mn})$$""",
        (
            says(
                "t",
                "=",
                lambda s: s["beta"] if s["n"] == s["m"] else -(s["lambda_0"] ** 2),
            ),
        ),
    ),
    Snippet(
        "numbers in many dresses",
        r"""$2 \times 3 = 6$, $\frac{3}{4} = 0.75$, $10^{-3} = 0.001$, and $-\sqrt{16} = -4$""",
        (
            says(number(6), "=", number(6)),
            says(number("3/4"), "=", number("0.75")),
            says(number("1/1000"), "=", number("0.001")),
            says(number(-4), "=", number(-4)),
        ),
    ),
    Snippet(
        "pi, and angles made of it",
        r"""$\cos\frac{\pi}{3} = \frac12$ and $\sin(2\pi n + \pi/2) = 1$""",
        (says(number("1/2"), "=", number("1/2")), says(number(1), "=", number(1))),
    ),
)

CHAINS = (
    Snippet(
        "an aligned chain of a language model, with its remarks",
        r"""Sure! Here is the derivation:

$$
\begin{aligned}
g &= \lambda_0^2 \cos(0) - \lambda_0^2 \cos(\alpha_0) && \text{(the gap)} \\
  &= \lambda_0^2 \left(1 - \cos\alpha_0\right) && \text{since the cosine of nought is one} \\
  &= 2\lambda_0^2 \sin^2\!\left(\frac{\alpha_0}{2}\right) && \text{by the half-angle identity}
\end{aligned}
$$

Hence the gap is positive. ✅
""",
        (
            says(
                "g",
                "=",
                *(
                    lambda s: s["lambda_0"] ** 2 * (1 - cos(s["alpha_0"])),
                    "=",
                    lambda s: s["lambda_0"] ** 2 * (1 - cos(s["alpha_0"])),
                    "=",
                    lambda s: s["lambda_0"] ** 2 * (1 - cos(s["alpha_0"])),
                ),
            ),
        ),
    ),
    Snippet(
        "inequalities in a row",
        r"""$$0 \le 1 - \cos\alpha_0 \leq 2 < 3$$""",
        (says(number(0), "<=", lambda s: 1 - cos(s["alpha_0"]), "<=", number(2), "<", number(3)),),
    ),
    Snippet(
        "a bound the other way round",
        r"""$$e^{\beta} > 1 + \beta \geq 1$$""",
        (says(lambda s: exp(s["beta"]), ">", lambda s: 1 + s["beta"], ">=", number(1)),),
    ),
    Snippet(
        "rounded values at the end",
        r"""$$p = \frac{1}{1 + e^{-2}} \approx 0.8808, \qquad 1 - p \approx 0.12$$""",
        (
            says("p", "=", lambda s: 1 / (1 + exp(-2)), "~", number("0.8808")),
            says(lambda s: 1 - 1 / (1 + exp(-2)), "~", number("0.12")),
        ),
    ),
    Snippet(
        "one statement that follows from another",
        r"""$$n - m = 1 \implies \cos(\alpha_0(n-m)) = \cos\alpha_0$$""",
        (
            says(lambda s: s["n"] - s["m"], "=", number(1)),
            says(lambda s: cos(s["alpha_0"] * (s["n"] - s["m"])), "=", lambda s: cos(s["alpha_0"])),
        ),
    ),
    Snippet(
        "definitions by a colon",
        r"""$$a := \lambda_0^2 + \lambda_1^2, \quad
b \coloneqq 2\lambda_0\lambda_1, \quad a - b = (\lambda_0 - \lambda_1)^2$$""",
        (
            says("a", "=", lambda s: s["lambda_0"] ** 2 + s["lambda_1"] ** 2),
            says("b", "=", lambda s: 2 * s["lambda_0"] * s["lambda_1"]),
            says(
                lambda s: (s["lambda_0"] - s["lambda_1"]) ** 2,
                "=",
                lambda s: (s["lambda_0"] - s["lambda_1"]) ** 2,
            ),
        ),
    ),
    Snippet(
        "gathered lines",
        r"""\begin{gather*}
a = \frac{\lambda_1}{\lambda_0} \\
\lambda_0 a = \lambda_1 \\
\boxed{a^2 < 1}
\end{gather*}
""",
        (
            says("a", "=", lambda s: s["lambda_1"] / s["lambda_0"]),
            says(lambda s: s["lambda_1"], "=", lambda s: s["lambda_1"]),
            says(lambda s: (s["lambda_1"] / s["lambda_0"]) ** 2, "<", number(1)),
        ),
        suffix=".tex",
    ),
    Snippet(
        "split in a labelled equation, with a comment",
        r"""\begin{equation}\label{eq:two}
\begin{split}
(a + b)^2 &= (a + b)(a + b) \\   % expand
          &= a^2 + 2ab + b^2
\end{split}
\end{equation}
""",
        (
            says(
                lambda s: (s["a"] + s["b"]) ** 2,
                "=",
                lambda s: (s["a"] + s["b"]) ** 2,
                "=",
                lambda s: s["a"] ** 2 + 2 * s["a"] * s["b"] + s["b"] ** 2,
            ),
        ),
        suffix=".tex",
    ),
    Snippet(
        "an underbrace that says what it is",
        r"""$$\underbrace{W_O W_V}_{\text{the whole head}} = \boxed{\begin{pmatrix} 0 & 0 \\ 1 & 0 \end{pmatrix}}$$""",
        (says(lambda s: s["W_O"] * s["W_V"], "=", lambda s: ones_at(2, 2, (1, 0))),),
        {"W_O": "2x1", "W_V": "1x2"},
    ),
    Snippet(
        "definitions joined by words",
        r"""$$W_Q = \begin{pmatrix} 1 & 0 \end{pmatrix} \quad\text{and}\quad W_K = \begin{pmatrix} 0 & 1 \end{pmatrix},
\quad \text{so} \quad W_Q^T W_K = \begin{pmatrix} 0 & 1 \\ 0 & 0 \end{pmatrix}$$""",
        (
            says("W_Q", "=", lambda s: rows([1, 0])),
            says("W_K", "=", lambda s: rows([0, 1])),
            says(lambda s: ones_at(2, 2, (0, 1)), "=", lambda s: ones_at(2, 2, (0, 1))),
        ),
    ),
    Snippet(
        "a cell of a notebook with headings, lists and prices",
        r"""## Head 2

1. value: $W_V^2 = \begin{bmatrix} 0 & 1 & 0 \end{bmatrix}$
2. output: $W_{out}^2 = \begin{bmatrix} 0 \\ 0 \\ 1 \end{bmatrix}$

so
$$W_{net}^2 = W_{out}^2 \cdot W_V^2 = \begin{bmatrix} 0 & 0 & 0 \\ 0 & 0 & 0 \\ 0 & 1 & 0 \end{bmatrix}$$
""",
        (
            says("W_V^2", "=", lambda s: rows([0, 1, 0])),
            says("W_O^2", "=", lambda s: rows([0], [0], [1])),
            says("W_net^2", "=", lambda s: ones_at(3, 3, (2, 1)), "=", lambda s: ones_at(3, 3, (2, 1))),
        ),
    ),
    Snippet(
        "rows convention: a product in the writer's order",
        r"""With $W_V = \begin{pmatrix} 1 \\ 0 \end{pmatrix}$ and $W_O = \begin{pmatrix} 0 & 1 \end{pmatrix}$:
$$W_V W_O = \begin{pmatrix} 0 & 1 \\ 0 & 0 \end{pmatrix}$$
""",
        (
            says("W_V", "=", lambda s: rows([1], [0])),
            says("W_O", "=", lambda s: rows([0, 1])),
            says(lambda s: ones_at(2, 2, (0, 1)), "=", lambda s: ones_at(2, 2, (0, 1))),
        ),
        convention="rows",
    ),
    Snippet(
        "several ends of lines in one align, two definitions on one of them",
        r"""\begin{align}
c &= \cos\alpha_1, & s &= \sin\alpha_1, \\
c^2 + s^2 &= 1, \\
2 c s &= \sin 2\alpha_1.
\end{align}
""",
        (
            says("c", "=", lambda s: cos(s["alpha_1"])),
            says("s", "=", lambda s: sin(s["alpha_1"])),
            says(number(1), "=", number(1)),
            says(lambda s: sin(2 * s["alpha_1"]), "=", lambda s: sin(2 * s["alpha_1"])),
        ),
        suffix=".tex",
    ),
    Snippet(
        "spacing commands everywhere",
        r"""\[ \lambda_0 \, \lambda_1 \; + \quad 2 \! \beta \qquad = \: 2\beta \ + \lambda_1 \cdot \lambda_0 \]""",
        (
            says(
                lambda s: s["lambda_0"] * s["lambda_1"] + 2 * s["beta"],
                "=",
                lambda s: s["lambda_0"] * s["lambda_1"] + 2 * s["beta"],
            ),
        ),
    ),
    Snippet(
        "a residual identity: zero of the same size",
        r"""$$W_V^2 W_{out}^1 = 0, \qquad
(I + W_{net}^2)(I + W_{net}^1) = I + W_{net}^1 + W_{net}^2 + W_{net}^2 W_{net}^1$$""",
        (
            says(lambda s: s["W_V^2"] * s["W_O^1"], "=", lambda s: zeros(2, 2)),
            says(
                lambda s: (eye(3) + s["W_net^2"]) * (eye(3) + s["W_net^1"]),
                "=",
                lambda s: (eye(3) + s["W_net^2"]) * (eye(3) + s["W_net^1"]),
            ),
        ),
        {"W_V^2": "2x3", "W_O^1": "3x2", "W_net^1": "3x3", "W_net^2": "3x3"},
    ),
)

_LOOK_ALIKE = "\u0430"  # the Cyrillic letter that looks like an a
_OMICRON = "\u039f"  # the Greek letter that looks like an O
_TURNED = "\u202e"  # what follows is shown from right to left

REFUSALS = (
    Snippet(
        "a name that nobody declared before a matrix",
        r"""$$W_Q = «P» \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}$$""",
        refused="a scalar or a matrix",
    ),
    Snippet(
        "a name that nobody declared after a matrix",
        r"""$$A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$$

$$B = A «X»$$
""",
        refused="a scalar or a matrix",
    ),
    Snippet(
        "a capital Greek letter between matrices",
        r"""We get $S = W_Q^\top «\Sigma» W_K$ in the end.""",
        declares={"W_Q": "2x3", "W_K": "2x3"},
        refused="a scalar or a matrix",
    ),
    Snippet(
        "a function of one's own",
        r"""\begin{align}
«f(n)» &= \cos(\alpha_0 n)
\end{align}""",
        suffix=".tex",
        refused="a function or a product",
    ),
    Snippet(
        "a score as a function of two tokens",
        r"""$$«s(n, m)» = \lambda_0^2 \cos(\alpha_0 (n - m))$$""",
        refused="a function or a product",
    ),
    Snippet(
        "a sine over two",
        r"""Line one.

$$g = 2 «\sin \alpha_0 / 2»$$
""",
        refused="a half of the sine or of the angle",
    ),
    Snippet(
        "a cosine of a product over two, in a sum",
        r"""$$h = 1 + «\cos\alpha_0 n/2» - \beta$$""",
        refused="a half of the cosine or of the angle",
    ),
    Snippet(
        "a logarithm over three",
        r"""$$b = «\log Lg/3»$$""",
        refused="a third of the logarithm or of what is in it",
    ),
    Snippet(
        "one over two beta",
        r"""$$t = «1/2\beta»$$""",
        refused="one over two, times beta, or one over all of it",
    ),
    Snippet(
        "one over two pi in a factor",
        r"""$$w = 1 + «1/2\pi»$$""",
        refused="one over two, times pi, or one over all of it",
    ),
    Snippet(
        "dots in a row of numbers",
        r"""$$r = \begin{pmatrix} 1 & 0 & «\cdots» & 0 \end{pmatrix}$$""",
        refused="how many",
    ),
    Snippet(
        "a diagonal that goes on",
        r"""\[
L = \begin{bmatrix} \lambda_0 & & \\ & «\ddots» & \\ & & \lambda_0 \end{bmatrix}
\]""",
        suffix=".tex",
        refused="how many",
    ),
    Snippet(
        "directions that go on",
        r"""$$W_Q = \begin{pmatrix} u^{\cos}_0 \\ u^{\sin}_0 \\ «\vdots» \\ u^{\sin}_1 \end{pmatrix}$$""",
        exercise="framework/2b",
        refused="how many",
    ),
    Snippet(
        "a row too short",
        r"""$$M = \begin{pmatrix}
1 & 0 & 0 \\
«0 & 1 \\»
0 & 0 & 1
\end{pmatrix}$$""",
        refused="ragged",
    ),
    Snippet(
        "a row too long, in the second of two definitions",
        r"""\begin{align*}
A &= \begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix} \\
B &= \begin{bmatrix} 1 & 2 \\ «3 & 4 & 5» \end{bmatrix}
\end{align*}""",
        suffix=".tex",
        refused="ragged",
    ),
    Snippet(
        "a letter that looks like an a",
        rf"""$$ b = 2 «{_LOOK_ALIKE}» + 1 $$""",
        refused="a look-alike",
    ),
    Snippet(
        "an index that looks like an O",
        rf"""$$ W_{{net}} = W_«{_OMICRON}» W_V $$""",
        declares={"W_O": "3x2", "W_V": "2x3"},
        refused="a look-alike",
    ),
    Snippet(
        "a mark that turns the line round",
        rf"""$$ a = 1 «{_TURNED}»- 2 $$""",
        refused="a control character",
    ),
    Snippet(
        "a bell in a formula",
        "$$ a = 1 «\x07»+ 2 $$",
        refused="a control character",
    ),
    Snippet(
        "a product whose shapes do not fit",
        r"""$$C = «W_Q W_K»$$""",
        declares={"W_Q": "2x3", "W_K": "2x3"},
        refused="shapes",
    ),
    Snippet(
        "a number added to a matrix",
        r"""$$C = «W_Q^\top W_K + 1»$$""",
        declares={"W_Q": "2x3", "W_K": "2x3"},
        refused="shapes",
    ),
)

SNIPPETS = MATRICES + STACKS + NAMES + FORMULAS + CHAINS + REFUSALS
