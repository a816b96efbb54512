"""Hatchling's hook: what git does not keep, the pages and the models, is made before a package is built.

A wheel and an sdist carry both, so installing either needs neither Node nor a network. An editable install
carries nothing: there `make` makes them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LAST_PAGE = Path("src/dragoman/server/static/LICENCES.txt")
"""What the front end's build writes last; where it is, the build ran to its end."""


class DragomanBuildHook(BuildHookInterface[Any]):
    """Called by hatchling before it collects files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make what is missing. Raises RuntimeError or fetch_models.FetchError with what is needed for that."""
        if version == "editable":
            return
        root = Path(self.root)
        if not (root / LAST_PAGE).is_file():
            build_pages(root / "web")
        fetch_models(root / "scripts")


def build_pages(web: Path) -> None:
    """Install the front end's packages and build the pages. Raises RuntimeError where Node is missing or fails."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError("The pages are not built yet, and building them needs Node 18 or newer with npm.")
    for arguments in (["ci", "--no-fund", "--no-audit"], ["run", "build"]):
        if subprocess.run([npm, *arguments], cwd=web, check=False).returncode != 0:
            raise RuntimeError(f"The pages could not be built: `npm {' '.join(arguments)}` failed in {web}.")


def fetch_models(scripts: Path) -> None:
    """Bring the models that are missing or damaged; those that are there cost a checksum each."""
    sys.path.insert(0, str(scripts))
    try:
        import fetch_models
    finally:
        sys.path.remove(str(scripts))
    fetch_models.fetch()
