"""For tests of what becomes of work whose process is gone."""

import os


def end_process(*arguments: object) -> None:
    del arguments
    os._exit(3)
