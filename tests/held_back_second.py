r"""A second held-back corpus: how people write on question pages, in chats with a language model, and on Overleaf.

It was written, with its meanings, before the first look at the reader it measures; the first corpus is another hand's.
"""

from __future__ import annotations

from held_back_meaning import Snippet, kronecker, name, number, ones_at, rows, says, softmax, stack, turn
from sympy import Rational, cos, diag, exp, eye, log, pi, sin, sqrt

MATRICES = (
    Snippet(
        "an answer of a chat: headings, bold, brackets in align in dollars",
        r"""### Step 1 – Head 1

**Value matrix.** We read dims 0 and 1:

$$
\begin{align}
W_V^{1} &= \begin{bmatrix} 1 & 0 & 0 & 0 \\ 0 & 1 & 0 & 0 \end{bmatrix} \\
W_{\text{out}}^{1} &= \begin{bmatrix} 0 & 0 \\ 0 & 0 \\ 1 & 0 \\ 0 & 1 \end{bmatrix} \\
W_{\text{net}}^{1} &= W_{\text{out}}^{1} W_V^{1}
 = \begin{bmatrix} 0 & 0 & 0 & 0 \\ 0 & 0 & 0 & 0 \\ 1 & 0 & 0 & 0 \\ 0 & 1 & 0 & 0 \end{bmatrix}
\end{align}
$$

✅ So dims 0–1 are copied to dims 2–3.
""",
        (
            says("W_V^1", "=", lambda s: ones_at(2, 4, (0, 0), (1, 1))),
            says("W_O^1", "=", lambda s: ones_at(4, 2, (2, 0), (3, 1))),
            says("W_net^1", "=", lambda s: s["W_O^1"] * s["W_V^1"], "=", lambda s: ones_at(4, 4, (2, 0), (3, 1))),
        ),
    ),
    Snippet(
        "an array ruled on every side",
        r"""\[
M = \left( \begin{array}{|cc|c|}
\hline
a & b & 0 \\
c & h & 0 \\
\hline
0 & 0 & -1 \\
\hline
\end{array} \right)
\]""",
        (says("M", "=", lambda s: rows([s["a"], s["b"], 0], [s["c"], s["h"], 0], [0, 0, -1])),),
    ),
    Snippet(
        "blocks with sized identities and bold noughts",
        r"""$$ P = \begin{pmatrix} \mathbf{0} & I_2 \\ I_3 & \mathbf{0} \end{pmatrix} $$""",
        (says("P", "=", lambda s: ones_at(5, 5, (0, 3), (1, 4), (2, 0), (3, 1), (4, 2))),),
    ),
    Snippet(
        "breaks doubled as a static site wants them",
        r"""$$ A = \begin{bmatrix} 1 & 2 \\\\ 3 & 4 \end{bmatrix} $$""",
        (says("A", "=", lambda s: rows([1, 2], [3, 4])),),
    ),
    Snippet(
        "a matrix aligned right",
        r"""$$ R = \begin{bmatrix*}[r] 0 & -1 \\ 1 & 0 \end{bmatrix*} $$""",
        (says("R", "=", lambda s: rows([0, -1], [1, 0])),),
    ),
    Snippet(
        "a written matrix transposed, and one to a power",
        r"""$$ \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}^{\!\top} = \begin{pmatrix} 1 & 3 \\ 2 & 4 \end{pmatrix},
\qquad \begin{pmatrix} 1 & 1 \\ 0 & 1 \end{pmatrix}^3 = \begin{pmatrix} 1 & 3 \\ 0 & 1 \end{pmatrix} $$""",
        (
            says(lambda s: rows([1, 3], [2, 4]), "=", lambda s: rows([1, 3], [2, 4])),
            says(lambda s: rows([1, 3], [0, 1]), "=", lambda s: rows([1, 3], [0, 1])),
        ),
    ),
    Snippet(
        "diag upright, with brackets that grow",
        r"""\[
\Lambda = \mathrm{diag}\left( \lambda_0^{2},\; \lambda_0^{2},\; \frac{\lambda_1}{\lambda_0} \right) \]""",
        (says("Lambda", "=", lambda s: diag(s["lambda_0"] ** 2, s["lambda_0"] ** 2, s["lambda_1"] / s["lambda_0"])),),
    ),
    Snippet(
        "dots along the diagonal of a matrix whose size is declared",
        r"""$$ W = \begin{pmatrix} 2 & & \\ & \ddots & \\ & & 2 \end{pmatrix} $$""",
        (says("W", "=", lambda s: 2 * eye(6)),),
        {"W": "6x6"},
    ),
    Snippet(
        "a matrix over a root with a slash, and under one with a fraction",
        r"""$$ S = W_Q^{\mathsf{T}} W_K / \sqrt{d_k} = \frac{1}{\sqrt{d_k}}\, W_Q^{\intercal} W_K $$""",
        (
            says(
                "S",
                "=",
                lambda s: s["W_Q"].T * s["W_K"] / sqrt(s["d_k"]),
                "=",
                lambda s: s["W_Q"].T * s["W_K"] / sqrt(s["d_k"]),
            ),
        ),
        {"W_Q": "2x3", "W_K": "2x3"},
    ),
    Snippet(
        "the identity bold and with both of its sizes",
        r"""$$ B = \mathbf{I} - \tfrac{1}{3} A, \qquad C = A - I_{3 \times 3} $$""",
        (says("B", "=", lambda s: eye(3) - s["A"] / 3), says("C", "=", lambda s: s["A"] - eye(3))),
        {"A": "3x3"},
    ),
    Snippet(
        "Kronecker products with identities on either side",
        r"""$$ K = A \otimes I_2 + I_2 \otimes A $$""",
        (says("K", "=", lambda s: kronecker(s["A"], eye(2)) + kronecker(eye(2), s["A"])),),
        {"A": "2x2"},
    ),
)

