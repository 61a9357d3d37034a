# One word a chore. Everything happens in .venv; CI calls only these.
PYTHON ?= python3.11
BIN := .venv/bin
# Threads that wait by spinning slow down every process on a shared machine.
export OMP_WAIT_POLICY := passive
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal
TRAIN := OMP_NUM_THREADS=1 $(BIN)/xai-bench train

.PHONY: site pictures gates tsetlin beats ode territories probe dist smoke test-min audit-dependencies fuzz accuracy baselines dose demo test test-all test-long check claims weights reference replication trust trust-real trust-real-audits audit stability transfer realism real real-scores page picture report coverage parity bench cluster scaling gpu clean

demo: .venv/installed        ## the main job on the embedded data
	$(BIN)/xai-bench run --model imn --method native --out demo-runs

test: .venv/installed        ## the suite, but for what is slow: at most five minutes on two cores
	$(PYTEST) -m "not slow"

test-all: .venv/installed    ## all of the suite but for simulations and what takes minutes; what CI runs
	$(PYTEST) -m "not simulation and not long"

test-long: .venv/installed   ## whole runs and trainings that are killed at any write, claims of every card
	$(PYTEST) -m long

claims: .venv/installed      ## what every card says about its model, recomputed
	$(PYTEST) tests/models/test_shipped_models.py

check: .venv/installed       ## format, lint, types, generated pages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m tools.pages --check

MODELS := imn imn-categorical imn-direct imn-lfr imn-sparse \
	conv2d fcn inception1d lstm resnet1d xresnet1d
SEEDED := imn imn-lfr conv2d resnet1d
SUPERCLASS := imn conv2d resnet1d xresnet1d

weights: .venv/installed     ## train the shipped models by their recipes, hours of one core; goes on where it stopped
	$(TRAIN) $(MODELS:%=models/%)
	$(TRAIN) $(SUPERCLASS:%=models/%) --task superclass --out .
	for seed in 1 2; do $(TRAIN) $(SEEDED:%=models/%) --seed $$seed --out . || exit 1; done

IMN := native,native-centred,input-x-gradient,ig-16,saliency,gradcam,oracle-twin,amplitude,slope
IMN := $(IMN),native@untrained,native@flipped,ig-16@untrained,saliency@untrained
IMN := $(IMN),gradcam@untrained,input-x-gradient@untrained,input-x-gradient@flipped
RESNET := input-x-gradient,ig-16,saliency,gradcam,hirescam,guided-gradcam,deeplift
RESNET := $(RESNET),lrp-epsilon,lrp-gamma,lrp-composite,oracle-twin,amplitude,slope,qrs-envelope
RESNET := $(RESNET),ig-16@untrained,saliency@untrained,gradcam@untrained
RESNET := $(RESNET),input-x-gradient@untrained,input-x-gradient@flipped
RESNET := $(RESNET),input-x-gradient@another,input-x-gradient@noise

reference: .venv/installed   ## the committed run in runs/; `make trust` reuses its cells
	$(BIN)/xai-bench run --metrics all --n 32 --model imn --method $(IMN)
	$(BIN)/xai-bench run --metrics all --n 32 --model resnet1d --method $(RESNET)

# What the README says of rankings: a second fold and a second training, beside the reference run.
REPLICATED := sensitivity_n,sufficiency,insertion,insertion_log_odds,deletion,pixel_flipping
REPLICATED := $(REPLICATED),comprehensiveness
REPLICATED := $(REPLICATED),faithfulness_correlation,infidelity_scaled,max_sensitivity
REPLICATED := $(REPLICATED),local_lipschitz,mprt
REPLICATED := $(REPLICATED),non_sensitivity,clutter,relevance_mass,roc_auc
AGAIN := $(BIN)/xai-bench run --n 32 --metrics $(REPLICATED) --out replication-run
AGAIN_IMN := native,native-centred,input-x-gradient,ig-16,saliency,gradcam,amplitude
AGAIN_RESNET := input-x-gradient,ig-16,saliency,gradcam,hirescam,guided-gradcam,deeplift,lrp-epsilon
AGAIN_RESNET := $(AGAIN_RESNET),amplitude

