"""The forms in which certificates leave the program, to the letter: papers in drawers and badges elsewhere outlive it.

What was signed, hashed or printed once has to be made and read in the same way for good, so no form here is for
anybody to change.
"""

import base64
import gzip
import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from tests.unit.audit.conftest import in_tokyo
from tests.unit.credentials.conftest import AT, facts_of, logo
from training.credentials import badges, codes, did, proofs, short
from training.credentials.facts import Printed, checked, stored, tidy, visible
from training.credentials.words import WORDS
from training.errors import Refused

__all__ = ["in_tokyo"]  # a fixture
CODE = "7K3M9QXD2VHT7RWB4F88"
KEY = bytes(range(32))
NAME = "did:key:z6MkeTGwHmLmuCmgg4ABYhzWVh6ZX7hTwWt8gguAretUfc9c"
ADDRESS = "https://training.example"
URN = "urn:uuid:00000000-0000-0000-0000-000000000007"


def paper(language: str = "en", issued: datetime = AT, **changed: Any) -> Printed:
    host = {"host": {"name": "H", "address": ("1 Street",)}}
    return Printed(UUID(int=7), CODE, issued, NAME, ADDRESS, facts_of(language, **{**host, **changed}))


@pytest.mark.usefixtures("in_tokyo")
def test_the_canonical_form_is_that_of_certificates_that_were_issued_before() -> None:
    """A line that says the usual has no place in it; a line that says something else has."""
    facts = (
        '"attended":10,{0}"competencies":[{{"evidence":"L1, release 3","id":"K3","level":3,'
        '"name":"Memory acquisition","shown":"2024-11-05"}}],{1}"ends":"2024-11-06",'
        '"examinations":[{{"name":"A","result":"passed"}}],"half_days":10,"holder":"Amara Diallo",'
        '"host":{{"address":["1 Street"],"logo":"{2}","name":"H"}},"hours":"33.5","instructors":["R. Okafor"],'
        '"kind":"achievement","language":"en","place":"Room 204",{3}"releases":[{{"kind":"lab",'
        f'"name":"finance-workstation","number":3,"sha256":"{"ab" * 32}"}}}}],"starts":"2024-11-02",'
        '"title":"Live data forensics","zone":"Africa/Nairobi"'
    )
    form = (
        f'{{{{"address":"{ADDRESS}","code":"{CODE}","facts":{{{{{facts}}}}},"format":1,'
        f'"id":"00000000-0000-0000-0000-000000000007","issued":"2024-11-06T15:00:00+00:00","issuer":"{NAME}"}}}}'
    )
    usual = form.format("", "", "", "")
    nairobi = AT.astimezone(timezone(timedelta(hours=3))).replace(microsecond=7)
    assert paper().canonical().decode() == paper(issued=nairobi).canonical().decode() == usual
    assert stored(usual) == paper()
    assert '"holder":"محمد الأنصاري"' in paper("ar").canonical().decode()
    assert paper().page == f"{ADDRESS}/certificates/{CODE}"
    changed: dict[str, Any] = {"changes": ("2024-11-03: a storm",), "early": True, "demonstration": True, "present": 60}
    host = {"name": "H", "address": ("1 Street",), "logo": logo()}
    other = paper(host=host, **changed)
    assert other.canonical().decode() == form.format(
        '"changes":["2024-11-03: a storm"],', '"demonstration":true,"early":true,', hashlib.sha256(logo()).hexdigest(),
        '"present":60,',
    )  # fmt: skip
    assert stored(other.canonical().decode(), logo()) == other


