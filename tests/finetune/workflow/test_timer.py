"""Units that systemd takes, whatever the paths are called."""

import shutil
from pathlib import Path

import pytest

from privrag.errors import SettingsError
from privrag_finetune.tracking.settings import TrackingSettings
from privrag_finetune.workflow.timer import faults_in, install, units_of

ODD = Path("/srv/of 100 % $HOME")


def units(**changes):
    given = {
        "name": "weekly",
        "program": Path("/bin/true"),
        "home": ODD / "home",
        "writes": [ODD / "cache"],
        "recipe": ODD / 'my "own".toml',
        "when": "Sun 03:00",
    }
    return units_of(**(given | changes))


def test_paths_stand_as_systemd_reads_them():
    service = units().service
    assert (
        'ExecStart="/bin/true" "--home" "/srv/of 100 %% $$HOME/home" "train" "run" "--recipe" '
        '"/srv/of 100 %% $$HOME/my \\"own\\".toml"\n'
    ) in service
    assert 'ReadWritePaths="-/srv/of 100 %% $HOME/home" "-/srv/of 100 %% $HOME/cache"' in service
    assert "OnCalendar=Sun 03:00\n" in units().timer


@pytest.mark.parametrize("when", ["weekly\nExecStart=/bin/false", "a\x00b"])
def test_a_line_stays_a_line(when):
    with pytest.raises(SettingsError, match="--when has characters"):
        units(when=when)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_takes_them(tmp_path):
    files = install(units(), tmp_path / "units")
    assert [path.name for path in files] == ["privrag-weekly.service", "privrag-weekly.timer"]
    assert faults_in(files) == ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_a_time_that_is_none_leaves_no_units(tmp_path):
    with pytest.raises(SettingsError, match="systemd refuses these units"):
        install(units(when="every blue moon"), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_units_that_are_refused_leave_those_that_work(tmp_path):
    files = install(units(), tmp_path)
    before = [path.read_bytes() for path in files]
    with pytest.raises(SettingsError, match="systemd refuses these units"):
        install(units(when="every blue moon"), tmp_path)
    assert [path.read_bytes() for path in files] == before


def test_mlflow_may_write_its_database():
    settings = TrackingSettings(mlflow="sqlite:////srv/of us/ml.db")
    assert settings.folder == Path("/srv/of us")
    assert TrackingSettings().folder is None
    service = units(writes=[ODD / "cache", settings.folder]).service
    assert '"-/srv/of 100 %% $HOME/cache" "-/srv/of us"\n' in service


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written to"):
        install(units(), tmp_path / "file" / "units")
