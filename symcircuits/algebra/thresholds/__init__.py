"""The least value from which a condition holds, in closed form or between two certified rationals."""