def test_the_short_form_and_the_text_of_the_square_code_are_those_of_papers_in_drawers() -> None:
    said = short.of(paper())
    assert said == short.Short(
        code=CODE,
        kind="achievement",
        language="en",
        holder="Amara Diallo",
        host="H",
        title="Live data forensics",
        place="Room 204",
        starts="2024-11-02",
        ends="2024-11-06",
        issued="2024-11-06",
        hours="33.5",
        attended=10,
        half_days=10,
        examinations=(("A", "passed"),),
        competencies=(("K3", 3, "2024-11-05"),),
    )
    signed = (
        f'["{CODE}","achievement","en","Amara Diallo","H","Live data forensics","Room 204","20241102","20241106",'
        '"20241106","33.5",10,10,[["A","passed"]],[["K3",3,"20241105"]]]'
    ).encode()
    assert short.payload(said) == signed
    other = short.of(paper("ar", place="Salle-2\u20113"))
    assert short.payload(other).decode().startswith(f'["{CODE}","achievement","ar","محمد الأنصاري"')
    assert short.key_id(KEY).hex() == "630dcd2966c43366"
    signature = bytes(range(64))
    text = short.text(KEY, signature, signed)
    assert text == "ENGRAM1:" + short.encoded(bytes.fromhex("630dcd2966c43366") + signature + signed)
    read = short.read(text)
    assert read == short.Signed(bytes.fromhex("630dcd2966c43366"), signature, b"engram certificate 1\n" + signed, said)


@pytest.mark.parametrize(("data", "letters"), [
    (b"", ""), (b"\0", "00"), (b"\xff", "96"), (b"\xff\xff", "H:."), (b"\0\1\2", "10020"), (b"\1\0", "A60"),
    (b"\1\0\xff", "A6096"),
])  # fmt: skip
def test_two_bytes_are_three_letters_the_lowest_first(data: bytes, letters: str) -> None:
    assert (short.encoded(data), short.decoded(letters)) == (letters, data)


@pytest.mark.parametrize("letters", ["A", "A60A", "A6", ":::", "I:.", "a60", "A6 ", "::", "0$0"])
def test_letters_that_no_bytes_are_written_in_are_refused(letters: str) -> None:
    """`I:.` is one more than two bytes hold, `A6` one more than a single one."""
    with pytest.raises(ValueError, match=r"base 41|not found"):
        short.decoded(letters)


def square(row: Any) -> str:
    return short.text(KEY, bytes(64), json.dumps(row).encode())


def test_a_square_code_that_holds_too_much_too_little_or_something_else_is_refused() -> None:
    row: list[Any] = json.loads(short.payload(short.of(paper())))
    assert short.read(square(row)).said == short.of(paper())
    wrong: list[Any] = [{}, "text", 5, None, row[:-1], [*row, 1]]
    wrong += [[*row[:at], 7, *row[at + 1 :]] for at in range(11)]
    wrong += [[*row[:at], "2024-13-01", *row[at + 1 :]] for at in (7, 8, 9)]
    wrong += [[*row[:at], "many", *row[at + 1 :]] for at in (11, 12)]
    wrong += [[*row[:13], [["A"]], row[14]], [*row[:14], [["K3", "x", "20241105"]]], [*row[:14], [["K3", 3, "May"]]]]
    for one in wrong:
        with pytest.raises(Refused) as bad:
            short.read(square(one))
        assert bad.value.message == (
            "This is not the text of a certificate's square code, or a part of it is missing. Scan it again."
        )
        assert bad.value.field == "code"


def test_a_square_code_is_read_up_to_its_longest_and_however_a_scanner_breaks_it() -> None:
    row: list[Any] = json.loads(short.payload(short.of(paper())))
    for length, fits in ((2_999, True), (3_001, False)):
        row[5] = ""
        while len(square(row)) < length:
            row[5] += "x"
        text = square(row)
        assert len(text) == length
        if fits:
            assert short.read(text).said.title == row[5]
            assert short.read(f"{text[:100]}\n{text[100:]}").said.title == row[5]
            broken = " " * (6_000 - length) + text.lower()
            assert short.read(broken).said.title == row[5]
            with pytest.raises(Refused):
                short.read(f" {broken}")
        else:
            with pytest.raises(Refused):
                short.read(text)
    with pytest.raises(Refused):
        short.read(square(row[:1]).removeprefix(short.MARK))


