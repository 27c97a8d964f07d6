# make demo · make test · make lint · make test-timm: each makes its own environment if there is none.
PYTHON ?= python3
PIP = bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test tests lint test-timm

demo: .venv/core
	.venv/bin/ravs segment examples/*.mp4 --model ravs-tiny --out ravs-out --format overlay,masks,json,timeline --existing overwrite
	.venv/bin/python examples/heard.py ravs-out examples/*.mp4

test: .venv/dev
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint tests

tests: .venv/dev
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n 2 -m "not timm"

lint: .venv/dev
	.venv/bin/ruff check .
	.venv/bin/mypy

test-timm: .venv-timm/dev
	.venv-timm/bin/python -m pytest -m timm

.venv/core: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/$(PIP) --editable .
	touch $@

.venv/dev: .venv/core
	.venv/$(PIP) --editable ".[dev]"
	touch $@

# torchvision, which timm brings, wants the torch that it was built with: that one pin is left out.
.venv-timm/dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-timm
	grep -v "^torch==" constraints.txt > .venv-timm/constraints.txt
	.venv-timm/bin/python -m pip install --quiet --disable-pip-version-check --constraint .venv-timm/constraints.txt \
		--editable ".[dev,timm]"
	touch $@
