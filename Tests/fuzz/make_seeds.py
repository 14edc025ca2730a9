"""Writes calls to begin with: make_seeds.py FOLDER makes FOLDER/TARGET/seed-... for every target.

Bytes in the order in which the targets decode them; what is missing at the end is zeros, the ordinary choices. A seed
that no longer decodes to what its name says does no harm, but no good either: keep this beside the targets.
"""

import itertools
import pathlib
import sys

# The package's table of modes, without the package, which would look for its library.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "python" / "swiftresample"))
from _modes import MODES

LARGE_AND_THREADED = 7
FLOATS = range(4)
DTYPES = range(15)
# Bytes of take_strides: none given, channels last, permuted, spaced, negative, far apart (by 2^29 elements).
FORMATS = [[0], [0x48], [0x49, 5, 1, 0], [0x40, 0xFF, 0xFF, 3], [0x41, 0xFF, 0xFF, 0], [0x44, 0x02, 13]]
HEAP, END, START = 0, 1, 3


def memory(strides: list[int], place: int) -> list[int]:
    """take_memory: nothing spoiled."""
    return [0, *strides, place]


def interpolate() -> dict[str, list[int]]:
    seeds = {}
    weighted = [0, 1, 2, 3, 5, 6, 7, 8, 9]
    for name, known in MODES.items():
        mode = known.number
        dtypes = DTYPES if known.copies else weighted
        for axes, dtype, backward in itertools.product(known.ranks, dtypes, [0, 1]):
            if backward and dtype >= 4:
                continue
            number = mode + axes + dtype
            for shape in range(3):
                # 0x04: antialias; 1, 2: align_corners; 8: scale_factor; 0x20: clamp
                flags = [0, 4, 1, 2, 8, 0x18, 12][(number + shape) % 7]
                if dtype == 5 and shape:
                    flags |= 4
                clamp = [] if backward or shape != 2 or dtype > 9 else [3, 2, 8]
                if clamp:
                    flags |= 0x20
                # Shorter and longer axes; wide rows of the same; many channels.
                lengths = [0, 9, 2][shape]
                images = [1, 2] if lengths != 2 else [0, 2, 15]
                spatial = [[4, 6, 11], [12, 3, 9], [2, 5, 6]][shape][-axes:]
                size = [[9, 4, 12], [5, 8, 2], [8, 2, 11]][(number + shape) % 3][-axes:]
                factors = [[7, 2, 11], [1, 5, 2], [3, 15, 7]][(number + shape) % 3][-axes:]
                resize = [byte for f in factors for byte in (f, 0)] if flags & 8 else size
                rest = [0] * (3 - axes) * (2 if flags & 8 else 1)
                formats = memory(FORMATS[number % 6], [HEAP, END, START][shape]) + memory(
                    FORMATS[(number + shape) % 5], [END, START, HEAP][shape]
                )
                seeds[f"{name}-{axes}d-dtype{dtype}-{'backward-' if backward else ''}{shape}"] = [
                    number & 1, backward, mode, axes, dtype, flags, *clamp, lengths, *images, *spatial, *resize,
                    *rest, 0, 0, 0, *formats, shape, number,
                ]  # fmt: skip
    # Colours and many channels, the channels last: kernels of their own.
    last = memory(FORMATS[1], END) + memory(FORMATS[1], START)
    for mode, dtype, antialias, channels in itertools.product(
        [MODES["bilinear"].number, MODES["bicubic"].number], [0, 1, 2, 3, 5], [0, 4], [4, 0x24, 2]
    ):
        for number, (height, width, new_height, new_width) in enumerate([(5, 70, 9, 150), (20, 90, 7, 40)]):
            many = [15] if channels == 2 else []
            shapes = [byte for length in (height, width, new_height, new_width) for byte in (0xC8, length)]
            seeds[f"last-mode{mode}-dtype{dtype}-{antialias}-{channels}-{number}"] = [
                6, 0, mode, 2, dtype, antialias, channels, 0, 0, *many, *shapes, 0, 0, 0, 0, *last, 0, number,
            ]  # fmt: skip
    # Means of more than 32 samples.
    for backward, dtype in itertools.product([0, 1], [0, 1, 2, 3, 5, 6, 7, 8, 9]):
        if not backward or dtype < 4:
            seeds[f"area-long-dtype{dtype}{'-backward' * backward}"] = [
                0, backward, MODES["area"].number, 1, dtype,
                0, 0, 0, 2, 0xC8, 200, 2, 0, 0, 0, 0, 0, 0, 0, END, 0, 0, START, 0, dtype,
            ]  # fmt: skip
    seeds["large"] = [
        LARGE_AND_THREADED,
        0,
        MODES["bilinear"].number,
        2,
        0,
        0,
        0,
        0,
        1,
        0xC8,
        99,
        0xC8,
        99,
        0xC8,
        120,
        0xC8,
        150,
    ]
    seeds["large-uint8"] = [
        LARGE_AND_THREADED,
        0,
        MODES["bilinear"].number,
        2,
        5,
        4,
        0,
        0,
        2,
        0xC8,
        119,
        0xC8,
        119,
        0xC8,
        60,
        0xC8,
        70,
    ]
    return seeds


