"""Check hand derivations: read LaTeX without evaluating it, decide every line, prove what the exercise asks for."""
