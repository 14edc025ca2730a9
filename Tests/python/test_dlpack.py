"""Arrays of other libraries: read and written where they lie, and given back as what they were."""

from __future__ import annotations

import gc
import re
import sys
from pathlib import Path
from typing import Any, Callable, NamedTuple

import numpy as np
import pytest
from arrays import Array, assert_same_bits, samples
from dlpack_exporter import Anonymous, Exporter, alive, nothing_is_left, twice
from oracle import BFLOAT16

import swiftresample as sr
from swiftresample._arrays import as_array, dtype_name
from swiftresample._dlpack import bfloat16

pytestmark = pytest.mark.slow

try:
    import torch
except ImportError as error:
    torch, no_torch = None, f"PyTorch is not importable: {error}"
try:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
except ImportError as error:
    jax, no_jax = None, f"JAX is not importable: {error}"

# ---- Calls -----------------------------------------------------------------------------------------------------------

FLOATS = ("float16", "float32", "float64", *(("bfloat16",) if BFLOAT16 else ()))
WEIGHTED = (*FLOATS, "uint8", "int8", "int16", "uint16", "int32")
ANY = (*WEIGHTED, "bool", "uint32", "int64", "uint64", "complex64", "complex128")


class Call(NamedTuple):
    """A call with arrays of these shapes; `output` is its result's, or None where there is no `out`."""

    function: Callable[..., Any]
    shapes: tuple[tuple[int, ...], ...]
    output: tuple[int, ...] | None
    dtypes: tuple[str, ...] = FLOATS

    def arrays(self, dtype: str) -> list[Array]:
        return [
            samples(shape, BFLOAT16 if dtype == "bfloat16" else dtype, seed) for seed, shape in enumerate(self.shapes)
        ]


def layer(kind: type[sr.nn.Module], *arguments: Any, **options: Any) -> Callable[..., Any]:
    """A layer of any dtype, made of the same weights each time."""

    def call(input: Any) -> Any:
        made = kind(*arguments, **options)
        state = made.state_dict()
        made.load_state_dict({name: array.astype(as_array("input", input).dtype) for name, array in state.items()})
        return made(input)

    return call


def interpolation(
    mode: str, shape: tuple[int, ...], output: tuple[int, ...], dtypes: tuple[str, ...], **more: Any
) -> Call:
    def call(input: Any, **options: Any) -> Any:
        return sr.interpolate(input, size=output[2:], mode=mode, **more, **options)

    return Call(call, (shape,), output, dtypes)


def planned(input: Any, **options: Any) -> Any:
    return sr.Plan((2, 3, 7, 9), as_array("input", input).dtype, size=(11, 5), mode="bicubic")(input, **options)


def backward(grad_output: Any, **options: Any) -> Any:
    return sr.interpolate_backward(grad_output, (2, 3, 7, 9), (11, 5), mode="bilinear", **options)


