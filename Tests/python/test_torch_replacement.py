"""swiftresample.torch.accelerate: what it replaces, when, and that nothing else can tell."""

from __future__ import annotations

import copy
import os
import pickle
import threading
import types
import warnings
from typing import Any
from unittest import mock

import comparison
import pytest

try:
    import torch
except ImportError as error:
    comparison.notes.append(f"the functions that accelerate replaces were not tested: {error}")
    pytest.skip(f"PyTorch is not importable: {error}", allow_module_level=True)

from torch import nn
from torch.nn import functional as F
from torch.nn.functional import grid_sample, interpolate  # as torchvision does
from torch.overrides import TorchFunctionMode, has_torch_function, resolve_name
from torch.utils._python_dispatch import TorchDispatchMode

import swiftresample.torch as srt
from swiftresample.torch import _accelerate

pytestmark = pytest.mark.slow

BUILTINS = ["pixel_shuffle", "pixel_unshuffle", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]
ORIGINALS = {name: getattr(torch, name) for name in BUILTINS}
CODES = F.interpolate.__code__, F.grid_sample.__code__


def everything() -> srt._accelerate.Accelerate:
    return srt.accelerate(conv_transpose=True, grid_sample=True)


@pytest.fixture(autouse=True)
def _all_is_restored() -> Any:
    yield
    for module in (torch, F):
        for name, original in ORIGINALS.items():
            assert getattr(module, name) is original
    assert (F.interpolate.__code__, F.grid_sample.__code__) == CODES


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the functions that ran here instead of in PyTorch, in order."""
    names: list[str] = []
    for name in ("interpolate", "grid_sample", *BUILTINS):
        function = getattr(_accelerate, name)

        def call(*args: Any, name: str = name, function: Any = function) -> Any:
            names.append(name)
            return function(*args)

        monkeypatch.setattr(_accelerate, name, call)
    return names


def shuffled() -> torch.Tensor:
    return F.pixel_shuffle(torch.ones(1, 4, 2, 2), 2)


# ---- Nothing else is touched -----------------------------------------------------------------------------------------


def test_nothing_but_the_functions_is_replaced() -> None:
    modules = torch, F, torch._C, torch._C._nn, torch.overrides, nn
    before = [dict(vars(module)) for module in modules]
    with everything():
        after = [dict(vars(module)) for module in modules]
        assert not has_torch_function((torch.ones(1),))
        assert torch._C._len_torch_function_stack() == 0
    for module, one, other in zip(modules, before, after):
        changed = {name for name in one.keys() | other.keys() if one.get(name) is not other.get(name)}
        assert changed == (set(BUILTINS) if module in (torch, F) else set())


def test_transformers_keep_their_fast_path() -> None:
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16, batch_first=True)
    encoder = nn.TransformerEncoder(layer, num_layers=2).eval()
    layer.eval()
    x = torch.randn(3, 5, 8)
    padding = torch.arange(5) >= torch.tensor([[5], [2], [4]])
    names: list[str] = []

    class Names(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            names.append(func.__name__)
            return func(*args, **(kwargs or {}))

    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nested tensors are a prototype
        expected = encoder(x), encoder(x, src_key_padding_mask=padding), layer(torch.empty(0, 5, 8))
        nested = torch.nested.nested_tensor([x[0], x[1, :2]])
        expected_nested = layer(nested)
        with everything():
            actual = encoder(x), encoder(x, src_key_padding_mask=padding), layer(torch.empty(0, 5, 8))
            for one, other in zip(layer(nested).unbind(), expected_nested.unbind()):
                assert torch.equal(one, other)
            attention, _ = layer.self_attn(nested, nested, nested, need_weights=False)
            assert attention.is_nested
            with Names():
                layer(x)
    for one, other in zip(actual, expected):
        assert torch.equal(one, other)
    assert "_transformer_encoder_layer_fwd.default" in names


def test_adaptive_pooling_is_not_taken(taken: list[str]) -> None:
    for axes in (1, 2, 3):
        x = torch.rand(1, 2, *(7, 5, 6)[:axes])
        pool, function = getattr(nn, f"AdaptiveAvgPool{axes}d")(3), getattr(F, f"adaptive_avg_pool{axes}d")
        expected = pool(x)
        with everything():
            assert torch.equal(pool(x), expected)
            assert torch.equal(function(x, 3), expected)
            assert getattr(F, f"adaptive_avg_pool{axes}d") is function
            assert not taken
            torch.testing.assert_close(F.interpolate(x, size=3, mode="area"), expected)
        assert taken == ["interpolate"]
        taken.clear()


def test_a_function_imported_before_is_taken(taken: list[str]) -> None:
    assert (interpolate, grid_sample) == (F.interpolate, F.grid_sample)
    with everything():
        interpolate(torch.ones(1, 1, 2, 2), scale_factor=2)
        grid_sample(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 1, 2), align_corners=False)
        with pytest.warns(UserWarning, match="Default grid_sample"):
            grid_sample(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 1, 2))
    assert taken == ["interpolate", "grid_sample", "grid_sample"]


# ---- What stands in for a function -----------------------------------------------------------------------------------


def test_a_stand_in_cannot_be_told_from_the_function() -> None:
    for name, original in ORIGINALS.items():
        with everything():
            stand_in = getattr(F, name)
            assert getattr(torch, name) is stand_in is not original
            table = {stand_in: 1}  # as PyTorch makes some, on first use
            assert pickle.loads(pickle.dumps(original)) is original
            resolved = resolve_name(stand_in)
        assert resolved == resolve_name(original)
        assert stand_in == original
        assert original == stand_in
        assert table[original] == {original: 1}[stand_in] == 1
        assert stand_in not in (torch.relu, None)
        assert isinstance(stand_in, types.BuiltinFunctionType)
        for attribute in ("__name__", "__doc__", "__module__", "__self__"):
            assert getattr(stand_in, attribute) == getattr(original, attribute)
        assert (repr(stand_in), str(stand_in)) == (repr(original), str(original))
        assert pickle.loads(pickle.dumps(stand_in)) is copy.deepcopy(stand_in) is original


def test_modules_made_inside_are_copied_and_pickled() -> None:
    with everything():
        module = nn.Sequential(nn.ConvTranspose2d(4, 4, 2), nn.PixelShuffle(2))
        module.shuffle = F.pixel_shuffle
        others = copy.deepcopy(module), pickle.loads(pickle.dumps(module))
    for other in others:
        assert other.shuffle is torch.pixel_shuffle
        assert torch.equal(other(torch.ones(1, 4, 2, 2)), module(torch.ones(1, 4, 2, 2)))


def test_scripting_and_symbolic_tracing_see_the_function(taken: list[str]) -> None:
    module = nn.Sequential(nn.ConvTranspose2d(4, 4, 2), nn.PixelShuffle(2), nn.Upsample(scale_factor=2))
    x = torch.ones(1, 4, 2, 2)
    with warnings.catch_warnings(), everything():
        warnings.simplefilter("ignore")
        scripted, traced = torch.jit.script(module), torch.jit.trace(module, x, check_trace=False)
        symbolic = torch.fx.symbolic_trace(module)
        function = torch.fx.symbolic_trace(lambda x: F.interpolate(F.pixel_shuffle(x, 2), size=3))
    assert not taken
    assert "aten::conv_transpose2d" in str(scripted.inlined_graph)
    assert "aten::pixel_shuffle" in str(traced.inlined_graph)
    targets = [node.target for node in function.graph.nodes if node.op == "call_function"]
    assert targets[0] is torch.pixel_shuffle
    assert targets[1] is F.interpolate
    for other in (scripted, traced, symbolic):
        assert torch.equal(other(x), module(x))


def test_the_first_compilation_of_a_process_may_be_inside(run_python: Any) -> None:
    script = """
