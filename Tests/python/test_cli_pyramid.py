"""``swiftresample pyramid``: the bits of its levels, where their samples lie, and runs that end too early."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from arrays import samples

import swiftresample as sr
from swiftresample.cli import _stores, main
from swiftresample.cli import pyramid as command

zarr = pytest.importorskip("zarr", reason="zarr is not installed")
pytest.importorskip("dask.array", reason="dask is not installed")
models = pytest.importorskip("ome_zarr_models", reason="ome-zarr-models is not installed")

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[Any]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: Any) -> None:
    """Names in these tests are those of a folder of their own; several blocks a level, however small it is."""
    monkeypatch.chdir(tmp_path)
    for name in ("BLOCK", "READ"):
        monkeypatch.setattr(command, name, 1)


def stored(name: str, array: Array, chunks: tuple[int, ...], names: str | None = None, **options: Any) -> Array:
    found = zarr.create_array(
        name, shape=array.shape, chunks=chunks, dtype=array.dtype, dimension_names=names and list(names), **options
    )
    found[:] = array
    return array


def pyramid(*arguments: str, status: int = 0) -> None:
    assert main(["pyramid", *arguments]) == status


def levels(name: str) -> list[Array]:
    group = zarr.open_group(name, mode="r")
    return [group[dataset["path"]][:] for dataset in group.attrs["ome"]["multiscales"][0]["datasets"]]


def halved(array: Array, rank: int = 2, **options: Any) -> Array:
    result = sr.interpolate(array.reshape(-1, 1, *array.shape[-rank:]), scale_factor=0.5, **options)
    return result.reshape(*array.shape[:-rank], *result.shape[2:])


def assert_pyramid(name: str, array: Array, count: int, rank: int = 2, **options: Any) -> None:
    found = levels(name)
    assert len(found) == count
    for level in found:
        np.testing.assert_array_equal(level, array, strict=True)
        array = halved(array, rank, **options)


# ---- Levels ----------------------------------------------------------------------------------------------------------

BILINEAR = {"mode": "bilinear", "antialias": True}


def test_each_level_is_what_interpolate_makes_of_the_one_before() -> None:
    image = stored("in.zarr", samples((3, 217, 301), np.uint8), (1, 40, 64), "cyx")
    pyramid("in.zarr", "out.zarr")
    assert_pyramid("out.zarr", image, 4, **BILINEAR)
    assert models.open_ome_zarr("out.zarr", version="0.5").ome_attributes.multiscales[0].type == "linear"
    assert not Path("out.zarr.part").exists()


def test_labels_of_every_axis() -> None:
    labels = samples((2, 2, 3, 70, 91), np.int64)
    np.save("in.npy", labels)
    pyramid("in.npy", "out.zarr", "--labels", "--chunks", "32", "--levels", "3")
    assert_pyramid("out.zarr", labels, 3, mode="nearest")
    # Halving again and again leaves the samples that one step would have taken.
    once = sr.interpolate(labels.reshape(-1, 1, 70, 91), scale_factor=0.25)
    np.testing.assert_array_equal(levels("out.zarr")[2].reshape(once.shape), once)
    assert zarr.open_group("out.zarr").attrs["ome"]["image-label"] == {}


def test_volumes() -> None:
    volume = stored("in.zarr", samples((40, 37, 50), np.float32), (40, 16, 16))
    pyramid("in.zarr", "out.zarr", "--axes", "zyx", "--halve", "zyx", "--mode", "area", "--chunks", "16")
    assert_pyramid("out.zarr", volume, 3, rank=3, mode="area")
    pyramid("in.zarr", "planes.zarr", "--axes", "zyx", "--mode", "bicubic")
    assert_pyramid("planes.zarr", volume, 3, mode="bicubic", antialias=True)


@pytest.mark.parametrize("options", [{"tile": (64, 48)}, {"rowsperstrip": 7}], ids=["tiles", "strips"])
def test_tiff(options: dict[str, Any]) -> None:
    tifffile = pytest.importorskip("tifffile", reason="tifffile is not installed")
    image = samples((130, 101, 3), np.uint8)
    tifffile.imwrite("in.tif", image, photometric="rgb", compression="zlib", **options)
    pyramid("in.tif", "out.zarr", "--levels", "2", "--mode", "lanczos")
    assert_pyramid("out.zarr", image.transpose(2, 0, 1), 2, mode="lanczos", antialias=True)


def test_zarr_2_in_another_byte_order_with_chunks_that_were_never_written() -> None:
    image = samples((90, 80), np.uint16)
    image[:32] = 0
    zarr.create_array("in.zarr", shape=(90, 80), chunks=(32, 32), dtype=">u2", zarr_format=2)[32:] = image[32:]
    pyramid("in.zarr", "out.zarr")
    assert_pyramid("out.zarr", image, 3, **BILINEAR)


def test_every_chunk_is_there_also_those_of_zeros() -> None:
    stored("in.zarr", np.zeros((100, 90), np.uint8), (32, 32))
    pyramid("in.zarr", "out.zarr", "--levels", "2")
    assert len(list(Path("out.zarr").rglob("c/*/*"))) == 12 + 4


# ---- What is said about them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [["--mode", "linear"], ["--mode", "area"], ["--mode", "lanczos"], ["--labels"]])
def test_samples_lie_where_the_metadata_say(options: list[str]) -> None:
    """Of an image that is its own ruler: lengths are odd."""
    shape = (208, 160) if "area" in options else (203, 151)  # area's windows differ by a sample where a length is odd
    stored("in.zarr", np.add.outer(1000 * np.arange(shape[0]), np.arange(shape[1])).astype(float), (64, 64))
    pyramid("in.zarr", "out.zarr", "--levels", "4", *options)
    for level, dataset in zip(
        levels("out.zarr"), zarr.open_group("out.zarr").attrs["ome"]["multiscales"][0]["datasets"]
    ):
        (_, scale), (_, translation) = (list(each.values()) for each in dataset["coordinateTransformations"])
        inner = tuple(slice(n // 3, -(n // 3)) for n in level.shape)  # whatever lies outside has no part in it
        y, x = (s * np.arange(n) + t for s, t, n in zip(scale, translation, level.shape))
        np.testing.assert_allclose(level[inner], np.add.outer(1000 * y, x)[inner], rtol=1e-12)


def test_area_covers_odd_lengths() -> None:
    stored("in.zarr", samples((5, 7), np.float32), (4, 4))
    pyramid("in.zarr", "out.zarr", "--levels", "2", "--mode", "area")
    dataset = zarr.open_group("out.zarr").attrs["ome"]["multiscales"][0]["datasets"][1]
    scale, translation = (list(each.values())[1] for each in dataset["coordinateTransformations"])
    np.testing.assert_allclose(scale, [5 / 2, 7 / 3])
    np.testing.assert_allclose(translation, [(5 / 2 - 1) / 2, (7 / 3 - 1) / 2])


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_what_is_said_about_an_image_is_kept(version: str) -> None:
    group = zarr.create_group("in.zarr", zarr_format=2 if version == "0.4" else 3)
    names = {} if version == "0.4" else {"dimension_names": ["c", "y", "x"]}
    group.create_array("full", shape=(2, 80, 90), chunks=(1, 32, 32), dtype="uint8", **names)[:] = 7
    axes = [{"name": "c", "type": "channel"}] + [{"name": n, "type": "space", "unit": "micrometer"} for n in "yx"]
    transformations = [{"type": "scale", "scale": [1, 0.5, 0.25]}, {"type": "translation", "translation": [0, 10, 20]}]
    of_all = [{"type": "scale", "scale": [1.0, 2.0, 2.0]}]
    datasets = [{"path": "full", "coordinateTransformations": transformations}]
    multiscale = {"name": "kidney", "axes": axes, "datasets": datasets, "coordinateTransformations": of_all}
    omero = {"channels": [{"color": "00FF00", "window": {"min": 0, "max": 255, "start": 0, "end": 200}}]}
    said: dict[str, Any] = {"multiscales": [{**multiscale, "version": version}], "omero": omero}
    group.attrs.put(said if version == "0.4" else {"ome": {"version": "0.5", **said, "multiscales": [multiscale]}})
    pyramid("in.zarr", "out.zarr", "--levels", "3")
    ome = zarr.open_group("out.zarr").attrs["ome"]
    (found,) = ome["multiscales"]
    assert (found["name"], found["axes"], found["coordinateTransformations"]) == ("kidney", axes, of_all)
    assert ome["omero"] == omero
    assert [[list(t.values())[1] for t in d["coordinateTransformations"]] for d in found["datasets"]] == [
        [[1, 0.5, 0.25], [0, 10, 20]],
        [[1, 1, 0.5], [0, 10.25, 20.125]],
        [[1, 2, 1], [0, 10.75, 20.375]],
    ]


# ---- Runs that end too early -----------------------------------------------------------------------------------------


def files(name: str) -> dict[str, tuple[int, int]]:
    """The chunks that are there, and by which one sees whether they were written again."""
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in Path(name).rglob("c/*/*")}


KILLED = """
import os, pathlib, signal, sys
import swiftresample.cli.pyramid as pyramid
from swiftresample.cli import main
pyramid.BLOCK = int(sys.argv[1])
rename, count = pathlib.Path.replace, 0
def replace(self, target):
    global count
    count += "/c/" in str(target)
    if count == 20:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