IMAGE, LARGER = (2, 3, 7, 9), (2, 3, 11, 5)
CALLS = {
    "nearest": interpolation("nearest", IMAGE, LARGER, ANY),
    "bilinear": interpolation("bilinear", IMAGE, LARGER, WEIGHTED),
    "antialias": interpolation("bicubic", IMAGE, (2, 3, 4, 4), WEIGHTED, antialias=True),
    "trilinear": interpolation("trilinear", (2, 3, 4, 5, 6), (2, 3, 6, 3, 7), WEIGHTED),
    "interpolate_backward": Call(backward, (LARGER,), IMAGE),
    "Plan": Call(planned, (IMAGE,), LARGER, WEIGHTED),
    "logits_to_labels": Call(lambda x, **o: sr.logits_to_labels(x, (11, 5), **o), (IMAGE,), (2, 11, 5)),
    "undo_mask": Call(lambda x: sr.undo_mask(x, sr.Placement(11, 5, 7, 9, 0, 0, 7, 9)), (IMAGE,), None),
    "pixel_shuffle": Call(lambda x, **o: sr.pixel_shuffle(x, 2, **o), ((2, 12, 3, 5),), (2, 3, 6, 10), ANY),
    "pixel_unshuffle": Call(lambda x, **o: sr.pixel_unshuffle(x, 2, **o), ((2, 3, 6, 10),), (2, 12, 3, 5), ANY),
    "pixel_shuffle of 9 axes": Call(
        lambda x, **o: sr.pixel_shuffle(x, 2, **o), ((1, 2, 1, 1, 2, 1, 4, 3, 5),), (1, 2, 1, 1, 2, 1, 1, 6, 10), ANY
    ),
    "conv_transpose1d": Call(
        lambda x, w, b, **o: sr.conv_transpose1d(x, w, b, 2, **o), ((2, 4, 9), (4, 3, 3), (3,)), (2, 3, 19)
    ),
    "conv_transpose2d": Call(
        lambda x, w, b, **o: sr.conv_transpose2d(x, w, b, 2, **o),
        ((2, 4, 5, 9), (4, 3, 2, 3), (3,)),
        (2, 3, 10, 19),
        (*FLOATS, "int64"),
    ),
    "conv_transpose2d without batch or bias": Call(
        lambda x, w, **o: sr.conv_transpose2d(x, w, **o), ((4, 5, 9), (4, 3, 2, 3)), (3, 6, 11)
    ),
    "conv_transpose3d": Call(
        lambda x, w, b, **o: sr.conv_transpose3d(x, weight=w, bias=b, **o),
        ((2, 4, 2, 5, 9), (4, 3, 2, 2, 3), (3,)),
        (2, 3, 3, 6, 11),
    ),
    "grid_sample": Call(sr.grid_sample, (IMAGE, (2, 4, 6, 2)), (2, 3, 4, 6)),
    "affine_grid": Call(lambda theta: sr.affine_grid(theta, (2, 3, 4, 5)), ((2, 2, 3),), None, ("float32", "float64")),
    "carafe": Call(lambda x, m, **o: sr.carafe(x, m, 3, scale_factor=2, **o), (IMAGE, (2, 9, 14, 18)), (2, 3, 14, 18)),
    "conv_transpose1d_backward": Call(
        lambda g, x, w: sr.conv_transpose1d_backward(g, x, w, 2)[0], ((2, 3, 19), (2, 4, 9), (4, 3, 3)), None
    ),
    "conv_transpose2d_backward": Call(
        lambda g, x, w: sr.conv_transpose2d_backward(g, x, w, 2)[1],
        ((2, 3, 10, 19), (2, 4, 5, 9), (4, 3, 2, 3)),
        None,
    ),
    "conv_transpose3d_backward": Call(
        lambda g, x, w: sr.conv_transpose3d_backward(g, x, w)[2],
        ((2, 3, 3, 6, 11), (2, 4, 2, 5, 9), (4, 3, 2, 2, 3)),
        None,
    ),
    "grid_sample_backward": Call(
        lambda g, x, points: sr.grid_sample_backward(g, x, points)[1], ((2, 3, 4, 6), IMAGE, (2, 4, 6, 2)), None
    ),
    "carafe_backward": Call(
        lambda g, x, m: sr.carafe_backward(g, x, m, 3, scale_factor=2)[0], ((2, 3, 14, 18), IMAGE, (2, 9, 14, 18)), None
    ),
    "nn.Upsample": Call(layer(sr.nn.Upsample, (11, 5), mode="bilinear"), (IMAGE,), None, WEIGHTED),
    "nn.PixelShuffle": Call(layer(sr.nn.PixelShuffle, 2), ((2, 12, 3, 5),), None, ANY),
    "nn.PixelUnshuffle": Call(layer(sr.nn.PixelUnshuffle, 2), ((2, 3, 6, 10),), None, ANY),
    "nn.Conv2d": Call(layer(sr.nn.Conv2d, 3, 4, 3, 2, rng=1), (IMAGE,), None),
    "nn.ConvTranspose2d": Call(layer(sr.nn.ConvTranspose2d, 3, 4, 3, 2, rng=1), (IMAGE,), None),
    "nn.ResizeConv2d": Call(layer(sr.nn.ResizeConv2d, 3, 4, 3, rng=1), (IMAGE,), None),
    "nn.CARAFE": Call(layer(sr.nn.CARAFE, 3, rng=1), (IMAGE,), None),
    "nn.DySample": Call(layer(sr.nn.DySample, 3, groups=3, rng=1), (IMAGE,), None),
    "nn.LightweightUpsample": Call(layer(sr.nn.LightweightUpsample, 3, 4, rng=1), (IMAGE,), None),
    "nn.AdaptiveUpsample": Call(layer(sr.nn.AdaptiveUpsample, 3, 4, rng=1), (IMAGE,), None),
}
# Each with one of its dtypes, in turn, and some with all of them: how an array is taken does not depend on the call.
EVERY_CALL = [
    pytest.param(name, dtype, id=f"{name}-{dtype}")
    for place, (name, call) in enumerate(CALLS.items())
    for dtype in (call.dtypes if name in ("nearest", "Plan") else [call.dtypes[place % len(call.dtypes)]])
]
WITH_OUT = [param for param in EVERY_CALL if CALLS[param.values[0]].output]


def test_every_public_function_is_called_here() -> None:
    names = " ".join(CALLS)
    # Other libraries' functions have tests of their own, and one way to take arrays (_resize.py).
    libraries = {"jax", "onnx", "opencv", "pillow", "tensorflow"}
    functions = set(sr.__all__) - {"AxisTaps", "__version__", "axis_taps", "nn", *libraries}
    functions -= {"Placement", "undo_boxes"}  # for numbers
    functions -= {"Preprocess"}  # for images of several kinds at once
    for name in functions - {"get_num_threads", "set_num_threads", "instruction_set", "interpolate", "release_memory"}:
        assert name in names


# ---- Kinds of arrays -------------------------------------------------------------------------------------------------


class Kind(NamedTuple):
    """Arrays of one library: how they are made of NumPy's, and what their samples are."""

    type: Any
    of: Callable[[Array], Any]
    samples: Callable[[Any], Array]


def _torch_of(array: Array) -> Any:
    if array.dtype == BFLOAT16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def _torch_samples(tensor: Any) -> Array:
    return tensor.view(torch.int16).numpy().view(BFLOAT16) if tensor.dtype == torch.bfloat16 else tensor.numpy()


