"""DIFFNet, the single-frame network that RPrDepth starts from."""
