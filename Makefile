# `make run` tries Pommai on this machine, `make test` proves it, `make bench` measures it.
# Each sets up everything it needs inside this folder, from nothing but git, make and Python 3.11+.

PYTHON ?= python3
ARGS ?=
ONLY ?=
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
STOCK := .venv-stock-satellite
HOME_ASSISTANT := .venv-home-assistant
NEIGHBOURS := .venv-bench-wyoming/.done
PEERS := .venv-bench-pipecat/.done .venv-bench-fastrtc/.done

# Where a container forbids it, each of hundreds of processes would compile all that it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test lint types component compiled bench lock release clean
.DELETE_ON_ERROR:

run: $(VENV)/.run
	@$(BIN)/pommai-hub demo $(ARGS)

# What needs one core goes beside each other. Most of the tests wait for real programs, so that there may be more than cores.
test: $(VENV)/.test
	@sh tests/install-tools.sh
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=line component types compiled lint $(STOCK)/.done
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS) || { \
	  test $$? = 1 && echo "What failed beside other tests, is named above, and must pass alone:" && \
	  $(BIN)/pytest -x --last-failed --last-failed-no-failures none $(ARGS); }

lint: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/vulture

types: $(VENV)/.test
	$(BIN)/mypy

# The tests and what they import, once: from a fresh clone, each of pytest's workers would do it at the same time.
# A test that can't be loaded fails in the run itself.
compiled: $(VENV)/.test
	@$(BIN)/pytest --collect-only $(ARGS) >/dev/null 2>&1 || :

component: $(HOME_ASSISTANT)/.done
	$(HOME_ASSISTANT)/bin/mypy --config-file tests/homeassistant_component/mypy.ini
	$(HOME_ASSISTANT)/bin/python -m pytest -c tests/homeassistant_component/pytest.ini tests/homeassistant_component

bench: $(VENV)/.bench $(STOCK)/.done $(if $(filter-out latency,$(ONLY)),,$(PEERS)) $(if $(filter-out homeassistant,$(ONLY)),,$(HOME_ASSISTANT)/.done $(NEIGHBOURS))
	@$(if $(filter-out endpoint wake,$(ONLY)),,sh bench/install-tools.sh)
	@$(BIN)/python -m bench $(ONLY) $(ARGS)

# One line says what is missing before anything is made.
$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Pommai needs Python 3.11 or newer; $(PYTHON) is not. Try: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv is missing. Install it with: sudo apt install python3-venv" >&2; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV) ..." >&2; $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< >&2
	@touch $@

$(VENV)/.run: requirements/run.txt pyproject.toml $(UV)
	@echo "Installing Pommai (about 250 MB to fetch, 700 MB on the disk, once; minutes on a slow line) ..." >&2
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $< >&2
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . >&2
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $< >&2
	@touch $@

$(VENV)/.bench: requirements/bench.txt $(VENV)/.test
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r $< >&2
	@touch $@

# The stock peer wants older versions of wyoming and zeroconf, so it lives apart.
$(STOCK)/.done: requirements/stock-satellite.txt $(UV)
	@$(UV) venv --quiet --clear --python $(BIN)/python $(STOCK) >&2
	@$(UV) pip install --quiet --python $(STOCK)/bin/python --require-hashes -r $< >&2
	@touch $@

# The real Home Assistant, for Python 3.11 and 3.12; nothing is installed into it when it starts.
$(HOME_ASSISTANT)/.done: requirements/home-assistant.txt $(UV)
	@echo "Installing Home Assistant to test with (about 400 MB, once) ..." >&2
	@$(UV) venv --quiet --clear --python ">=3.11,<3.13" $(HOME_ASSISTANT) >&2
	@$(UV) pip install --quiet --python $(HOME_ASSISTANT)/bin/python --require-hashes -r $< >&2
	@touch $@

# What we measure ourselves against; FastRTC needs Python's audioop, which 3.13 dropped.
.venv-bench-%/.done: requirements/bench-%.txt $(UV)
	@echo "Installing $* to measure against (up to 1 GB, once) ..." >&2
	@$(UV) venv --quiet --clear --python ">=3.11,<3.13" .venv-bench-$* >&2
	@$(UV) pip install --quiet --python .venv-bench-$*/bin/python --require-hashes -r $< >&2
	@touch $@

# Hash-pinned locks for every platform and Python at once; they name no index and no host.
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --upgrade
# What 2024.3.3 and the integrations that it starts with ask for; they pin nothing of what these need in turn.
HOME_ASSISTANT_NEEDS = homeassistant==2024.3.3 pytest-homeassistant-custom-component==0.13.109 \
	aiohttp_cors==0.7.0 aiohttp-fast-url-dispatcher==0.3.0 aiohttp-zlib-ng==0.3.1 fnv-hash-fast==0.5.0 ha-ffmpeg==3.1.0 \
	hassil==1.6.1 home-assistant-frontend==20240307.0 home-assistant-intents==2024.3.12 ifaddr==0.2.0 \
	imageio-ffmpeg janus==1.0.0 "josepy<2" mypy mutagen==1.47.0 Pillow==10.2.0 psutil-home-assistant==0.0.1 \
	pyotp==2.8.0 PyQRCode==1.2.1 securetar==2024.2.1 webrtc-noise-gain==1.2.3 wyoming==1.5.3 zeroconf==0.131.0
lock: $(UV)
	$(COMPILE) pyproject.toml --extra all --group build -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra all --group build --group test -o requirements/test.txt
	$(COMPILE) pyproject.toml --extra all --group build --group test --group bench -o requirements/bench.txt
	$(COMPILE) pyproject.toml --extra satellite --group build -o satellite/install/requirements.txt
	echo "wyoming-satellite==1.0.0" | $(COMPILE) - -o requirements/stock-satellite.txt
	printf "%s\n" $(HOME_ASSISTANT_NEEDS) | $(COMPILE) - -o requirements/home-assistant.txt
	printf "%s\n" "pipecat-ai[openai,silero,websocket]==1.14.0" uvicorn | $(COMPILE) - -o requirements/bench-pipecat.txt
	printf "%s\n" "fastrtc[vad]==0.0.34" openai | $(COMPILE) - -o requirements/bench-fastrtc.txt
	printf "%s\n" wyoming-faster-whisper==3.8.1 wyoming-piper==2.5.2 | $(COMPILE) - -o requirements/bench-wyoming.txt
	echo "uv" | $(COMPILE) - -o requirements/uv.txt

# For those who publish it: what a release consists of, in dist/, and its tag.
release: $(VENV)/.run
	@sh deploy/release.sh

clean:
	rm -rf $(VENV) $(STOCK) $(HOME_ASSISTANT) .venv-bench-* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
