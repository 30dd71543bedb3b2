r"""Small Python functions as formulas, by latexify-py, which is silently wrong outside what is let through here.

>>> def f(i, j):
...     return 1 if i == j else 0
>>> Definition.of(f).latex()
'\\begin{cases} 1 & \\text{if } i = j \\\\ 0 & \\text{otherwise} \\end{cases}'
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from textwrap import dedent
from types import CodeType, FunctionType
from typing import Any, NoReturn

import sympy

from symcircuits.errors import BadValue
from symcircuits.typeset.names import GREEK

FUNCTIONS: dict[str, object] = {name: getattr(sympy, name) for name in ("cos", "sin", "exp", "sqrt")}
_BUILTIN: dict[str, object] = {"sum": builtins.sum, "range": builtins.range}
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_RELATIONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)
# latexify's spacing and cases in commands that every format of a sheet knows
_PLAIN = (
    (r"\mathopen{}\left", r"\left"),
    (r"\mathclose{}\right", r"\right"),
    (r"\left\{ \begin{array}{ll}", r"\begin{cases}"),
    (r"\end{array} \right.", r"\end{cases}"),
    (r", & \mathrm{if} \ ", r" & \text{if } "),
    (r", & \mathrm{otherwise}", r" & \text{otherwise}"),
    (r" \lor ", r" \text{ or } "),
    (r" \land ", r" \text{ and } "),
)


@dataclass(frozen=True, eq=False)
class Definition:
    """The source of a function as a tree, in which everything is of a kind that has one reading as a formula.

    Arguments are single letters or Greek ones. Let through are scalars, fractions, powers, ``cos``, ``sin``, ``exp``,
    ``sqrt``, ``s[m]``, ``sum(... for j in range(...))``, comparisons, ``if``, ``elif`` and ``else`` that return,
    conditional expressions, and literal lists of lists.
    """

    tree: ast.FunctionDef
    function: FunctionType

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Definition:
        """Read the source of a function.

        Raises ``BadValue``, with the line, for anything that is not let through, for source that is not what the
        function was compiled from, and for names that mean something else where it was defined.
        """
        if not isinstance(function, FunctionType):
            raise BadValue(f"expected a function defined with def, got {function!r}")
        if free := function.__code__.co_freevars:
            raise BadValue(f"{function.__name__} uses {free[0]} of a function around it: make it an argument")
        tree = _source(function)
        made = cls(tree, function)
        made._check_arguments()
        body = [child for child in tree.body if not _is_docstring(child)]
        if len(body) != 1:
            made.refuse(body[0] if body else tree, "expected a single return, or one if with else")
        made._check_statement(body[0])
        made._check_names()
        made._check_code()
        return made

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.tree.name

    @property
    def arguments(self) -> tuple[str, ...]:
        """The names of its arguments."""
        return tuple(argument.arg for argument in self.tree.args.args)

    @property
    def gives_matrix(self) -> bool:
        """Whether it returns a matrix, written out."""
        return isinstance(self.body, ast.Return) and isinstance(self.body.value, ast.List)

    @property
    def body(self) -> ast.stmt:
        """What it returns: a ``return``, or an ``if`` with its branches."""
        return self.tree.body[-1]

    def latex(self) -> str:
        """What it returns, as LaTeX; on a Python that latexify-py has no release for, the source itself."""
        try:
            from latexify.codegen import FunctionCodegen
        except ImportError:
            return rf"\text{{{' '.join(ast.unparse(self.body).split())}}}"
        body = self.body
        if isinstance(body, ast.Return) and isinstance(body.value, ast.List):
            body = ast.Return(ast.Call(ast.Name("array"), [body.value], []))
        plain = ast.FunctionDef(self.name, self.tree.args, [body], [])
        text = str(FunctionCodegen(use_math_symbols=True, use_signature=False).visit(plain))
        for long, short in _PLAIN:
            text = text.replace(long, short)
        return text

    def refuse(self, node: ast.AST, why: str) -> NoReturn:
        """Raise the ``BadValue`` that names the line."""
        code = self.function.__code__
        line = code.co_firstlineno + getattr(node, "lineno", 1) - 1
        raise BadValue(f"{self.name} cannot be shown as a formula (line {line}): {why}")

    def _check_arguments(self) -> None:
        given = self.tree.args
        if given.defaults or given.kw_defaults or given.kwonlyargs or given.posonlyargs or given.vararg or given.kwarg:
            self.refuse(self.tree, "expected plain arguments without defaults")
        if self.tree.decorator_list:
            self.refuse(self.tree, "expected no decorator")
        for name in self.arguments:
            self._check_name(self.tree, name)

    def _check_name(self, node: ast.AST, name: str) -> None:
        if not (len(name) == 1 and name.isalpha() and name.isascii()) and name not in GREEK:
            self.refuse(node, f"the name {name} is neither a letter nor a Greek letter")

    def _check_statement(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Return) and node.value is not None:
            self._check_value(node.value)
            return
        if not isinstance(node, ast.If):
            self.refuse(node, f"{type(node).__name__} is not let through")
        if len(node.orelse) != 1 or len(node.body) != 1 or not isinstance(node.body[0], ast.Return):
            self.refuse(node, "expected a single return in each branch of an if, and an else")
        self._check_condition(node.test)
        self._check_statement(node.body[0])
        self._check_statement(node.orelse[0])

    def _check_value(self, node: ast.expr) -> None:
        """What may be returned: cases, a matrix, or a scalar."""
        if isinstance(node, ast.IfExp):
            self._check_condition(node.test)
            self._check_scalar(node.body)
            self._check_value(node.orelse)
        elif isinstance(node, ast.List):
            self._check_matrix(node)
        else:
            self._check_scalar(node)

    def _check_matrix(self, node: ast.List) -> None:
        rows = [row.elts if isinstance(row, ast.List) else [] for row in node.elts]
        if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
            self.refuse(node, "expected a list of rows of one length")
        for entry in (entry for row in rows for entry in row):
            self._check_scalar(entry)

    def _check_condition(self, node: ast.expr) -> None:
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                self._check_condition(value)
        elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], _RELATIONS):
            self._check_scalar(node.left)
            self._check_scalar(node.comparators[0])
        else:
            self.refuse(node, "expected one comparison, or several with and, or")

    def _check_scalar(self, node: ast.expr) -> None:
        match node:
            case ast.Constant(value=int() as value) if not isinstance(value, bool):
                return
            case ast.Constant(value=value):
                self.refuse(node, f"{value!r} is no whole number")
            case ast.Name(id=name):
                if name not in self._known(node):
                    self.refuse(node, f"{name} is not one of its arguments")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                self._check_scalar(operand)
            case ast.BinOp(left=left, op=op, right=right) if isinstance(op, _ARITHMETIC):
                self._check_scalar(left)
                self._check_scalar(right)
                if isinstance(op, ast.Mult) and _ends_in_call(left):
                    self.refuse(node, "a factor after a function could be read as its argument: write it before")
                if isinstance(op, ast.Pow) and _is_sum(left):
                    self.refuse(node, "a power of a sum could be read as a sum of powers")
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                if name not in self.arguments:
                    self.refuse(node, f"{name} is not one of its arguments")
                if isinstance(index, ast.UnaryOp | ast.Slice | ast.Tuple | ast.Starred):
                    self.refuse(node, f"{ast.unparse(node)} is no entry of a row with an index of at least 0")
                self._check_scalar(index)
            case ast.Call(func=ast.Name(id="sum"), args=[ast.GeneratorExp() as terms], keywords=[]):
                self._check_sum(terms)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
                self._check_scalar(argument)
            case ast.Call():
                self.refuse(node, f"the call {ast.unparse(node)} is not let through")
            case _:
                self.refuse(node, f"{type(node).__name__} is not let through: {ast.unparse(node)}")

    def _check_sum(self, terms: ast.GeneratorExp) -> None:
        match terms.generators:
            case [
                ast.comprehension(
                    target=ast.Name(id=index),
                    iter=ast.Call(func=ast.Name(id="range"), args=[*ends], keywords=[]),
                    ifs=[],
                )
            ] if len(ends) in (1, 2):
                self._check_name(terms, index)
                if index in self.arguments:
                    self.refuse(terms, f"the index {index} hides an argument")
                for end in ends:
                    self._check_scalar(end)
                values = [ast.literal_eval(end) for end in ends if isinstance(end, ast.Constant)]
                if len(values) == len(ends) and not range(*values):
                    self.refuse(terms, "an empty range has no reading as a sum")
                self._check_scalar(terms.elt)
            case _:
                self.refuse(terms, "expected a sum over one index in a range with one or two ends")

    def _known(self, node: ast.AST) -> set[str]:
        """The names that have a meaning at a node: the arguments, and the indices of the sums around it."""
        around = (
            terms.generators[0].target
            for terms in ast.walk(self.tree)
            if isinstance(terms, ast.GeneratorExp) and any(part is node for part in ast.walk(terms.elt))
        )
        return {*self.arguments, *(target.id for target in around if isinstance(target, ast.Name))}

    def _check_names(self) -> None:
        """Whether ``cos`` is the cosine: nothing else may bear the name where the function was defined."""
        inside: dict[str, object] = self.function.__builtins__  # type: ignore[attr-defined]
        for node in ast.walk(self.body):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.func.id
                found = self.function.__globals__.get(name, inside.get(name))
                if found is not {**FUNCTIONS, **_BUILTIN}[name]:
                    self.refuse(node, f"{name} is not the {name} that it seems to be")

    def _check_code(self) -> None:
        """Whether the source compiles to what the function does."""
        compiled = compile(ast.Module([self.tree], []), "source", "exec", dont_inherit=True)
        if not any(_same(code, self.function.__code__) for code in _codes(compiled)):
            self.refuse(self.tree, "it was not compiled from the source found for it")


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum"


def _ends_in_call(node: ast.expr) -> bool:
    """Whether the last factor is a function, written without brackets around its argument."""
    while isinstance(node, ast.UnaryOp) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        node = node.right if isinstance(node, ast.BinOp) else node.operand
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id != "sqrt"


def _source(function: FunctionType) -> ast.FunctionDef:
    """The tree of the source that is found for a function."""
    name = function.__name__
    try:
        tree = ast.parse(dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        raise BadValue(f"the source of {name} cannot be found, so it cannot be shown as a formula") from None
    definition = tree.body[0] if tree.body else None
    if not isinstance(definition, ast.FunctionDef):
        raise BadValue(f"expected a function defined with def, got {name}")
    return definition


def _codes(code: CodeType) -> Iterator[CodeType]:
    return (constant for constant in code.co_consts if isinstance(constant, CodeType))


def _same(code: CodeType, other: CodeType) -> bool:
    """Whether two code objects do the same: the same instructions on the same names and constants."""
    parts = ("co_name", "co_code", "co_names", "co_varnames", "co_freevars", "co_argcount")
    if any(getattr(code, part) != getattr(other, part) for part in parts):
        return False
    if len(code.co_consts) != len(other.co_consts):
        return False
    return all(map(_same_constant, code.co_consts, other.co_consts))


def _same_constant(one: object, other: object) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _same(one, other)
    return type(one) is type(other) and one == other
