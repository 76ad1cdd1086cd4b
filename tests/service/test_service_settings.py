import pytest

from privrag.errors import SettingsError
from privrag_service.settings import ServiceSettings, VllmSettings, service_settings


def test_an_empty_table_gives_the_defaults():
    assert service_settings({}) == ServiceSettings()


def test_text_from_the_environment_is_converted():
    table = {"max_concurrent_requests": "3", "vllm": {"python": "/opt/vllm/bin/python"}}
    settings = service_settings(table)
    assert settings.max_concurrent_requests == 3
    assert str(settings.vllm.python) == "/opt/vllm/bin/python"


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"max_body_byte": 5}, "service.max_body_byte"),
        ({"max_body_bytes": "Brunhilde"}, "service.max_body_bytes"),
        ({"vllm": {"port": 70000}}, "service.vllm.port"),
        ({"vllm": {"extra_args": ["--api-key=Brunhilde"]}}, "service.vllm.extra_args"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(table: dict[str, object], key: str):
    with pytest.raises(SettingsError) as caught:
        service_settings(table)
    assert key in str(caught.value)
    assert "Brunhilde" not in str(caught.value)


@pytest.mark.parametrize("model", [ServiceSettings, VllmSettings])
def test_every_setting_is_documented(model: type[ServiceSettings]):
    undocumented = [name for name, field in model.model_fields.items() if not field.description]
    assert undocumented == []
