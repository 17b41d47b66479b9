"""What a node that makes depth of images holds while it is configured."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from depth_nodes.ros.frame_input import FrameInput
from depth_nodes.ros.outputs import DepthOutputs


class Pipeline(ABC):
    """From the subscriptions to the publishers.

    Attributes:
        outputs: the topics of each camera.
        inputs: the subscriptions of each camera, between `start` and `stop`; empty otherwise.
    """

    outputs: list[DepthOutputs]
    inputs: list[FrameInput]

    @abstractmethod
    def start(self) -> None:
        """Starts working and subscribes."""

    @abstractmethod
    def stop(self) -> None:
        """Unsubscribes and stops working; does nothing where nothing works."""

    @abstractmethod
    def close(self) -> None:
        """Stops, removes the output topics, frees the model."""

    @abstractmethod
    def change(self, parameters: Any) -> None:
        """Takes the node's parameters, of which dynamic ones have changed."""

    @property
    @abstractmethod
    def model_name(self) -> str:
        """What the model calls itself."""

    @property
    @abstractmethod
    def values(self) -> dict[str, object]:
        """For diagnostics: what runs, and how."""

    @property
    @abstractmethod
    def problems(self) -> list[str]:
        """For diagnostics: what is not as the user would want it."""