NAMES = (
    Snippet(
        "heads in round brackets with the transpose beside them, as papers have it",
        r"""$$ C = W_Q^{(2)\top} W^{(2)}_K W_O^{(1)} W^{(1)}_V $$""",
        (says("C", "=", lambda s: s["W_Q^2"].T * s["W_K^2"] * s["W_O^1"] * s["W_V^1"]),),
        {"W_Q^2": "2x3", "W_K^2": "2x3", "W_O^1": "3x2", "W_V^1": "2x3"},
    ),
    Snippet(
        "bold round a whole name",
        r"""$$ \mathbf{W_{QK}} = \mathbf{W_Q}^\top \mathbf{W_K} $$""",
        (says("W_QK", "=", lambda s: s["W_Q"].T * s["W_K"]),),
        {"W_Q": "2x3", "W_K": "2x3"},
    ),
    Snippet(
        "primes before and after the index, one and two",
        r"""\begin{align*}
W_Q'  &= M W_Q \\
W_Q'' &= M W_Q' = M M W_Q
\end{align*}""",
        (
            says("W_Q'", "=", lambda s: s["M"] * s["W_Q"]),
            says("W_Q''", "=", lambda s: s["M"] * s["W_Q'"], "=", lambda s: s["M"] * s["M"] * s["W_Q"]),
        ),
        {"M": "2x2", "W_Q": "2x3"},
    ),
    Snippet(
        "a tilde without braces and a hat with a transpose",
        r"""\( \tilde W_Q = 2 W_Q \) and \( \hat W_K = -W_K \), so
\( \tilde{W}_Q^{T} \hat{W}_K = 2 W_Q^T \hat W_K \)""",
        (
            says("tilde W_Q", "=", lambda s: 2 * s["W_Q"]),
            says("hat W_K", "=", lambda s: -s["W_K"]),
            says(lambda s: s["tilde W_Q"].T * s["hat W_K"], "=", lambda s: 2 * s["W_Q"].T * s["hat W_K"]),
        ),
        {"W_Q": "2x3", "W_K": "2x3"},
    ),
    Snippet(
        "sizes with words for indices",
        r"""$$ \frac{1}{\sqrt{d_{\text{head}}}} = \frac{1}{\sqrt{d_{\mathrm{head}}}} = d_{\text{head}}^{-1/2} $$""",
        (
            says(
                lambda s: 1 / sqrt(s["d_head"]),
                "=",
                lambda s: 1 / sqrt(s["d_head"]),
                "=",
                lambda s: 1 / sqrt(s["d_head"]),
            ),
        ),
        {"d_head": "positive"},
    ),
    Snippet(
        "a bilinear form between two positions, braces round everything",
        r"""$$ {s}_{nm} = {x}_{n}^{\top} {W}_{Q}^{\top} {W}_{K} {x}_{m} $$""",
        (says("s_nm", "=", lambda s: s["x_n"].T * s["W_Q"].T * s["W_K"] * s["x_m"]),),
        {"W_Q": "2x3", "W_K": "2x3", "x_n": "3x1", "x_m": "3x1"},
    ),
    Snippet(
        "a macro of two arguments and one inside another",
        r"""\newcommand{\ang}[1]{\alpha_{#1}}
\newcommand{\turned}[2]{\cos(\ang{#1}) #2 - \sin(\ang{#1}) #2}
\begin{equation}
y = \turned{0}{\lambda_0} + \turned{1}{\beta}
\end{equation}
""",
        (
            says(
                "y",
                "=",
                lambda s: (
                    (cos(s["alpha_0"]) - sin(s["alpha_0"])) * s["lambda_0"]
                    + (cos(s["alpha_1"]) - sin(s["alpha_1"])) * s["beta"]
                ),
            ),
        ),
        suffix=".tex",
    ),
    Snippet(
        "the sum of all paths with the heads multiplied out",
        r"""\begin{align*}
(I + W_{\text{net}}^2)(I + W_{\text{net}}^1)
  &= I + \underbrace{W_{\text{net}}^1 + W_{\text{net}}^2}_{\text{one token back}}
   + \underbrace{W_{\text{net}}^2 W_{\text{net}}^1}_{\text{two tokens back}}
\end{align*}""",
        (
            says(
                lambda s: (eye(3) + s["W_net^2"]) * (eye(3) + s["W_net^1"]),
                "=",
                lambda s: eye(3) + s["W_net^1"] + s["W_net^2"] + s["W_net^2"] * s["W_net^1"],
            ),
        ),
        {"W_net^1": "3x3", "W_net^2": "3x3"},
    ),
)

