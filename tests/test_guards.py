"""Promises about the code itself."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

import privrag
from privrag.settings import Settings
from privrag_connectors.settings import SyncSettings
from privrag_finetune.tracking.settings import TrackingSettings
from privrag_service.settings import ServiceSettings

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "privrag",
    "privrag_connectors",
    "privrag_evals",
    "privrag_finetune",
    "privrag_service",
)
SOURCES = [
    path
    for shelf in ("privrag", "connectors", "evals", "finetune", "service")
    for path in (ROOT / shelf).rglob("*.py")
]
MAY_CAST = {
    "erasure/rows.py",
    "chunk.py",
    "passages.py",
    "prompts.py",
    "rewrite.py",
    "find.py",
    "pipeline.py",
    "cite.py",
    "guard.py",
    "reveal.py",
}
JOINING_SAFE_TEXT = {
    "evals/privrag_evals/retrieval/ablation.py",
    "evals/privrag_evals/injections/obedient.py",
    "finetune/privrag_finetune/generator/home_privacy.py",
    "finetune/privrag_finetune/generator/home_rows.py",
    "finetune/privrag_finetune/questions/prompt.py",
    "finetune/privrag_finetune/questions/write.py",
    "finetune/privrag_finetune/texts/encode.py",
    "finetune/privrag_finetune/texts/rows.py",  # and declares what the owner chose to keep raw
    "privrag/quarantine/__init__.py",
}
"""Besides `pseudonymize/`, `index/` and `generate/`: all of these slice or join safe text."""
HEAVY = {"torch", "transformers", "spacy", "presidio_analyzer", "litestar", "sentence_transformers"}


def test_the_exported_names_are_these():
    assert sorted(privrag.__all__) == [
        "Answer",
        "Citation",
        "Hit",
        "SyncReport",
        "Viewer",
        "aopen",
        "open",
    ]
    assert all(getattr(privrag, name) for name in privrag.__all__)


def test_coverage_types_and_import_contracts_look_at_every_package():
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert set(tool["coverage"]["run"]["source_pkgs"]) == set(PACKAGES)
    assert set(tool["mypy"]["packages"]) == set(PACKAGES)
    assert set(tool["importlinter"]["root_packages"]) == set(PACKAGES)
    shipped = tool["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {Path(folder).name for folder in shipped} == set(PACKAGES)


def test_qlora_is_an_extra_of_its_own_with_a_pinned_library():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    assert any(one.startswith("bitsandbytes") for one in extras["qlora"])
    assert not any("qlora" in one for one in extras["all"]), "of no use without CUDA"
    assert re.search(r"^bitsandbytes==", (ROOT / "constraints.txt").read_text(), re.MULTILINE)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_imports(package):
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def test_only_these_places_declare_a_text_safe():
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SafeText":
                found.add(path.relative_to(ROOT).as_posix())
    outside = {
        place
        for place in found
        if not place.startswith(("privrag/pseudonymize/", "privrag/index/", "privrag/generate/"))
    }
    assert outside <= {f"privrag/{name}" for name in MAY_CAST} | JOINING_SAFE_TEXT


@pytest.mark.parametrize(
    "module",
    [
        "privrag.cli",
        "privrag.commands.audit",
        "privrag_connectors.cli",
        "privrag_service.cli",
        "privrag_evals.cli",
        "privrag_finetune.cli",
    ],
)
def test_a_command_line_imports_nothing_heavy(module):
    script = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not HEAVY & set(done.stdout.split())


def settings_classes(model: type[BaseModel], seen: dict[str, type[BaseModel]]):
    seen[model.__name__] = model
    for field in model.model_fields.values():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            settings_classes(field.annotation, seen)
    return seen


def test_every_setting_says_what_it_means():
    classes: dict[str, type[BaseModel]] = {}
    for root in (Settings, SyncSettings, ServiceSettings, TrackingSettings):
        settings_classes(root, classes)
    silent = [
        f"{name}.{field}"
        for name, model in classes.items()
        for field, info in model.model_fields.items()
        if not info.description and field not in Settings.model_fields
    ]
    assert silent == []


def test_every_settings_class_is_strict_and_silent_about_values():
    for name, model in settings_classes(Settings, {}).items():
        assert model.model_config.get("extra") == "forbid", name
        assert model.model_config.get("hide_input_in_errors"), name
        assert model.model_config.get("frozen"), name


def test_no_module_is_too_long():
    long = {p.name: n for p in SOURCES if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert long == {}


def test_no_pickle_anywhere():
    offenders = [p.name for p in SOURCES if "import pickle" in p.read_text("utf-8")]
    assert offenders == []


def test_the_readme_names_every_module_and_only_existing_make_targets():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    core = [p.name for p in (ROOT / "privrag").glob("*.py") if p.name != "__init__.py"]
    assert [name for name in core if name not in readme] == []
    for word in readme.split("make ")[1:]:
        target = word.split()[0].strip("`.,;:)\"'")
        assert f"\n{target}:" in makefile, target


def _fields(model, prefix=""):
    """(dotted name, field name) of every setting."""
    for name, field in model.model_fields.items():
        below = field.annotation
        if isinstance(below, type) and issubclass(below, BaseModel):
            yield from _fields(below, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", name


def test_every_setting_is_read_somewhere():
    """A setting that nothing reads has no effect."""
    read = {
        node.attr
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    tables = {"": Settings, "sync.": SyncSettings, "service.": ServiceSettings}
    tables["tracking."] = TrackingSettings
    settings = [pair for prefix, table in tables.items() for pair in _fields(table, prefix)]
    assert len(settings) > 60
    assert [dotted for dotted, name in settings if name not in read] == []


def test_no_record_of_raw_text_shows_it_in_its_repr():
    """A repr ends in tracebacks and logs; a pattern or a count of something may stand there."""
    raw = {"text", "words", "said", "surface", "value", "written"}
    showing = []
    for package in ("erasure", "leak", "vault"):
        showing += [
            f"{name}: {field}"
            for name, field, type_ in _shown(package)
            if field in raw and type_ in {"str", "tuple[str, ...]", "str | None"}
        ]
    assert showing == []


def test_no_record_of_detection_shows_words_in_its_repr():
    """There nearly every word is raw: what may be shown is named here."""
    types = {"label", "recognizer"}
    shown = types | {"pseudonym", "glue"}  # one sign between two words
    wordy = re.compile(r"\b(?<!Pattern\[)str\b|\bKey\b")
    fields = list(_shown("pseudonymize"))
    assert types <= {field for _, field, _ in fields}
    assert [(n, f) for n, f, type_ in fields if f not in shown and wordy.search(type_)] == []


def _shown(package):
    """(record, field, its type) of all that stands in the repr of a package's records."""
    for path in (ROOT / "privrag" / package).rglob("*.py"):
        for kind in ast.walk(ast.parse(path.read_text())):
            if not isinstance(kind, ast.ClassDef) or not kind.decorator_list:
                continue
            for line in kind.body:
                if isinstance(line, ast.AnnAssign) and "repr=False" not in ast.unparse(line):
                    names = ast.unparse(line.target), ast.unparse(line.annotation)
                    yield f"{path.name}: {kind.name}", *names
