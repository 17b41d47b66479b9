"""Depth metrics and the evaluation loop around any predictor."""
