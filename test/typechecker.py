"""The type checks that pytest weaves into the package: beartype, with int allowed as float.

PEP 484, mypy and every caller read `float` so; only the shapes and dtypes of arrays are stricter.
"""

from beartype import beartype, BeartypeConf

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