def plan() -> dict[str, list[int]]:
    # A plan has its axes looked at between the shape and the memory.
    return {name: [*bytes[:-8], *[0] * 16] for name, bytes in interpolate().items() if name.endswith("-0")}


def labels() -> dict[str, list[int]]:
    # As the gradients, but for the byte that says which way: it is the dtype of the labels.
    seeds = {
        name: [bytes[0], number % 3, *bytes[2:]]
        for number, (name, bytes) in enumerate(interpolate().items())
        if "-2d-" in name and "backward" in name
    }
    last = memory(FORMATS[1], END) + memory([0], START)
    for dtype, channels, size in itertools.product(FLOATS, [2, 0], [(9, 20), (33, 65)]):
        lengths = [4, 9, *size]
        many = [15] if channels else []
        shapes = [byte for length in lengths for byte in (0xC8, length)]
        seeds[f"bilinear-dtype{dtype}-{channels}-{size[0]}"] = [
            6, 0, MODES["bilinear"].number, 2, dtype, 0, channels, 0, 2, *many, *shapes, 0, 0, 0, 0, *last, 0, dtype,
        ]  # fmt: skip
    return seeds


def axis() -> dict[str, list[int]]:
    return {
        f"mode{mode}-dtype{dtype}-{flags}": [0, 0, mode, 1, dtype, flags, 0, 1, 1, 11, 6 if flags < 8 else 7]
        for mode, dtype, flags in itertools.product(range(len(MODES)), [0, 1, 2, 3, 5, 9], [0, 1, 2, 4, 8, 12])
    }


def pixel_shuffle() -> dict[str, list[int]]:
    return {
        f"{'un' * unshuffle}shuffle-{rank}d-dtype{dtype}-{factor}": [
            0, unshuffle, 0xC0 + (rank - 3 - 0xC0) % 6, dtype, factor - 1, 0, *[1] * (rank - 3), 2, 4, 6, 0, 0,
            *memory(FORMATS[(dtype + factor) % 6], [HEAP, END, START][dtype % 3]),
            *memory(FORMATS[(rank + factor) % 5], [END, START, HEAP][dtype % 3]), 2, dtype,
        ]
        for unshuffle, rank, dtype, factor in itertools.product([0, 1], [3, 4, 5, 8], DTYPES, [1, 2, 3])
    }  # fmt: skip


def conv_transpose() -> dict[str, list[int]]:
    seeds = {}
    for backward, axes, dtype, stated in itertools.product([0, 1], [1, 2, 3], range(5), [0, 2, 7, 31, 30, 1]):
        if backward and dtype == 4:
            continue
        groups = [1] if stated & 1 else []
        options = []
        for _ in range(3):
            stride = [1] if stated & 2 else []
            padding = [1] if stated & 4 else []
            dilation = [1] if stated & 16 else []
            output_padding = [1] if stated & 8 else []
            options += [*stride, *padding, *dilation, *output_padding]
        shapes = [0, 2, 1]
        for axis in range(axes):
            shapes += [[5, 3, 4][axis], 2]
        count = 6 if backward else 4 if stated & 2 else 3
        formats = []
        for view in range(count):
            formats += memory(FORMATS[(view + dtype + stated) % 6 if view else 0], [HEAP, END, START][view % 3])
        flags = backward | (2 if count == 4 else 0) | (4 if dtype == 0 else 0)
        wide = [30] if dtype == 0 else []
        seeds[f"{axes}d-dtype{dtype}-options{stated}{'-backward' * backward}"] = [
            dtype & 1, flags, axes + 1, dtype, stated, *groups, *options, 0, *shapes, *wide, 0, *formats, 0, dtype,
        ]  # fmt: skip
    return seeds


