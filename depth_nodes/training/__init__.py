"""The trainer, its objective and its checkpoints."""
