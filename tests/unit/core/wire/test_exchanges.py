"""What makes two requests the same, and what is left of a secret in either half of an exchange: nothing."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote

import pytest

from goldfinch.core.redaction import Redactor
from goldfinch.core.wire.bodies import MAX_DEPTH, NOT_JSON, json_of
from goldfinch.core.wire.exchanges import Matching, Scrubber, SentRequest, normal_url, request_key

SECRET = 'p"ss/wörd 4711'
SCRUBBER = Scrubber(Redactor([SECRET]))
URL = "https://api.example.com/v1/chat"


def sent(body: bytes = b"{}", url: str = URL, headers: dict[str, str] | None = None, scrubber: Scrubber = SCRUBBER) -> SentRequest:
    return scrubber.request("post", url, headers or {}, body)


def key(request: SentRequest, matching: Matching | None = None) -> str:
    return request_key(request, matching or Matching())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("HTTPS://API.Example.com:443/v1/chat", URL),
        ("https://api.example.com/v1/chat#part", URL),
        ("https://user:pw@api.example.com/v1/chat", URL),
        ("https://a.example/x?b=2&a=1", "https://a.example/x?a=1&b=2"),
        ("https://a.example", "https://a.example/"),
        ("http://[::1]:80/x", "http://[::1]/x"),
    ],
)
def test_two_spellings_of_an_address_are_one(one: str, other: str) -> None:
    assert normal_url(one) == normal_url(other)
    assert key(sent(url=one)) == key(sent(url=other))


@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "sig", "Signature", "client_secret"])
def test_a_parameter_whose_name_says_secret_is_masked(name: str) -> None:
    assert normal_url(f"https://a.example/x?{name}=abc123&page=2").count("abc123") == 0
    assert "page=2" in normal_url(f"https://a.example/x?{name}=abc123&page=2")


def test_json_counts_by_its_value_not_by_its_spelling() -> None:
    assert key(sent(b'{"b": 1, "a": "\\u00e9"}')) == key(sent('{"a":"é","b":1}'.encode()))
    assert key(sent(b'{"a": 1}')) != key(sent(b'{"a": 2}'))
    assert key(sent(b'{"a": 1}')) != key(sent(b'{"a": "1"}'))


def test_method_address_and_body_count_and_headers_do_not() -> None:
    first = sent(headers={"User-Agent": "one", "X-Request-Id": "1", "Content-Type": "application/json"})
    assert key(first) == key(sent(headers={"User-Agent": "two", "X-Request-Id": "2", "Content-Type": "application/json; charset=utf-8"}))
    assert key(first) != key(SCRUBBER.request("PUT", URL, {}, b"{}"))
    assert key(first) != key(sent(url=f"{URL}/x"))


def test_a_header_counts_where_it_is_named() -> None:
    matching = Matching(headers=("X-Tenant",))
    scrubber = Scrubber(Redactor(), matching)
    one, other = (sent(headers={"x-tenant": name}, scrubber=scrubber) for name in ("a", "b"))
    assert key(one, matching) != key(other, matching)
    assert key(one, matching) == key(sent(headers={"X-TENANT": "a"}, scrubber=scrubber), matching)


def test_ignored_members_of_a_body_may_differ() -> None:
    matching = Matching(ignore_body=("user", "metadata.run", "messages.*.id", "tools.0.at", "nothing.here"))
    bodies = [
        json.dumps({"user": n, "metadata": {"run": n, "kept": 1}, "messages": [{"id": n, "content": "x"}], "tools": [{"at": n}]}).encode()
        for n in range(2)
    ]
    assert key(sent(bodies[0]), matching) == key(sent(bodies[1]), matching)
    assert key(sent(bodies[0])) != key(sent(bodies[1]))
    assert key(sent(b'{"metadata":{"kept":1}}'), matching) != key(sent(b'{"metadata":{"kept":2}}'), matching)


def test_the_boundary_of_a_multipart_body_is_drawn_anew_each_time_and_does_not_count() -> None:
    def upload(boundary: str) -> SentRequest:
        body = f"--{boundary}\r\n\r\nfile\r\n--{boundary}--".encode()
        return sent(body, headers={"content-type": f"multipart/form-data; boundary={boundary}"})

    assert key(upload("aaa111")) == key(upload("bbb222"))
    assert "aaa111" not in repr(upload("aaa111"))


def test_no_spelling_of_a_secret_is_left_in_a_request_or_a_reply() -> None:
    spellings = [
        SECRET,
        json.dumps(SECRET)[1:-1],
        quote(SECRET, safe=""),
        b64encode(SECRET.encode()).decode(),
        b64encode(f"user:{SECRET}".encode()).decode(),
        SECRET.encode().hex(),
    ]
    bodies = [
        *(json.dumps({"say": spelling, spelling: [spelling]}).encode() for spelling in spellings),
        *(f"a text with {spelling} in it".encode() for spelling in spellings),
        b"\xff\xfe binary " + SECRET.encode(),
        json.dumps({"deep": json.dumps({"args": SECRET})}).encode(),
    ]
    for body in bodies:
        headers = {"Authorization": f"Bearer {SECRET}", "Cookie": SECRET, "X-Api-Key": SECRET, "Accept": SECRET}
        request = sent(body, url=f"{URL}?q={quote(SECRET, safe='')}", headers=headers)
        reply = SCRUBBER.reply(200, [("Set-Cookie", SECRET), ("Content-Type", f"text/plain; x={SECRET}"), ("X-Id", SECRET)], [body])
        shown = repr(request) + repr(reply) + request.body.decode("utf-8", "replace") + reply.body.decode("utf-8", "replace")
        assert not [spelling for spelling in spellings if spelling in shown], shown
        assert {name for name, _ in (*request.headers, *reply.headers)} <= {"accept", "content-type"}


def test_a_reply_without_a_secret_is_kept_byte_for_byte() -> None:
    body = b'{ "a" : 1.0,\n "b": "\\u00e9" }'
    assert SCRUBBER.reply(200, [], [body[:5], body[5:]]).body == body
    assert SCRUBBER.reply(200, [], [b"\x00\xff\x01"]).body == b"\x00\xff\x01"


@pytest.mark.parametrize(
    "body", [b"", b"text", b"1", b'"text"', b'{"a": NaN}', b'{"a": 1e999}', b"{", b"[" * 5_000, b'{"a":' * 300 + b"1" + b"}" * 300]
)
def test_what_not_every_reader_takes_for_json_is_none(body: bytes) -> None:
    assert json_of(body) is NOT_JSON
    assert sent(body).body == body


def test_json_as_deep_as_allowed_is_json() -> None:
    body = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert json_of(body) is not NOT_JSON
    assert json_of(b"[" + body + b"]") is NOT_JSON