def grid_sample() -> dict[str, list[int]]:
    seeds = {}
    for backward, axes, dtype, mode, padding in itertools.product([0, 1], [2, 3], FLOATS, range(3), range(3)):
        number = dtype + mode + padding
        flags = backward | (4 if number % 3 == 0 else 0) | (8 if number % 2 else 0)
        shapes = [1, 2] + [byte for axis in range(axes) for byte in (3 + axis, 4)]
        formats = []
        for view in range(5 if backward else 3):
            formats += memory(FORMATS[(view + number) % 6], [HEAP, END, START][(view + dtype) % 3])
        seeds[f"{axes}d-dtype{dtype}-mode{mode}-padding{padding}{'-backward' * backward}"] = [
            0, flags, axes - 2, dtype, mode, padding, number & 1, 0, *shapes, 0, *formats, number % 4, number,
        ]  # fmt: skip
    # Many points and channels: pixels are copied.
    for backward, axes, dtype, mode in itertools.product([0, 1], [2, 3], FLOATS, range(3)):
        shapes = [0, 8] + [byte for axis in range(axes) for byte in (9, 4 + axis)]
        views = [memory([0], [HEAP, END, START][view % 3]) for view in range(5 if backward else 3)]
        seeds[f"pixels-{axes}d-dtype{dtype}-mode{mode}{'-backward' * backward}"] = [
            6, backward | 12, axes - 2, dtype, mode, mode, 0, 0, *shapes, 0, *[byte for view in views for byte in view],
        ]  # fmt: skip
    for axes, dtype, corners in itertools.product([2, 3], [0, 1], [0, 1]):
        seeds[f"affine-{axes}d-dtype{dtype}-{corners}"] = [0, 3, axes - 2, dtype, corners, 1, 4, 5, 6, 0, 0, 0, 0, 0]
    return seeds


def onnx() -> dict[str, list[int]]:
    seeds = {}
    weighted = [0, 1, 2, 3, 5, 6, 7, 8, 9]
    for mode, transformation, rank, flags in itertools.product(range(3), range(7), range(1, 6), [0, 4, 8, 12, 16, 35]):
        number = mode + transformation + rank + flags
        dtype = number % len(DTYPES) if mode == 0 else weighted[number % len(weighted)]
        lengths = [2, 3, 4, 5, 6][:rank]
        # An odd byte keeps an axis as it is; scales are eighths, sizes counts.
        entries = []
        for index in range(1 + number % 4 if flags & 8 else rank):
            kept = (
                [0x31]
                if rank - index > 3 - number % 2
                else [(6 + 2 * number) % 0x60, *([] if flags & 4 else [4 + index])]
            )
            entries += [*([rank - 1 - index % rank] if flags & 8 else []), *kept, 0x18 + 2 * number % 0x40]
        formats = memory(FORMATS[number % 6], [HEAP, END, START][number % 3])
        formats += memory(FORMATS[number % 5], [END, START, HEAP][number % 3])
        names = [number % 4] if flags & 8 else []
        seeds[f"mode{mode}-{transformation}-{rank}d-flags{flags}"] = [
            number & 1, rank - 1, dtype, 1, *lengths, mode, transformation, number % 4, flags, *names, *entries, 0,
            *formats, 0, number,
        ]  # fmt: skip
    return seeds


def pillow() -> dict[str, list[int]]:
    seeds = {}
    for resample, rank, dtype, flags in itertools.product(range(8), [2, 3], range(4), [0, 4, 8, 12, 15]):
        number = resample + rank + dtype + flags
        edges = [0, 4, 8, 0, 0] if flags & 4 else []
        gap = [number % 3] if flags & 8 else []
        release = [number % 5] if flags & 2 else []
        formats = memory(FORMATS[number % 6], [HEAP, END, START][number % 3])
        formats += memory(FORMATS[number % 5], [END, START, HEAP][number % 3])
        seeds[f"resize{resample}-{rank}d-dtype{dtype}-flags{flags}"] = [
            number & 1, 2 * (rank - 2), dtype, 11, 9, *([3] if rank == 3 else []), resample, 4, 2 + number % 12, flags,
            *release, *edges, *gap, 0, *formats, 0, number,
        ]  # fmt: skip
    for factor, rank, dtype, flags in itertools.product(range(5), [2, 3], range(4), range(4)):
        number = factor + rank + dtype + flags
        edges = [0, 1, 0, 2, 0, 0, 0, 1] if flags & 2 else []
        formats = memory(FORMATS[number % 6], [HEAP, END, START][number % 3])
        formats += memory(FORMATS[number % 5], [END, START, HEAP][number % 3])
        seeds[f"reduce{factor}-{rank}d-dtype{dtype}-flags{flags}"] = [
            number & 1, 1 + 2 * (rank - 2), dtype, 11, 9, *([3] if rank == 3 else []), factor, 2, flags, *edges, 0,
            *formats, 0, number,
        ]  # fmt: skip
    return seeds


