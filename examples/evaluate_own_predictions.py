"""Judges depth of your own on a recording, as `depth_nodes evaluate` judges its models.

    python examples/evaluate_own_predictions.py drive.bag run.json

`predict` below is where your network goes. docs/evaluation_api.md says more.
"""

from pathlib import Path
import sys

import numpy as np

from depth_nodes.cli.evaluation_files import print_evaluation, run_document, write_evaluation
from depth_nodes.data.evaluation_bag import EvaluationBag
from depth_nodes.data.sample import Sample
from depth_nodes.evaluation.evaluate import evaluate
from depth_nodes.evaluation.evaluation_config import EvaluationConfig
from depth_nodes.evaluation.report.frame_picture import report_pictures
from depth_nodes.evaluation.report.page import write_report

CAMERA_HEIGHT_M = 0.5
FARTHEST_M = 20.0


def predict(sample: Sample) -> np.ndarray:
    """Depth [m] on the pixels of the image: here that of a level floor under a level camera."""
    height, width = sample.image.shape[:2]
    below_horizon = np.maximum(np.arange(height) - sample.camera.cy_px, 1e-3)
    depth_m = np.minimum(CAMERA_HEIGHT_M * sample.camera.fy_px / below_horizon, FARTHEST_M)
    return np.repeat(depth_m[:, None], width, axis=1).astype(np.float32)


def main(recording: Path, output: Path) -> None:
    """Compares, prints, and writes JSON, CSV and the report."""
    bag = EvaluationBag(recording, is_prediction_read=False)
    config = EvaluationConfig(max_depth_m=FARTHEST_M)
    results = evaluate(predict, [bag], config)
    results['sequences'][bag.name] |= bag.facts()  # what was skipped, and clocks that disagree
    document = run_document(results, model='a level floor', command=' '.join(sys.argv))
    print_evaluation(document)
    write_evaluation(output, document)
    pictures = report_pictures(predict, [bag], results, config)
    write_report(output.with_suffix('.html'), document, pictures)


if __name__ == '__main__':
    main(Path(sys.argv[1]), Path(sys.argv[2]))
