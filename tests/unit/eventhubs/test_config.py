"""The official emulator's Config.json."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.eventhubs.config import ConfigError, HubConfig, load, parse


def document(*entities: object) -> dict[str, Any]:
    return {"UserConfig": {"NamespaceConfig": [{"Type": "EventHub", "Name": "ns", "Entities": list(entities)}]}}


def hub(**changes: object) -> dict[str, object]:
    return {"Name": "eh1", "PartitionCount": "2", "ConsumerGroups": [{"Name": "cg1"}], **changes}


def test_the_official_file_is_understood() -> None:
    """Partition counts are text there; `$Default` is a group that nobody has to name."""
    assert parse(document(hub(), hub(Name="eh2", PartitionCount=4, ConsumerGroups=[]))) == (
        HubConfig("eh1", 2, ("$Default", "cg1")),
        HubConfig("eh2", 4, ("$Default",)),
    )


def test_the_default_group_may_be_named() -> None:
    """It is there once."""
    assert parse(document(hub(ConsumerGroups=[{"Name": "$default"}])))[0].consumer_groups == ("$default",)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ([], "the file must be an object"),
        ({}, "UserConfig must be an object"),
        ({"UserConfig": {}}, r"UserConfig\.NamespaceConfig must be a list"),
        (document(), "names no event hub"),
        (document("x"), r"Entities\[0\] must be an object"),
        (document(hub(Name="")), r"Entities\[0\]\.Name must be letters"),
        (document(hub(Name="../up")), r"Entities\[0\]\.Name must be letters"),
        (document(hub(Name="lock/")), r"Entities\[0\]\.Name must be letters"),
        (document(hub(Name=7)), r"Entities\[0\]\.Name must be letters"),
        (document(hub(PartitionCount="0")), r"Entities\[0\]\.PartitionCount must be a number from 1 to 32"),
        (document(hub(PartitionCount=33)), "from 1 to 32"),
        (document(hub(PartitionCount="two")), "from 1 to 32"),
        (document(hub(PartitionCount=True)), "from 1 to 32"),
        (document({"Name": "x"}), "from 1 to 32"),
        (document(hub(), hub(Name="EH1")), "twice"),
        (document(hub(ConsumerGroups=[{"Name": "a"}, {"Name": "A"}])), "twice"),
        (document(hub(ConsumerGroups=[{}])), r"ConsumerGroups\[0\]\.Name"),
        (document(hub(ConsumerGroups="x")), r"ConsumerGroups must be a list"),
        (document(hub(ConsumerGroups=[{"Name": f"g{i}"} for i in range(20)])), "21 groups; 20 are allowed"),
    ],
)
def test_a_mistake_is_named_with_its_place(config: object, reason: str) -> None:
    """One line says what is wrong and where."""
    with pytest.raises(ConfigError, match=reason) as caught:
        parse(config)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_no_json_is_named(tmp_path: Path) -> None:
    """The path is in the message."""
    path = tmp_path / "Config.json"
    with pytest.raises(ConfigError, match=r"Config\.json does not exist"):
        load(path)
    path.write_text("{")
    with pytest.raises(ConfigError, match=r"Config\.json cannot be read"):
        load(path)
    path.write_text(json.dumps(document()))
    with pytest.raises(ConfigError, match=r"Config\.json: UserConfig"):
        load(path)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["UserConfig", "NamespaceConfig", "Entities", "Name"]), inner),
    ),
    max_leaves=10,
)


@given(config=json_values)
def test_any_json_is_understood_or_refused(config: object) -> None:
    """No document gets another exception out of the parser."""
    try:
        assert parse(config)
    except ConfigError:
        return
