"""The list of what came with the program is that of what lies in it."""

import json

from training.content import shipped


def test_the_list_of_shipped_folders_is_up_to_date() -> None:
    listed, whole = json.loads(shipped.LIST.read_text("utf-8")), shipped.whole()
    changed = sorted(name for name in listed.keys() | whole.keys() if listed.get(name) != whole.get(name))
    assert changed == [], "run: python -m training.content.shipped"