def test_the_name_of_a_key_is_that_of_the_standard() -> None:
    assert (did.of_key(KEY), did.method(NAME)) == (NAME, f"{NAME}#{NAME[8:]}")
    assert did.key_of(NAME) == did.key_of(f"{NAME}#{NAME[8:]}") == did.key_of(f"{NAME}#a#b") == KEY
    for data, letters in ((b"", ""), (b"\0", "1"), (b"\0\0\1\2\xff", "11LiA"), (b"\x39", "z"), (b"\x3a", "21")):
        assert (did.base58(data), did.unbase58(letters)) == (letters, data)
    short_key = f"did:key:z{did.base58(did.ED25519 + KEY[1:])}"
    long_key = f"did:key:z{did.base58(did.ED25519 + KEY + KEY[:1])}"
    other = f"did:key:z{did.base58(bytes((0xE7, 0x01)) + KEY)}"
    endless = "did:key:z" + "1" * 112
    for wrong in ("", "did:web:x", NAME[9:], "did:key:z0", short_key, long_key, other, endless, f"did:web:{NAME[8:]}"):
        with pytest.raises(Refused) as bad:
            did.key_of(wrong)
        assert bad.value.message == f"{wrong[:120]} names no Ed25519 key that can be found here."


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("7K3M9", "A code has 20 letters and digits; these are 5."),
        ("7" * 21, "A code has 20 letters and digits; these are 21."),
        (" " * 181 + CODE, "A code has 20 letters and digits; these are 19."),
        (CODE[:-1] + "9", "This is no code: a letter or digit of it is wrong. Compare it with the paper."),
        (
            "oli1é0" + CODE,
            "0 1 I L O doesn't occur in codes. They have digits from 2 to 9 and letters without I, L, O, S, U.",
        ),
    ],
)
def test_whoever_mistypes_a_code_is_told_what_is_wrong(typed: str, message: str) -> None:
    with pytest.raises(Refused) as bad:
        codes.read(typed)
    assert (bad.value.message, bad.value.field) == (message, "code")


def test_a_code_is_spelled_read_and_checked_as_those_on_paper_are() -> None:
    assert codes.spelled(CODE) == "7K3M9-QXD2V-HT7RW-B4F88"
    wide = "".join(chr(ord(one) + 0xFEE0) for one in CODE)
    for typed in (CODE, " " * 180 + CODE, wide, "7k3m9\u2014qxd2u ht7rw.b4f88\x07"):
        assert codes.read(typed) == CODE
    made = codes.new_code()
    assert (len(made), codes.read(made), set(made) <= set(codes.ALPHABET)) == (20, made, True)


def test_a_badge_is_made_of_these_words_and_ids() -> None:
    """The ids of what was achieved are worked out of session and kind: a class has one achievement, and not many."""
    ids = {
        "achievement": "d72949c5-224b-583e-9a32-0d37885e3da5",
        "Contact hours attended": "3bee1f98-a33b-5414-b94f-3a49ea976d63",
        "Attendance": "0a7dfc2f-b5d9-54b7-a931-be38834614e0",
        "Examinations: A": "39c065da-0cd5-5aea-8d12-e88a3dbdc0eb",
        "K3 Memory acquisition": "bd14163d-d6e9-5777-b87a-15718e7b9ade",
    }
    reached = {
        "Contact hours attended": ("Result", "33.5"),
        "Attendance": ("Result", "10 of 10 half-days"),
        "Examinations: A": ("Result", "passed"),
        "K3 Memory acquisition": ("PerformanceLevel", "Level 3, 2024-11-05"),
    }
    salted = hashlib.sha256(b"Amara Diallosalt").hexdigest()
    where = f"{ADDRESS}/certificates/status/1"
    assert badges.credential(paper(), 1, 4711, "salt") == {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": URN,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Certificate of achievement: Live data forensics",
        "issuer": {"id": NAME, "type": ["Profile"], "name": "H"},
        "validFrom": "2024-11-06T15:00:00Z",
        "awardedDate": "2024-11-06T15:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:4519d370-40d7-56ea-a68b-f525f3ab259d",
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "hashed": True,
                    "identityHash": f"sha256${salted}",
                    "identityType": "name",
                    "salt": "salt",
                }
            ],
            "activityStartDate": "2024-11-02T00:00:00Z",
            "activityEndDate": "2024-11-06T00:00:00Z",
            "achievement": {
                "id": f"urn:uuid:{ids['achievement']}",
                "type": ["Achievement"],
                "achievementType": "Certificate",
                "name": "Certificate of achievement",
                "description": "Live data forensics, H, 2024-11-02 \u2013 2024-11-06",
                "inLanguage": "en",
                "criteria": {"narrative": WORDS["en"].criteria_achievement},
                "resultDescription": [
                    {"id": f"urn:uuid:{ids[name]}", "type": ["ResultDescription"], "name": name, "resultType": kind}
                    for name, (kind, _) in reached.items()
                ],
                "alignment": [
                    {
                        "type": ["Alignment"],
                        "targetName": "Memory acquisition",
                        "targetCode": "K3",
                        "targetUrl": f"{ADDRESS}/competencies#K3",
                    }
                ],
            },
            "result": [
                {"type": ["Result"], "resultDescription": f"urn:uuid:{ids[name]}", "value": value}
                for name, (_, value) in reached.items()
            ],
        },
        "credentialStatus": {
            "id": f"{where}#4711",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "4711",
            "statusListCredential": where,
        },
        "evidence": [{"type": ["Evidence"], "name": "K3 Memory acquisition", "narrative": "L1, release 3"}],
    }


