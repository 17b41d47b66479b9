"""The subcommands of `depth_nodes`, one file each."""
