"""Depth networks: tensors in, a named tuple of tensors out."""
