"""Pure functions on arrays and tensors: the pinhole camera, the canonical camera, transforms."""
