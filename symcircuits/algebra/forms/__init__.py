"""The normal form: expressions read into quotients of sparse Laurent polynomials."""
