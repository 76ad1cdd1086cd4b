"""The real thing: documents, the service, vLLM on the CPU beneath it, and the openai client."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]
VLLM_PYTHON = ROOT / ".venv-vllm" / "bin" / "python"
PRIVRAG = str(Path(sys.executable).with_name("privrag"))
QUESTION = "When is the rent for the Aarhus depot paid?"

pytestmark = [
    pytest.mark.alone,
    pytest.mark.slow,
    pytest.mark.skipif(not VLLM_PYTHON.exists(), reason="run `make setup-vllm` first"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """(base url, key) of `privrag serve --with-vllm` over two invented documents."""
    folder = tmp_path_factory.mktemp("vllm")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "rent.md").write_text(
        "# Rent\n\nMarta Lindqvist pays the rent for the Aarhus depot on the first of each month. "
        "Her telephone is +45 32 12 34 56.\n"
    )
    (docs / "fire.md").write_text("# Fire drill\n\nFemi Adeyemi leads the fire drill on Monday.\n")
    environment = {k: v for k, v in os.environ.items() if k != "PRIVRAG_HOME"}
    environment |= {
        "PRIVRAG_HOME": str(folder / "home"),
        "PRIVRAG_SERVICE__VLLM__PYTHON": str(VLLM_PYTHON),
    }
    run = [PRIVRAG]
    subprocess.run([*run, "sync", str(docs)], env=environment, check=True)
    scopes = ["--scope", "reveal"]
    created = subprocess.run(
        [*run, "keys", "create", "tester", *scopes, "--json"],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    key = __import__("json").loads(created.stdout)["key"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [*run, "serve", "--port", str(port), "--with-vllm"],
            env=environment,
            stderr=log,
            stdout=log,
        )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(base, process, folder / "serve.log")
        yield base, key
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()[-2000:]
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{base}/readyz", timeout=5).status_code == 200:
                return
        time.sleep(1)
    raise AssertionError(log.read_text()[-2000:])


@pytest.fixture(scope="module")
def client(service):
    from openai import OpenAI

    base, key = service
    strict = {"_strict_response_validation": True}
    with OpenAI(base_url=f"{base}/v1", api_key=key, max_retries=0, timeout=120, **strict) as client:
        yield client


def test_the_models_are_listed(client):
    ids = [model.id for model in client.models.list()]
    assert ids[:1] == ["privrag"]
    assert len(ids) >= 3  # privrag, privrag:main, the base model


def test_a_plain_answer_is_cited(client):
    reply = client.chat.completions.create(
        model="privrag", messages=[{"role": "user", "content": QUESTION}], temperature=0
    )
    message = reply.choices[0].message
    assert "first of each month" in message.content
    citation = message.annotations[0].url_citation
    assert citation.url.endswith("/rent.md")
    assert message.content[citation.start_index : citation.end_index] == "[1]"
    assert reply.usage.completion_tokens > 0


def test_a_streamed_answer_is_the_same(client):
    chunks = list(
        client.chat.completions.create(
            model="privrag",
            messages=[{"role": "user", "content": QUESTION}],
            temperature=0,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert "first of each month" in text
    annotations = [
        a
        for c in chunks
        if c.choices
        for a in (c.choices[0].delta.model_extra or {}).get("annotations") or []
    ]
    assert annotations[0]["url_citation"]["url"].endswith("/rent.md")
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
    assert chunks[-1].usage.total_tokens > 0


def test_names_come_back_to_who_may_see_them(client):
    reply = client.chat.completions.create(
        model="privrag",
        messages=[{"role": "user", "content": "Who pays the rent for the Aarhus depot?"}],
        temperature=0,
    )
    assert "Marta Lindqvist" in reply.choices[0].message.content


def test_a_plain_model_answers_without_retrieval(client):
    base = next(m.id for m in client.models.list() if not m.id.startswith("privrag"))
    reply = client.chat.completions.create(
        model=base, messages=[{"role": "user", "content": "Is water wet?"}], max_tokens=8
    )
    assert reply.choices[0].message.content
    assert reply.choices[0].message.annotations in (None, [])


def test_a_wrong_key_is_401(service):
    from openai import AuthenticationError, OpenAI

    base, _ = service
    with (
        OpenAI(base_url=f"{base}/v1", api_key="wrong", max_retries=0) as client,
        pytest.raises(AuthenticationError),
    ):
        client.models.list()
