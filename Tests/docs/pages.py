"""The pages of the documentation: every .md that git knows, and what stands in them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.anchors import anchors_plugin

ROOT = Path(__file__).resolve().parents[2]
# Tables and autolinks as on code-hosting sites, and the anchors that these give to headings.
MARKDOWN = MarkdownIt("commonmark").enable("table").use(anchors_plugin, max_level=6)


def files() -> list[Path]:
    """Return the files of the checkout: committed ones, and new ones that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [ROOT / name for name in sorted(listed.split("\0")) if name and (ROOT / name).is_file()]


def pages() -> list[Path]:
    """Return the pages of the checkout."""
    return [file for file in files() if file.suffix == ".md"]


def name(page: Path) -> str:
    """Return the path of a page as readers know it."""
    return str(page.relative_to(ROOT)) if page.is_relative_to(ROOT) else page.name


@dataclass
class Block:
    """A fenced block, with what the comments before it say: <!-- not run: REASON -->, <!-- varies: A; B -->."""

    line: int
    language: str
    text: str
    not_run: str = ""
    varies: list[str] = field(default_factory=list)
    output: Block | None = None  # the block of text behind it, under the same heading


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    found: list[Block] = []
    not_run = ""
    varies: list[str] = []
    before: Block | None = None
    for token in MARKDOWN.parse(page.read_text(encoding="utf-8")):
        if token.type == "html_block" and token.content.startswith("<!-- "):
            word, _, rest = token.content.strip()[5:].removesuffix("-->").strip().partition(": ")
            if word == "not run":
                not_run = rest
            elif word == "varies":
                varies = [piece.strip() for piece in rest.split(";")]
        elif token.type == "heading_open":
            before = None
        elif token.type == "fence":
            assert token.map
            language = token.info.split()[0] if token.info.strip() else ""
            block = Block(token.map[0] + 1, language, token.content, not_run, varies)
            if language == "text" and before is not None:
                before.output, before = block, None
            else:
                before = block
            found.append(block)
            not_run, varies = "", []
    return found
