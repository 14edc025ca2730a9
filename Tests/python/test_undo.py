"""undo_boxes and undo_mask: back from a network's input onto the image."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from arrays import Array

import swiftresample as sr

#: Stretched; the shortest edge and the middle; letterboxes, in the middle and at the corner; cropped and padded.
STRETCHED = sr.Placement(480, 640, 224, 224, 0, 0, 224, 224)
CROPPED = sr.Placement(480, 640, 256, 341, 16, 58, 224, 224)
LETTERBOX = sr.Placement(1080, 1920, 288, 512, -112, 0, 512, 512)
CORNER = sr.Placement(333, 500, 682, 1024, 0, 0, 1024, 1024)
BOTH = sr.Placement(50, 300, 25, 150, -8, 40, 41, 64)
PLACEMENTS = (STRETCHED, CROPPED, LETTERBOX, CORNER, BOTH)


def on_canvas(placement: sr.Placement, y: Array, x: Array) -> tuple[Array, Array]:
    """Where positions on the image are on the canvas."""
    return (
        y * placement.resized_height / placement.height - placement.top,
        x * placement.resized_width / placement.width - placement.left,
    )


@pytest.mark.parametrize("placement", PLACEMENTS, ids=str)
def test_boxes_come_back(placement: sr.Placement) -> None:
    generator = np.random.default_rng(2)
    boxes = np.sort(generator.random((7, 3, 2, 2)), axis=2) * (placement.width, placement.height)
    y, x = on_canvas(placement, boxes[..., 1], boxes[..., 0])
    undone = sr.undo_boxes(np.stack([x, y], -1).reshape(7, 3, 4), placement)
    np.testing.assert_allclose(undone, boxes.reshape(7, 3, 4), atol=1e-9)


def test_boxes_end_at_the_edges_of_the_image() -> None:
    for placement in PLACEMENTS:
        far = sr.undo_boxes(np.array([-1e4, -1e4, 1e4, 1e4], np.float32), placement)
        assert far.dtype == np.float32
        assert far.tolist() == [0, 0, placement.width, placement.height]
    # The edges of what was resized are those of the image, exactly.
    y, x = -LETTERBOX.top, -LETTERBOX.left
    box = [x, y, x + LETTERBOX.resized_width, y + LETTERBOX.resized_height]
    assert sr.undo_boxes(box, LETTERBOX).tolist() == [0, 0, 1920, 1080]
    assert sr.undo_boxes(np.zeros((0, 4)), CROPPED).shape == (0, 4)
    assert np.isnan(sr.undo_boxes([np.nan, 0, 1, 1], CROPPED)).tolist() == [True, False, False, False]


@pytest.mark.parametrize(("placement", "stride"), list(itertools.product(PLACEMENTS, (1, 4))), ids=str)
def test_masks_come_back(placement: sr.Placement, stride: int) -> None:
    rows, columns = -(-placement.canvas_height // stride), -(-placement.canvas_width // stride)
    # Labels that say where on the canvas they are: half of its columns, and half of its rows.
    mask = 2 * (np.arange(rows) >= rows // 2)[:, None] + (np.arange(columns) >= columns // 2)
    undone = sr.undo_mask(mask.astype(np.int16), placement, fill=-1)
    assert undone.dtype == np.int16
    assert undone.shape == (placement.height, placement.width)
    y, x = on_canvas(placement, np.arange(placement.height) + 0.5, np.arange(placement.width) + 0.5)
    is_seen = ((y > 0) & (y < placement.canvas_height))[:, None] & (x > 0) & (x < placement.canvas_width)
    rest = 2 * (y >= (rows // 2) * placement.canvas_height / rows)[:, None]
    expected = np.where(is_seen, rest + (x >= (columns // 2) * placement.canvas_width / columns), -1)
    # The canvas lies on whole pixels of the image: one off at each of the edges, at most.
    differs = undone != expected
    assert differs.any(1).sum() <= 3 or differs.all(1).sum() <= 3
    assert differs.mean() < 0.02
    logits = np.stack([(mask == label).astype(np.float32) for label in range(4)])
    from_logits = sr.undo_mask(logits, placement, fill=9)
    assert from_logits.dtype == np.uint8
    assert (np.where(undone < 0, 9, undone) != from_logits).mean() < 0.03
    np.testing.assert_array_equal(from_logits == 9, undone == -1)


def test_whole_canvas_is_a_plain_resize() -> None:
    logits = np.random.default_rng(4).standard_normal((2, 5, 56, 56)).astype(np.float32)
    labels = sr.undo_mask(logits, STRETCHED)
    np.testing.assert_array_equal(labels, sr.logits_to_labels(logits, (480, 640)))
    np.testing.assert_array_equal(sr.undo_mask(logits[0], STRETCHED, mode="bicubic", dtype=np.int64),
                                  sr.logits_to_labels(logits[:1], (480, 640), mode="bicubic")[0])  # fmt: skip
    small = logits.argmax(1).astype(np.uint8)
    expected = sr.interpolate(small[:, None], (480, 640), mode="nearest-exact")[:, 0]
    np.testing.assert_array_equal(sr.undo_mask(small, STRETCHED), expected)
    is_first = small[0] == 0
    assert sr.undo_mask(is_first, STRETCHED, fill=0).dtype == bool
    np.testing.assert_array_equal(sr.undo_mask(is_first, STRETCHED, fill=0, mode="nearest"),
                                  sr.interpolate(is_first[None, None], (480, 640))[0, 0])  # fmt: skip


def test_padding_is_left_out() -> None:
    mask = np.full((512, 512), 7, np.uint8)
    mask[112:400] = 3
    assert (sr.undo_mask(mask, LETTERBOX) == 3).all()
    # Nothing of the image is on the canvas.
    away = dataclasses.replace(LETTERBOX, top=5000)
    assert (sr.undo_mask(mask, away, fill=11) == 11).all()


def test_bad_input() -> None:
    mask = np.zeros((4, 4), np.uint8)
    for field in ("height", "width", "resized_height", "resized_width", "canvas_height", "canvas_width"):
        with pytest.raises(ValueError, match=field):
            dataclasses.replace(CROPPED, **{field: 0})
    with pytest.raises(TypeError, match="top"):
        dataclasses.replace(CROPPED, top=1.5)
    with pytest.raises(TypeError, match="Placement"):
        sr.undo_mask(mask, (4, 4))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Placement"):
        sr.undo_boxes([0, 0, 1, 1], None)  # type: ignore[arg-type]
    for shape in ((4,), (1, 1, 4, 4)):
        with pytest.raises(ValueError, match=r"labels must be \(H, W\)"):
            sr.undo_mask(np.zeros(shape, np.uint8), CROPPED)
    with pytest.raises(ValueError, match="pixels"):
        sr.undo_mask(np.zeros((0, 4), np.uint8), CROPPED)
    with pytest.raises(ValueError, match=r"logits must be \(C, H, W\)"):
        sr.undo_mask(np.zeros((4, 4), np.float32), CROPPED)
    for fill in (256, -1):
        with pytest.raises(ValueError, match="fill"):
            sr.undo_mask(mask, CROPPED, fill=fill)
    with pytest.raises(TypeError, match="fill"):
        sr.undo_mask(mask, CROPPED, fill=1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="nearest"):
        sr.undo_mask(mask, CROPPED, mode="bilinear")
    with pytest.raises(TypeError, match="dtype"):
        sr.undo_mask(mask, CROPPED, dtype=np.int64)
    for boxes in ([1, 2, 3], 5.0, np.zeros((4, 3))):
        with pytest.raises(ValueError, match="4"):
            sr.undo_boxes(boxes, CROPPED)
    with pytest.raises(TypeError, match="real numbers"):
        sr.undo_boxes(np.zeros(4, complex), CROPPED)