import torch
from torch import nn
from torch.nn import functional as F
import swiftresample.torch as srt

function, x = torch.pixel_shuffle, torch.rand(1, 4, 3, 3)
module = nn.Sequential(nn.PixelShuffle(2), nn.Upsample(scale_factor=2))
with srt.accelerate():
    inside = torch.compile(lambda x: module(x) + 1, backend="aot_eager", fullgraph=True)
    assert torch.equal(inside(x), module(x) + 1)
outside = torch.compile(lambda x: F.interpolate(F.pixel_shuffle(x, 2), size=3), backend="aot_eager", fullgraph=True)
assert torch.equal(outside(x), F.interpolate(F.pixel_shuffle(x, 2), size=3))
assert torch.equal(inside(x), module(x) + 1)
with srt.accelerate():
    assert torch.equal(outside(x), F.interpolate(F.pixel_shuffle(x, 2), size=3))
from torch._dynamo.trace_rules import lookup
from torch._dynamo.variables import TorchInGraphFunctionVariable
assert torch.pixel_shuffle is F.pixel_shuffle is function
assert lookup(function) is lookup(F.interpolate) is TorchInGraphFunctionVariable
print("done")
"""
    done = run_python(script)
    assert done.stdout == "done\n", done.stderr


class Seen(TorchFunctionMode):
    """The functions that the mode is asked about."""

    def __init__(self) -> None:
        self.functions: list[Any] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.functions.append(func)
        return func(*args, **(kwargs or {}))


def test_modes_see_what_they_saw(taken: list[str]) -> None:
    x, weight = torch.ones(1, 4, 2, 2), torch.ones(4, 1, 2, 2)

    def calls() -> None:
        F.pixel_shuffle(x, upscale_factor=2)
        F.conv_transpose2d(x, weight)
        F.interpolate(x, size=3)

    with Seen() as expected:
        calls()
    for outer, inner in ((everything(), Seen()), (Seen(), everything())):
        taken.clear()
        with outer, inner:
            calls()
            seen = outer if isinstance(outer, Seen) else inner
            assert seen.functions == expected.functions
            assert seen.functions[0] is torch.pixel_shuffle
        assert taken == ["pixel_shuffle", "conv_transpose2d", "interpolate"]

    class Operations(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            names.append(str(func))
            return func(*args, **(kwargs or {}))

    runs = []
    for context in (srt.accelerate(), everything()):
        names: list[str] = []
        with Operations():
            calls()
        expected_names = list(names)
        names.clear()
        with context, Operations():
            calls()
        runs.append(names == expected_names)
    assert runs == [True, True]


def test_subclasses_are_asked() -> None:
    class Subclass(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return func is ORIGINALS["pixel_shuffle"], func == F.pixel_shuffle, len(args)

    with everything():
        assert F.pixel_shuffle(torch.ones(1, 4, 2, 2).as_subclass(Subclass), 2) == (True, True, 2)


def test_default_devices() -> None:
    torch.set_default_device("cpu")  # a mode, for as long as it is set
    try:
        with mock.patch.object(_accelerate, "pixel_shuffle", side_effect=_accelerate.pixel_shuffle) as taken:
            with everything():
                shuffled()
            shuffled()
        assert taken.call_count == 1
    finally:
        torch.set_default_device(None)


# ---- Entering and leaving --------------------------------------------------------------------------------------------


def test_contexts_of_other_functions_nest(taken: list[str]) -> None:
    x, weight = torch.ones(1, 4, 2, 2), torch.ones(4, 1, 2, 2)
    with srt.accelerate():
        F.conv_transpose2d(x, weight)
        assert F.conv_transpose2d is ORIGINALS["conv_transpose2d"]
        with srt.accelerate(conv_transpose=True):
            with srt.accelerate():
                F.conv_transpose2d(x, weight)
            F.conv_transpose2d(x, weight)
        F.conv_transpose2d(x, weight)
        assert taken == ["conv_transpose2d"] * 2
        shuffled()
    assert taken[2:] == ["pixel_shuffle"]


def test_leaving_in_another_order_or_thread(taken: list[str]) -> None:
    first, second = srt.accelerate(conv_transpose=True), srt.accelerate()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    shuffled()
    second.__exit__(None, None, None)
    shuffled()
    assert taken == ["pixel_shuffle"]

    context = srt.accelerate()
    context.__enter__()
    thread = threading.Thread(target=context.__exit__, args=(None, None, None))
    thread.start()
    thread.join()
    shuffled()
    assert len(taken) == 1

    # One context in several threads: each leaves its own.
    inside, leave = threading.Barrier(2), threading.Event()

    def work() -> None:
        with context:
            inside.wait(10)
            leave.wait(10)
            shuffled()

    thread = threading.Thread(target=work)
    thread.start()
    with context:
        inside.wait(10)
    shuffled()
    assert len(taken) == 1
    leave.set()
    thread.join()
    assert len(taken) == 2


def test_many_threads_come_and_go() -> None:
    x, failures = torch.rand(1, 4, 3, 3), []
    expected = F.interpolate(F.pixel_shuffle(x, 2), size=5)

    def work(seed: int) -> None:
        try:
            for step in range(150):
                if (step + seed) % 3:
                    with srt.accelerate(conv_transpose=bool(step % 2), grid_sample=bool(seed % 2)):
                        result = F.interpolate(F.pixel_shuffle(x, 2), size=5)
                else:
                    result = F.interpolate(F.pixel_shuffle(x, 2), size=5)
                assert torch.equal(result, expected)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize("name", ["pixel_shuffle", "interpolate"])
def test_what_others_replace_is_theirs(name: str) -> None:
    original, answer = getattr(F, name), object()
    patch = mock.patch.object(F, name, return_value=answer)
    x = torch.ones(1, 4, 2, 2)
    with patch, everything():  # before
        assert getattr(F, name)(x, 2) is answer
    assert getattr(F, name) is original
    with everything(), patch:  # meanwhile
        assert getattr(F, name)(x, 2) is answer
    assert getattr(F, name) is original
    context = everything()
    context.__enter__()
    patch.start()
    context.__exit__(None, None, None)
    assert getattr(F, name)(x, 2) is answer  # is not undone
    patch.stop()  # brings back what it found
    assert getattr(F, name) == original
    assert getattr(F, name)(x, 2).shape == (F.pixel_shuffle(x, 2) if name == "pixel_shuffle" else x).shape
    with everything():
        assert getattr(F, name)(x, 2) is not answer
    assert getattr(F, name) is original


def test_what_others_replace_beneath_is_theirs() -> None:
    answer, x = object(), torch.ones(1, 1, 4, 4)
    with everything():
        with mock.patch.object(F, "adaptive_avg_pool2d", return_value=answer):
            assert F.interpolate(x, size=2, mode="area") is answer
        with mock.patch.object(torch._C._nn, "upsample_bilinear2d", return_value=answer):
            assert F.interpolate(x, size=2, mode="bilinear") is answer
        with mock.patch.object(torch, "grid_sampler", return_value=answer):
            assert F.grid_sample(x, torch.zeros(1, 1, 1, 2), align_corners=False) is answer


def test_importing_while_something_is_replaced(run_python: Any) -> None:
    script = """
