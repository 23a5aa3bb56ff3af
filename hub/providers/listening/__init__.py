"""Networks that hear whether somebody speaks, and whether they have finished, through ONNX Runtime."""

from pathlib import Path
from typing import Any


def load_network(path: Path) -> Any:  # noqa: ANN401 - onnxruntime has no types
    """The network as an `InferenceSession` on one core, which says nothing by itself."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )
