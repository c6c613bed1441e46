import itertools
import re
import string
from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import try_examples
from training.forge import scenario
from training.forge.scenario.draw import OWN, OWN_SEED, Rules, UsedUp, Values, deal, examples
from training.forge.scenario.kinds import KINDS, HostOf, Kind, MadeUp, Moment, OneOf, Shuffle, Whole

REAL = Path(__file__).parents[3] / "labs" / "finance-workstation" / "scenario.yaml"
FREE = Rules(frozenset(), ())

keys = st.text(string.ascii_lowercase + string.digits + "/-", min_size=1, max_size=20)
moments = st.integers(1_500_000_000, 1_900_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
networks = st.sampled_from(
    ["203.0.113.0/24", "198.51.100.128/25", "192.0.2.64/26", "2001:db8:bad::/64", "2001:db8:10::100/120"]
)
specs: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.lists(st.integers(-(10**6), 10**6), min_size=4, max_size=32, unique=True).map(lambda given: {"one_of": given}),
    networks.map(lambda given: {"address": given}),
    st.tuples(st.integers(1024, 60000), st.integers(3, 5000)).map(lambda given: {"port": [given[0], sum(given)]}),
    st.tuples(st.integers(-(10**6), 10**6), st.integers(3, 10**6)).map(lambda given: {"whole": [given[0], sum(given)]}),
    st.tuples(st.integers(1, 1000), st.integers(3, 1000)).map(
        lambda given: {"whole": [given[0], sum(given)], "signs": "balanced"}
    ),
    st.tuples(moments, st.integers(120, 10**6)).map(
        lambda given: {"time": [given[0], given[0] + timedelta(seconds=given[1])]}
    ),
    st.lists(st.sampled_from(["{3-9}", "{a-f}", "{A-Z}", "kworker/", "_", "-"]), min_size=1, max_size=8).map(
        lambda given: {"made": "{0-9}" + "".join(given)}
    ),
    st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=8), min_size=3, max_size=8, unique=True).map(
        lambda given: {"shuffle": given}
    ),
)
names = st.text(string.ascii_lowercase, min_size=1, max_size=8)


def kind(spec: dict[str, Any]) -> Kind:
    return KINDS[next(key for key in KINDS if key in spec)].model_validate(spec)


kinds = st.dictionaries(names, specs.map(kind), min_size=1, max_size=6)
kinds_of_many = st.dictionaries(
    names, specs.map(kind).filter(lambda each: each.size >= 200 and each.size != 255), min_size=1, max_size=4
)


def dealt(given: dict[str, Kind], rules: Rules, lab: str, count: int, seed: int = OWN_SEED) -> list[Values]:
    return list(deal(given, rules, lab, seed, count))


def differ(kind: Kind, one: object, other: object) -> bool:
    """Whether two values differ as the language promises, worked out anew."""
    if isinstance(kind, HostOf):
        return all(a != b for a, b in zip(f"0{one}"[-2:], f"0{other}"[-2:], strict=True))
    if isinstance(one, datetime) and isinstance(other, datetime):
        return (one - other).total_seconds() % 900 != 0
    if isinstance(one, int) and isinstance(other, int) and kind.signed:
        return abs(one) != abs(other)
    return one != other


@given(kinds, keys)
def test_no_two_variants_share_a_value(given: dict[str, Kind], key: str) -> None:
    for one, other in itertools.combinations(dealt(given, FREE, key, 4), 2):
        for name, each in given.items():
            assert differ(each, one[name], other[name]), name


@given(kinds, keys, st.integers(1, 4))
def test_a_variant_is_the_same_however_many_are_asked_for_and_whenever(
    given: dict[str, Kind], key: str, count: int
) -> None:
    all_four = dealt(given, FREE, key, 4)
    assert dealt(given, FREE, key, count) == all_four[:count]
    assert dealt(given, FREE, key, 4) == all_four


@given(kinds, keys)
def test_a_name_that_is_added_changes_no_other_value(given: dict[str, Kind], key: str) -> None:
    more = {**given, "another one": Whole(whole=(1, 100))}
    for one, other in zip(dealt(given, FREE, key, 4), dealt(more, FREE, key, 4), strict=True):
        assert one == {name: value for name, value in other.items() if name in given}


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=8, unique=True), keys)
def test_choices_that_may_repeat_come_equally_often(choices: list[int], key: str) -> None:
    given: dict[str, Kind] = {"kind": OneOf(one_of=tuple(choices))}
    found = [each["kind"] for each in dealt(given, Rules(frozenset({"kind"}), ()), key, 24, seed=2)]
    for begin in range(0, 24 - len(choices) + 1, len(choices)):
        assert set(found[begin : begin + len(choices)]) == set(choices)
    assert max(Counter(found).values()) - min(Counter(found).values()) <= 1


@given(st.integers(1, 1000), keys)
def test_signs_are_balanced_over_each_two_variants(first: int, key: str) -> None:
    given: dict[str, Kind] = {"offset": Whole(whole=(first, first + 30), signs="balanced")}
    found = [each["offset"] for each in dealt(given, FREE, key, 26)]
    assert all(isinstance(each, int) and first <= abs(each) <= first + 30 for each in found)
    for one, other in zip(found[::2], found[1::2], strict=True):
        assert str(one).startswith("-") != str(other).startswith("-")


@given(
    st.dictionaries(names, st.integers(0, 40), min_size=2, max_size=4),
    st.sampled_from(["may repeat", "must differ"]),
    keys,
)
def test_values_of_a_group_never_meet(starts: dict[str, int], rule: str, key: str) -> None:
    given: dict[str, Kind] = {name: Whole(whole=(first, first + 100)) for name, first in starts.items()}
    rules = Rules(frozenset(given) if rule == "may repeat" else frozenset(), (tuple(given),))
    for one, other in itertools.product(dealt(given, rules, key, 12), repeat=2):
        for name, another in itertools.permutations(given, 2):
            assert one[name] != other[another]


@given(keys)
def test_addresses_of_a_group_differ_in_both_digits_inside_a_variant(key: str) -> None:
    given: dict[str, Kind] = {name: HostOf(address="203.0.113.0/24") for name in "abc"}
    for each in dealt(given, Rules(frozenset(), (("a", "b", "c"),)), key, 4):
        for one, other in itertools.combinations("abc", 2):
            assert differ(given[one], each[one], each[other])


@given(networks, keys, st.integers(1, 1000))
def test_addresses_are_hosts_of_the_network_and_one_slip_makes_no_others(network: str, key: str, seed: int) -> None:
    count = 12 if network.endswith(("/24", "/64")) else 2
    found = [str(each["peer"]) for each in dealt({"peer": HostOf(address=network)}, FREE, key, count, seed)]
    own = [str(each["peer"]) for each in dealt({"peer": HostOf(address=network)}, FREE, key, OWN)]
    for each in found:
        assert ip_address(each) in ip_network(network)
        assert str(ip_address(each)) == each
        assert each.rsplit(".")[-1] not in ("0", "255")
    for one, other in itertools.combinations({*found, *own}, 2):
        ends = [re.split("[.:]", each)[-1].rjust(3, "0")[-3:] for each in (one, other)]
        assert sum(a != b for a, b in zip(*ends, strict=True)) >= 2


@given(keys, st.integers(1, 1000))
def test_an_address_that_is_written_out_is_nobody_elses(key: str, seed: int) -> None:
    written = frozenset(f"203.0.113.{number}" for number in range(1, 120))
    rules = Rules(frozenset(), (), written)
    given: dict[str, Kind] = {"peer": HostOf(address="203.0.113.0/24")}
    found = dealt(given, rules, key, 5, seed)
    assert not {str(each["peer"]) for each in (found[OWN:] if seed == OWN_SEED else found)} & written


@given(kinds_of_many, keys, st.integers(1, 1000), st.integers(0, 11))
def test_no_other_variant_has_a_value_of_the_labs_own(given: dict[str, Kind], key: str, seed: int, number: int) -> None:
    own = dealt(given, FREE, key, OWN)
    others = dealt(given, FREE, key, OWN + 12)[OWN:] if seed == OWN_SEED else dealt(given, FREE, key, 12, seed)
    assert dealt(given, FREE, key, OWN + 12)[:OWN] == own
    for one, other in itertools.combinations([*own, *others], 2):
        for name in given:
            assert one[name] != other[name], name
    if seed != OWN_SEED:
        assert dealt(given, FREE, key, number + 1, seed) == others[: number + 1]


@given(keys, st.integers(1, 1000))
def test_more_values_leave_the_labs_own_variants_as_they_are(key: str, seed: int) -> None:
    before: dict[str, Kind] = {
        "word": OneOf(one_of=("ash", "elm", "fir", "oak")),
        "count": Whole(whole=(1, 4), signs="balanced"),
        "peer": HostOf(address="198.51.100.0/25"),
    }
    after: dict[str, Kind] = {
        "word": OneOf(one_of=("ash", "elm", "fir", "oak"), more=tuple(f"a{letter}z" for letter in "bcdefghijklm")),
        "count": Whole(whole=(1, 4), signs="balanced", more=(1, 16)),
        "peer": HostOf(address="198.51.100.0/25", more="198.51.100.0/24"),
    }
    assert dealt(after, FREE, key, OWN) == dealt(before, FREE, key, OWN)
    assert len(dealt(after, FREE, key, 12, seed + 1)) == 12
    with pytest.raises(UsedUp):
        dealt(before, FREE, key, 1, seed + 1)


