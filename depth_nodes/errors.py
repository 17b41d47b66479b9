"""Errors that a user can cause; every message says what to do.

DepthNodesError
├── ConfigError        a parameter, YAML key or command line value
├── CheckpointError    weights that are missing, damaged or of another network
├── InputError         an image, camera, bag or sequence that cannot be used
│   ├── DamagedBagError       a recording that is cut off; what comes before can be read
│   └── MissingTopicError     a topic that a recording has not
└── BackendError       an inference engine that cannot be loaded or run
    └── EngineMismatchError    one of another machine, version or network
"""


class DepthNodesError(Exception):
    """Base of all errors of this package."""


class ConfigError(DepthNodesError):
    """A setting that is unknown or out of range."""


class CheckpointError(DepthNodesError):
    """Weights that are missing, damaged, or made for another network."""


class InputError(DepthNodesError):
    """An image, camera, bag or sequence that cannot be used."""


class DamagedBagError(InputError):
    """A recording that is damaged or cut off."""


class MissingTopicError(InputError):
    """A topic that is not in a recording."""


class BackendError(DepthNodesError):
    """An inference engine that cannot be loaded or run."""


class EngineMismatchError(BackendError):
    """An engine of another machine, version or network."""


def first_line(error: Exception) -> str:
    """What a foreign error says, in one line; its type where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
