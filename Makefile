# One word a chore. Everything happens in .venv; CI calls only these.
PYTHON ?= python3.11
BIN := .venv/bin
# Threads that wait by spinning slow down every process on a shared machine.
export OMP_WAIT_POLICY := passive

.PHONY: demo test check weights reference report bench clean

demo: .venv/installed        ## the main job on the embedded data
	$(BIN)/xai-bench run --model imn --method native --out demo-runs

test: .venv/installed        ## the whole suite
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal

check: .venv/installed       ## format, lint, types, generated pages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m xai_bench.report.pages --check

weights: .venv/installed     ## train the shipped models by their recipes
	$(BIN)/xai-bench train models/imn models/imn-categorical models/conv2d

reference: .venv/installed   ## the committed run in runs/
	$(BIN)/xai-bench run --model imn,imn-categorical,conv2d --n 16 \
		--method native,gradcam,ig,kernelshap,saliency,input-x-gradient,amplitude,slope

report: .venv/installed      ## the pages that are rendered from cards and runs
	$(BIN)/python -m xai_bench.report.pages

bench: .venv/installed       ## speed; results go to benchmarks/results/
	$(BIN)/python benchmarks/native_pass.py

clean:
	rm -rf .venv demo-runs dist .mypy_cache .ruff_cache .pytest_cache

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
