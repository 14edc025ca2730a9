"""Fails when a function of the header is called by no target: check_functions.py HEADER NM OBJECT..."""

import re
import subprocess
import sys

header, nm, *objects = sys.argv[1:]
with open(header, encoding="utf-8") as file:
    declared = set(re.findall(r"\b(rsmp_\w+)\(", re.sub(r"/\*.*?\*/", "", file.read(), flags=re.DOTALL)))
called: dict[str, set[str]] = {}
for target in objects:
    undefined = subprocess.run([nm, "--undefined-only", target], check=True, capture_output=True, text=True).stdout
    for name in re.findall(r"\b(rsmp_\w+)", undefined):
        called.setdefault(name, set()).add(target)
missing = sorted(declared - called.keys())
if not declared or not objects or missing:
    sys.exit(f"functions of the header that no target calls: {', '.join(missing) or 'none was looked for'}")
print(f"all {len(declared)} functions of the header are called by the {len(objects)} targets")
