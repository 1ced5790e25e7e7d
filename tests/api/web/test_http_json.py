"""Bodies that try to break the reader: refused with a position, never a 500."""

import pytest
from api_client import ApiClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.web.problems import HttpProblem
from api.web.strict_json import read_json

HOSTILE = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 100_000,
    "closed deep lists": b"[" * 300 + b"]" * 300,
    "5,000 digits": b'{"a":' + b"9" * 5_000 + b"}",
    "500 digits": b'{"a":' + b"9" * 500 + b"}",
    "lone surrogate": b'{"a":"\\ud800"}',
    "bytes that are not UTF-8": b'{"a":"\xff\xfe"}',
    "overlong UTF-8": b'{"a":"\xc0\xaf"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "duplicate key": b'{"name":"a","name":"b"}',
    "duplicate key inside": b'{"rules":[{"kind":"a","kind":"b"}]}',
    "not a number": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "1e999": b'{"a":1e999}',
    "comment": b"{/* hello */}",
    "trailing comma": b'{"a":1,}',
    "cut short": b'{"a":',
    "two values": b"{}{}",
    "control character": b'{"a":"\x01"}',
    "zero character": b'{"a":["\\u0000"]}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_json_is_refused_with_a_400(admin: ApiClient, body: bytes) -> None:
    for path in ("/rulesets", "/scenarios", "/datasets", "/plans", "/runs"):
        answer = admin.post(path, data=body, content_type="application/json")
        assert answer.status_code == 400, path
        assert answer.json["code"] == "bad-json"


def test_a_mistake_is_reported_with_line_and_column() -> None:
    with pytest.raises(HttpProblem, match="at line 2 column 8"):
        read_json(b'{\n "a": nope}')


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"7", b"null", b'"{\\"name\\": \\"a\\"}"'])
def test_what_is_no_object_is_refused(admin: ApiClient, body: bytes) -> None:
    assert admin.post("/plans", data=body, content_type="application/json").status_code == 422


def test_numbers_keep_their_digits() -> None:
    assert read_json(b'{"a": 0.1, "b": 123456789012345678901234567890, "c": "0.10"}') == {
        "a": 0.1,
        "b": 123456789012345678901234567890,
        "c": "0.10",
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    document=st.dictionaries(st.sampled_from(["scenario", "partners", "metrics", "rules", "x"]), json_values)
)
def test_no_scenario_breaks_the_server(admin: ApiClient, document: dict[str, object]) -> None:
    import json

    body = json.dumps(document).encode()
    answer = admin.post("/scenarios", data=body, content_type="application/json")
    assert answer.status_code in (400, 409, 422)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=st.binary(max_size=60))
def test_no_bytes_break_the_server(admin: ApiClient, body: bytes) -> None:
    for path, kind in (
        ("/plans", "application/json"),
        ("/scenarios", "application/yaml"),
        ("/rulesets?name=a", "application/yaml"),
        ("/datasets?name=a", "text/csv"),
        ("/datasets?name=a", "application/vnd.apache.parquet"),
        ("/datasets?name=a", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ):
        assert admin.post(path, data=body, content_type=kind).status_code in (200, 201, 400, 422)


YAML_ATTACKS = {
    "billion laughs": "a: &a [x]\nb: &b [*a,*a]\nc: [*b,*b]\n",
    "python object": "a: !!python/object/apply:os.system ['id']\n",
    "merge": "a: {<<: {b: 1}}\n",
    "deep": "a: " + "[" * 5_000 + "]" * 5_000,
    "duplicate": "rules: []\nrules: []\n",
    "tab": "rules:\n\t- a: 1\n",
    "two documents": "rules: []\n---\nrules: []\n",
}


@pytest.mark.parametrize("text", YAML_ATTACKS.values(), ids=YAML_ATTACKS.keys())
def test_hostile_yaml_is_findings_with_a_line(admin: ApiClient, text: str) -> None:
    for path in ("/rulesets?name=a", "/scenarios"):
        answer = admin.post(path, data=text.encode(), content_type="application/yaml")
        assert answer.status_code == 422
        assert answer.json["findings"][0]["line"] is not None


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "%2e%2e/x", "x" * 5000])
def test_a_path_in_a_scenario_leads_nowhere(admin: ApiClient, path: str) -> None:
    for document in ({"partners": path}, {"partners": "ds_x", "rules": [path]}, {"extends": path}):
        answer = admin.post("/scenarios", {"scenario": "s", **document})
        assert answer.status_code == 422
