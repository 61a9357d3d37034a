"""The public surface is the list in __all__, and nothing heavy is imported to see it."""

import subprocess
import sys
from pathlib import Path

import pytest

import xai_bench


def test_all_is_sorted_and_every_name_resolves() -> None:
    assert xai_bench.__all__ == sorted(xai_bench.__all__)
    assert set(xai_bench.__all__) == set(xai_bench._HOME)
    for name in xai_bench.__all__:
        assert callable(getattr(xai_bench, name))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'leaderbord'"):
        _ = xai_bench.leaderbord


def test_importing_the_package_and_the_command_line_imports_no_torch() -> None:
    code = "import sys, xai_bench.cli.main; print('torch' in sys.modules, 'rich' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


_MISUSES = {
    "xb.run(model=net, out=out)": "Sequential is a torch module; wrap it: xb.wrap(net, classes=[",
    "xb.run(model=[net], out=out)": "Sequential is a torch module; wrap it",
    "xb.compare([net])": "Sequential is a torch module; wrap it",
    "xb.explain(net, 'synthetic:00003', out=out + '/a.png')": "Sequential is a torch module; wrap",
    "xb.audit(net)": "Sequential is a torch module; wrap it",
    "xb.score(net, made, 'ig')": "Sequential is a torch module; wrap it",
    "xb.attribute(net, made, 'ig')": "Sequential is a torch module; wrap it",
    "xb.run(model=model, data=array, out=out)": "ndarray is no recordings; make them of an array:",
    "xb.load_data(array)": "ndarray is no recordings; make them of an array: xb.recordings(",
    "xb.score('imn', made, 'ig')": "'imn' is no model; give what xb.load_model(name) or xb.wrap(",
    "xb.score(None, made, 'ig')": "None is no model; give what",
    "xb.score(model, array, 'ig')": "ndarray is no recordings",
    "xb.score(model, array, array)": "ndarray is no recordings",
    "xb.run(model=model, method=[], out=out)": "no method was given; name one",
    "xb.run(model=model, metrics=[], out=out)": "no metric was given; take 'all'",
    "xb.run(model=[], out=out)": "no model was given; name one",
    "xb.run(model=model, length='bogus', out=out)": "no length 'bogus'. Available: crop, exact,",
    "xb.load_data(length='bogus')": "no length 'bogus'. Available: crop, exact,",
    "xb.load_data(made, length='bogus')": "no length 'bogus'. Available: crop, exact,",
}


@pytest.mark.slow
def test_what_is_handed_over_wrongly_is_refused_in_one_line(tmp_path: Path) -> None:
    """In a process of its own, where types are not checked at every call, as users have it."""
    code = f"""
import numpy as np, torch, xai_bench as xb
from xai_bench.errors import InputError
out = {str(tmp_path / "out")!r}
net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12_000, 1))
model = xb.wrap(net, ["NORM", "MI"], rate_hz=100)
array, made = np.ones((2, 12, 1000)), xb.load_data(n=2)
for call in {list(_MISUSES)!r}:
    try:
        eval(call)
    except InputError as error:
        print(str(error).replace(chr(10), "<newline>"))
    else:
        print("not refused")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for (call, said), line in zip(_MISUSES.items(), done.stdout.splitlines(), strict=True):
        assert line.startswith(said), f"{call}: {line}"
    assert not (tmp_path / "out").exists()