import torch
from unittest import mock
from torch.nn import functional as F
with mock.patch.object(F, "pixel_shuffle", return_value=1), mock.patch.object(F, "interpolate", return_value=2):
    import swiftresample.torch as srt
    with srt.accelerate():
        assert (F.pixel_shuffle(3), F.interpolate(3)) == (1, 2)
with srt.accelerate():
    print(F.pixel_shuffle(torch.ones(1, 4, 1, 1), 2).shape, F.interpolate(torch.ones(1, 1, 1), size=2).tolist())
print(F.pixel_shuffle is torch.pixel_shuffle)
"""
    done = run_python(script)
    assert done.stdout == "torch.Size([1, 1, 2, 2]) [[[1.0, 1.0]]]\nTrue\n", done.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_forks_inside(run_python: Any) -> None:
    script = """
import os, sys, threading
import torch
from torch.nn import functional as F
import swiftresample.torch as srt
from swiftresample.torch import _accelerate

def fork(check):
    child = os.fork()
    if child == 0:
        try:
            check()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

original, code, taken = torch.pixel_shuffle, F.interpolate.__code__, []
route = _accelerate.pixel_shuffle
_accelerate.pixel_shuffle = lambda *args: taken.append(1) or route(*args)

def inside():
    F.pixel_shuffle(torch.ones(1, 4, 2, 2), 2)
    assert len(taken) == 1
    context.__exit__(None, None, None)
    assert torch.pixel_shuffle is original and F.interpolate.__code__ is code

def outside():  # in the child there is nobody inside
    assert torch.pixel_shuffle is original and F.interpolate.__code__ is code
    with srt.accelerate():
        F.pixel_shuffle(torch.ones(1, 4, 2, 2), 2)
    assert len(taken) == 1 and torch.pixel_shuffle is original

context = srt.accelerate()
with context:
    results = [fork(inside)]
    thread = threading.Thread(target=lambda: results.append(fork(outside)))
    thread.start()
    thread.join()
assert torch.pixel_shuffle is original and F.interpolate.__code__ is code
print(results)
"""
    done = run_python(script)
    assert done.stdout == "[0, 0]\n", done.stderr


def test_loaders_with_workers_inside() -> None:
    data = torch.utils.data.DataLoader(_Enlarged(), batch_size=2, num_workers=1, multiprocessing_context="fork")
    with everything():
        batches = list(data)
    assert [batch.shape for batch in batches] == [(2, 1, 1, 4, 4)] * 2


class _Enlarged(torch.utils.data.Dataset):  # type: ignore[type-arg]
    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> torch.Tensor:
        return F.interpolate(torch.full((1, 1, 2, 2), float(index)), scale_factor=2)
