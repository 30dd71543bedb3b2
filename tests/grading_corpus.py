"""Formulas in the field's notation, each with what it means; and formulas that have no certain meaning, with the place.

Meanings are written in SymPy, apart from the reader.
"""

from __future__ import annotations

from sympy import Integer, KroneckerDelta, Matrix, Rational, Sum, cos, exp, eye, log, pi, sin, sqrt, tan

from symcircuits import symbols
from symcircuits.symbols import Lg, alpha, beta, lambda_, m, n

a0, a1, l0, l1 = alpha(0), alpha(1), lambda_(0), lambda_(1)
x, y, t = (symbols.real(name, "a real number", name) for name in "xyt")
theta = symbols.real("theta", "a real number", r"\theta")
d_k = symbols.positive("d_k", "a positive number", "d_{k}")
j, k = symbols.integer("j"), symbols.integer("k")
turn = Matrix([[cos(a0), -sin(a0)], [sin(a0), cos(a0)]])

READ = [
    (r"1 - \cos\alpha_0", 1 - cos(a0)),
    (r"\lambda_0^2 (1 - \cos\alpha_0)", l0**2 * (1 - cos(a0))),
    (r"2 \lambda_0^2 \sin^2\frac{\alpha_0}{2}", 2 * l0**2 * sin(a0 / 2) ** 2),
    (r"\cos\alpha_0 n \cos\alpha_0 m", cos(a0 * n) * cos(a0 * m)),
    (r"\cos(\alpha_0 (n - m))", cos(a0 * (n - m))),
    (r"\cos\left(\alpha_{0}\,(n-1-m)\right)", cos(a0 * (n - 1 - m))),
    (r"\sin 2\theta", sin(2 * theta)),
    (r"\tan\theta \cos\theta", tan(theta) * cos(theta)),
    (r"\sin^2\theta + \cos^2\theta", sin(theta) ** 2 + cos(theta) ** 2),
    (r"\frac{1}{\sqrt{d_k}}", 1 / sqrt(d_k)),
    (r"\dfrac12 + \tfrac{1}{3}", Rational(5, 6)),
    (r"e^{-\beta (n-1)}", exp(-beta * (n - 1))),
    (r"\exp\left( \beta x \right)", exp(beta * x)),
    (r"\mathrm{e}^{x}", exp(x)),
    (r"\log 2 + \ln 3", log(2) + log(3)),
    (r"\log_2(x^2 + 1)", log(x**2 + 1) / log(2)),
    (r"\mathit{Lg} \cdot 3", 3 * Lg),
    (r"Lg x", Lg * x),
    (r"\sqrt[3]{8}", Integer(2)),
    (r"2^{-1} x", x / 2),
    (r"\beta^{-1}", 1 / beta),
    (r"x \times y \cdot 2", 2 * x * y),
    (r"x y / 2", x * y / 2),
    (r"\sum_{i=0}^{1} \lambda_i^2 \cos(\alpha_i (n - m))", l0**2 * cos(a0 * (n - m)) + l1**2 * cos(a1 * (n - m))),
    (r"\sum_{i=0}^{1} \alpha_{i+1}", alpha(1) + alpha(2)),
    (r"\sum_{i=1}^{3} i", Integer(6)),
    (r"\sum_{j=0}^{n} e^{-\beta j}", Sum(exp(-beta * j), (j, 0, n))),
    (r"\frac{e^{\beta x}}{e^{\beta x} + e^{\beta y}}", exp(beta * x) / (exp(beta * x) + exp(beta * y))),
    (r"\underbrace{x + 1}_{\text{shifted}} + y", x + 1 + y),
    (r"\boxed{x + y}", x + y),
    (r"\bigl( x + \bigl[ y - 1 \bigr] \bigr)", x + y - 1),
    (r"\delta_{nm}", KroneckerDelta(n, m)),
    (r"\delta_{12} + \delta_{22}", Integer(1)),
    (r"\cos 2\pi", Integer(1)),
    (r"\frac{2\pi k}{7}", 2 * pi * k / 7),
    (r"0.25 x", x / 4),
    (r"-x + y", y - x),
    (r"x^2 y", x**2 * y),
    (r"\lambda_0{}^2", l0**2),
    (r"\sin\theta^2", sin(theta**2)),
    (r"\beta(n - m)", beta * (n - m)),
    (r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}", eye(2)),
    (r"\begin{pmatrix} & 1 \\ 1 & \\ \end{pmatrix}", Matrix([[0, 1], [1, 0]])),
    (r"\begin{bmatrix} 1 & 2 \\[2pt] 3 & 4 \\ \\ \end{bmatrix}", Matrix([[1, 2], [3, 4]])),
    (r"\left(\begin{array}{c|c} 1 & 2 \\ \hline 3 & 4 \end{array}\right)", Matrix([[1, 2], [3, 4]])),
    (r"\left[\begin{smallmatrix} x \\ y \end{smallmatrix}\right]", Matrix([x, y])),
    (r"\begin{Bmatrix} x & y \end{Bmatrix}^T", Matrix([x, y])),
    (
        r"\begin{pmatrix} \cos\alpha_0 & -\sin\alpha_0 \\ \sin\alpha_0 & \cos\alpha_0 \end{pmatrix}^\top",
        turn.T,
    ),
    (r"2 \begin{pmatrix} 1 & x \end{pmatrix} \begin{pmatrix} y \\ 1 \end{pmatrix}", 2 * (x + y)),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}^{-1}", Matrix([[1, 2], [3, 4]]).inv()),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}^{-T}", Matrix([[1, 2], [3, 4]]).inv().T),
    (r"\operatorname{diag}(1, -1, \beta)", Matrix.diag(1, -1, beta)),
    (r"\text{diag}(2, 2) + I", 3 * eye(2)),
    (r"\begin{pmatrix} I_2 & 0 \\ 0 & \mathrm{Id} \end{pmatrix} \begin{pmatrix} 1 & 0\\0&1\\0&0\end{pmatrix}", None),
    (
        r"\begin{pmatrix} 1 & 1 \end{pmatrix} \otimes 2 \begin{pmatrix} 1 \\ x \end{pmatrix}",
        Matrix([[2, 2], [2 * x, 2 * x]]),
    ),
    (
        r"\operatorname{softmax}\begin{pmatrix} 0 & x \end{pmatrix}",
        Matrix([[1 / (1 + exp(x)), exp(x) / (1 + exp(x))]]),
    ),
    (r"A^T A", turn.T * turn),
    (r"A B", turn * Matrix([[1, 2], [3, 4]])),
    (r"(A B)^T", (turn * Matrix([[1, 2], [3, 4]])).T),
    (r"B^T A^T", Matrix([[1, 2], [3, 4]]).T * turn.T),
    (r"\mathbf{A}^{\mathsf{T}} \boldsymbol{B}", turn.T * Matrix([[1, 2], [3, 4]])),
    (r"W_{\text{net}}^2 W_{net}^1", Matrix([[1, 2], [3, 4]]) * turn),
    (r"W^{(2)}_{\mathrm{net}} W_\mathrm{net}^{1}", Matrix([[1, 2], [3, 4]]) * turn),
    (r"W_{net}^{1\,T}", turn.T),
    (r"{W_{net}^1}^T", turn.T),
    (r"(W_{net}^1)^{\top}", turn.T),
    (r"\tilde{A}", eye(2)),
    (r"\tilde A \hat B", 2 * eye(2)),
    (r"A'", 5 * eye(2)),
    (r"\turned{x} + \half", None),
]