pathlib.Path.replace = replace
main(["pyramid", "in.zarr", "out.zarr", "--workers", "1"])
"""


def test_a_run_that_is_killed_is_continued(run_python: Any, monkeypatch: Any) -> None:
    image = stored("in.zarr", samples((512, 512), np.uint8), (64, 64))
    block = 20_000  # blocks of eight chunks: the third is killed half-way
    assert run_python(KILLED, str(block)).returncode == -signal.SIGKILL
    assert not Path("out.zarr").exists()
    assert "ome" not in zarr.open_group("out.zarr.part", mode="r").attrs
    before = files("out.zarr.part")
    assert any(name.endswith(".partial") for name in before), "it was not killed while it wrote"
    whole = {name: of for name, of in before.items() if not name.endswith(".partial")}
    assert len(whole) == 19
    for name in whole:  # none is half
        y, x = (64 * int(part) for part in Path(name).parts[-2:])
        part = zarr.open_array("out.zarr.part/0", mode="r")[y : y + 64, x : x + 64]
        np.testing.assert_array_equal(part, image[y : y + 64, x : x + 64])
    monkeypatch.setattr(command, "BLOCK", block)
    pyramid("in.zarr", "out.zarr")
    after = files("out.zarr")
    assert {name: after[name.replace(".part/", "/")] for name in whole} == whole
    assert not any(name.endswith(".partial") for name in after)
    assert_pyramid("out.zarr", image, 4, **BILINEAR)
    assert set(zarr.open_group("out.zarr").attrs) == {"ome"}


def after(count: int, act: Callable[[], Any], monkeypatch: Any) -> None:
    """Have something happen when that many blocks were written."""
    write, calls = _stores.Writer.write, iter(range(1, 10_000))

    def counting(self: Any, *arguments: Any) -> None:
        write(self, *arguments)
        if next(calls) == count:
            act()

    monkeypatch.setattr(_stores.Writer, "write", counting)


def vanish(name: str, parts: str) -> Callable[[], None]:
    def act() -> None:
        for path in Path(name).glob(parts):
            shutil.move(path, Path("away", str(path).replace("/", "_")))

    Path("away").mkdir()
    return act


@pytest.mark.parametrize("parts", ["*", "c", "c/6"])
def test_a_store_that_vanishes(parts: str, monkeypatch: Any, capsys: Any) -> None:
    image = stored("in.zarr", samples((400, 300), np.uint8), (64, 64))
    with monkeypatch.context() as patches:
        after(3, vanish("in.zarr", parts), patches)
        pyramid("in.zarr", "out.zarr", "--workers", "1", status=2)
    assert capsys.readouterr().err == "swiftresample: in.zarr cannot be read: chunks that were there are gone\n"
    assert not Path("out.zarr").exists()
    assert "ome" not in zarr.open_group("out.zarr.part", mode="r").attrs
    # What is left is no input for the same command: another run would take it for an array with holes.
    capsys.readouterr()
    pyramid("in.zarr", "out.zarr", status=2)
    assert capsys.readouterr().err.count("\n") == 1
    for path in Path("away").iterdir():
        shutil.move(path, path.name.replace("_", "/"))
    pyramid("in.zarr", "out.zarr")
    assert_pyramid("out.zarr", image, 4, **BILINEAR)


def test_levels_that_vanish(monkeypatch: Any, capsys: Any) -> None:
    stored("in.zarr", samples((400, 300), np.uint8), (64, 64))
    after(37, vanish("out.zarr.part", "0/c/3"), monkeypatch)
    pyramid("in.zarr", "out.zarr", "--workers", "1", status=2)
    assert capsys.readouterr().err.endswith("out.zarr.part/0 cannot be read: chunks that were there are gone\n")
    assert not Path("out.zarr").exists()


def test_a_disk_that_is_full(run_python: Any) -> None:
    stored("in.zarr", samples((400, 300), np.float32), (64, 64))
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))"
    done = run_python(
        f"{limit}; from swiftresample.cli import main; sys.exit(main(['pyramid', 'in.zarr', 'out.zarr']))"
    )
    assert (done.returncode, done.stderr) == (2, "swiftresample: out.zarr cannot be written: File too large\n")
    assert not Path("out.zarr").exists()
    pyramid("in.zarr", "out.zarr")


# ---- What is refused -------------------------------------------------------------------------------------------------


def test_another_request_does_not_continue(monkeypatch: Any, capsys: Any) -> None:
    image = stored("in.zarr", samples((200, 150), np.uint8), (64, 64))
    with monkeypatch.context() as patches:
        after(3, lambda: os.rename("in.zarr/zarr.json", "zarr.json"), patches)
        after(4, lambda: signal.raise_signal(signal.SIGINT), patches)
        pyramid("in.zarr", "out.zarr", status=130)
    os.rename("zarr.json", "in.zarr/zarr.json")
    capsys.readouterr()
    pyramid("in.zarr", "out.zarr", "--mode", "area", "--levels", "2", status=2)
    assert "out.zarr.part was begun with other mode and levels: --force begins anew" in capsys.readouterr().err
    pyramid("in.zarr", "out.zarr", "--mode", "area", "--levels", "2", "--force")
    assert_pyramid("out.zarr", image, 2, mode="area")


def test_a_zarr_that_leaves_half_chunks(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(zarr, "__version__", "3.1.2")
    pyramid("in.zarr", "out.zarr", status=2)
    assert capsys.readouterr().err == "swiftresample: zarr 3.1.2 is installed, and 3.1.3 or later is needed\n"


def test_what_is_there_is_not_replaced_unasked(capsys: Any) -> None:
    image = stored("in.zarr", samples((200, 150), np.uint8), (64, 64))
    Path("photos").mkdir()
    Path("photos/holiday.jpg").touch()
    Path("other.zarr.part").mkdir()
    Path("other.zarr.part/holiday.jpg").touch()
    pyramid("in.zarr", "out.zarr", "--levels", "2")
    for arguments, says in {
        ("in.zarr", "out.zarr"): "exists: --force replaces it",
        ("in.zarr", "photos", "--force"): "is no Zarr store",
        ("in.zarr", "other.zarr", "--force"): "is no pyramid that was begun",
        ("in.zarr", "in.zarr", "--force"): "IN is in it",
    }.items():
        capsys.readouterr()
        pyramid(*arguments, status=2)
        printed = capsys.readouterr().err
        assert says in printed
        assert printed.count("\n") == 1
    assert Path("photos/holiday.jpg").exists()
    assert Path("other.zarr.part/holiday.jpg").exists()
    assert_pyramid("out.zarr", image, 2, **BILINEAR)
    pyramid("in.zarr", "out.zarr", "--levels", "3", "--force")
    assert_pyramid("out.zarr", image, 3, **BILINEAR)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["absent.zarr"], "absent.zarr: it does not exist"),
        (["empty"], "empty: it is no Zarr array"),
        (["group"], "it is a Zarr group and no OME-Zarr image"),
        (["damaged"], "damaged: its metadata are not those of an OME-Zarr image"),
        (["text.txt"], "it is neither a Zarr array nor OME-Zarr, .npy or TIFF"),
        (["text.npy"], "text.npy cannot be read"),
        (["object.npy"], "object.npy cannot be read"),
        (["void.npy"], "numbers are resampled"),
        (["none.npy"], "it is empty: 0x5"),
        (["line.npy"], "it has 1 axes, and OME-Zarr has 2 to 5"),
        (["cube.npy"], "it has 3 axes, and does not say which: --axes cyx or zyx or tyx"),
        (["cube.npy", "--axes", "xyz"], "which are not xyz"),
        (["cube.npy", "--axes", "cyx", "--halve", "zyx"], "--halve zyx: the axes are cyx"),
        (["cube.npy", "--axes", "zyx", "--halve", "zyx", "--mode", "bicubic"], "bicubic"),
        (["plane.npy"], "int64"),
        (["plane.npy", "--labels", "--levels", "9"], "--levels 9 is too many: level 2 has 1 sample along y"),
        (["plane.npy", "--labels", "--chunks", "4x4x4"], "--chunks 4x4x4 are of 3 axes, and 2 are space"),
    ],
)
def test_refusals(arguments: list[str], says: str, capsys: Any) -> None:
    Path("empty").mkdir()
    Path("text.txt").write_text("no image")
    Path("text.npy").write_text("no image")
    zarr.create_group("group")
    zarr.create_group("damaged").attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": []}]}
    for name, array in {
        "object": np.array([[None]]),
        "void": np.zeros((4, 4), "V3"),
        "none": np.zeros((0, 5)),
        "line": np.zeros(5),
        "cube": np.zeros((5, 5, 5)),
        "plane": np.zeros((5, 50), np.int64),
    }.items():
        np.save(f"{name}.npy", array)
    pyramid(arguments[0], "out.zarr", *arguments[1:], status=2)
    printed = capsys.readouterr()
    assert says in printed.err
    assert printed.err.count("\n") == 1
    assert not printed.out
    assert not [path for path in Path().iterdir() if path.name.startswith("out")]
