"""What mkdocs.yml needs besides: the pages at their paths in the repository, listings of what they link to, and checks.

A link to a file or a folder that is no page leads to a listing of it, source/PATH.
"""

from __future__ import annotations

import posixpath
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import griffe
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
LANGUAGES = {".c": "c", ".h": "c", ".hpp": "cpp", ".cpp": "cpp", ".py": "python", ".go": "go", ".rs": "rust"}
LANGUAGES |= {".java": "java", ".cs": "csharp", ".rb": "ruby", ".lua": "lua", ".pl": "perl", ".php": "php", ".R": "r"}
LANGUAGES |= {".lisp": "lisp", ".scm": "scheme", ".f90": "fortran", ".swift": "swift", ".js": "js", ".sh": "sh"}
STATIC = (".css", ".gif", ".jpg", ".png", ".svg", ".webp")  # files of docs/ that are on the site as they are
LARGEST_FOLDER = 20  # files in a listing
PLAYGROUND = "docs/playground"  # a page of its own, which is on the site as it is
# What it computes with, and what it compares that with: they are beside it on the site.
BESIDE_PLAYGROUND = ("javascript/*.mjs", "javascript/*.wasm", "Tests/golden/pytorch_tables.json")

PYTHON = """# Python

::: swiftresample

::: swiftresample.nn

::: swiftresample.onnx

::: swiftresample.pillow

::: swiftresample.torch
"""


def known() -> list[str]:
    """Return the files that git knows, or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def target(page: str, link: str) -> str:
    """Return the path in the repository that a link on a page names."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), link))


def listing(path: str, names: list[str]) -> str:
    """Return a page with a file, or with the files of a folder."""
    inside = [name for name in names if name == path or name.startswith(f"{path}/")]
    if len(inside) > LARGEST_FOLDER:
        raise PluginError(f"{path} has {len(inside)} files: link to one of them, or to a page")
    text = f"---\nhide: [toc]\n---\n\n# {path}\n"
    for name in inside:
        if name != path:
            text += f"\n## {posixpath.relpath(name, path)}\n"
        language = LANGUAGES.get(PurePosixPath(name).suffix, "text")
        text += f"\n``````{language}\n{(ROOT / name).read_text(encoding='utf-8')}\n``````\n"
    return text


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Put the repository's pages, and what they show, in the place of the files in docs/, and add what is generated."""
    names = known()
    kept = [file for file in files if file.src_dir != config.docs_dir]
    pages = [name for name in names if name.endswith(".md")]
    static = [
        name
        for name in names
        if name.startswith(f"{PLAYGROUND}/") or (name.startswith("docs/") and PurePosixPath(name).suffix in STATIC)
    ]
    for name in pages + static:
        kept.append(File(name, str(ROOT), config.site_dir, config.use_directory_urls))
    linked = {
        target(page, found[1])
        for page in pages
        for found in LINK.finditer((ROOT / page).read_text(encoding="utf-8"))
        if not re.match(r"\w+:", found[1])
    }
    for path in sorted(linked - set(pages) - set(static)):
        if (ROOT / path).exists():
            kept.append(File.generated(config, f"source/{path}.md", content=listing(path, names)))
    kept.append(File.generated(config, "source/python.md", content=PYTHON))
    for pattern in BESIDE_PLAYGROUND:
        found = sorted(ROOT.glob(pattern))
        if not found:
            raise PluginError(f"there is no {pattern}, which the playground needs: make wasm builds what is missing")
        for path in found:
            kept.append(File.generated(config, f"{PLAYGROUND}/{path.name}", abs_src_path=str(path)))
    return Files(kept)


def on_page_markdown(markdown: str, page: Page, files: Files, **_: object) -> str:
    """Let links to what is no page lead to its listing."""
    source = page.file.src_uri

    def to_listing(found: re.Match[str]) -> str:
        generated = f"source/{target(source, found[1])}.md"
        if files.get_file_from_path(generated) is None:
            return found[0]
        return f"]({posixpath.relpath(generated, posixpath.dirname(source) or '.')})"

    return LINK.sub(to_listing, markdown)


def on_page_content(html: str, page: Page, **_: object) -> str:
    """Let the footnotes of docstrings look like footnotes: numpydoc has them as reStructuredText does."""
    if page.file.src_uri != "source/python.md":
        return html
    return re.sub(r"(\[\d+\])_", r"\1", re.sub(r"\.\. (\[\d+\])", r"<br>\1", html))


class OneByOne(griffe.Extension):
    """Parameters that share a description, one by one: griffe gives all of them the type and default of the first."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Repeat the description of a docstring's "a, b, c : type" for each name."""
        if obj.docstring and "\nParameters\n---" in obj.docstring.value:
            several = re.compile(r"^(\w+(?:, \w+)+)( :.*)?\n((?: +.*\n?)+)", re.MULTILINE)

            def apart(found: re.Match[str]) -> str:
                names, kind, description = found.groups(default="")
                return "".join(f"{name}{kind}\n{description.rstrip()}\n" for name in names.split(", "))

            obj.docstring.value = several.sub(apart, obj.docstring.value)


class Requests(HTMLParser):
    """What a browser asks for when it shows a page: everything with an address but links to click."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Keep the addresses of a tag."""
        if tag != "a":
            self.found += [value for name, value in attributes if value and name in ("href", "src", "srcset", "data")]


def on_post_build(config: MkDocsConfig) -> None:
    """Fail if a page or a style sheet would have a browser ask another host for something."""
    site = Path(config.site_dir)
    faults = []
    for file in [*site.rglob("*.html"), *site.rglob("*.css")]:
        text = file.read_text(encoding="utf-8")
        parser = Requests()
        if file.suffix == ".html":
            parser.feed(text)
        requests = parser.found + re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")]+)", text)
        faults += [f"{file.relative_to(site)}: {request}" for request in requests if re.match(r"(https?:)?//", request)]
    if faults:
        raise PluginError("requests to other hosts:\n" + "\n".join(faults))
