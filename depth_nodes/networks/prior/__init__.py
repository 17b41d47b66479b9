"""What rich resources knew, looked up by a network that sees one small frame (RPrDepth)."""
