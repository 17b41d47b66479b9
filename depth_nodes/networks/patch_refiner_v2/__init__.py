"""PatchRefiner V2 (arXiv 2501.01121): a coarse depth network's depth, sharpened tile by tile."""
