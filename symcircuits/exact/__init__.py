"""Text to exact value: the one reader of numbers that come from outside. Nothing is evaluated as Python.

>>> exact_value("0.1"), exact_value("sqrt(8)"), exact_value("2*pi/7"), exact_integer("1e3")
(1/10, 2*sqrt(2), 2*pi/7, 1000)
"""

from symcircuits.exact.reader import exact_integer, exact_value

__all__ = ["exact_integer", "exact_value"]
