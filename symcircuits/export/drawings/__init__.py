"""Figures drawn by matplotlib, imported here and nowhere else: SVG, PDF and PNG, the same bytes each time."""

from symcircuits.export.drawings.drawing import Drawing, draw

__all__ = ["Drawing", "draw"]
