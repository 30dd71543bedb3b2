"""What the grader found, and the forms that it is told in."""