STACKS = (
    Snippet(
        "rows between rules of text, each transposed",
        r"""$$
W_Q = \begin{bmatrix} \text{---} & (u^{\cos}_0)^\top & \text{---} \\ \text{---} & (u^{\sin}_0)^\top & \text{---}
\end{bmatrix}
$$""",
        (says("W_Q", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"])),),
        exercise="framework/2b",
    ),
    Snippet(
        "bold directions with the index below first",
        r"""$$ W_K = \begin{bmatrix} \mathbf{u}_{0}^{\cos} \\ \mathbf{u}_{0}^{\sin} \\
-\mathbf{u}_{1}^{\cos} \\ 0.5\, \mathbf{u}_{1}^{\sin} \end{bmatrix} $$""",
        (says("W_K", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"], -s["u^cos_1"], s["u^sin_1"] / 2)),),
        exercise="framework/2b",
    ),
    Snippet(
        "a turn and the stack it turns, both by name",
        r"""\begin{align*}
R_0 &:= \begin{pmatrix} \cos\alpha_0 & -\sin\alpha_0 \\ \sin\alpha_0 & \cos\alpha_0 \end{pmatrix} \\
U &:= \begin{pmatrix} (u^{\cos}_0)^T \\ (u^{\sin}_0)^T \end{pmatrix} \\
W_Q &= R_0 U, \quad W_K = U
\end{align*}""",
        (
            says("R_0", "=", lambda s: turn(cos(s["alpha_0"]), sin(s["alpha_0"]))),
            says("U", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"])),
            says("W_Q", "=", lambda s: s["R_0"] * s["U"]),
            says("W_K", "=", name("U")),
        ),
        exercise="framework/2c",
    ),
    Snippet(
        "sums of content and position in a row, with a factor in front of the bracket",
        r"""$$ W_Q = \begin{pmatrix} 2\left(u^{\text{cont}}_0 - u^{\cos}_0\right) \\
\frac{u^{\text{cont}}_1}{2} \end{pmatrix} $$""",
        (says("W_Q", "=", lambda s: stack(2 * (s["u^cont_0"] - s["u^cos_0"]), s["u^cont_1"] / 2)),),
        exercise="framework/2d",
    ),
    Snippet(
        "what is written, as columns with their transposes on the other side",
        r"""$$ W_V = \begin{bmatrix} {u_0^{\cos}}^T \\ {u_0^{\sin}}^T \end{bmatrix}, \qquad
W_{out} = \begin{bmatrix} v_0 & -2 v_1 \end{bmatrix} $$""",
        (
            says("W_V", "=", lambda s: stack(s["u^cos_0"], s["u^sin_0"])),
            says("W_O", "=", lambda s: stack(s["v_0"], -2 * s["v_1"]).T),
        ),
        exercise="framework/2e",
    ),
)

FUNCTIONS = (
    Snippet(
        "the number before the angle in bare arguments",
        r"""$$\sin n\alpha_0 \cos m\alpha_0 - \cos n\alpha_0 \sin m\alpha_0 = \sin\left((n-m)\alpha_0\right)$$""",
        (
            says(
                lambda s: (
                    sin(s["n"] * s["alpha_0"]) * cos(s["m"] * s["alpha_0"])
                    - cos(s["n"] * s["alpha_0"]) * sin(s["m"] * s["alpha_0"])
                ),
                "=",
                lambda s: sin((s["n"] - s["m"]) * s["alpha_0"]),
            ),
        ),
    ),
    Snippet(
        "a dot between two functions with bare arguments",
        r"""$$ t = \cos n\theta \cdot \cos m\theta + 2\lambda_0 \cdot \sin 2\theta $$""",
        (
            says(
                "t",
                "=",
                lambda s: cos(s["n"] * s["theta"]) * cos(s["m"] * s["theta"]) + 2 * s["lambda_0"] * sin(2 * s["theta"]),
            ),
        ),
    ),
    Snippet(
        "an exponential with a thin space back, big brackets in it",
        r"""$$ p = \exp\!\left( -\beta \bigl( 1 - \cos\!\big(\alpha_0 (n - m)\big) \bigr) \right) $$""",
        (says("p", "=", lambda s: exp(-s["beta"] * (1 - cos(s["alpha_0"] * (s["n"] - s["m"]))))),),
    ),
    Snippet(
        "fractions in fractions, in three styles",
        r"""$$ q = \dfrac{\frac{a}{b} + 1}{\cfrac{1}{1 + \tfrac{1}{c}}} = \frac{\frac ab + 1}{\frac{c}{c+1}} $$""",
        (
            says(
                "q",
                "=",
                lambda s: (s["a"] / s["b"] + 1) * (1 + 1 / s["c"]),
                "=",
                lambda s: (s["a"] / s["b"] + 1) * (s["c"] + 1) / s["c"],
            ),
        ),
    ),
    Snippet(
        "a log-odds and a sigmoid",
        r"""$$ x = \ln\frac{p}{1-p} \quad\Longrightarrow\quad p = \frac{1}{1 + e^{-x}} $$""",
        (
            says("x", "=", lambda s: log(s["p"] / (1 - s["p"]))),
            says(name("p"), "=", lambda s: 1 / (1 + exp(-s["x"]))),
        ),
    ),
    Snippet(
        "a logarithm to the base of two",
        r"""$\log_2 8 = 3$""",
        (says(number(3), "=", number(3)),),
    ),
    Snippet(
        "a bracketed function squared behind its bracket",
        r"""$$\cos(\theta)^2 + \sin(\theta)^2 = 1$$""",
        (says(lambda s: cos(s["theta"]) ** 2 + sin(s["theta"]) ** 2, "=", number(1)),),
    ),
    Snippet(
        "quotients of brackets and of products with a slash at the end",
        r"""$$ r = (a + b)/2 - \beta (n - m)/3 + \lambda_0/4 $$""",
        (
            says(
                "r",
                "=",
                lambda s: (s["a"] + s["b"]) / 2 - s["beta"] * (s["n"] - s["m"]) / 3 + s["lambda_0"] / 4,
            ),
        ),
    ),
    Snippet(
        "a circle divided into parts",
        r"""$$ \omega = \frac{2\pi k}{N}, \quad \cos(\omega N) = \cos(2\pi k) = 1 $$""",
        (
            says("omega", "=", lambda s: 2 * pi * s["k"] / s["N"]),
            says(lambda s: cos(s["omega"] * s["N"]), "=", lambda s: cos(2 * pi * s["k"]), "=", number(1)),
        ),
        {"N": "positive integer"},
    ),
    Snippet(
        "roots that take one token",
        r"""$$ \sqrt2 \sqrt 3\, \beta = \sqrt{6}\beta = \frac{6}{\sqrt6} \beta $$""",
        (
            says(
                lambda s: sqrt(6) * s["beta"],
                "=",
                lambda s: sqrt(6) * s["beta"],
                "=",
                lambda s: sqrt(6) * s["beta"],
            ),
        ),
    ),
    Snippet(
        "powers of ten",
        r"""$\varepsilon = 10^{-3}$, so that $5 \times 10^{-3} = 5\varepsilon$ and $2\cdot 10^{2} = 200$.""",
        (
            says("varepsilon", "=", number("1/1000")),
            says(number("1/200"), "=", lambda s: 5 * s["varepsilon"]),
            says(number(200), "=", number(200)),
        ),
    ),
    Snippet(
        "a modulus that is plainly one",
        r"""$$ \left| \cos\theta \right| \le 1 $$""",
        (says(lambda s: abs(cos(s["theta"])), "<=", number(1)),),
    ),
    Snippet(
        "a softmax of scores over a root, in upright letters",
        r"""$$
a = \mathrm{softmax}\left( \frac{1}{\sqrt{d_k}} \begin{bmatrix} \beta & 0 & -\beta \end{bmatrix} \right) $$""",
        (says("a", "=", lambda s: softmax(rows([s["beta"], 0, -s["beta"]]) / sqrt(s["d_k"]))),),
    ),
    Snippet(
        "half angles and a double minus",
        r"""$$ -(-\cos\alpha_0)
= 1 - 2\sin^{2}\!\left(\tfrac{\alpha_0}{2}\right) = 2\cos^2 \tfrac{\alpha_0}{2} - 1 $$""",
        (
            says(
                lambda s: cos(s["alpha_0"]),
                "=",
                lambda s: 1 - 2 * sin(s["alpha_0"] / 2) ** 2,
                "=",
                lambda s: 2 * cos(s["alpha_0"] / 2) ** 2 - 1,
            ),
        ),
    ),
)

SUMS = (
    Snippet(
        "a sum over two named pairs and its terms",
        r"""$$ \sum_{i=0}^{1} \lambda_i^{2} \cos\bigl((n-m)\alpha_i\bigr)
= \lambda_0^2 \cos((n-m)\alpha_0) + \lambda_1^2 \cos((n-m)\alpha_1) $$""",
        (
            says(
                lambda s: sum(s[f"lambda_{i}"] ** 2 * cos((s["n"] - s["m"]) * s[f"alpha_{i}"]) for i in (0, 1)),
                "=",
                lambda s: sum(s[f"lambda_{i}"] ** 2 * cos((s["n"] - s["m"]) * s[f"alpha_{i}"]) for i in (0, 1)),
            ),
        ),
    ),
    Snippet(
        "the softmax written out for position n",
        r"""$$ A_{n,n-1} = \frac{e^{\beta}}{e^{\beta} + \sum_{k=1}^{4} e^{\beta \cos(k\alpha_0)}} $$""",
        (
            says(
                "A_{n,n-1}",
                "=",
                lambda s: (
                    exp(s["beta"]) / (exp(s["beta"]) + sum(exp(s["beta"] * cos(k * s["alpha_0"])) for k in range(1, 5)))
                ),
            ),
        ),
    ),
    Snippet(
        "a delta and its cases",
        r"""$$ \delta_{nm} = \begin{cases} 1 & \text{if } n = m, \\ 0 & \text{otherwise.} \end{cases} $$""",
        (
            says(
                lambda s: Rational(int(s["n"] == s["m"])),
                "=",
                lambda s: Rational(int(s["n"] == s["m"])),
            ),
        ),
    ),
    Snippet(
        "cases of three with a relation of order and words",
        r"""\[
g = \begin{cases}
-\beta, & n = m \\
\beta\,(n - m), & n > m \\
0, & \text{else}
\end{cases}
\]""",
        (
            says(
                "g",
                "=",
                lambda s: (
                    -s["beta"]
                    if s["n"] == s["m"]
                    else s["beta"] * (s["n"] - s["m"])
                    if s["n"] > s["m"]
                    else Rational(0)
                ),
            ),
        ),
    ),
    Snippet(
        "a sum with a letter above it that is declared",
        r"""$$ \sum_{k=0}^{N} k = \frac{N(N+1)}{2} $$""",
        (says(lambda s: s["N"] * (s["N"] + 1) / 2, "=", lambda s: s["N"] * (s["N"] + 1) / 2),),
        {"N": "positive integer"},
    ),
)

CHAINS = (
    Snippet(
        "a side that goes on below with its sign",
        r"""\begin{align*}
d &= \lambda_0^2 (1 - \cos\alpha_0) \\
  &\quad + \lambda_1^2 (1 - \cos\alpha_1) \\
  &= 2\lambda_0^2 \sin^2\frac{\alpha_0}{2} + 2\lambda_1^2 \sin^2\frac{\alpha_1}{2}
\end{align*}""",
        (
            says(
                "d",
                "=",
                lambda s: sum(s[f"lambda_{i}"] ** 2 * (1 - cos(s[f"alpha_{i}"])) for i in (0, 1)),
                "=",
                lambda s: sum(2 * s[f"lambda_{i}"] ** 2 * sin(s[f"alpha_{i}"] / 2) ** 2 for i in (0, 1)),
            ),
        ),
    ),
    Snippet(
        "two equations on every line of an align",
        r"""\begin{align*}
a &= 1 & b &= \beta \\
c &= a + b & h &= a - b
\end{align*}""",
        (
            says("a", "=", number(1)),
            says("b", "=", name("beta")),
            says("c", "=", lambda s: s["a"] + s["b"]),
            says("h", "=", lambda s: s["a"] - s["b"]),
        ),
    ),
    Snippet(
        "reasons set over the sign",
        r"""$$ \cos 2\theta \overset{(1)}{=} 1 - 2\sin^2\theta \stackrel{\text{as above}}{=} 2\cos^2\theta - 1 $$""",
        (
            says(
                lambda s: cos(2 * s["theta"]),
                "=",
                lambda s: 1 - 2 * sin(s["theta"]) ** 2,
                "=",
                lambda s: 2 * cos(s["theta"]) ** 2 - 1,
            ),
        ),
    ),
    Snippet(
        "a quotation over several lines",
        r"""> The gap is
>
> $$
> g = \lambda_0^2
>   - \lambda_0^2 \cos\alpha_0
> $$
""",
        (says("g", "=", lambda s: s["lambda_0"] ** 2 * (1 - cos(s["alpha_0"]))),),
    ),
    Snippet(
        "shapes told in passing, limits in words",
        r"""Here $W_Q \in \mathbb{R}^{4 \times 16}$, and as $\beta \to \infty$ the softmax is hard.

$$ \gamma = \beta\lambda_0^2 $$
""",
        (says("gamma", "=", lambda s: s["beta"] * s["lambda_0"] ** 2),),
    ),
    Snippet(
        "what stands in a comment of the page, in a code block and between back ticks is not said",
        r"""<!-- $x = 3$ -->
Not `$x = 4$`, but

    $x = 5$ is code here too

$x = 6$.
""",
        (says("x", "=", number(6)),),
    ),
    Snippet(
        "what is verbatim or commented out in a document is not said",
        r"""\begin{verbatim}
\[ x = 3 \]
\end{verbatim}
\begin{comment}
\[ x = 4 \]
\end{comment}
% \[ x = 5 \]
\[ x = 6 \]
""",
        (says("x", "=", number(6)),),
        suffix=".tex",
    ),
    Snippet(
        "a list of two inequalities with a number of the equation",
        r"""1. $$ 0 \leqslant \beta^2, \tag{$\ast$} $$
2. $$ 1 + \beta \geqslant 1. $$
""",
        (
            says(number(0), "<=", lambda s: s["beta"] ** 2),
            says(lambda s: 1 + s["beta"], ">=", number(1)),
        ),
    ),
    Snippet(
        "an equation that holds aligned lines, colours in it",
        r"""\begin{equation}\label{eq:score}
\begin{aligned}
\kappa &= {\color{red} \lambda_0^2} + \textcolor{blue}{\lambda_1^2} \\
       &= \lambda_1^2 + \lambda_0^2.
\end{aligned}
\end{equation}
""",
        (
            says(
                "kappa",
                "=",
                lambda s: s["lambda_0"] ** 2 + s["lambda_1"] ** 2,
                "=",
                lambda s: s["lambda_0"] ** 2 + s["lambda_1"] ** 2,
            ),
        ),
        suffix=".tex",
    ),
    Snippet(
        "an old array of equations",
        r"""\begin{eqnarray}
\mu &=& \beta (a + b) \nonumber \\
    &=& \beta a + \beta b
\end{eqnarray}
""",
        (
            says(
                "mu",
                "=",
                lambda s: s["beta"] * (s["a"] + s["b"]),
                "=",
                lambda s: s["beta"] * (s["a"] + s["b"]),
            ),
        ),
        suffix=".tex",
    ),
    Snippet(
        "for all, behind the claim",
        r"""$$ \cos(\theta + 2\pi n) = \cos\theta \quad \forall n $$""",
        (says(lambda s: cos(s["theta"]), "=", lambda s: cos(s["theta"])),),
    ),
    Snippet(
        "an equivalence of two equations",
        r"""$$ \kappa = 2\beta \iff \beta = \frac{\kappa}{2} $$""",
        (
            says("kappa", "=", lambda s: 2 * s["beta"]),
            says(name("beta"), "=", lambda s: s["kappa"] / 2),
        ),
    ),
    Snippet(
        "two sentences of mathematics in a box",
        r"""$$\boxed{\;\rho = \frac{\lambda_1}{\lambda_0}, \qquad \rho^2 \lambda_0^2 = \lambda_1^2\;}$$""",
        (
            says("rho", "=", lambda s: s["lambda_1"] / s["lambda_0"]),
            says(lambda s: s["rho"] ** 2 * s["lambda_0"] ** 2, "=", lambda s: s["lambda_1"] ** 2),
        ),
    ),
    Snippet(
        "a definition by a sign with def above it, then its use",
        r"""$$ \gamma \overset{\text{def}}{=} 1 - \cos\alpha_0 \ge 0 $$""",
        (says("gamma", "=", lambda s: 1 - cos(s["alpha_0"]), ">=", number(0)),),
    ),
)

# What an index runs over states nothing.
RANGES = (
    Snippet("a range of an index", r"""This holds for $i = 0, 1, \dots, 3$."""),
    Snippet("some values of an index", r"""Take $n = 1, 2, 3$ for instance."""),
)

REFUSED = (
    Snippet(
        "an argument that begins with a bracket and does not end with it",
        r"""$$ c = \cos«(n-m)\alpha_0» $$""",
        refused="ambiguous argument",
    ),
    Snippet(
        "a bare argument before a bracket",
        r"""$$ y = «\sin\theta(1 + \cos\theta)» $$""",
        refused="ambiguous argument",
    ),
    Snippet(
        "a bare angle before the distance in brackets",
        r"""The score is $s = \lambda_0^2 «\cos\alpha_0(n - m)»$.""",
        refused="ambiguous argument",
    ),
    Snippet(
        "an inverse of a function or one over it", r"""$$ \theta = \sin«^{-1}» a $$""", refused="arcsine or cosecant"
    ),
    Snippet("a power of two digits without braces", r"""$$ N = «2^10» $$""", refused="TeX takes one digit"),
    Snippet("an index of two digits without braces", r"""$$ g = 2 «\lambda_10» $$""", refused="TeX takes one digit"),
    Snippet("a power that is a lone minus", r"""$$ p = «e^-\beta» $$""", refused="a sign alone in an exponent"),
    Snippet(
        "a word for an index without braces",
        r"""$$ «W_out^1» = \begin{pmatrix} 1 \\ 0 \end{pmatrix} $$""",
        refused="TeX takes one letter",
    ),
    Snippet(
        "Euler's formula, where i is no index",
        r"""$$ «e^{i\theta}» = \cos\theta + i \sin\theta $$""",
        refused="i is an index, not the imaginary unit",
    ),
    Snippet(
        "dots in a chain of inequalities",
        r"""$$ \lambda_0 > \lambda_1 > «\dots» > 0 $$""",
        refused="dots",
    ),
    Snippet(
        "dots in a sum",
        r"""$$ s = \lambda_0^2 + «\cdots» + \lambda_3^2 $$""",
        refused="dots",
    ),
    Snippet(
        "cells without signs between them",
        r"""$$ R = \begin{pmatrix} «1 0 \\ 0 1» \end{pmatrix} $$""",
        refused="numbers side by side",
    ),
    Snippet("a matrix as Python writes it", r"""$$ W_V = «[[1, 0], [0, 1]]» $$""", refused="a list of lists"),
    Snippet("a column as a tuple", r"""$$ q = «(1, 0, 0)^T» $$""", refused="a tuple"),
    Snippet(
        "a dot between two columns",
        r"""$$ «\begin{pmatrix} a \\ b \end{pmatrix} \cdot \begin{pmatrix} c \\ h \end{pmatrix}» = ac + bh $$""",
        refused="shapes in a product",
    ),
    Snippet(
        "a determinant by its bars",
        r"""$$ D = «\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix}» $$""",
        refused="a determinant",
    ),
    Snippet(
        "what is struck out",
        r"""$$ r = \frac{«\cancel{\lambda_0}» \lambda_1}{\cancel{\lambda_0}} $$""",
        refused="struck out",
    ),
    Snippet(
        "a condition in brackets behind the claim",
        r"""$$ \cos(\pi n)^2 = 1 \quad «(n \ge 1)» $$""",
        refused="a relation in brackets",
    ),
    Snippet(
        "a rank",
        r"""$$ «\operatorname{rank}»(W) = 2 $$""",
        declares={"W": "2x2"},
        refused="an unknown function",
    ),
    Snippet(
        "a limit",
        r"""$$ «\lim_{\beta \to \infty}» \frac{1}{1 + e^{-\beta}} = 1 $$""",
        refused="a limit",
    ),
    Snippet(
        "one of two signs",
        r"""$$ x = a «\pm» \sqrt{b} $$""",
        refused="two values",
    ),
    Snippet(
        "proportional is no equation",
        r"""$$ s «\propto» \lambda_0^2 $$""",
        refused="an unknown relation",
    ),
    Snippet(
        "a matrix divided by a matrix",
        r"""$$ X = W_V «/ M» $$""",
        declares={"W_V": "2x2", "M": "2x2"},
        refused="a quotient of matrices",
    ),
    Snippet(
        "a power of a named matrix, which is its head",
        r"""$$ Y = «R^2» + R $$""",
        declares={"R": "2x2"},
        refused="a head that is not known",
    ),
    Snippet(
        "the inverse of what is not square",
        r"""$$ Y = «W_Q^{-1}» W_K $$""",
        declares={"W_Q": "2x3", "W_K": "2x3"},
        refused="an inverse of a matrix that is not square",
    ),
    Snippet(
        "a product entry by entry",
        r"""$$ H = A «\odot» A $$""",
        declares={"A": "2x2"},
        refused="an unknown operation",
    ),
    Snippet(
        "a row of a product by an index behind brackets",
        r"""$$ «\operatorname{softmax}\begin{pmatrix} \beta & 0 \end{pmatrix}_0» = \frac{e^\beta}{e^\beta + 1} $$""",
        refused="an entry",
    ),
)

SNIPPETS = MATRICES + NAMES + STACKS + FUNCTIONS + SUMS + CHAINS + RANGES + REFUSED
