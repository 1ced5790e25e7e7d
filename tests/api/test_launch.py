"""The start of the installed command: it looks whether its packages are its own."""

import subprocess
import sys
from pathlib import Path


def start(*words: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`python -m goal_cascade`, with a folder of other packages before ours."""
    code = "import sys\nif sys.argv[1]: sys.path.insert(0, sys.argv[1])\ndel sys.argv[1]\n"
    code += "import goal_cascade\ngoal_cascade.main()"
    return subprocess.run(
        [sys.executable, "-c", code, str(path or ""), *words], capture_output=True, text=True
    )


def test_it_is_the_command_line() -> None:
    assert start("--version").stdout.strip().count(".") == 2
    module = subprocess.run([sys.executable, "-m", "goal_cascade", "--help"], capture_output=True, text=True)
    assert "Usage: cascade" in module.stdout


def test_another_distributions_package_in_place_of_ours_is_reported(tmp_path: Path) -> None:
    (tmp_path / "solver").mkdir()
    (tmp_path / "solver" / "__init__.py").write_text("")
    done = start("--version", path=tmp_path)
    assert done.returncode == 1
    assert f"solver ({tmp_path / 'solver' / '__init__.py'})" in done.stderr
    assert "rules" not in done.stderr.split(":")[2]