REFUSED = [
    (r"x/2\beta", r"\beta"),
    (r"\sin x/2", "/"),
    (r"\cos\theta(n - m)", "("),
    (r"\cos\theta x", "x"),
    (r"\cos(\theta)^2", "^"),
    (r"f(x)", "f"),
    (r"s(n, m)", ","),
    (r"C D", "C"),
    (r"c A", "c"),
    (r"A^2", "A"),
    (r"W_Q^T W_K", "W_Q"),
    (r"x^T y", "x"),
    (r"\begin{pmatrix} 1 & \cdots & 0 \end{pmatrix}", r"\cdots"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 \end{pmatrix}", "3"),
    (r"x_10", "10"),
    (r"2^10", "10"),
    (r"|x|", "|"),
    (r"x \pm y", r"\pm"),
    (r"2 3", "3"),
    (r"\sin^{-1} x", "-1"),
    (r"{x + 1} y", "{"),
    (r"\mathbf{1}", r"\mathbf"),
    (r"\binom{n}{2}", r"\binom"),
    ("x + \u0430", "\u0430"),
    ("x + \u03bd", "\u03bd"),
    ("x\u202e", "\u202e"),
    (r"\sum_i x_i", r"\sum"),
    (r"u^{\cos}_{9}", "u"),
    (r"1/x/y", "/y"),
    (r"\sum_{j=0}^{n} \lambda_j", r"\lambda"),
    (r"n!", "!"),
    (r"\frac{x}{0}", r"\frac"),
    (r"\sqrt{-2}", r"\sqrt"),
    (r"1_{x}", "_"),
]
