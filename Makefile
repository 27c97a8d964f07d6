# make demo · test · lint · test-page · test-batch · test-faults · test-timm · test-wheel · test-lowest: each makes its own environment if there is none.
PYTHON ?= python3
PIP = bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test tests lint docs test-page test-batch test-faults test-timm test-wheel test-lowest

demo: .venv/core
	.venv/bin/ravs segment examples/film/*.mp4 --out ravs-out --format overlay,masks,json,timeline --existing overwrite
	.venv/bin/ravs segment examples/*.mp4 --model ravs-tiny --out ravs-out --format overlay,masks,json,timeline --existing overwrite
	.venv/bin/python examples/heard.py ravs-out examples/film/*.mp4 examples/*.mp4

test: .venv/dev
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint tests

tests: .venv/dev
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n 2 -m "not timm and not faults and not batch and not page"

lint: .venv/dev
	.venv/bin/ruff check .
	.venv/bin/mypy

# Damage, kills, odd numbers and long runs at length; a small share of each is in the ordinary suite.
test-faults: .venv/dev
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest -m faults

# The site, in site/; a warning fails. No network once the packages are there.
docs: .venv/docs
	OMP_NUM_THREADS=1 .venv/bin/python -m sphinx --quiet --fail-on-warning --keep-going --conf-dir docs --doctree-dir site/.doctrees . site

# Two nodes of a Ray cluster on this machine, 200 clips, a worker killed, files that hang, are broken or kill.
test-batch: .venv/batch
	OMP_NUM_THREADS=1 nice .venv/bin/python -m pytest -m batch -s tests/batch

# The page and its server, and a walk through it in Chromium (CHROMIUM=, /usr/bin/chromium), with pictures in ravs-page/. Gradio
# warns of what it will change itself.
test-page: .venv/page
	OMP_NUM_THREADS=1 .venv/bin/python -m pytest -m page -W ignore

test-timm: .venv-timm/dev
	.venv-timm/bin/python -m pytest -m timm

# The wheel alone, in an empty folder: README's lines and training on own videos. Connections are refused.
test-wheel: .venv-wheel/installed
	folder=$$(mktemp -d) && cd $$folder && PYTHONPATH= $(CURDIR)/.venv-wheel/bin/python -I -m pytest -q -c /dev/null \
		--noconftest -p no:cacheprovider $(CURDIR)/tests/test_readme.py $(CURDIR)/tests/test_custom_dataset.py \
		$(CURDIR)/tests/config/recipe/test_find_recipe.py && rm -r $$folder

# The oldest versions that pyproject.toml admits. Newer import-linters need a newer rich; torch 2.6 does not compile the checks of
# shapes that tests put around functions.
test-lowest: .venv-lowest/dev
	OMP_NUM_THREADS=1 .venv-lowest/bin/python -m pytest -n 2 -m "not slow and not timm and not faults and not batch and not page" \
		--deselect tests/test_package.py::test_every_import_points_down_the_layers \
		--deselect tests/modeling/alignment/test_grouping.py::test_the_compiled_and_exported_form_gives_the_same_groups

.venv/core: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/$(PIP) --editable .
	touch $@

.venv/dev: .venv/core
	.venv/$(PIP) --editable ".[dev]"
	touch $@

.venv/docs: .venv/core
	.venv/$(PIP) --editable ".[docs]"
	touch $@

.venv/batch: .venv/dev
	.venv/$(PIP) --editable ".[batch]"
	touch $@

.venv/page: .venv/dev
	.venv/$(PIP) --editable ".[demo]" playwright
	touch $@

# torchvision, which timm brings, wants the torch that it was built with: that one pin is left out.
.venv-timm/dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-timm
	grep -v "^torch==" constraints.txt > .venv-timm/constraints.txt
	.venv-timm/bin/python -m pip install --quiet --disable-pip-version-check --constraint .venv-timm/constraints.txt \
		--editable ".[dev,timm]"
	touch $@

.venv-wheel/installed: pyproject.toml constraints.txt $(shell find src -type f -not -path '*/__pycache__/*')
	test -d .venv-wheel || $(PYTHON) -m venv .venv-wheel
	.venv-wheel/$(PIP) build
	.venv-wheel/bin/python -m build --outdir .venv-wheel/dist
	wheel=$$(ls -t .venv-wheel/dist/*.whl | head -1) && .venv-wheel/$(PIP) pytest "$$wheel[train,plots]" && \
		.venv-wheel/$(PIP) --force-reinstall --no-deps "$$wheel"
	touch $@

.venv-lowest/dev: pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-lowest.txt --editable ".[dev]"
	touch $@
