"""Something that scale is measured from."""

from __future__ import annotations

from abc import ABC, abstractmethod

from std_msgs.msg import Header

from depth_nodes.ros.cdr import NS_PER_S
from depth_nodes.runtime.scale_measurement import ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView


class ScaleSource(ABC):
    """Measures in the worker's thread; its subscriptions are the executor's."""

    @abstractmethod
    def measure(self, view: ScaleView, header: Header) -> ScaleMeasurement | None:
        """The scale of a frame; None where it says nothing about it.

        Raises:
            InputError: something is missing or wrong that the user can change.
        """

    @property
    @abstractmethod
    def has_data(self) -> bool:
        """Whether it knows what it measures with, so that another scale may let it measure."""

    @abstractmethod
    def why_silent(self) -> str:
        """What keeps it from measuring anything, for diagnostics; empty: nothing known."""

    @abstractmethod
    def destroy(self) -> None:
        """Ends the subscriptions."""


def stamp_s(header: Header) -> float:
    """The stamp [s]."""
    return float(header.stamp.sec) + float(header.stamp.nanosec) / NS_PER_S