def _kind(name: str) -> Kind:
    if name == "torch":
        if torch is None:
            pytest.skip(no_torch)
        return Kind(torch.Tensor, _torch_of, _torch_samples)
    if name == "jax":
        if jax is None:
            pytest.skip(no_jax)
        return Kind(jax.Array, jnp.asarray, np.asarray)
    return Kind(Exporter, Exporter, lambda exporter: exporter.array)


@pytest.fixture(params=["exporter", "torch", "jax"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return _kind(request.param)


@pytest.fixture(params=["exporter", "torch"])
def writeable_kind(request: pytest.FixtureRequest) -> Kind:
    return _kind(request.param)


needs_torch = pytest.mark.skipif(torch is None, reason=no_torch if torch is None else "")
needs_jax = pytest.mark.skipif(jax is None, reason=no_jax if jax is None else "")
needs_bfloat16 = pytest.mark.skipif(BFLOAT16 is None, reason="ml_dtypes is not installed")


@pytest.fixture(autouse=True)
def every_capsule_is_given_back_once() -> Any:
    yield
    assert nothing_is_left(), (alive, twice)


# ---- Results ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "dtype"), EVERY_CALL)
def test_the_same_bits_come_back_as_the_same_kind(name: str, dtype: str, kind: Kind) -> None:
    call = CALLS[name]
    arrays = call.arrays(dtype)
    expected = call.function(*arrays)
    result = call.function(*map(kind.of, arrays))
    assert isinstance(result, kind.type)
    assert_same_bits(kind.samples(result), expected)


@pytest.mark.parametrize(("name", "dtype"), WITH_OUT)
def test_out_is_written_and_returned(name: str, dtype: str, writeable_kind: Kind) -> None:
    call, kind = CALLS[name], writeable_kind
    assert call.output is not None
    arrays = call.arrays(dtype)
    expected = call.function(*arrays)
    memory = np.zeros(call.output, expected.dtype)
    theirs = kind.of(memory)
    assert call.function(*map(kind.of, arrays), out=theirs) is theirs
    assert_same_bits(memory, expected, "theirs in and out")
    memory[...] = 0
    assert call.function(*arrays, out=theirs) is theirs
    assert_same_bits(memory, expected, "NumPy in, theirs out")
    memory[...] = 0
    assert call.function(*map(kind.of, arrays), out=memory) is memory
    assert_same_bits(memory, expected, "theirs in, NumPy out")


@pytest.mark.parametrize(("name", "dtype"), [param for param in EVERY_CALL if len(CALLS[param.values[0]].shapes) > 1])
def test_the_first_of_mixed_kinds_is_that_of_the_result(name: str, dtype: str, kind: Kind) -> None:
    call = CALLS[name]
    first, *others = call.arrays(dtype)
    expected = call.function(first, *others)
    result = call.function(kind.of(first), *others)
    assert isinstance(result, kind.type)
    assert_same_bits(kind.samples(result), expected)
    result = call.function(first, *map(kind.of, others))
    assert type(result) is np.ndarray
    assert_same_bits(result, expected)


def test_images_of_any_kind_become_one_batch(kind: Kind) -> None:
    images = [samples(shape, np.uint8, seed) for seed, shape in enumerate([(9, 7, 3), (6, 11, 3), (5, 5, 3)])]
    prepare = sr.Preprocess((4, 5))
    expected = prepare(images)
    # The first image's kind is the batch's.
    for theirs, wanted in [
        (list(map(kind.of, images)), expected),
        ([kind.of(images[0]), *images[1:]], expected),
        (kind.of(images[2]), expected[2:]),
        (kind.of(np.stack(images[2:] * 3)), expected[[2, 2, 2]]),
    ]:
        result = prepare(theirs)
        assert isinstance(result, kind.type)
        assert_same_bits(kind.samples(result), wanted)
    assert_same_bits(prepare([images[0], kind.of(images[1]), images[2]]), expected)


def test_a_batch_is_written_into_memory_of_any_kind(writeable_kind: Kind) -> None:
    prepare, image = sr.Preprocess((4, 5)), samples((9, 7, 3), np.uint8, 1)
    memory = np.zeros((1, 3, 4, 5), np.float32)
    theirs = writeable_kind.of(memory)
    assert prepare(image, out=theirs) is theirs
    assert_same_bits(memory, prepare(image))


def test_the_first_argument_may_be_given_by_name(kind: Kind) -> None:
    image = samples(IMAGE, np.float32)
    given = kind.of(image)
    for result in (
        sr.interpolate(input=given, size=4),
        sr.Plan(IMAGE, size=4)(input=given),
        sr.nn.Upsample(size=4)(input=given),
        sr.nn.Conv2d(3, 3, 1)(input=given),
        sr.nn.ConvTranspose2d(3, 3, 2, 2)(input=given, output_size=(14, 18)),
        sr.carafe(features=given, masks=np.ones((2, 9, 7, 9), np.float32), kernel_size=3),
    ):
        assert isinstance(result, kind.type)
    assert_same_bits(kind.samples(sr.interpolate(input=given, size=4)), sr.interpolate(image, size=4))


@pytest.mark.parametrize("shape", [(0, 3, 4, 4), (2, 3, 1, 1)])
def test_empty_and_single_samples(shape: tuple[int, ...], kind: Kind) -> None:
    image = np.ones(shape, np.float32)
    result = sr.interpolate(kind.of(image), size=5, mode="bilinear")
    assert tuple(kind.samples(result).shape) == (*shape[:2], 5, 5)
    assert_same_bits(np.ascontiguousarray(kind.samples(result)), sr.interpolate(image, size=5, mode="bilinear"))


def test_no_memory_is_needed_where_there_are_no_samples() -> None:
    for has_strides in (True, False):
        empty = Exporter(np.ones((0, 3, 4, 4), np.float32), has_data=False, has_strides=has_strides)
        assert sr.interpolate(empty, size=5).array.shape == (0, 3, 5, 5)


def test_arrays_without_axes_are_read_like_those_of_numpy() -> None:
    for name in ("shape", "no shape"):
        given = Exporter(np.array(3, np.float32), has_strides=False, has_shape=name == "shape")
        assert as_array("input", given).shape == ()
        with pytest.raises(NotImplementedError, match="got 0-D"):
            sr.interpolate(given, size=5)


def test_user_defined_layers_see_what_they_are_given(kind: Kind) -> None:
    class Double(sr.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.up = sr.nn.Upsample(scale_factor=2)

        def forward(self, input: Any) -> Any:
            assert isinstance(input, kind.type)
            return self.up(input)

    assert isinstance(Double()(kind.of(np.ones(IMAGE, np.float32))), kind.type)


def test_parameters_may_be_arrays_of_any_library(kind: Kind) -> None:
    made, same = sr.nn.Conv2d(3, 4, 3, rng=1), sr.nn.Conv2d(3, 4, 3, rng=2)
    image = samples(IMAGE, np.float32)
    same.weight = kind.of(made.weight.copy())
    same.load_state_dict({"bias": kind.of(made.bias.copy())}, strict=False)
    assert list(same.state_dict()) == ["weight", "bias"]
    assert all(type(array) is np.ndarray and not array.flags.writeable for array in same.state_dict().values())
    assert_same_bits(same(image), made(image))


# ---- Memory ----------------------------------------------------------------------------------------------------------


def test_nothing_is_copied(kind: Kind) -> None:
    given = kind.of(samples(IMAGE, np.float32))
    view = as_array("input", given)
    assert view.__array_interface__["data"][0] == kind.samples(given).__array_interface__["data"][0]
    assert view.strides == kind.samples(given).strides


@needs_torch
def test_strided_tensors_are_read_and_written_where_they_lie() -> None:
    larger = torch.randn(2, 8, 14, 18)
    for name, tensor in {
        "strided": larger[:, 1:7:2, ::2, 1::2],
        "channels last": larger[:, :3, :7, :9].contiguous(memory_format=torch.channels_last),
        "transposed": larger[:, :3, :9, :7].transpose(2, 3),
        "broadcast": larger[:, :1, :7, :9].expand(2, 3, 7, 9),
    }.items():
        view = as_array("input", tensor)
        assert view.__array_interface__["data"][0] == tensor.data_ptr(), name
        assert view.strides == tuple(4 * stride for stride in tensor.stride()), name
        result = sr.interpolate(tensor, size=(11, 5), mode="bilinear")
        assert_same_bits(result.numpy(), sr.interpolate(tensor.numpy().copy(), size=(11, 5), mode="bilinear"), name)
        is_channels_last = result.is_contiguous(memory_format=torch.channels_last)
        assert is_channels_last == (name == "channels last"), name
        assert is_channels_last or result.is_contiguous(), name
    out = torch.full((2, 8, 22, 10), 7.0)
    part = out[:, 1:7:2, ::2, 1::2]
    assert sr.interpolate(larger[:, :3, :7, :9], size=(11, 5), mode="bilinear", out=part) is part
    assert_same_bits(part.numpy().copy(), sr.interpolate(larger[:, :3, :7, :9].numpy(), size=(11, 5), mode="bilinear"))
    part[...] = 7
    assert (out == 7).all()  # between the samples nothing was written


@needs_jax
def test_results_that_are_not_computed_yet_are_waited_for() -> None:
    heavy = jax.jit(lambda x: jax.lax.fori_loop(0, 200, lambda _, y: y @ x, x))
    x = jnp.eye(300, dtype=jnp.float32)
    heavy(x).block_until_ready()
    for seed in range(10):
        square = heavy(x * (0.99 if seed % 2 else 1))
        assert_same_bits(
            np.asarray(sr.interpolate(square[None, None], size=300)), np.asarray(square)[None, None], str(seed)
        )


def test_negative_strides_and_offsets() -> None:
    image = samples(IMAGE, np.float32)
    expected = sr.interpolate(image, size=(11, 5), mode="bilinear")
    backwards = image[:, ::-1, ::-1, ::-1].copy()[:, ::-1, ::-1, ::-1]
    assert min(backwards.strides[1:]) < 0
    for version in (None, (1, 0), (1, 7)):
        for offset in (0, 64, 4096):
            for array in (image, backwards):
                given = Exporter(array, version=version, byte_offset=offset)
                assert_same_bits(sr.interpolate(given, size=(11, 5), mode="bilinear").array, expected)
        assert_same_bits(
            sr.interpolate(Exporter(image, version=version, has_strides=False), size=(11, 5), mode="bilinear").array,
            expected,
        )
        out = Exporter(np.zeros((2, 3, 22, 5), np.float32)[:, :, ::-2], version=version, byte_offset=64)
        assert sr.interpolate(image, size=(11, 5), mode="bilinear", out=out) is out
        assert_same_bits(out.array.copy(), expected)


@pytest.mark.parametrize("flags", [1, 2, 3])
def test_read_only_arrays_and_copies_are_read(flags: int) -> None:
    image = samples(IMAGE, np.float32)
    assert_same_bits(sr.interpolate(Exporter(image, flags=flags), size=4).array, sr.interpolate(image, size=4))


def test_memory_of_the_processor_that_a_device_shares_is_read() -> None:
    image = samples(IMAGE, np.float32)
    for device in ((3, 0), (11, 1)):
        assert_same_bits(sr.interpolate(Exporter(image, device=device), size=4).array, sr.interpolate(image, size=4))


def _resident() -> int:
    (kilobytes,) = re.findall(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes)


def test_thousands_of_calls_leave_nothing_behind(kind: Kind) -> None:
    image, weight = kind.of(samples((1, 4, 64, 64), np.float32)), kind.of(samples((4, 1, 2, 2), np.float32))

    def call() -> None:
        sr.interpolate(image, scale_factor=2, mode="bilinear")
        sr.conv_transpose2d(image, weight)
        try:
            sr.conv_transpose2d(image, weight, image)
        except ValueError:
            pass
        else:
            pytest.fail("a bias of four axes was taken")

    def state_after(calls: int) -> tuple[int, int, int, int]:
        for _ in range(calls):
            call()
        gc.collect()
        return sys.getrefcount(image), sys.getrefcount(weight), sys.getallocatedblocks(), _resident()

    # What else the process has done, or does, may move its memory about; what is lost here is lost every time.
    before = state_after(200)
    blocks, growth = [], []
    for _ in range(4):
        after = state_after(2_000)
        assert after[:2] == before[:2]
        blocks.append(after[2] - before[2])
        growth.append(after[3] - before[3])
        before = after
    assert min(blocks) < 200, blocks  # one in ten calls
    assert min(growth) < 4096, growth  # one result more in a hundred would be 5 MB


def test_a_capsule_lives_as_long_as_a_view_and_no_longer() -> None:
    exporter = Exporter(samples(IMAGE, np.float32))
    for version in (None, (1, 0)):
        exporter.version = version
        view = as_array("input", exporter)[0, ::2]
        assert len(alive) == 1
        view = view.reshape(-1)[1:].copy() if view.size == 0 else view[..., 1:]
        gc.collect()
        assert len(alive) == 1
        del view
        assert nothing_is_left()
    before = exporter.exports
    sr.interpolate(exporter, size=4)
    assert exporter.exports == before + 1


def test_memory_stays_while_a_result_needs_it(kind: Kind) -> None:
    image = samples(IMAGE, np.float32)
    results = [sr.interpolate(kind.of(image + number), size=(70, 90)) for number in range(50)]
    gc.collect()
    for number, result in enumerate(results):
        assert_same_bits(kind.samples(result), sr.interpolate(image + number, size=(70, 90)))


# ---- bfloat16 --------------------------------------------------------------------------------------------------------

WITHOUT_ML_DTYPES = """
import sys
sys.modules["ml_dtypes"] = None  # so that importing it fails
import numpy as np
import swiftresample as sr
assert not {"torch", "jax"} & set(sys.modules)
"""


@needs_torch
def test_bfloat16_of_pytorch_needs_no_ml_dtypes(run_python: Any) -> None:
    done = run_python(
        WITHOUT_ML_DTYPES
        + """
import torch
torch.manual_seed(0)
x = torch.randn(1, 4, 8, 8).bfloat16()
for mode in ("nearest", "bilinear", "bicubic", "area"):
    result = sr.interpolate(x, scale_factor=2, mode=mode)
    assert torch.equal(result, torch.nn.functional.interpolate(x, scale_factor=2, mode=mode)), mode
out = torch.zeros(1, 4, 16, 16).bfloat16()
assert sr.interpolate(x, scale_factor=2, out=out) is out
assert torch.equal(out, torch.nn.functional.interpolate(x, scale_factor=2))
assert torch.equal(sr.pixel_shuffle(x, 2), torch.nn.functional.pixel_shuffle(x, 2))
assert torch.equal(sr.pixel_shuffle(x[None, None, None, None, None], 2)[0, 0, 0, 0, 0], sr.pixel_shuffle(x, 2))
weight, bias = torch.ones(4, 2, 2, 2).bfloat16(), torch.ones(2).bfloat16()
expected = torch.nn.functional.conv_transpose2d(x.float(), weight.float(), bias.float(), stride=2).bfloat16()
assert torch.equal(sr.conv_transpose2d(x, weight, bias, stride=2), expected)
assert sr.grid_sample(x, torch.zeros(1, 3, 3, 2).bfloat16()).dtype is torch.bfloat16
assert sr.carafe(x, torch.zeros(1, 9, 8, 8).bfloat16(), 3).dtype is torch.bfloat16
assert sr.interpolate_backward(x, (1, 4, 4, 4), size=8).dtype is torch.bfloat16
plan = sr.Plan(x.shape, x.dtype, scale_factor=2)
assert torch.equal(plan(x), out) and torch.equal(plan(x, torch.zeros_like(out)), out)
assert "bfloat16" in repr(plan)
layer = sr.nn.Conv2d(4, 4, 3)
layer.load_state_dict({name: torch.from_numpy(a.copy()).bfloat16() for name, a in layer.state_dict().items()})
assert layer(x).dtype is torch.bfloat16
for bad in (lambda: sr.interpolate(x, size=4, out=torch.zeros(1, 4, 4, 4)), lambda: plan(x.float()),
            lambda: sr.conv_transpose2d(x, weight.float()), lambda: sr.affine_grid(x[0, :, :2, :3], (4, 1, 2, 2))):
    try:
        bad()
    except TypeError as error:
        assert "bfloat16" in str(error) and "u2" not in str(error), error
    else:
        raise AssertionError
carafe = sr.nn.CARAFE(4)
carafe.load_state_dict({name: torch.from_numpy(a.copy()).bfloat16() for name, a in carafe.state_dict().items()})
try:
    carafe(x)
except TypeError as error:
    assert "ml_dtypes" in str(error)
else:
    raise AssertionError
print("done")
"""
    )
    assert done.stdout == "done\n", done.stderr


@needs_bfloat16
def test_bfloat16_of_any_exporter_needs_no_ml_dtypes(run_python: Any) -> None:
    bits = samples(IMAGE, BFLOAT16)
    expected = sr.interpolate(bits, size=(11, 5), mode="bilinear")
    done = run_python(
        WITHOUT_ML_DTYPES
        + f"""
from dlpack_exporter import Exporter, nothing_is_left
from swiftresample._dlpack import bfloat16
image = np.frombuffer(bytes.fromhex({bits.tobytes().hex()!r}), np.uint16).reshape({IMAGE})
for version in (None, (1, 0)):
    result = sr.interpolate(Exporter(image.view(bfloat16()), version=version), size=(11, 5), mode="bilinear")
    print(result.array.view(np.uint16).tobytes().hex())
    del result
assert nothing_is_left()
"""
    )
    assert done.stdout.split() == [expected.tobytes().hex()] * 2, done.stderr


@needs_bfloat16
def test_bfloat16_from_before_ml_dtypes_was_imported_mixes_with_its_own(
    writeable_kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = writeable_kind
    arrays = CALLS["conv_transpose2d"].arrays("bfloat16")
    expected = sr.conv_transpose2d(*arrays)
    image = arrays[0]
    with monkeypatch.context() as context:
        context.delitem(sys.modules, "ml_dtypes")
        early = as_array("weight", kind.of(arrays[1]))
        plan = sr.Plan(image.shape, bfloat16(), size=4)
    assert plan.dtype != BFLOAT16
    assert early.dtype != BFLOAT16
    assert dtype_name(early.dtype) == "bfloat16"
    assert_same_bits(sr.conv_transpose2d(image, early, arrays[2]), expected)
    assert_same_bits(kind.samples(sr.conv_transpose2d(kind.of(image), early, arrays[2])), expected)
    nearest = sr.interpolate(image, size=4)
    assert_same_bits(plan(image), nearest)
    assert_same_bits(kind.samples(plan(kind.of(image))), nearest)
    out = np.zeros(nearest.shape, early.dtype)
    assert sr.interpolate(image, size=4, out=out) is out
    assert_same_bits(out.view(BFLOAT16), nearest)


@needs_torch
def test_a_plan_takes_the_dtypes_of_pytorch() -> None:
    for name in ANY:
        dtype = getattr(torch, name)
        tensor = torch.zeros(1, 1, 4).to(dtype)
        plan = sr.Plan(tensor.shape, tensor.dtype, size=8)
        assert plan(tensor).dtype is dtype
    for refused in (torch.float8_e5m2, torch.quint8):
        with pytest.raises(TypeError):
            sr.Plan((1, 1, 4), refused, size=8)


def test_nothing_is_imported(run_python: Any) -> None:
    done = run_python(
        """
import sys
import swiftresample as sr
before = set(sys.modules)
from dlpack_exporter import Exporter
import numpy as np
sr.interpolate(Exporter(np.ones((1, 1, 4), np.float32)), size=8)
print(sorted({"torch", "jax", "jaxlib", "ml_dtypes", "tensorflow", "cupy"} & set(sys.modules)))
"""
    )
    assert done.stdout == "[]\n", done.stderr


# ---- Refusals --------------------------------------------------------------------------------------------------------

LINE = np.ones((1, 1, 4), np.float32)
OUT = (1, 1, 8)

REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    **{
        f"on {name}": (Exporter(LINE, device=(kind, 3)), ValueError, rf"the CPU, got .*Exporter on {name} device 3")
        for kind, name in {2: "CUDA", 8: "Metal", 10: "ROCm", 13: "CUDA managed", 99: "DLPack's kind 99 of"}.items()
    },
    "used": (Exporter(LINE, version=None, name=b"used_dltensor"), ValueError, "unused DLPack .*got 'used_dltensor'"),
    "used, versioned": (Exporter(LINE, name=b"used_dltensor_versioned"), ValueError, "'used_dltensor_versioned'"),
    "another capsule": (Exporter(LINE, name=b"arrow_array"), ValueError, "DLPack capsule, .*, got 'arrow_array'"),
    "DLPack 2": (Exporter(LINE, version=(2, 1)), ValueError, r"must have DLPack 1, got 2\.1"),
    "no memory": (Exporter(LINE, has_data=False), ValueError, "must have memory, got .*Exporter that has none"),
    "two lanes": (Anonymous(LINE, dtype=(2, 32, 2)), TypeError, "got DLPack's code 2 of 32 bits and 2 lanes"),
    "float8": (Anonymous(LINE.astype("u1"), dtype=(10, 8, 1)), TypeError, "dtype must be .*, got DLPack's code 10"),
    "4 bits": (Anonymous(LINE.astype("u1"), dtype=(1, 4, 1)), TypeError, "dtype must be .*, got .* of 4 bits"),
    "a handle": (Anonymous(LINE.astype("i8"), dtype=(3, 64, 1)), TypeError, "dtype must be .*, got DLPack's code 3"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("version", ["its own", "legacy"])
def test_what_cannot_be_read_or_written_is_refused(case: str, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given, exception, message = REFUSED[case]
    if version == "legacy" and case != "DLPack 2":
        monkeypatch.setattr(given, "version", None)
        if case == "used, versioned":
            monkeypatch.setattr(given, "name", b"used_dltensor")
            message = "used_dltensor"
    with pytest.raises(exception, match=message) as caught:
        sr.interpolate(given, size=8)
    assert caught.type is exception
    with pytest.raises(exception, match=message):
        sr.interpolate(np.ones((1, 1, 4), np.float32), size=8, out=given)
    with pytest.raises(exception, match=message):
        sr.Plan(LINE.shape, size=8)(given)
    with pytest.raises(exception, match=message):
        sr.pixel_shuffle(given, 1)
    with pytest.raises(exception, match=message):
        sr.conv_transpose1d(LINE, given)
    with pytest.raises(exception, match=message):
        sr.nn.Conv2d(1, 1, 1)(given)
    assert (LINE == 1).all()


class Refusing(Exporter):
    """Raises when it is asked for its memory."""

    def __init__(self, error: Exception) -> None:
        super().__init__(LINE)
        self.error = error

    def __dlpack__(self, **options: Any) -> Any:
        raise self.error


@pytest.mark.parametrize("error", [BufferError("not now"), RuntimeError("not now"), TypeError("not now")], ids=repr)
def test_what_the_exporter_refuses_is_a_value_error_that_names_the_argument(error: Exception) -> None:
    with pytest.raises(ValueError, match="weight cannot be read by DLPack: not now") as caught:
        sr.conv_transpose1d(LINE, Refusing(error))
    assert caught.value.__cause__ is error


def test_other_errors_of_the_exporter_pass() -> None:
    for error in (MemoryError(), KeyboardInterrupt()):
        with pytest.raises(type(error)):
            sr.interpolate(Refusing(error), size=8)  # type: ignore[arg-type]


def test_what_is_no_capsule_is_refused() -> None:
    class Wrong(Exporter):
        def __dlpack__(self, **options: Any) -> Any:
            return 5

    with pytest.raises(ValueError, match=r"input must give a DLPack capsule, got builtins\.int"):
        sr.interpolate(Wrong(LINE), size=8)


def test_a_kind_that_cannot_be_made_is_refused_before_anything_is_computed() -> None:
    given = Anonymous(LINE)
    with pytest.raises(TypeError, match=r"input must be of a library that has from_dlpack, got .*\.Anonymous"):
        sr.interpolate(given, size=-1)
    out = np.zeros(OUT, np.float32)
    assert sr.interpolate(given, size=8, out=out) is out
    assert (out == 1).all()
    theirs = Anonymous(np.zeros(OUT, np.float32))
    assert sr.interpolate(given, size=8, out=theirs) is theirs
    assert (theirs.array == 1).all()
    assert sr.conv_transpose1d(LINE, Anonymous(np.ones((1, 1, 1), np.float32))).shape == LINE.shape


def test_types_and_tracers_are_no_arrays() -> None:
    with pytest.raises(TypeError, match=r"input must be a numpy\.ndarray, got builtins\.type, which has no __dlpack__"):
        sr.interpolate(Exporter, size=8)


REFUSED_OUT: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "read-only": (lambda: Exporter(np.zeros(OUT, "f4"), flags=1), ValueError, "out must be writeable, got a read-only"),
    "a copy": (lambda: Exporter(np.zeros(OUT, "f4"), flags=2), ValueError, "out must be writeable"),
    "another dtype": (lambda: Exporter(np.zeros(OUT)), TypeError, "out must have dtype float32, got float64"),
    "another shape": (lambda: Exporter(np.zeros((1, 1, 9), "f4")), ValueError, r"shape \(1, 1, 8\), got \(1, 1, 9\)"),
    "broadcast": (
        lambda: Exporter(np.lib.stride_tricks.as_strided(np.zeros(1, "f4"), OUT, (0, 0, 0))),
        ValueError,
        "share memory",
    ),
    "elsewhere": (lambda: Exporter(np.zeros(OUT, "f4"), device=(2, 0)), ValueError, "out must be in the memory of the"),
}


@pytest.mark.parametrize("case", REFUSED_OUT)
@pytest.mark.parametrize("input", ["NumPy", "theirs"])
def test_an_out_that_does_not_fit_is_refused_and_left_alone(case: str, input: str) -> None:
    make, exception, message = REFUSED_OUT[case]
    given: Any = LINE if input == "NumPy" else Exporter(LINE)
    out = make()
    for call in (
        lambda: sr.interpolate(given, size=8, out=out),
        lambda: sr.Plan(LINE.shape, size=8)(given, out),
        lambda: sr.conv_transpose1d(given, np.ones((1, 1, 5), np.float32), out=out),
    ):
        with pytest.raises(exception, match=message):
            call()
    assert not out.array.any()


def test_an_out_that_overlaps_the_input_is_refused_and_left_alone(writeable_kind: Kind) -> None:
    memory = samples((1, 1, 40), np.float32)
    before = memory.copy()
    with pytest.raises(ValueError, match="overlaps"):
        sr.interpolate(writeable_kind.of(memory[..., :20]), size=20, out=writeable_kind.of(memory[..., 15:35]))
    assert_same_bits(memory, before)


@needs_torch
def test_tensors_that_require_grad_are_refused() -> None:
    leaf = torch.ones(1, 1, 4, requires_grad=True)
    for tensor in (leaf, leaf * 2, torch.nn.Parameter(torch.ones(1, 1, 4))):
        with pytest.raises(
            ValueError, match=r"input must not require grad: use swiftresample\.torch.*input\.detach\(\)"
        ):
            sr.interpolate(tensor, size=8)
        with pytest.raises(ValueError, match=r"weight must not require grad.*weight\.detach\(\)"):
            sr.conv_transpose1d(LINE, tensor)
        with pytest.raises(ValueError, match="out must not require grad"):
            sr.interpolate(LINE, size=4, out=tensor)
        assert (sr.interpolate(tensor.detach(), size=8) == tensor.detach()[0, 0, 0]).all()
    assert (leaf == 1).all()


@needs_torch
def test_tensors_without_values_in_memory_are_refused() -> None:
    for tensor, message in (
        (torch.ones(1, 1, 4, device="meta"), "input has no DLPack device: .*meta"),
        (torch.ones(1, 1, 4, dtype=torch.complex64).conj(), "input cannot be read by DLPack: .*conjugate"),
        (torch.full((1, 1, 4), 1j).conj().imag, r"negates them: pass input\.resolve_neg\(\)"),
        (torch._efficientzerotensor((1, 1, 4)), "input must have memory"),
        (torch.ones(1, 1, 4).to_sparse(), "input cannot be read by DLPack: .*layout"),
        (torch.ones(1, 1, 4, 4).to_mkldnn(), "input"),
    ):
        with pytest.raises(ValueError, match=message):
            sr.interpolate(tensor, size=8)
    with pytest.raises(TypeError, match=r"dtype must be .*, got torch\.float8_e5m2"):
        sr.interpolate(torch.ones(1, 1, 4).to(torch.float8_e5m2), size=8)
    negated = torch.full((1, 1, 4), 1j).conj().imag
    assert (sr.interpolate(negated.resolve_neg(), size=8) == -1).all()


@needs_torch
def test_subclasses_of_tensors_give_tensors() -> None:
    class Mine(torch.Tensor):
        pass

    given = torch.ones(1, 1, 4).as_subclass(Mine)
    assert isinstance(sr.interpolate(given, size=8), torch.Tensor)


@needs_jax
def test_jax_arrays_are_never_written() -> None:
    out = jnp.zeros(OUT, jnp.float32)
    with pytest.raises(ValueError, match="out must be writeable, got a read-only array"):
        sr.interpolate(LINE, size=8, out=out)
    with pytest.raises(ValueError, match="out must be writeable, got a read-only array"):
        sr.interpolate(jnp.asarray(LINE), size=8, out=out)
    assert not out.any()


@needs_jax
def test_tracers_and_deleted_arrays_of_jax_are_refused() -> None:
    with pytest.raises(TypeError, match=r"input must be a numpy\.ndarray, got .*Tracer, which has no __dlpack__"):
        jax.jit(lambda x: sr.interpolate(x, size=8))(jnp.asarray(LINE))
    deleted = jnp.ones((1, 1, 4))
    deleted.delete()
    with pytest.raises(ValueError, match="input"):
        sr.interpolate(deleted, size=8)