replication: .venv/installed ## which rankings hold on two folds and two trainings? docs/replication/
	$(AGAIN) --model imn --fold 9 --method $(AGAIN_IMN)
	$(AGAIN) --model imn-seed1 --method $(AGAIN_IMN)
	$(AGAIN) --model resnet1d --fold 9 --method $(AGAIN_RESNET)
	$(AGAIN) --model resnet1d-seed1 --method $(AGAIN_RESNET)
	$(BIN)/xai-bench replicate runs replication-run --out docs/replication
	$(BIN)/python -m tools.pages

NATIVE := imn imn-categorical imn-direct imn-lfr imn-sparse

trust: .venv/installed       ## what metrics tell apart, which ask the same; metrics/, docs/metric_audit/
	mkdir -p audit-run docs/metric_audit
	cp -rn runs/synthetic audit-run/
	OMP_NUM_THREADS=1 $(BIN)/xai-bench audit metrics --out audit-run
	mv audit-run/trust.csv audit-run/trust.json metrics/
	mv audit-run/README.md audit-run/trust.png audit-run/redundancy.* audit-run/core.* docs/metric_audit/

accuracy: .venv/installed    ## methods against the truth about known nets; docs/accuracy/
	OMP_NUM_THREADS=1 $(BIN)/xai-bench accuracy --out docs/accuracy

ON_BASELINES := OMP_NUM_THREADS=1 $(BIN)/xai-bench baselines

baselines: .venv/installed   ## what removed samples become: do conclusions hold? docs/baselines/
	$(ON_BASELINES) --out docs/baselines
	$(ON_BASELINES) --model resnet1d --method input-x-gradient,saliency,gradcam,ig-16,shap \
		--out docs/baselines/shap

audit: .venv/installed       ## the explanations that nets write themselves; docs/audit/
	OMP_NUM_THREADS=1 $(BIN)/xai-bench audit $(NATIVE:%=models/%) --n 64 --out docs/audit

SEEDED_METHODS := native,input-x-gradient,saliency,gradcam,amplitude

stability: .venv/installed   ## how stable explanations are; docs/stability/, docs/initialisations/
	OMP_NUM_THREADS=1 $(BIN)/xai-bench compare --model imn,resnet1d --n 32 --out docs/stability
	OMP_NUM_THREADS=1 $(BIN)/xai-bench compare --model imn,imn-lfr,conv2d,resnet1d \
		--method $(SEEDED_METHODS) --questions initialisations --n 32 --out docs/initialisations

comma := ,

# Real recordings beside the checkout, see CONTRIBUTING.md.
REAL ?= ../shared/data

DOSE := OMP_NUM_THREADS=1 $(BIN)/xai-bench dose --n 24 \
	--method native,input-x-gradient,saliency,gradcam,amplitude,random
DOSED := --model imn,imn-categorical,resnet1d,conv2d \
	--lesion st-elevation-anterior,q-wave-anterior,muscle,wander

dose: .venv/installed        ## do log-odds and attribution follow planted doses? docs/dose_response/
	$(DOSE) $(DOSED) --out docs/dose_response

territories: .venv/installed ## which muscle do explanations of infarcts point at? docs/territories/
	OMP_NUM_THREADS=1 $(BIN)/xai-bench territories --out docs/territories

probe: .venv/installed       ## what nets know of a recording; docs/probe/
	OMP_NUM_THREADS=1 $(BIN)/xai-bench probe --out docs/probe

beats: .venv/installed       ## made and real beats of MIT-BIH, by the protocol beat-mitbih; results/beats.md
	$(BIN)/python benchmarks/beats.py

gates: .venv/installed       ## do gates say which channels matter? docs/gates/
	for net in sevgg-lstm ia-resnet; do \
		OMP_NUM_THREADS=1 $(BIN)/xai-bench gates $$net --out docs/gates/$$net || exit 1; done

transfer: .venv/installed    ## how well nets do on real recordings of PTB-XL; models/ptbxl.csv
	OMP_NUM_THREADS=1 $(BIN)/python -m tools.real_recordings $(REAL)
	$(BIN)/python -m tools.pages

