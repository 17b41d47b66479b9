"""Making a prior bank, and learning to use it (RPrDepth, arXiv 2408.00361)."""
