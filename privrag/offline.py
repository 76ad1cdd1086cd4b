"""Turns off every hub, telemetry and update check of the libraries below us, before they load.

Imported first by `privrag/__init__.py`. A hub is switched off unless the user has said
otherwise in the environment; telemetry is off without exception.
"""

import os
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

_HUBS = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
_TELEMETRY = {
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "SCARF_NO_ANALYTICS": "true",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "QDRANT__TELEMETRY_DISABLED": "true",
    "ANONYMIZED_TELEMETRY": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


def go_offline() -> None:
    """Set the switches in this process and, through the environment, in its children."""
    for name, value in _HUBS.items():
        os.environ.setdefault(name, value)
    os.environ.update(_TELEMETRY)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine; no name is looked up."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def check_address(setting: str, url: str) -> None:
    """Raise ValueError unless it is an HTTP address with a host and a port that exists."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        msg = f"{setting} expects an address such as http://127.0.0.1:8001"
        raise ValueError(msg)


def is_on_this_machine(url: str) -> bool:
    """Whether the host of a URL can only mean this machine."""
    return is_loopback(urlsplit(url).hostname or "")


go_offline()