realism: .venv/installed     ## made recordings beside real ones of their class; docs/realism/
	OMP_NUM_THREADS=1 $(BIN)/python -m tools.realism $(REAL)

# The folders that tools.real_folders writes, and the cells: neither is committed.
REAL_RUN := real-run
REAL_N := 32
REAL_METRICS := deletion,insertion,faithfulness_correlation,infidelity_scaled,twin_patching
REAL_METRICS := $(REAL_METRICS),max_sensitivity,mprt,completeness,sparseness,relevance_mass,roc_auc
SCORE := OMP_NUM_THREADS=1 $(BIN)/xai-bench run --workers 2 --n $(REAL_N) --out $(REAL_RUN) \
	--metrics $(REAL_METRICS)
OF_PTBXL := --labels real-data/ptbxl.csv --split all
ON_PTBXL := --data real-data/ptbxl $(OF_PTBXL)
ON_PLANTED := --data planted:real-data/ptbxl $(OF_PTBXL)
OWN := native,native-centred,input-x-gradient,saliency,gradcam,hirescam
POST_HOC := input-x-gradient,ig-16,saliency,gradcam,hirescam,guided-gradcam,deeplift,lrp-epsilon
OWN_NETS := imn-categorical,imn-direct,imn-lfr,imn-sparse
OTHER_NETS := xresnet1d,inception1d,conv2d
AND_FOREIGN := $(if $(wildcard $(REAL)/ecgresnet),$(comma)ecgresnet-relu)
CLASS_NETS := resnet1d-superclass$(AND_FOREIGN)
REAL_NETS := imn,resnet1d,imn-superclass,$(CLASS_NETS),$(OWN_NETS),$(OTHER_NETS)

real: .venv/installed        ## do conclusions hold on real recordings? docs/real/; an hour
	@if [ -d "$(REAL)" ]; then $(MAKE) --no-print-directory real-scores; \
	else echo "no real recordings in $(REAL): skipped; make real REAL=FOLDER"; fi

# What matters most comes first, and cells that were scored are reused: stop it when you like.
real-scores:
	$(BIN)/python -m tools.real_folders $(REAL) real-data
	@[ -d "$(REAL)/ecgresnet" ] || echo "no weights in $(REAL)/ecgresnet: ecgresnet-relu skipped"
	for on in "$(ON_PTBXL)" "" "$(ON_PLANTED)"; do \
		$(SCORE) $$on --model imn --method $(OWN),ig-16 || exit 1; \
		$(SCORE) $$on --model resnet1d --method $(POST_HOC) || exit 1; \
	done
	for on in "$(ON_PTBXL)" "" "$(ON_PLANTED)"; do \
		$(SCORE) $$on --model imn-superclass --method $(OWN) || exit 1; \
		$(SCORE) $$on --model $(CLASS_NETS) --method $(POST_HOC) || exit 1; \
	done
	for on in "$(ON_PTBXL)" "" "$(ON_PLANTED)"; do \
		$(SCORE) $$on --model $(OWN_NETS) --method $(OWN) || exit 1; \
		$(SCORE) $$on --model $(OTHER_NETS) --method $(POST_HOC) || exit 1; \
	done
	for on in georgia ningbo "cpsc2018 --length crop"; do \
		$(SCORE) --data real-data/$$on --model imn-superclass --method $(OWN) || exit 1; \
		$(SCORE) --data real-data/$$on --model $(CLASS_NETS) --method $(POST_HOC) || exit 1; \
	done
	OMP_NUM_THREADS=1 $(BIN)/xai-bench compare --model imn,resnet1d $(ON_PTBXL) --n 24 \
		--method native,input-x-gradient,saliency,gradcam,amplitude \
		--questions input,methods,weights,beats --workers 2 --out docs/real/stability
	OMP_NUM_THREADS=1 $(BIN)/xai-bench audit imn $(subst $(comma), ,$(OWN_NETS)) $(ON_PTBXL) \
		--n 16 --out docs/real/audit
	for net in sevgg-lstm ia-resnet; do OMP_NUM_THREADS=1 $(BIN)/xai-bench gates $$net $(ON_PTBXL) \
		--n all --out docs/real/gates-$$net || exit 1; done
	$(DOSE) $(DOSED) $(ON_PTBXL) --out docs/real/dose
	[ ! -d "$(REAL)/ecgresnet" ] || $(DOSE) --model ecgresnet-relu $(ON_PTBXL) \
		--lesion st-elevation-anterior,q-wave-anterior,st-depression,muscle,wander \
		--out docs/real/dose-ecgresnet
	OMP_NUM_THREADS=1 $(BIN)/xai-bench rankings $(REAL_RUN) --out docs/real/rankings
	$(BIN)/python -m tools.real_page $(REAL_RUN) real-data $(REAL_NETS)

