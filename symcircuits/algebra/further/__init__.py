"""Equalities that the normal form alone does not show."""
