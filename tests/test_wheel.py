"""The wheel carries everything: built, installed in a new virtual environment, and a frame drawn from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# A path to the checkout would come before the wheel's own files.
PLAIN = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

DRAW = """
import json, sys
import numpy as np
import avatar
from avatar import paths
from avatar.model.load import load
from avatar.render.still import render_still
picture = render_still(load(paths.companion("hikari")), size=(160, 240), background="transparent")
facts = {"file": avatar.__file__, "assets": str(paths.assets()), "shaders": str(paths.shaders())}
facts["covered"] = float((picture[..., 3] > 128).mean())
facts["colours"] = len(np.unique(picture.reshape(-1, 4), axis=0))
print(json.dumps(facts))
"""


@pytest.mark.gl
@pytest.mark.slow
def test_a_frame_is_drawn_from_the_installed_wheel(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(n.endswith("_data/assets/companions/hikari.vrm") for n in names)
    assert any(n.endswith("_data/assets/sounds/bell.opus") for n in names)
    assert any("_data/shaders/" in n and n.endswith(".frag") for n in names)
    for name in ("console.html", "console.js", "console.css", "words.js", "icon.svg"):
        assert f"avatar/io/console/{name}" in names
    assert not any(n.startswith(("tests/", "benchmarks/")) for n in names)

    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin" / "python" if os.name == "posix" else home / "Scripts" / "python.exe"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    # The dependencies are the suite's own: a path line gives them without giving the checkout (its hook is not run).
    site = Path(
        subprocess.check_output(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
    )
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")

    done = subprocess.run([python, "-c", DRAW], check=True, capture_output=True, text=True, cwd=tmp_path, env=PLAIN)
    facts = json.loads(done.stdout.splitlines()[-1])
    for key in ("file", "assets", "shaders"):
        assert Path(facts[key]).is_relative_to(site), facts
    assert 0.03 < facts["covered"] < 0.9
    assert facts["colours"] > 50