def test_a_badge_says_nothing_of_what_there_is_not() -> None:
    bare = {"id": "K3", "name": "N", "level": 1, "shown": date(2024, 11, 5), "evidence": ""}
    made = badges.credential(
        paper("fr", kind="attendance", present=60, competencies=[], examinations=[{"name": "A", "result": ""}]),
        2,
        0,
        "",
    )
    about = made["credentialSubject"]
    assert "evidence" not in made
    assert "alignment" not in about["achievement"]
    assert about["achievement"]["criteria"]["narrative"] == WORDS["fr"].criteria_share.format(60)
    assert [one["value"] for one in about["result"]] == ["33.5", "demi-journées : 10 sur 10"]
    assert "evidence" not in badges.credential(paper(competencies=[bare]), 1, 1, "")


def test_a_list_of_what_was_revoked_is_a_credential_of_its_own() -> None:
    made = badges.status_list(ADDRESS, 3, NAME, [1, 9, 15, badges.BITS - 1], AT)
    where = f"{ADDRESS}/certificates/status/3"
    packed = made["credentialSubject"].pop("encodedList")
    assert made == {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": where,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": NAME,
        "validFrom": "2024-11-06T15:00:00Z",
        "validUntil": "2024-11-13T15:00:00Z",
        "credentialSubject": {"id": f"{where}#list", "type": "BitstringStatusList", "statusPurpose": "revocation"},
    }
    assert packed[0] == "u"
    assert "=" not in packed
    data = base64.urlsafe_b64decode(packed[1:] + "=" * (-len(packed[1:]) % 4))
    bits = gzip.decompress(data)
    assert data[4:8] == bytes(4), "it says nothing of the time at which it was packed"
    assert bits == b"\x40\x41" + bytes(131_072 // 8 - 3) + b"\1", "several of one byte stand beside each other"
    same = badges.status_list(ADDRESS, 3, NAME, [15, badges.BITS - 1, 9, 1, 9], AT)
    assert same["credentialSubject"]["encodedList"] == packed, "the same bits are the same letters at any time"


def segment(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def test_a_token_is_made_of_these_bytes_and_its_signature_is_over_them() -> None:
    asked: list[bytes] = []

    def sign(message: bytes) -> bytes:
        asked.append(message)
        return b"\xff\xfe\xfd\xfc"

    about: dict[str, Any] = {"name": "Éva"}
    document = {
        "id": URN, "issuer": {"id": NAME}, "validFrom": "2024-11-06T15:00:00Z", "credentialSubject": about,
    }  # fmt: skip
    header = f'{{"alg": "EdDSA", "typ": "JWT", "kid": "{NAME}#{NAME[8:]}"}}'
    start = int(AT.timestamp())
    for more, claims in (
        ({}, {"iss": NAME, "jti": URN, "nbf": start}),
        (
            {"issuer": NAME, "validUntil": "2024-11-06T15:00:01Z", "credentialSubject": {**about, "id": "urn:x"}},
            {"iss": NAME, "jti": URN, "nbf": start, "exp": start + 1, "sub": "urn:x"},
        ),
    ):
        said = {**document, **more}
        message = f"{segment(header.encode())}.{segment(json.dumps({**said, **claims}, ensure_ascii=False).encode())}"
        assert proofs.token(said, NAME, sign) == f"{message}.__79_A"
        assert asked.pop() == message.encode()


def test_an_embedded_proof_says_when_by_which_key_and_for_what_it_was_made() -> None:
    made = badges.credential(paper(), 1, 4711, "salt")
    found = proofs.sealed(made, NAME, AT.astimezone(timezone(timedelta(hours=3))), lambda message: message[:2])
    value = found["proof"].pop("proofValue")
    assert found.pop("proof") == {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2024-11-06T15:00:00Z",
        "verificationMethod": f"{NAME}#{NAME[8:]}",
        "proofPurpose": "assertionMethod",
    }
    assert found == made
    assert (value[0], len(did.unbase58(value[1:]))) == ("z", 2)
    assert proofs.dumped({"name": "Éva"}) == '{"name": "Éva"}'


def test_no_context_but_the_bundled_ones_is_loaded() -> None:
    found = proofs._load(proofs.CREDENTIALS)
    context = found.pop("document")
    assert found == {
        "contextUrl": None, "documentUrl": proofs.CREDENTIALS, "contentType": "application/ld+json",
    }  # fmt: skip
    assert context == json.loads((proofs.FOLDER / "credentials-v2.json").read_bytes())
    with pytest.raises(
        ValueError, match=r"^https://attacker\.example/c is not one of the contexts that are known here$"
    ):
        proofs._load("https://attacker.example/c")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"hours": "33.55", "attended": 100, "holder": "a\u202eb"},
            (
                "holder: holds the hidden character U+202E; hours: String should match pattern '^\\d{1,3}\\.\\d$'; "
                "attended: Input should be less than or equal to 99"
            ),
        ),
        ({"attended": 10, "half_days": 9}, "attended: more half-days than there were"),
        ({"starts": date(2024, 11, 7)}, "ends: the last day is before the first"),
        ({"host": {}}, "host.name: Field required"),
    ],
)
def test_mistakes_of_facts_are_told_by_field(given: dict[str, Any], message: str) -> None:
    with pytest.raises(Refused) as bad:
        facts_of(**given)
    assert bad.value.message == f"The certificate can't be made of this: {message}"