# The synthetic side is the reference run; cells are kept in ode-run/, which is not committed.
ODE_METRICS := deletion,insertion,insertion_log_odds,pixel_flipping,faithfulness_correlation
ODE_METRICS := $(ODE_METRICS),twin_patching,completeness,sparseness,relevance_mass,roc_auc
ON_ODE := OMP_NUM_THREADS=1 $(BIN)/xai-bench run --n 24 --out ode-run --metrics $(ODE_METRICS)

ode: .venv/installed         ## do results depend on the generator? docs/ode/
	[ ! -d "$(REAL)" ] || $(BIN)/python -m tools.real_folders $(REAL) real-data
	for on in "--data synthetic-ode" $(if $(wildcard $(REAL)),"$(ON_PLANTED)"); do \
		$(ON_ODE) $$on --model imn --method native,input-x-gradient,ig-16,saliency,gradcam \
		&& $(ON_ODE) $$on --model resnet1d \
			--method input-x-gradient,ig-16,saliency,gradcam,deeplift,lrp-epsilon || exit 1; \
	done
	OMP_NUM_THREADS=1 $(BIN)/xai-bench rankings runs ode-run --out docs/ode/rankings
	OMP_NUM_THREADS=1 $(BIN)/python -m tools.ode_page

# Cells are kept in trust-real-run/, recordings in real-data/; neither is committed.
trust-real: .venv/installed  ## are verdicts on metrics the same there? docs/real/metric_audit/
	@if [ -d "$(REAL)" ]; then $(MAKE) --no-print-directory trust-real-audits; \
	else echo "no real recordings in $(REAL): skipped; make trust-real REAL=FOLDER"; fi

TRUST_REAL_N := 12
AUDIT_METRICS := OMP_NUM_THREADS=1 $(BIN)/xai-bench audit metrics --n $(TRUST_REAL_N)

trust-real-audits:
	$(BIN)/python -m tools.real_folders $(REAL) real-data
	$(AUDIT_METRICS) $(ON_PTBXL) --out trust-real-run/ptbxl
	$(AUDIT_METRICS) $(ON_PLANTED) --out trust-real-run/planted-ptbxl
	for on in ptbxl planted-ptbxl; do mkdir -p docs/real/metric_audit/$$on && \
		cp trust-real-run/$$on/trust.csv trust-real-run/$$on/trust.json docs/real/metric_audit/$$on/ || exit 1; done
	$(BIN)/python -m tools.trust_between

picture: .venv/installed     ## the picture of the README; docs/explanation.png
	OMP_NUM_THREADS=1 $(BIN)/python -m tools.explanation_picture

page: .venv/installed        ## everything that is committed as one page; report.html
	$(BIN)/xai-bench report runs docs/stability docs/initialisations docs/audit docs/metric_audit

# Tutorials run while it is built; nothing of it needs a network to be read.
site: .venv/installed        ## tutorials, how-to, reference and studies; site/index.html
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,site]'
	OMP_NUM_THREADS=1 NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

pictures: .venv/installed    ## the figures of the committed studies, drawn again from their tables
	$(BIN)/python -m tools.study_pictures

report: .venv/installed      ## the pages that are rendered from cards and runs
	$(BIN)/python -m tools.pages

