"""The command ``swiftresample``: one module a subcommand. The package itself imports none of them.

NumPy is enough for arrays; images, progress and pictures need what the extras ``cli`` and ``plot`` install.
"""

from ._main import main

__all__ = ["main"]
