"""The age of a frame: from its stamp to now."""

# Queues that keep the newest message hold none for so long: such a stamp is of another clock, such
# as that of the day when a bag was recorded.
MAX_AGE_S = 60.0


def is_plausible_age(age_ms: float) -> bool:
    """Whether stamp and now are of one clock, as far as one can tell."""
    return 0 <= age_ms <= MAX_AGE_S * 1e3
