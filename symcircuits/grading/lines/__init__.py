"""What is written line by line: chains of equations and inequalities, each link defined, decided or kept in mind."""
