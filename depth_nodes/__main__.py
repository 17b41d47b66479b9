"""`python -m depth_nodes`: the command line."""

from depth_nodes.cli.main import console

if __name__ == '__main__':
    console()
