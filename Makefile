# On a machine without an NVIDIA GPU, PyPI's torch is several GB of CUDA that nothing uses. The
# CPU build of PyTorch is small: make setup TORCH='torch==2.13.0+cpu --extra-index-url INDEX',
# with the index that PyTorch's own instructions name for it.
TORCH ?= torch==2.13.0
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

# ROS comes from where it is sourced, else from PyPI; the two must not be mixed.
ifdef ROS_DISTRO
VENV_OPTIONS := --system-site-packages
EXTRAS := train,test
else
EXTRAS := ros,train,test
endif
INSTALLED := $(VENV)/installed-$(or $(ROS_DISTRO),wheels)
WITH_FLEET := $(VENV)/with-fleet
# What was installed for the other ROS must not stay beside it.
CLEAR := $(if $(filter-out $(INSTALLED),$(wildcard $(VENV)/installed-*)),--clear)

# Torch-TensorRT as far as it goes without a GPU (x86_64 Linux, about 1.5 GB), apart from the rest:
# elsewhere torch_tensorrt is not to be found, or is the one for the GPU that is there.
TENSORRT_VENV ?= .venv-tensorrt
TENSORRT_BIN := $(TENSORRT_VENV)/bin
TENSORRT_RTX := 1.5.0.114
TENSORRT_INSTALLED := $(TENSORRT_VENV)/installed-$(TENSORRT_RTX)-timm

.PHONY: setup demo test test-tensorrt fuzz soak audit lint bench bench-gpu docs weights

setup: $(INSTALLED)

# pyproject.toml's build requirements are installed first, so that the build needs no second
# environment; torch stands in the same command, so that nothing replaces it.
$(INSTALLED): setup.py package.xml
	$(PYTHON) -m venv $(CLEAR) $(VENV_OPTIONS) $(VENV)
	$(BIN)/python -m pip install --quiet 'setuptools<80' wheel
	$(BIN)/python -m pip install --quiet --no-build-isolation $(TORCH) --editable '.[$(EXTRAS)]'
	rm -f $(VENV)/installed-*
	touch $@

# Ray, 250 MB, is for tests and for who evaluates a fleet.
$(WITH_FLEET): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --no-build-isolation --editable '.[fleet]'
	touch $@

demo: setup
	$(BIN)/depth_nodes demo --output out/demo \
		$(if $(BAG),--bag '$(BAG)') $(if $(SEQUENCE),--sequence '$(SEQUENCE)')

test: $(WITH_FLEET)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder \
		--cov=depth_nodes --cov-fail-under=85 --durations=15

test-tensorrt: $(TENSORRT_INSTALLED)
	$(TENSORRT_BIN)/python -m pytest -m tensorrt test/tensorrt_without_gpu --durations=5

# Without the dependencies of torch-tensorrt-rtx, which are gigabytes of CUDA, and without its own
# libraries, which need CUDA: its Python part converts the same. One tensorrt-rtx package comes as
# a source of a few files, hence setuptools and wheel.
$(TENSORRT_INSTALLED):
	$(PYTHON) -m venv --clear $(TENSORRT_VENV)
	$(TENSORRT_BIN)/python -m pip install --quiet $(TORCH) 'setuptools<80' wheel \
		beartype dllist filelock jaxtyping numpy packaging psutil pytest pyyaml safetensors \
		'timm>=1.0' typing-extensions
	$(TENSORRT_BIN)/python -m pip install --quiet --no-deps --no-build-isolation \
		torch-tensorrt-rtx==2.13.0 tensorrt-rtx-cu13==$(TENSORRT_RTX) \
		tensorrt-rtx-cu13-bindings==$(TENSORRT_RTX) tensorrt-rtx-cu13-libs==$(TENSORRT_RTX)
	rm -f $(TENSORRT_VENV)/lib/python*/site-packages/torch_tensorrt/lib/libtorchtrt*.so
	touch $@

# Half of the cases each by hypothesis and, guided by coverage, by atheris, which has no wheels for
# some Pythons; without it hypothesis does them all. Some minutes.
FUZZ_CASES ?= 100000
FUZZ_TARGETS := image bag config model
fuzz: setup
	@$(BIN)/python -m pip install --quiet --only-binary :all: 'atheris>=3,<4' \
		|| echo 'no atheris for this Python: hypothesis alone'
	set -e; export TMPDIR=$$(mktemp -d); trap 'rm -rf $$TMPDIR' EXIT; \
	if $(BIN)/python -c 'import atheris' 2> /dev/null; then share=2; else share=1; fi; \
	FUZZ_CASES=$$(($(FUZZ_CASES) / share)) $(BIN)/python -m pytest -s test/test_fuzz.py \
		2> $$TMPDIR/log || { tail -n 40 $$TMPDIR/log; exit 1; }; \
	test $$share = 1 || for target in $(FUZZ_TARGETS); do \
		echo "atheris: $$target"; \
		$(BIN)/python test/fuzz_atheris.py $$target $$(($(FUZZ_CASES) / 8)) \
			> $$TMPDIR/log 2>&1 || { tail -n 40 $$TMPDIR/log; exit 1; }; \
	done

# A node with a fault every ten seconds, for SOAK_MINUTES; SOAK_SEED draws which. Its log is in
# out/soak.
soak: setup
	PYTHONPATH=test:$$PYTHONPATH $(BIN)/python -m soak

# Asks PyPI for known vulnerabilities of what is installed: needs a network.
AUDIT_VENV ?= .venv-audit
audit: setup
	$(PYTHON) -m venv $(AUDIT_VENV)
	$(AUDIT_VENV)/bin/python -m pip install --quiet pip-audit
	$(AUDIT_VENV)/bin/pip-audit --skip-editable --path \
		$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	set -e; for file in benchmarks/benchmark_*.py; do $(BIN)/python $$file; done
	$(BIN)/depth_nodes benchmark --device cpu --size 192x640 --threads 2 \
		--output benchmarks/results/network.json

# TensorRT is compared too where it is installed: pip install '.[gpu]'.
bench-gpu: setup
	PYTHON=$(BIN)/python bash benchmarks/gpu_all.sh

docs: $(WITH_FLEET)
	$(BIN)/python -m depth_nodes.ros.parameters_document docs/parameters.md
	$(BIN)/python docs/write_licenses.py docs/licenses.md

# Trains both models on DATA/train and ships them with their scores on DATA/eval. The second starts
# from the first. BUDGET_MINUTES is for each; without it the presets say how long.
weights: setup
	@test -d '$(DATA)/train' -a -d '$(DATA)/eval' \
		|| { echo 'give DATA=FOLDER with train/ and eval/, folders of sequence folders'; exit 2; }
	set -e; for name in small_depth small_depth_research; do \
		$(BIN)/depth_nodes train --config config/training/$$name.yaml \
			--set data_root='$(DATA)/train' --output runs/$$name \
			$(if $(BUDGET_MINUTES),--budget-minutes $(BUDGET_MINUTES)); \
		$(BIN)/depth_nodes release --run runs/$$name --size 192x640 \
			--sequence '$(DATA)'/eval/*/; \
	done