def libraries() -> dict[str, list[int]]:
    seeds = {}
    for library, method, rank, dtype, flags in itertools.product(range(3), range(7), range(3), [0, 1, 3], [0, 1, 2, 3]):
        number = library + method + rank + dtype + flags
        entries = {
            0: [method, 4 + number % 3, 9, flags, *([number % 5] if flags & 1 else [])],
            1: [method, 4 + number % 3, 9, flags, *([number % 3] if flags & 2 else [])],
            2: [method, flags & 1, *[axis for i in range(rank + 2) for axis in (i, *([6] if i % 2 == 0 else []))]],
        }[library]
        formats = memory(FORMATS[number % 6], [HEAP, END, START][number % 3])
        formats += memory(FORMATS[number % 5], [END, START, HEAP][number % 3])
        seeds[f"{library}-{method}-{rank}-dtype{dtype}-flags{flags}"] = [
            library, rank, dtype, 7, 8, *([3] if rank > 0 else []), *([2] if rank > 1 else []),
            *entries, 0, *formats, 0, number,
        ]  # fmt: skip
    return seeds


def preprocess() -> dict[str, list[int]]:
    seeds = {}
    modes = [MODES[name].number for name in ("nearest", "bilinear", "bicubic", "area", "lanczos", "hamming", "box")]
    for resize, canvas, mode, number in itertools.product(range(7), range(4), modes, range(3)):
        # 1: anchor; 2: alpha and border; 4, 8: colours in reverse, channels last; 16, 32, 64: edges
        flags = [0, 3, 0x7F][number]
        turn = resize + canvas + mode + number
        is_pillow = number == 1 and mode != MODES["area"].number
        anchored = [turn % 4, 0 if canvas == 3 else turn % 5] if flags & 1 else []
        at = [turn, 250 - turn, 0, 0] if anchored[1:] == [4] else []
        filled = [turn % 3, 1 + turn % 2] if flags & 2 else []
        # Of bytes neither rescale nor mean and std.
        dtype = turn % 4
        numbers = 16 if dtype == 1 else 0x13
        rescaled = [] if dtype == 1 else [turn % 4, 0]
        levels = [turn * 7 % 200, 40, 200]
        rare = [turn % 9, turn % 4, 5] if flags & 16 else [turn % 9] * 3 if resize == 4 else []
        images = [byte for image in range(1 + turn % 4) for byte in (0, 10 + image, 12 - image, 0)]
        *inputs, output = (
            memory(FORMATS[place % 5], [HEAP, END, START][place % 3]) for place in range(turn, turn + 2 + turn % 4)
        )
        formats = [byte for input in inputs for byte in input] + [0, 0, *output]
        seeds[f"resize{resize}-canvas{canvas}-mode{mode}-{number}"] = [
            turn & 1, int(is_pillow), mode, 0, resize, canvas, flags, *anchored, *filled, 0,
            *([number & 1] if flags & 4 else []), *([1] if flags & 8 else []),
            numbers, *(rescaled[:1] or [turn % 4]), *([0] if numbers & 2 else []), *levels, dtype,
            9, 11, 6, 40 + turn, 30 + turn, *rare, *at, 0, turn % 4, *images, 0, *formats, 0, turn,
        ]  # fmt: skip
    return seeds


def carafe() -> dict[str, list[int]]:
    seeds = {}
    for backward, dtype, kernel, groups, scale in itertools.product([0, 1], FLOATS, range(4), range(2), range(3)):
        number = dtype + kernel + groups + scale
        formats = []
        for view in range(5 if backward else 3):
            formats += memory(FORMATS[(view + number) % 6], [HEAP, END, START][(view + dtype) % 3])
        seeds[f"dtype{dtype}-kernel{kernel}-groups{groups}-scale{scale}{'-backward' * backward}"] = [
            0, backward | (4 if number % 2 else 0), dtype, kernel, groups, scale, 0, 2, 3, 4, 0, *formats, 0, number,
        ]  # fmt: skip
    return seeds


folder = pathlib.Path(sys.argv[1])
for make in (
    interpolate, labels, plan, onnx, pillow, libraries, preprocess, axis, pixel_shuffle, conv_transpose, grid_sample,
    carafe,
):  # fmt: skip
    target = folder / make.__name__
    target.mkdir(parents=True, exist_ok=True)
    for name, seed in make().items():
        (target / f"seed-{name}").write_bytes(bytes(seed))
