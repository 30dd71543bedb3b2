"""Inequalities, certificates of sign, gaps over offsets, and softmax."""