@given(moments, st.integers(1, 4000), keys)
def test_a_time_lies_between_its_ends_and_never_on_a_full_minute(first: datetime, seconds: int, key: str) -> None:
    last = first + timedelta(seconds=seconds)
    each = Moment(time=(first, last))
    everything = {first + timedelta(seconds=number) for number in range(seconds + 1)}
    assert [each.at(place) for place in range(each.size)] == sorted(one for one in everything if one.second)
    assert dealt({"start": each}, FREE, key, 1)[0]["start"] in everything


@given(st.lists(st.sampled_from(["{3-5}", "{a-c}", "{A-B}", "x", "-"]), min_size=1, max_size=5))
def test_made_up_texts_are_all_texts_of_their_form(parts: list[str]) -> None:
    each = MadeUp(made="{0-1}" + "".join(parts))
    ranges = {"{3-5}": "345", "{a-c}": "abc", "{A-B}": "AB", "x": "x", "-": "-"}
    wanted = {"".join(one) for one in itertools.product("01", *(ranges[part] for part in parts))}
    assert {each.at(place) for place in range(each.size)} == wanted
    assert each.size == len(wanted)


@given(st.lists(names, min_size=2, max_size=5, unique=True))
def test_a_shuffle_has_all_orders(words: list[str]) -> None:
    each = Shuffle(shuffle=tuple(words))
    assert {each.at(place) for place in range(each.size)} == {" ".join(one) for one in itertools.permutations(words)}


@given(st.lists(names, min_size=3, max_size=5, unique=True), keys, st.integers(0, 20))
def test_a_shuffle_can_leave_out_the_order_as_written_and_changes_no_other(
    words: list[str], lab: str, seed: int
) -> None:
    written = " ".join(words)
    both: list[dict[str, Kind]] = [{"order": Shuffle(shuffle=tuple(words), as_written=each)} for each in (True, False)]
    same = Rules(frozenset({"order"}), ())
    whole, without = ([one["order"] for one in dealt(each, same, lab, 12, seed)] for each in both)
    assert written not in without
    if seed == OWN_SEED:
        before = list(itertools.takewhile(lambda order: order != written, whole[:OWN]))
        assert without[: len(before)] == before


def test_a_shuffle_of_two_words_has_one_order_left() -> None:
    each: dict[str, Kind] = {"order": Shuffle(shuffle=("v4", "v6"), as_written=False)}
    assert {one["order"] for one in dealt(each, Rules(frozenset({"order"}), ()), "lab", 6)} == {"v6 v4"}
    with pytest.raises(UsedUp):
        dealt(each, FREE, "lab", 2)


@given(kinds)
def test_examples_show_each_choice_and_both_ends_of_each_range(given: dict[str, Kind]) -> None:
    shown = list(examples(given))
    assert len(shown) <= 32
    for name, each in given.items():
        seen = {abs(one[name]) if each.signed else one[name] for one in shown}  # type: ignore[arg-type] # a number then
        wanted = range(each.size) if each.size <= 32 else (0, each.size - 1)
        assert {each.at(place) for place in wanted} <= seen
        assert not each.signed or any(str(one[name]).startswith("-") for one in shown)


@given(st.integers(2, 25), keys)
def test_too_few_values_are_said_with_the_variant_that_gets_none(size: int, key: str) -> None:
    given: dict[str, Kind] = {"rich": Whole(whole=(1, 10**9)), "poor": Whole(whole=(1, size))}
    assert len(dealt(given, FREE, key, size)) == size
    with pytest.raises(UsedUp) as caught:
        dealt(given, FREE, key, size + 1)
    assert (caught.value.name, caught.value.number) == ("poor", size)


def test_places_are_shuffled_evenly() -> None:
    counts = Counter(
        tuple(each["word"] for each in dealt({"word": Whole(whole=(1, 3))}, FREE, str(lab), 3)) for lab in range(6000)
    )
    assert len(counts) == 6
    assert all(abs(count - 1000) < 150 for count in counts.values()), "five standard deviations are 144"


@try_examples(25)
@given(st.integers(0, (1 << 63) - 1), st.integers(0, 3))
def test_lab_2_can_be_drawn_with_any_seed_and_variants_differ(seed: int, number: int) -> None:
    draft = LAB_2
    variants = draft.variants(seed, 4)
    assert draft.draw(seed, number) == variants[number]
    for one, other in itertools.combinations(variants, 2):
        assert {name for name in one.drawn if one.drawn[name] == other.drawn[name]} <= {"old_lines"}
        assert {one.drawn["peer"], one.drawn["intruder"]}.isdisjoint({other.drawn["peer"], other.drawn["intruder"]})


LAB_2 = scenario.load(REAL)


def test_another_seed_and_another_lab_draw_other_values() -> None:
    given: dict[str, Kind] = {"port": kind({"port": [1024, 65535]})}
    drawn = [
        tuple(each["port"] for each in dealt(given, FREE, lab, 4, seed))
        for lab, seed in itertools.product("ab", (1, 2, 3))
    ]
    assert len(set(drawn)) == 6
