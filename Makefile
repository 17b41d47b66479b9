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
# What was installed for the other ROS must not stay beside it.
CLEAR := $(if $(filter-out $(INSTALLED),$(wildcard $(VENV)/installed-*)),--clear)

.PHONY: setup demo test lint bench docs weights

setup: $(INSTALLED)

# pyproject.toml's build requirements are installed first, so that the build needs no second
# environment; torch stands in the same command, so that nothing replaces it.
$(INSTALLED): setup.py package.xml
	$(PYTHON) -m venv $(CLEAR) $(VENV_OPTIONS) $(VENV)
	$(BIN)/python -m pip install --quiet 'setuptools<80' wheel
	$(BIN)/python -m pip install --quiet --no-build-isolation $(TORCH) --editable '.[$(EXTRAS)]'
	rm -f $(VENV)/installed-*
	touch $@

demo: setup
	$(BIN)/depth_nodes demo --output out/demo \
		$(if $(BAG),--bag '$(BAG)') $(if $(SEQUENCE),--sequence '$(SEQUENCE)')

test: setup
	$(BIN)/python -m pytest --cov=depth_nodes --cov-fail-under=85 --durations=15

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: setup
	set -e; for file in benchmarks/benchmark_*.py; do $(BIN)/python $$file; done
	$(BIN)/depth_nodes benchmark --size 192x640 --threads 2 \
		--output benchmarks/results/network.json

docs: setup
	$(BIN)/python -m depth_nodes.ros.parameters_document docs/parameters.md

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
