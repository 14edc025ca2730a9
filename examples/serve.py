"""A classification and a segmentation served with ONNX Runtime, from photographs to what is found in them.

Two models are made on the spot, each as models are published: a folder with model.onnx, and preprocessor_config.json,
which says how its images were prepared. All that they know is colours, so that the weights need no training, and what
they find can be seen. Then they are served: `Preprocess.from_config` makes the network's input, ONNX Runtime runs the
network, and `undo_mask` takes what it found back onto the photograph.

    python examples/serve.py [FOLDER]

FOLDER keeps the models: serve.cpp serves them in C++. Needs numpy, onnx and onnxruntime.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

import swiftresample as sr

Array = np.ndarray[Any, Any]

# ---- The models: in earnest, somebody else's -------------------------------------------------------------------------

TIMES = {"noon": (110, 155, 145), "dusk": (110, 85, 60), "night": (20, 35, 55)}
THINGS = {"sky": (120, 180, 235), "meadow": (90, 150, 60), "house": (180, 70, 50)}

# One label for an image: the middle of it, 224 pixels square, and the mean of all its pixels.
CLASSIFICATION = {
    "image_processor_type": "CLIPImageProcessor",
    "size": {"shortest_edge": 224},
    "crop_size": {"height": 224, "width": 224},
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}
# Labels on a grid of a quarter of the input's size, which is common for networks of this kind.
SEGMENTATION = {
    "image_processor_type": "SegformerImageProcessor",
    "size": {"height": 512, "width": 512},
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
}


def make(folder: Path, config: dict[str, Any], colours: dict[str, tuple[int, ...]], *layers: onnx.NodeProto) -> None:
    """Write a model whose logits say which colour is nearest: `layers` from "pixels" to "pooled", and a convolution.

    Of the squared distance |x - c|**2 of a pixel x from a colour c, only 2 c.x - |c|**2 depends on c. The greatest of
    these belongs to the nearest colour; they are linear in x, a 1 x 1 convolution. Its colours are normalised as the
    configuration normalises images: that is why the two belong together.
    """
    mean, std = np.array(config["image_mean"]), np.array(config["image_std"])
    normalised = (np.array(list(colours.values())) / 255 - mean) / std
    weight, bias = 2 * normalised[:, :, None, None], -np.square(normalised).sum(1)
    graph = helper.make_graph(
        [*layers, helper.make_node("Conv", ["pooled", "weight", "bias"], ["logits"])],
        "colours",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, "H", "W"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", len(colours), "h", "w"])],
        [
            onnx.numpy_helper.from_array(weight.astype(np.float32), "weight"),
            onnx.numpy_helper.from_array(bias.astype(np.float32), "bias"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {"labels": ",".join(colours)})
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    (folder / "preprocessor_config.json").write_text(json.dumps(config, indent=2))


def make_models(folder: Path) -> None:
    """Write both models."""
    mean = helper.make_node("GlobalAveragePool", ["pixels"], ["pooled"])
    quarter = helper.make_node("AveragePool", ["pixels"], ["pooled"], kernel_shape=[4, 4], strides=[4, 4])
    make(folder / "classification", CLASSIFICATION, TIMES, mean)
    make(folder / "segmentation", SEGMENTATION, THINGS, quarter)


# ---- The photographs: as decoders give them, rows of RGB -------------------------------------------------------------


def scene(height: int, width: int) -> Array:
    """Return what is where, as indices of THINGS: sky above a meadow, and a house before both."""
    y, x = np.ogrid[:height, :width]
    is_house = (4 * y >= height) & (4 * y < 3 * height) & (5 * x >= width) & (5 * x < 2 * width)
    return np.where(is_house, 2, np.where(9 * y >= 5 * height, 1, 0))


def photograph(height: int, width: int, light: tuple[int, int, int]) -> Array:
    """Return the scene as (height, width, 3) of uint8, in light of a colour, and with grain."""
    y, x = np.ogrid[:height, :width]
    grain = (x * y + 7 * x + 13 * y) % 31 - 15
    colours = np.array(list(THINGS.values()))[scene(height, width)]
    return np.clip(colours * np.array(light) // 255 + grain[:, :, None], 0, 255).astype(np.uint8)


# ---- The service -----------------------------------------------------------------------------------------------------


class Model:
    """A network, and how its images are prepared; made once, and called by any threads."""

    def __init__(self, folder: Path) -> None:
        self.prepare = sr.Preprocess.from_config(folder / "preprocessor_config.json")
        self.session = onnxruntime.InferenceSession(folder / "model.onnx", providers=["CPUExecutionProvider"])
        self.labels = self.session.get_modelmeta().custom_metadata_map["labels"].split(",")

    def logits(self, images: list[Array]) -> Array:
        """Return the network's output for images of any sizes, as one batch."""
        (logits,) = self.session.run(["logits"], {"pixels": self.prepare(images)})
        return logits

    def classify(self, images: list[Array]) -> list[str]:
        """Return the label of each image."""
        return [self.labels[best] for best in self.logits(images)[:, :, 0, 0].argmax(1)]

    def segment(self, image: Array) -> Array:
        """Return the label of each pixel of an image, (height, width) of uint8."""
        return sr.undo_mask(self.logits([image])[0], self.prepare.placement(image))


def main(arguments: list[str]) -> None:
    """Make the models, and serve them three photographs."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments[0] if arguments else temporary)
        make_models(folder)
        classification, segmentation = Model(folder / "classification"), Model(folder / "segmentation")

    photographs = [
        photograph(480, 640, (255, 255, 255)),
        photograph(720, 500, (255, 140, 110)),
        photograph(300, 900, (40, 60, 100)),
    ]
    for image, label in zip(photographs, classification.classify(photographs)):
        print(f"{image.shape[0]} x {image.shape[1]}: {label}")

    labels = segmentation.segment(photographs[0])
    for index, name in enumerate(segmentation.labels):
        print(f"{name} {100 * np.count_nonzero(labels == index) / labels.size:.1f} %")
    for row in labels[20::40, 5::10]:  # a letter for each 40 x 10 pixels
        print("".join(segmentation.labels[label][0] for label in row))


if __name__ == "__main__":
    main(sys.argv[1:])
