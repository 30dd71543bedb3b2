"""Rigorous numbers: balls, intervals, and the search for witnesses with them."""
