"""Verdicts on what was read: chains line by line, matrices by what their exercise asks for, and what may be wrong."""
