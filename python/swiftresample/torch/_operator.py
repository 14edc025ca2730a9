"""One operator for all kinds of tensors: called at once where that will do, otherwise by autograd or the dispatcher."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

import torch
from torch.autograd import forward_ad

from ._tensors import folded, is_compiling, is_plain, needs_graph, unfolded

if TYPE_CHECKING:
    from collections.abc import Sequence

_has_transforms = torch._C._are_functorch_transforms_active


class Operator:
    """An operator of the library, registered with PyTorch in the namespace ``swiftresample``.

    It takes some tensors and an `extra`, everything that is not a tensor. An operator with several outputs gives None
    for those that are not wanted; the last entry of `extra`, a list of truth values, then says which are.

    Parameters
    ----------
    schema : str
        As PyTorch writes it: the tensors first, then what `extra` is made of.
    tensors : int
        How many tensors there are; None stands for one that is left out.
    run : callable
        ``run(extra, *tensors)``, for plain tensors.
    fake : callable
        What PyTorch calls with the arguments of the schema, for the shape only.
    gradient : callable
        ``gradient(extra, saved, gradients, wanted)``: the gradients of the tensors that are wanted, differentiable
        themselves; None in `gradients` stands for zero.
    batched : callable, optional
        ``batched(extra, batch_size, in_dims, *tensors)``: the operator with a further axis, and where its results
        have that axis.
    fold : callable, optional
        ``fold(extra, batch_size)``, where the first axis of all tensors is a batch: the `extra` once the further axis
        is part of it. Without `batched` or `fold` the operator is called for each entry of the axis.
    saved : int
        Of how many tensors, the first ones, the gradient and the forward derivative need the samples.
    tangent : callable, optional
        ``tangent(extra, saved, tangents)``: the forward derivative, given those of the tensors, of which some are None.
    is_linear : bool
        Whether it is linear in its only tensor: then it is its own forward derivative.
    arguments, extra : callable, optional
        ``arguments(extra)``: the arguments after the tensors; and ``extra(tensors, arguments)``, the way back.
    """

    def __init__(
        self,
        schema: str,
        *,
        tensors: int,
        run: Callable[..., Any],
        fake: Callable[..., Any],
        gradient: Callable[..., Any],
        batched: Callable[..., Any] | None = None,
        fold: Callable[[Any, int], Any] | None = None,
        saved: int = 0,
        tangent: Callable[..., Any] | None = None,
        is_linear: bool = False,
        arguments: Callable[[Any], Sequence[Any]] = list,
        extra: Callable[[Sequence[Any], Sequence[Any]], Any] | None = None,
    ) -> None:
        self._name = f"swiftresample::{schema.partition('(')[0]}"
        self._tensors = tensors
        self._run = run
        self._gradient = gradient
        self._batched = batched
        self._fold = fold
        self._saved = saved
        self._tangent = (lambda extra, _saved, tangents: self(extra, *tangents)) if is_linear else tangent
        self._arguments = arguments
        self._extra = extra or _as_extra
        self._register(schema, fake)
        self._function = self._autograd_function()
        # torch.autograd.Function.apply without its preparations for functorch, which take as long as the rest.
        base: Any = super(torch.autograd.Function, self._function)
        self._apply = base.apply

    def __call__(self, extra: Any, *tensors: torch.Tensor | None) -> Any:
        """Run the operator, for whatever tensors and in whatever transformation."""
        if is_compiling():
            if forward_ad._current_level >= 0:
                raise NotImplementedError(f"{self._name} has no forward derivative in compiled code")
            return self._dispatched(extra, *tensors)
        given = [tensor for tensor in tensors if tensor is not None]
        if is_plain(*given):
            return self._apply(extra, *tensors) if needs_graph(*given) else self._run(extra, *tensors)
        # An operator of the dispatcher has no forward derivative, and drops tangents without a word.
        if _has_transforms() or forward_ad._current_level >= 0:
            return self._function.apply(extra, *tensors)
        return self._dispatched(extra, *tensors)

    def _below_autograd(self, extra: Any, *tensors: torch.Tensor | None) -> Any:
        given = [tensor for tensor in tensors if tensor is not None]
        return self._run(extra, *tensors) if is_plain(*given) else self._dispatched(extra, *tensors)

    def _dispatched(self, extra: Any, *tensors: torch.Tensor | None) -> Any:
        found = self._operator(*tensors, *self._arguments(extra))
        if not isinstance(found, (tuple, list)):
            return found
        return tuple(result if want else None for result, want in zip(found, extra[-1]))

    # ---- Autograd and functorch without the dispatcher ---------------------------------------------------------------

    def _autograd_function(self) -> Any:
        operator = self

        class Function(torch.autograd.Function):
            @staticmethod
            def forward(extra: Any, *tensors: torch.Tensor | None) -> Any:
                return operator._below_autograd(extra, *tensors)

            @staticmethod
            def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:  # noqa: ARG004
                ctx.extra = inputs[0]
                if operator._saved:
                    saved = inputs[1 : operator._saved + 1]
                    ctx.save_for_backward(*saved)
                    ctx.save_for_forward(*saved)
                ctx.set_materialize_grads(False)

            @staticmethod
            def backward(ctx: Any, *gradients: torch.Tensor | None) -> tuple[Any, ...]:
                saved = ctx.saved_tensors if operator._saved else ()
                return None, *operator._gradients(ctx.extra, saved, gradients, ctx.needs_input_grad[1:])

            @staticmethod
            def vmap(info: Any, in_dims: tuple[Any, ...], extra: Any, *tensors: torch.Tensor | None) -> Any:
                return operator._mapped(extra, info.batch_size, in_dims[1:], *tensors)

            @staticmethod
            def jvp(ctx: Any, _: None, *tangents: torch.Tensor | None) -> Any:
                if operator._tangent is None:
                    raise NotImplementedError(f"{operator._name} has no forward derivative, as in PyTorch")
                return operator._tangent(ctx.extra, ctx.saved_tensors if operator._saved else (), tangents)

        Function.__name__ = Function.__qualname__ = self._name.replace("::", "_")
        return Function

    def _gradients(
        self, extra: Any, saved: Sequence[Any], gradients: Sequence[torch.Tensor | None], wanted: Sequence[bool]
    ) -> tuple[torch.Tensor | None, ...]:
        if all(gradient is None for gradient in gradients):
            return (None,) * self._tensors
        return tuple(self._gradient(extra, saved, gradients, wanted))

    def _mapped(self, extra: Any, batch_size: int, in_dims: Sequence[int | None], *tensors: torch.Tensor | None) -> Any:
        if self._batched is not None:
            return self._batched(extra, batch_size, in_dims, *tensors)
        if self._fold is not None:
            inputs = [folded(tensor, dim, batch_size) for tensor, dim in zip(tensors, in_dims)]
            found = self(self._fold(extra, batch_size), *inputs)
            return _each(found, lambda result: unfolded(result, batch_size))

        def entry(tensor: Any, dim: int | None, index: int) -> Any:
            return tensor if dim is None else tensor.select(dim, index)

        entries = [
            self(extra, *(entry(tensor, dim, index) for tensor, dim in zip(tensors, in_dims)))
            for index in range(batch_size)
        ]
        if isinstance(entries[0], torch.Tensor):
            return torch.stack(entries), 0
        return _each([None if results[0] is None else results for results in zip(*entries)], torch.stack)

    # ---- The operator of the dispatcher ------------------------------------------------------------------------------

    def _register(self, schema: str, fake: Callable[..., Any]) -> None:
        name, count = self._name, self._tensors
        torch.library.define(name, schema[schema.index("(") :])
        self._operator = getattr(torch.ops.swiftresample, name.partition("::")[2])

        def run(*arguments: Any) -> Any:
            tensors = arguments[:count]
            found = self._run(self._extra(tensors, arguments[count:]), *tensors)
            if isinstance(found, torch.Tensor):
                return found
            return tuple(tensors[0].new_empty(0) if result is None else result for result in found)

        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:  # noqa: ARG001
            ctx.save_for_backward(*inputs[: self._saved])
            ctx.extra = self._extra(inputs[:count], inputs[count:])
            ctx.others = len(inputs) - count

        def backward(ctx: Any, *gradients: Any) -> tuple[Any, ...]:
            if len(gradients) > 1:
                gradients = tuple(gradient if want else None for gradient, want in zip(gradients, ctx.extra[-1]))
            found = self._gradients(ctx.extra, ctx.saved_tensors, gradients, ctx.needs_input_grad)
            return *found, *[None] * ctx.others

        torch.library.impl(name, "CPU", run)
        torch.library.register_fake(name, fake)
        torch.library.register_autograd(name, backward, setup_context=setup_context)
        if self._batched is not None or self._fold is not None:

            def vmap(info: Any, in_dims: tuple[Any, ...], *arguments: Any) -> Any:
                tensors = arguments[:count]
                extra = self._extra(tensors, arguments[count:])
                found, dims = self._mapped(extra, info.batch_size, in_dims[:count], *tensors)
                if isinstance(found, torch.Tensor):
                    return found, dims
                return tuple(tensors[0].new_empty(0) if result is None else result for result in found), dims

            torch.library.register_vmap(name, vmap)


def same_extra(extra: Any, _batch_size: int) -> Any:
    """Return `extra`, for a `fold` that does not change it."""
    return extra


def _each(found: Any, function: Callable[[Any], torch.Tensor]) -> tuple[Any, Any]:
    """Return the results of `function`, which puts vmap's axis first, and where they have it; None stays None."""
    if isinstance(found, torch.Tensor):
        return function(found), 0
    results = tuple(None if result is None else function(result) for result in found)
    return results, tuple(None if result is None else 0 for result in results)


def _as_extra(_tensors: Sequence[Any], arguments: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(tuple(argument) if isinstance(argument, (list, tuple)) else argument for argument in arguments)
