"""Checks links and lists of the documentation, in the repository and without the network.

usage: check_pages.py [--external] [PAGE...]     without pages: every .md that git knows

A relative link names a file or a folder that git knows, and its #anchor is a heading or an id there, as code-hosting
sites make them. External links are https, and of no machine of somebody's own; --external lists them. A list stands
behind an empty line, and one inside another is indented by four columns: the site's Markdown sees no list otherwise.
"""

from __future__ import annotations

import functools
import html
import ipaddress
import re
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pages import MARKDOWN, files, name, pages

ADDRESS = re.compile(r'\b(?:href|src|srcset)="([^"]*)"')


@functools.cache
def links_and_anchors(page: Path) -> tuple[list[tuple[int, str]], set[str]]:
    """Return the lines and targets of the links of a page, and what links to it may name."""
    links: list[tuple[int, str]] = []
    anchors: set[str] = set()
    for token in MARKDOWN.parse(page.read_text(encoding="utf-8")):
        line = token.map[0] + 1 if token.map else 0
        if "id" in token.attrs:
            anchors.add(str(token.attrs["id"]))
        for part in [token, *(token.children or [])]:
            links += [(line, str(part.attrs[key])) for key in ("href", "src") if key in part.attrs]
            if part.type in ("html_block", "html_inline"):
                links += [(line, html.unescape(link)) for link in ADDRESS.findall(part.content)]
                anchors |= set(re.findall(r'\b(?:id|name)="([^"]*)"', part.content))
    return links, anchors


@functools.cache
def known() -> set[Path]:
    """Return the files that git knows or would take, and their folders."""
    return {*files(), *(folder for file in files() for folder in file.parents)}


def fault_of_external(link: str) -> str:
    """Say what is wrong with a link to another machine, or nothing."""
    parts = urlsplit(link)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return "is not https"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return "names an address and no host"
    if "." not in host or host.rpartition(".")[2] in ("internal", "lan", "local", "localhost", "localdomain"):
        return "is of one machine or network"
    return ""


def fault_of_relative(page: Path, link: str) -> str:
    """Say what is wrong with a link inside the repository, or nothing."""
    path, _, anchor = link.partition("#")
    if path.startswith("/"):
        return "is not relative"
    target = (page.parent / unquote(path)).resolve() if path else page
    if target != page and target not in known():
        return "names nothing that git knows"
    if anchor and target.suffix != ".md":
        return "has an anchor in what is no page"
    if anchor and unquote(anchor) not in links_and_anchors(target)[1]:
        return "names no heading and no id"
    return ""


def faults_of_lists(page: Path) -> list[int]:
    """Return the lines of the lists that the site would not show as such."""
    text = page.read_text(encoding="utf-8")
    lines = ["", *text.splitlines()]
    faults: list[int] = []
    depth = 0
    for token in MARKDOWN.parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            assert token.map
            depth += 1
            line = token.map[0] + 1
            indented = len(lines[line]) - len(lines[line].lstrip()) >= 4 * (depth - 1)
            if not indented or (depth == 1 and lines[line - 1].strip()):
                faults.append(line)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
    return faults


def main(arguments: list[str]) -> int:
    chosen = [Path(argument).resolve() for argument in arguments if argument != "--external"] or pages()
    faults = relative = 0
    external: set[str] = set()
    for page in chosen:
        for line, link in links_and_anchors(page)[0]:
            if urlsplit(link).scheme or link.startswith("//"):
                external.add(link)
                fault = fault_of_external(link)
            else:
                relative += 1
                fault = fault_of_relative(page, link)
            if fault:
                faults += 1
                print(f"FAILED: {name(page)}:{line}: {link} {fault}")
        for line in faults_of_lists(page):
            faults += 1
            print(f"FAILED: {name(page)}:{line}: a list without an empty line before it, or indented by less than 4")
    if "--external" in arguments:
        print(*sorted(external), sep="\n")
    print(f"{len(chosen)} pages: {relative} relative and {len(external)} different external links, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
