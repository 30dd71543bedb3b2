"""Sweeps over scales and parameters: closed forms compiled, forward passes in batches, results as xarray."""
