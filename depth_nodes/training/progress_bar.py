"""What a person at the terminal sees of a training."""

from __future__ import annotations

from tqdm import tqdm


class ProgressBar:
    """One line with the loss, the step and the minutes that are left."""

    def __init__(self, name: str, *, is_shown: bool = True) -> None:
        self._name = name
        self._bar = tqdm(
            total=100,
            desc=name,
            mininterval=10,
            disable=not is_shown,
            bar_format='{percentage:3.0f}%|{bar}| {desc}',
        )

    def show(self, progress: float, loss: float, step: int, elapsed_s: float) -> None:
        """Draws the line anew, now and then.

        Args:
            progress: share of the training that is done, above 0.
            loss: of the last step.
            step: its number.
            elapsed_s: time that the training has taken.
        """
        minutes_left = elapsed_s / 60 * max(1 / progress - 1, 0)
        text = f'{self._name}: loss {loss:.3f}, step {step}, {minutes_left:.1f} min left'
        self._bar.set_description_str(text, refresh=False)
        self._bar.update(min(100 * progress, 100) - self._bar.n)

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()
