"""Why a frame of a recording was not compared, as every report counts it."""

NO_TRUTH, NO_PREDICTION = 'no_truth_at_stamp', 'no_prediction_at_stamp'
EMPTY_TRUTH = 'truth_without_depth'
OUT_OF_RANGE = 'truth_out_of_range'
UNREADABLE = 'unreadable_'  # and what: image, truth, prediction, camera_info
# Of depth that comes back from the nodes while the recording plays.
NO_DEPTH = 'no_depth_arrived'
FELL_BEHIND = 'comparison_fell_behind'
UNREADABLE_FRAME = UNREADABLE + 'frame'

# The recording has nothing to compare these with, whoever predicts.
WITHOUT_TRUTH = frozenset((NO_TRUTH, EMPTY_TRUTH, OUT_OF_RANGE))


def in_words(reason: str) -> str:
    """A reason as a person reads it."""
    return reason.replace('_', ' ')