# A crash is kept as crash-*, and is one more case of tests/corpus.
FUZZ_S ?= 3600

fuzz: .venv/installed        ## readers on inputs that reach new code; an hour, or FUZZ_S=60
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,fuzz]'
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.corpus.fuzz_readers fuzz-corpus -max_total_time=$(FUZZ_S)

dist: .venv/installed        ## wheel and sdist; dist/
	rm -rf dist
	$(BIN)/python -m hatchling build

# `make smoke PYTHONS=python3.12`; those that are not here are skipped.
PYTHONS ?= python3.11 python3.12 python3.13

smoke: dist                  ## the wheel without the checkout: installed and used on every Python here
	OMP_NUM_THREADS=1 $(BIN)/python -m tools.smoke_test dist $(PYTHONS)

# Its own environment, with the lowest versions of constraints-min.txt.
test-min:                    ## the suite, but for what is slow, on the lowest versions of dependencies
	$(PYTHON) -m venv .venv-min
	.venv-min/bin/python -m pip install --quiet --constraint constraints-min.txt --editable '.[dev]'
	OMP_NUM_THREADS=1 .venv-min/bin/python -m pytest -q -n 2 --dist worksteal -m "not slow"

# Fails where no database of vulnerabilities can be reached: what was not looked up is not sound.
audit-dependencies:          ## known vulnerabilities of the versions in constraints.txt; not `make audit`
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install --quiet pip-audit
	.venv-audit/bin/pip-audit --strict --disable-pip --no-deps --requirement constraints.txt \
		|| { echo "vulnerable, or a version could not be looked up: see above"; exit 1; }

coverage: .venv/installed    ## do intervals hold the truth as often as they say? by simulation
	$(PYTEST) -m simulation tests/stats
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/coverage.py

parity: .venv/installed      ## every fast scorer against Quantus; one table
	$(BIN)/python benchmarks/parity.py

tsetlin: .venv/installed     ## a Tsetlin machine beside other models of beats; results/tsetlin.md
	$(BIN)/python benchmarks/tsetlin.py $(wildcard ../shared/data/mitbih ../shared/data/mitbih_mini)

bench: .venv/installed       ## speed; results go to benchmarks/results/
	$(BIN)/python benchmarks/native_w.py
	$(BIN)/python benchmarks/synthetic.py
	$(BIN)/python benchmarks/reading.py
	$(BIN)/python benchmarks/kernelshap.py
	$(BIN)/python benchmarks/local.py
	$(BIN)/python benchmarks/lrp.py
	$(BIN)/python benchmarks/suite.py resnet1d 4
	$(BIN)/python benchmarks/suite.py imn 2
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/rows.py imn native,random,oracle 16 core

cluster: .venv-cluster/installed ## runs by Ray, on three nodes of which one is killed, and in a server of S3
	OMP_NUM_THREADS=1 .venv-cluster/bin/python -m pytest -q tests/test_ray_workers.py \
		tests/results/test_remote_folder.py tests/data/test_remote_files.py

scaling: .venv-cluster/installed ## costs, scaling, memory; docs/scaling.md; an hour of a quiet machine
	.venv-cluster/bin/python benchmarks/scaling.py costs cores --ray
	.venv-cluster/bin/python benchmarks/memory_curve.py
	.venv-cluster/bin/python -m tools.pages

# The interpreter that has torch with CUDA, xai-bench and pytest: `make gpu GPU_PYTHON=python3`.
GPU_PYTHON ?= $(BIN)/python

gpu:                         ## all that is to be known of a GPU, in eight minutes; results/gpu.md
	$(GPU_PYTHON) benchmarks/gpu.py

clean:
	rm -rf .venv .venv-cluster .venv-min .venv-audit demo-runs fuzz-corpus dist site .cache .mypy_cache .ruff_cache .pytest_cache

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@

# Its own environment, without constraints.txt: s3fs wants a python-dateutil from before those.
.venv-cluster/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-cluster
	.venv-cluster/bin/python -m pip install --quiet --constraint constraints.txt \
		--editable '.[dev,ray,s3]' 'moto[server]'
	touch $@