def test_a_language_that_the_program_does_not_speak_is_named() -> None:
    with pytest.raises(Refused, match=r"made of this: language: de is not a language of the program$"):
        checked(**{**facts_of().model_dump(), "language": "de"})


def test_facts_at_their_limits_are_taken() -> None:
    day = date(2024, 11, 6)
    found = facts_of(starts=day, ends=day, attended=9, half_days=9)
    assert (found.starts, found.ends, found.attended) == (day, day, 9)


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        ("x" * 121, {}, ("Between 1 and 120 characters fit here.", "holder")),
        (" \u2800 ", {}, ("Between 1 and 120 characters fit here.", "holder")),
        ("abc", {"most": 2, "field": "reason"}, ("Between 1 and 2 characters fit here.", "reason")),
        ("a\u202eb\0", {"field": "why"}, ("This line holds the hidden character U+202E. Remove it.", "why")),
        ("a\x07b", {}, ("This line holds the hidden character U+0007. Remove it.", "holder")),
    ],
)
def test_a_line_that_cannot_be_printed_is_refused_with_the_reason(
    text: str, given: dict[str, Any], said: tuple[str, str]
) -> None:
    with pytest.raises(Refused) as bad:
        tidy(text, **given)
    assert (bad.value.message, bad.value.field) == said


def test_a_line_that_fits_is_kept_composed_and_with_single_spaces() -> None:
    assert tidy("x" * 120) == "x" * 120
    assert tidy(" e\u0301va\n\t  b ", most=5) == "éva b"
    assert visible("aé٣!€ \u2800\u200d\n") == 5


@pytest.mark.usefixtures("in_tokyo")
def test_a_stamp_is_in_utc() -> None:
    assert (
        proofs.stamp(datetime(2024, 11, 6, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=3)))) == "2024-11-05T22:02:03Z"
    )
    assert proofs.stamp(datetime(2024, 11, 6, 1, 2, 3, tzinfo=UTC)) == "2024-11-06T01:02:03Z"
