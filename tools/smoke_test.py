"""What was built, installed without the checkout on every Python that is here, and used.

    python -m tools.smoke_test dist python3.11 python3.12 python3.13

`dist` holds one wheel and one sdist (`make dist`). The wheel that the sdist builds must be it.
Everything is installed in the versions of constraints.txt. Where PyTorch of that version brings
CUDA, which is gigabytes, the wheel is installed without PyTorch, and what loads no net is used; a
Python that is not here is skipped. Both are said.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from email.parser import Parser
from pathlib import Path

__all__ = ["SmokeTestError", "main", "on_python", "same_wheel", "use", "without_torch"]

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"

_WITHOUT_NET = (
    "--version",
    "--help",
    *("ls models", "ls methods", "ls metrics", "ls waves"),
)
_WITH_NET = (
    "run --model imn --method native --metrics deletion,sparseness --n 2 --out runs",
    "show runs",
    "report runs --out report.html",
    "data waves --n 2 --rate 250 --reader delnet",
)
_EXPECTED = {
    "ls models": "resnet1d",
    "ls methods": "native",
    "ls metrics": "sparseness",
    "ls waves": "delnet",
}
_TAKE_TORCH = ("torch", "captum", "quantus")
_MINUTES = 10
"""Of one command; installing takes the longest."""


class SmokeTestError(Exception):
    """What was built does not work where it was installed."""


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("dist", type=Path)
    parser.add_argument("pythons", nargs="+")
    asked = parser.parse_args(arguments)
    try:
        wheel = same_wheel(asked.dist)
        done = [said for python in asked.pythons if (said := on_python(python, wheel))]
    except SmokeTestError as error:
        print(error, file=sys.stderr)
        return 1
    if not done:
        print("no Python that is here could be used", file=sys.stderr)
    return 0 if done else 1


def same_wheel(dist: Path) -> Path:
    """The wheel in `dist`, which the sdist builds too, byte for byte. Raises SmokeTestError."""
    wheels, sdists = sorted(dist.glob("*.whl")), sorted(dist.glob("*.tar.gz"))
    if len(wheels) != 1 or len(sdists) != 1:
        raise SmokeTestError(
            f"{dist} should hold one wheel and one sdist, and holds {len(wheels)} and "
            f"{len(sdists)}; make dist"
        )
    with tempfile.TemporaryDirectory() as folder:
        built = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
        _call(sys.executable, *built, "--wheel-dir", folder, str(sdists[0].resolve()))
        (again,) = Path(folder).glob("*.whl")
        if again.read_bytes() != wheels[0].read_bytes():
            raise SmokeTestError(f"{sdists[0]} builds another wheel than {wheels[0]}")
    return wheels[0].resolve()


def on_python(python: str, wheel: Path) -> str | None:
    """Install and use the wheel on one Python, and say so; None where that Python is not here.

    Raises SmokeTestError.
    """
    version = _version(python)
    if version is None:
        print(f"{python}: not here, skipped", flush=True)
        return None
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _call(python, "-m", "venv", str(place / "venv"))
        here = place / "venv" / ("Scripts" if os.name == "nt" else "bin")
        install = ("-m", "pip", "install", "--quiet")
        _call(here / "python", *install, "--upgrade", "pip")  # an old one downloads to find out
        pinned = ("--constraint", str(CONSTRAINTS))
        cuda = _cuda_packages(here, pinned)
        if cuda:
            _call(here / "python", *install, *pinned, *without_torch(wheel))
            _call(here / "python", *install, "--no-deps", str(wheel))
        else:
            _call(here / "python", *install, *pinned, str(wheel))
        use(here, place, with_net=not cuda)
    said = f"{python} ({version}): installed from the wheel, and used"
    if cuda:
        said += f" without PyTorch, which would bring {cuda} packages of CUDA"
    print(said, flush=True)
    return said


def use(here: Path, place: Path, *, with_net: bool = True) -> None:
    """The commands of what is installed in `here`, a folder of programs, from the folder `place`.

    Raises SmokeTestError.
    """
    where = "import xai_bench, pathlib; print(pathlib.Path(xai_bench.__file__).resolve())"
    found = _call(here / "python", "-c", where, cwd=place).strip()
    if Path(found).is_relative_to(ROOT / "xai_bench"):
        raise SmokeTestError(f"{here}: xai_bench is the checkout's, {found}")
    for command in _WITHOUT_NET + (_WITH_NET if with_net else ()):
        said = _call(here / "xai-bench", *command.split(), cwd=place)
        if _EXPECTED.get(command, "") not in said:
            raise SmokeTestError(f"xai-bench {command} does not name {_EXPECTED[command]}")
    if not with_net:
        return
    ranked = (place / "runs" / "leaderboard.csv").read_text(encoding="utf-8")
    if ",native," not in ranked:
        raise SmokeTestError("xai-bench run ranked no native")
    if "</html>" not in (place / "report.html").read_text(encoding="utf-8"):
        raise SmokeTestError("xai-bench report wrote no whole page")


def _version(python: str) -> str | None:
    """Of an interpreter, or None where it is not here or does not start."""
    asked = [python, "-c", "import platform; print(platform.python_version())"]
    try:
        return subprocess.run(
            asked, capture_output=True, text=True, timeout=60, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _cuda_packages(here: Path, pinned: tuple[str, str]) -> int:
    """How many packages of CUDA the pinned PyTorch would bring; nothing is installed."""
    asked = ("-m", "pip", "install", "--quiet", "--dry-run", "--report", "-", "torch")
    found = json.loads(_call(here / "python", *asked, *pinned))["install"]
    names = [one["metadata"]["name"] for one in found]
    return sum(name.startswith(("nvidia-", "cuda-")) for name in names)


def without_torch(wheel: Path) -> list[str]:
    """Of the wheel, without extras, but for what takes PyTorch."""
    with zipfile.ZipFile(wheel) as opened:
        (name,) = (one for one in opened.namelist() if one.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(opened.read(name).decode())
    every = metadata.get_all("Requires-Dist") or []
    return [one for one in every if "extra ==" not in one and not one.startswith(_TAKE_TORCH)]


def _call(program: str | Path, *arguments: str, cwd: Path | None = None) -> str:
    """What a program says; nothing of the caller's Python is in its way. Raises SmokeTestError."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        ended = subprocess.run(
            [str(program), *arguments],
            cwd=cwd,
            env=clean | {"COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=60 * _MINUTES,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SmokeTestError(
            f"{program} {' '.join(arguments)[:200]}: not done in {_MINUTES} min"
        ) from None
    if ended.returncode:
        said = "\n".join((ended.stderr or ended.stdout).splitlines()[-20:])
        raise SmokeTestError(
            f"{program} {' '.join(arguments)[:200]} ended with {ended.returncode}:\n{said}"
        )
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main())
