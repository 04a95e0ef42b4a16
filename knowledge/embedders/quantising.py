"""Make an ONNX model int8 as far as its vectors survive it: all of it, or all but what int8 breaks in some models."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import ModelMissingError

TRUE_ENOUGH = 0.975
"""The mean cosine to the model as it was that an int8 file must keep; MiniLM keeps 0.99, mpnet 0.99 or 0.75."""
_AS_TRACED = 0.999

PROBES = (
    "yes",
    "how much is it?",
    "hi, quick q: does it work offline",
    "Invoices can be downloaded as PDF from the billing page, and they are sent to the billing contact as well.",
    "we're about 40 people and want to move everything over from spreadsheets before March",
    "The service was slow this morning between 8:10 and 8:45 CET. A full disk on one database server caused it.",
    "Can I reschedule tomorrow's call to Friday afternoon?",
    "Wie viele Benutzer sind im kleinsten Tarif enthalten?",
)
"""Texts of several lengths and manners, whose vectors are compared."""


def quantise(
    fused: Path, target: Path, tokens: Sequence[NDArray[np.int64]], true: NDArray[np.float32]
) -> str:
    """Write the smallest file whose vectors of the probes' `tokens` are true enough; says how it was made.

    Wide activations in the down-projections of some models (mpnet's are known for it) do not fit int8; leaving
    those in fp32 costs size and mends it. What no int8 fits stays as it is.
    """
    if _faith(fused, tokens, true) < _AS_TRACED:
        raise ModelMissingError(
            "the embedding model changes when it is written as ONNX; use one with the layout of BERT or MPNet"
        )
    for how, spared in (("int8", ()), ("int8 but for down-projections", _down_projections(fused))):
        _write(fused, target, spared)
        if _faith(target, tokens, true) >= TRUE_ENOUGH:
            return how
    target.write_bytes(fused.read_bytes())
    return "fp32"


def _write(fused: Path, target: Path, spared: Sequence[str]) -> None:
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        str(fused),
        str(target),
        weight_type=QuantType.QInt8,
        # Per-tensor int8 drifts to a cosine of 0.968 to fp32; per channel keeps 0.994.
        per_channel=True,
        nodes_to_exclude=list(spared),
        extra_options={"MatMulConstBOnly": True, "DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def _down_projections(fused: Path) -> tuple[str, ...]:
    """Multiplications with a weight that makes vectors shorter."""
    import onnx

    graph = onnx.load(str(fused)).graph
    shapes = {weight.name: tuple(weight.dims) for weight in graph.initializer}
    found = []
    for node in graph.node:
        shape: tuple[int, ...] = next((shapes[name] for name in node.input if name in shapes), ())
        if node.op_type == "MatMul" and len(shape) == 2 and shape[0] > shape[1]:
            found.append(node.name)
    return tuple(found)


def _faith(model: Path, tokens: Sequence[NDArray[np.int64]], true: NDArray[np.float32]) -> float:
    """The mean cosine of a file's vectors to the true ones."""
    import onnxruntime as ort

    session: Any = ort.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    made = [
        session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0] for ids in tokens
    ]
    return float(cast("NDArray[np.float32]", np.stack(made) * true).sum(axis=1).mean())
