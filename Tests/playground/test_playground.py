"""docs/playground in a browser: it computes what the library computes, and every control does something.

The site is served as it is (`make site`), by a server that knows nothing but files. Every test fails where the page
logs an error, or asks anything of another host or anything but GET.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import io
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import swiftresample as sr

try:
    from playwright import sync_api
except ImportError:
    sync_api = None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "site"
PATH = "docs/playground/index.html"
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
TABLES = json.loads((ROOT / "Tests" / "golden" / "pytorch_tables.json").read_text())["tables"]
LIBRARIES = ("pytorch", "onnx", "pillow", "opencv", "tensorflow", "jax")
PRINTED = 5.1e-4  # the page rounds to three digits after the point

pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="needs chromium: Debian's package, or one that CHROMIUM names"),
    pytest.mark.skipif(sync_api is None, reason="needs playwright, which make test-playground installs"),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Files, without a line for each."""

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Where the site is served."""
    assert (SITE / PATH).is_file(), f"there is no {SITE / PATH}: make site"
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=SITE)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser without windows."""
    with sync_api.sync_playwright() as playwright:
        # Root may run it in a container; nothing but the site is shown.
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def show(browser: Any, address: str) -> Iterator[Callable[..., Any]]:
    """Open the page at a hash, and wait until it has computed; check at the end what it logged and asked for."""
    faults: list[str] = []
    contexts = []

    def request(request: Any) -> None:
        if not request.url.startswith((address, "data:", "blob:")) or request.method != "GET":
            faults.append(f"{request.method} {request.url}")

    def opened(fragment: str = "", width: int = 1280, scheme: str = "light") -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and faults.append(message.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", request)
        page.goto(f"{address}{PATH}#{fragment}")
        page.wait_for_selector("html[data-ready]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults


def numbers(texts: list[str]) -> list[float]:
    """Numbers as the page writes them."""
    return [float(text.replace("\N{MINUS SIGN}", "-")) for text in texts]


def values(page: Any, side: str) -> list[float]:
    """The results of a side, in the table of coordinates."""
    return numbers(page.locator(f"#coordinates tbody tr td.value.{side}").all_inner_texts())


def run_python(call: str) -> list[float]:
    """What the call on the page prints, in Python."""
    namespace: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(call, namespace)
    return [float(value) for value in namespace["y"].ravel()]


def run_c(call: str, folder: Path) -> list[float]:
    """The same, in C."""
    (folder / "program.c").write_text(call)
    library = ROOT / ".build-release" / "release" / "libresample.so"
    for name in ("libresample.so", "libresample.so.0"):
        (folder / name).symlink_to(library)
    command = [
        os.environ.get("CC", "cc"),
        "-std=c11",
        "-Wall",
        "-Wextra",
        "-Werror",
        f"-I{ROOT / 'include'}",
        "program.c",
    ]
    subprocess.run([*command, "-L.", "-lresample", f"-Wl,-rpath,{folder}"], cwd=folder, check=True)
    printed = subprocess.run(["./a.out"], cwd=folder, check=True, capture_output=True, text=True, timeout=60).stdout
    return [float(value) for value in printed.split()]


def everything(page: Any) -> dict[str, str]:
    """What there is to see, by where: text, and the pictures' elements and pixels."""
    return page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("[id]")].map((element) => [
            element.id, element instanceof HTMLCanvasElement ? element.toDataURL() : element.outerHTML]))"""
    )


@pytest.mark.parametrize("index", range(len(TABLES)), ids=[table["name"] for table in TABLES])
def test_a_documented_table(show: Callable[..., Any], index: int) -> None:
    page = show(f"table={index}")
    rows = page.locator("#table-output tbody tr")
    computed = [numbers(row.locator("td").all_inner_texts()) for row in rows.all()]
    expected = np.array(TABLES[index]["output"])
    np.testing.assert_allclose(computed, expected, atol=0.5001 * 10.0 ** -TABLES[index]["printed_decimals"])
    assert page.inner_text("#table-verdict").startswith(f"{expected.size} of {expected.size} numbers")


#: Chooses every filter of a side, and each of its options beside it; returns what the page shows, and the call.
EVERY_CHOICE = """(side) => {
  const find = (query) => [...document.querySelectorAll(`#side-${side} ${query}`)];
  const told = (control, value) => {
    if (control.type === "checkbox") control.checked = value;
    else control.value = value;
    control.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const seen = [];
  const see = () => seen.push({
    call: document.getElementById("call").textContent,
    fault: document.querySelector(`#legend-${side} .error`)?.textContent,
    values: [...document.querySelectorAll(`#coordinates .value.${side}`)].slice(1).map((cell) => cell.textContent),
  });
  for (const filter of [...find("select")[1].options].map((option) => option.value)) {
    told(find("select")[1], filter);
    see();
    for (const { id, type, options } of [...find("input"), ...find("select").slice(2)]) {
      const control = () => document.getElementById(id); // which is made anew
      const [first, ...others] = type === "checkbox" ? [control().checked, !control().checked]
        : [...options].map((option) => option.value);
      for (const value of others) {
        told(control(), value);
        see();
      }
      told(control(), first);
    }
  }
  told(find("select")[1], find("select")[1].options[0].value);
  see();
  return seen;
}"""


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_calls_make_what_the_page_shows(show: Callable[..., Any], library: str, tmp_path: Path) -> None:
    """Every filter with each of its options: computed on the page, in Python, and one of them in C as well."""
    fragment = f"a.library={library}&b.library={library}&samples=wave,7&image=letter&scale=0"
    for side, length in (("a", 12), ("b", 3)):
        page = show(f"{fragment}&out={length}&side={side}")
        seen = page.evaluate(EVERY_CHOICE, side)
        assert len({choice["call"] for choice in seen}) >= 6
        for choice in seen:
            if choice["fault"]:
                with pytest.raises((ValueError, TypeError, NotImplementedError)) as refused:
                    run_python(choice["call"])
                assert choice["fault"] in str(refused.value)
            else:
                np.testing.assert_allclose(
                    numbers(choice["values"]), run_python(choice["call"]), atol=PRINTED, err_msg=choice["call"]
                )
    page.select_option("#call-language", "c")
    np.testing.assert_allclose(run_c(page.inner_text("#call"), tmp_path), values(page, "b"), atol=PRINTED)


def test_taps_make_the_values(show: Callable[..., Any]) -> None:
    page = show("values=3,-1,4,1,-5&out=7&a.mode=bicubic&b.mode=bilinear")
    samples = np.array([3, -1, 4, 1, -5])
    for row in page.locator("#coordinates tbody tr").all():
        for side in "ab":
            taps = row.locator(f".reads.{side}").inner_text().replace("\N{MINUS SIGN}", "-").split(", ")
            total = sum(float(weight) * samples[int(index)] for index, weight in (tap.split(":") for tap in taps))
            (value,) = numbers([row.locator(f".value.{side}").inner_text()])
            assert total == pytest.approx(value, abs=14 * PRINTED)


def test_every_control_does_something_and_the_address_has_it_all(show: Callable[..., Any]) -> None:
    page = show()

    def slide(control: str, value: str) -> Callable[[], None]:
        return lambda: page.fill(control, value)

    def choose(control: str, value: str) -> Callable[[], None]:
        return lambda: page.select_option(control, value)

    def click(control: str) -> Callable[[], None]:
        return lambda: page.click(control)

    steps = [
        (slide("#in", "6"), "axis"),
        (slide("#out", "9"), "coordinates"),
        (choose("#a-mode", "bicubic"), "legend-a"),
        (click("#a-antialias"), "legend-a"),
        (click("#b-align_corners"), "readout"),
        (choose("#b-library", "tensorflow"), "legend-b"),
        (choose("#b-coordinates", "legacy"), "coordinates"),
        (choose("#pattern", "impulse"), "graph"),
        (slide("#values", "1 5, 2"), "axis"),
        (click("#swap"), "legend-a"),
        (choose("#image", "rings"), "image-a"),
        (slide("#scale", "-1.5"), "caption-difference"),
        (choose("#gain", "1"), "image-difference"),
        (choose("#table", "5"), "table-verdict"),
        (choose("#call-side", "b"), "call"),
        (choose("#call-language", "c"), "call"),
    ]
    for act, changed in steps:
        before, hash_before = everything(page), page.evaluate("location.hash")
        act()
        after = everything(page)
        assert before[changed] != after[changed], changed
        assert page.evaluate("location.hash") != hash_before, changed
    shown = everything(page)
    again = everything(show(page.evaluate("location.hash.slice(1)")))
    for name in ("legend-a", "legend-b", "coordinates", "image-a", "image-difference", "table-verdict", "call"):
        assert again[name] == shown[name], name


def test_the_lessons(show: Callable[..., Any]) -> None:
    page = show()
    says = set()
    for button in page.locator("#lessons button").all():
        button.click()
        assert button.get_attribute("aria-pressed") == "true"
        assert page.locator("#lessons [aria-pressed=true]").count() == 1
        assert not page.locator(".error:visible").count()
        assert values(page, "a") != values(page, "b") or page.inner_text("#caption-difference") != "no difference"
        says.add(page.inner_text("#lesson"))
    assert len(says) == page.locator("#lessons button").count()


def test_what_a_newcomer_sees_first(show: Callable[..., Any]) -> None:
    page = show()
    assert values(page, "a") == [1, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4]
    assert values(page, "b") == [1, 1.429, 1.857, 2.286, 2.714, 3.143, 3.571, 4]
    for words in (
        "align_corners=False",
        "The edges of the image stay",
        "align_corners=True",
        "The centres of the corner",
    ):
        text = page.get_by_text(words).first
        assert text.is_visible()
        box = text.bounding_box()
        assert box["y"] + box["height"] < 800


def test_errors_are_the_sentences_of_the_library(show: Callable[..., Any]) -> None:
    page = show("a.mode=lanczos&b.mode=nearest")
    with pytest.raises((ValueError, NotImplementedError)) as error:
        sr.axis_taps(4, 8, mode="lanczos")
    fault = page.locator("#legend-a [role=alert]")
    assert fault.inner_text() == str(error.value)
    assert fault.inner_text() in page.inner_text("#caption-a")
    page.click("#a-antialias")
    assert not fault.count()
    assert values(page, "a")
    page.fill("#values", "1, two")
    assert "numbers" in page.inner_text("#values-fault")


def test_samples_are_pointed_at_and_reached_by_keys(show: Callable[..., Any]) -> None:
    page = show()
    page.hover('.output.a [data-index="6"] rect')
    assert "output 6 lies at 2.75: 0.25 \N{MULTIPLICATION SIGN} 3 + 0.75" in page.inner_text("#readout")
    sync_api.expect(page.locator("#spoken")).to_contain_text("output 6")
    assert "at=6" in page.evaluate("location.hash")
    page.focus('.output.a [tabindex="0"]')
    page.keyboard.press("ArrowLeft")
    assert "output 5 lies at 2.25" in page.inner_text("#readout")
    page.keyboard.press("ArrowDown")
    focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused.startswith("B, output 5: 3.143, read at 2.143, 0.857 of sample 2, 3; 0.143 of sample 3, 4")
    page.keyboard.press("End")
    assert "output 7 lies at 3" in page.inner_text("#readout")
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "copy":
            break
    page.keyboard.press("Enter")
    sync_api.expect(page.locator("#copied")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#call").strip("\n") + "\n"


@pytest.mark.parametrize("way", ["chosen", "dropped"])
def test_an_image_of_the_readers_own(show: Callable[..., Any], way: str, tmp_path: Path) -> None:
    """Bit for bit what Python makes of it."""
    image = np.random.default_rng(5).integers(0, 256, (37, 52, 3), dtype=np.uint8)
    Image.fromarray(image).save(tmp_path / "image.png")
    page = show("scale=-1&a.antialias=true&b.library=pillow&b.resample=bicubic")
    if way == "chosen":
        page.set_input_files("#file", tmp_path / "image.png")
    else:
        data = list((tmp_path / "image.png").read_bytes())
        page.evaluate(
            """(data) => {
              const transfer = new DataTransfer();
              transfer.items.add(new File([Uint8Array.from(data)], "image.png", { type: "image/png" }));
              dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
            }""",
            data,
        )
    sync_api.expect(page.locator("#scale-shown")).to_contain_text("52")
    size = (19, 26) if "26\N{MULTIPLICATION SIGN}19" in page.inner_text("#scale-shown") else (18, 26)
    expected = {
        "a": sr.interpolate(image.transpose(2, 0, 1)[None], size=size, mode="bilinear", antialias=True)[0].transpose(
            1, 2, 0
        ),
        "b": sr.pillow.resize(image, size[::-1], "bicubic"),
    }
    for side, result in expected.items():
        pixels = page.evaluate(
            """(id) => {
              const canvas = document.getElementById(id);
              return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data];
            }""",
            f"image-{side}",
        )
        np.testing.assert_array_equal(np.array(pixels, np.uint8).reshape(*size, 4)[..., :3], result)
    difference = np.abs(expected["a"].astype(int) - expected["b"])
    assert page.inner_text("#differences tbody td").startswith(str(difference.max()))


def test_a_file_that_is_no_image(show: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no image")
    page = show()
    page.set_input_files("#file", tmp_path / "notes.txt")
    sync_api.expect(page.locator("#image-fault")).to_contain_text("notes.txt")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_and_can_be_read(show: Callable[..., Any], width: int, scheme: str) -> None:
    page = show("samples=wave,16&out=32&b.library=onnx&b.mode=nearest&language=c", width, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    beyond = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input, h1, h2, p, figure, .legend")]
          .filter((element) => !element.closest(".hidden, .skip, #lessons, .scroll, pre"))
          .filter((element) => {
            const { left, right } = element.getBoundingClientRect();
            return left < 0 || right > innerWidth + 0.5;
          }).map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert not beyond
    contrasts = page.evaluate(
        """() => {
          const channel = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
          const luminance = (color) => {
            const [r, g, b] = color.match(/[\\d.]+/g).map((c) => channel(c / 255));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const behind = (element) => {
            for (let e = element; e; e = e.parentElement) {
              const color = getComputedStyle(e).backgroundColor;
              if (color !== "rgba(0, 0, 0, 0)") return color;
            }
            return getComputedStyle(document.body).backgroundColor;
          };
          const tags = "h1, h2, p, strong, span, label, td, th, button, select, caption, a, code";
          const seen = [...document.querySelectorAll(tags)].filter((e) => e.checkVisibility());
          return seen.filter((e) => e.textContent.trim()).map((e) => {
            const [first, second] = [getComputedStyle(e).color, behind(e)].map(luminance);
            return [(Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05), e.outerHTML.slice(0, 80)];
          }).sort((a, b) => a[0] - b[0]);
        }"""
    )
    assert contrasts[0][0] >= 4.5, contrasts[:3]


def test_everything_has_a_name(show: Callable[..., Any]) -> None:
    """What a screen reader calls the controls and the pictures; headings in their order."""
    page = show("b.library=onnx&b.mode=nearest")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, select, input, canvas, svg, [role], table")]
          .filter(({ role }) => !["alert"].includes(role))
          .filter((element) => !(element.getAttribute("aria-label") || element.labels?.length || element.caption ||
            (element instanceof HTMLButtonElement && element.textContent.trim())))
          .map((element) => element.outerHTML.slice(0, 120))"""
    )
    assert not nameless
    levels = [
        int(name[1]) for name in page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((h) => h.tagName)")
    ]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def test_a_library_that_cannot_be_loaded(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.route("**/*.wasm", lambda route: route.abort())
    page.goto(address + PATH)
    page.wait_for_selector("#lesson[role=alert]")
    assert "could not be loaded" in page.inner_text("#lesson")
    page.close()
