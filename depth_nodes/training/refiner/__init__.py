"""How a patch refiner learns: tiles of large frames, and what the coarse network says of them."""
