"""Recorded and rendered frames as one type, `Sample`."""
