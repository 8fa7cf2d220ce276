"""A hostile or broken CA: every answer may be anything. wafer ends with one clear line, and store
and files are unharmed."""

import os
import random

import pytest

from client import FAILED, LATER
from tlsserver import Answer, json_answer

NAME = "a.test"
ENDPOINTS = ("directory", "newAccount", "newOrder", "authorization", "challenge", "finalize", "certificate")


def refused(wafer, *says, timeout=60):
    """The issuance fails (for good or for now); returns the error line."""
    result = wafer.run("issue", NAME, status=None, timeout=timeout)
    assert result.status in (FAILED, LATER), result
    error = result.error()
    for text in says:
        assert text in error, error
    assert not (wafer.state / "live" / NAME).exists()
    if (wafer.state / "store").exists():
        wafer.check_store()
    return error


HTTP_GARBAGE = {
    "not_http": b"SSH-2.0-OpenSSH_9.2\r\n",
    "nothing": b"",
    "zeros": bytes(3000),
    "status_text": b"HTTP/1.1 abc OK\r\n\r\n",
    "status_huge": b"HTTP/1.1 99999999999 OK\r\nContent-Length: 0\r\n\r\n",
    "http2": b"HTTP/2 200\r\n\r\n",
    "header_without_colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n{}",
    "folded_header": b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    "nul_in_header": b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\n{}",
    "length_twice": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
    "length_negative": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "length_overflows": b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\n{}",
    "length_and_chunked": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "coding_unknown": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}",
    "chunk_size_bad": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "chunk_size_huge": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}",
    "cut_in_head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "cut_in_body": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
    "cut_in_chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{",
    "headers_endless": b"HTTP/1.1 200 OK\r\n" + b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 5000,
    "header_long": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200000,
    "only_100": b"HTTP/1.1 100 Continue\r\n\r\n" * 2000,
    "noise": random.Random(1).randbytes(5000),
}


@pytest.mark.parametrize("name", HTTP_GARBAGE)
def test_http_garbage_for_the_directory(ca, new_wafer, name):
    ca.always("directory", HTTP_GARBAGE[name])
    refused(new_wafer(ca), "127.0.0.1")


@pytest.mark.parametrize("endpoint", ENDPOINTS[1:])
@pytest.mark.parametrize("name", ["not_http", "length_negative", "cut_in_body", "noise"])
def test_http_garbage_later(ca, new_wafer, endpoint, name):
    ca.always(endpoint, HTTP_GARBAGE[name])
    refused(new_wafer(ca))


JSON_GARBAGE = {
    "empty": b"",
    "html": b"<!DOCTYPE html><html><body>It works!</body></html>",
    "cut": b'{"newNonce": "https://127',
    "two_values": b"{} {}",
    "number": b"17",
    "null": b"null",
    "list": b"[]",
    "deep": b"[" * 3000,
    "deep_object": b'{"a":' * 3000,
    "no_values": b'{"newNonce" "newOrder"}',
    "nul": b'{"status": "val\0id"}',
    "escapes": b'{"status": "\\ud800\\u0000\\x"}',
    "not_utf8": b'{"status": "\xff\xfe\xc0\x80"}',
    "large": b'{"x": "' + b"a" * 100000 + b'"}',
    "many_members": b"{" + b",".join(b'"m%d": 0' % n for n in range(8000)) + b"}",
}


@pytest.mark.parametrize("name", JSON_GARBAGE)
def test_json_garbage_for_the_directory(ca, new_wafer, name):
    ca.always("directory", Answer(200, {"Content-Type": "application/json"}, JSON_GARBAGE[name]))
    refused(new_wafer(ca), "127.0.0.1")


@pytest.mark.parametrize("endpoint", ["newOrder", "authorization", "finalize"])
@pytest.mark.parametrize("name", ["empty", "cut", "deep", "large", "escapes", "list"])
def test_json_garbage_later(ca, new_wafer, endpoint, name):
    status = 201 if endpoint == "newOrder" else 200
    ca.always(endpoint, Answer(status, {"Location": ca.origin + "/acme:v2/order/0"}, JSON_GARBAGE[name]))
    refused(new_wafer(ca))


WRONG_VALUES = [None, 7, -1.5e9, True, [], {}, "", "x" * 3000, "http://127.0.0.1/plain", "ftp://x", "//x", "https://", "\u0000"]


@pytest.mark.parametrize("kind, member", [
    ("directory", "newNonce"), ("directory", "newAccount"), ("directory", "newOrder"), ("order", "status"),
    ("order", "finalize"), ("order", "authorizations"), ("order", "certificate"), ("authorization", "status"),
    ("authorization", "identifier"), ("authorization", "challenges"), ("challenge", "url"), ("challenge", "token")])
def test_wrong_types_of_members(ca, new_wafer, kind, member):
    """Each needed member with every wrong value, on one state directory: none crashes it."""
    wafer = new_wafer(ca)
    wafer.options += ["--force"]
    for value in WRONG_VALUES:
        if member == "identifier" and value == "x" * 3000:
            continue
        ca.edit[kind] = lambda shown: {**shown, member: value} if member in shown else shown
        result = wafer.run("issue", NAME, status=None)
        assert result.status in (FAILED, LATER), (value, result)
        result.error()
    ca.ordinary()
    wafer.issue(NAME)
    wafer.check_store()


@pytest.mark.parametrize("token", ["../../x", "a/b", "..", "a\\b", "a b", "$(id)", "a\u0000b", "a=", "\u00e4", "", "x" * 1000, None])
@pytest.mark.parametrize("solver", ["standalone", "webroot"])
def test_token_outside_base64url(ca, new_wafer, tmp_path, token, solver):
    www = tmp_path / "www"
    www.mkdir()
    wafer = new_wafer(ca)
    if solver == "webroot":
        wafer.options = ["--solver", f"webroot:{www}"]
    ca.edit["challenge"] = lambda value: dict(value, token=token)
    before = sorted(p for p in tmp_path.rglob("*") if not p.is_relative_to(wafer.state))
    refused(wafer, "token")
    after = [p for p in tmp_path.rglob("*") if not p.is_relative_to(wafer.state) and p.is_file()]
    assert after == [p for p in before if p.is_file()]
    assert ca.count("challenge") == 0


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_100_kb_body(ca, new_wafer, endpoint):
    """Too large for the buffers: refused, not overrun. Members that wafer skips may be anywhere."""
    ca.always(endpoint, json_answer({"status": "valid", "padding": "x" * 100000, "url": ca.origin}))
    refused(new_wafer(ca))


@pytest.mark.parametrize("header", ["Location", "Replay-Nonce", "Retry-After", "Link", "Date", "Content-Type"])
@pytest.mark.parametrize("value", ["", "x" * 4000, "\x7f\x80\xff", ";;;,,,<>\"", "99999999999999999999", "-1"])
def test_strange_headers(ca, new_wafer, header, value):
    """They end in success where the header does not matter, else in a clear refusal."""
    def change(answer):
        if header in answer.headers or header not in ("Location", "Replay-Nonce"):
            answer.headers[header] = value
        return answer
    ca.shape = change
    wafer = new_wafer(ca)
    result = wafer.run("issue", NAME, status=None)
    assert result.status in (0, FAILED, LATER), result
    if result.status:
        result.error()
    wafer.check_store()
    ca.violations.clear()  # a nonce or URL that is nonsense comes back as it was sent


@pytest.mark.parametrize("location", ["http://127.0.0.1:{port}/x", "ftp://127.0.0.1/", "https://", "//", "\\\\x"])
def test_redirect_to_a_bad_place(ca, new_wafer, location):
    ca.always("directory", Answer(302, {"Location": location.format(port=ca.port)}))
    refused(new_wafer(ca), "redirect")


def test_redirect_of_excessive_length(ca, new_wafer):
    ca.always("directory", Answer(302, {"Location": "/" + "x" * 3000}))
    refused(new_wafer(ca), "larger")


def test_body_that_breaks_off(ca, new_wafer):
    """Only the connection's end delimits it, and that is not vouched for by a close_notify."""
    ca.always("certificate", Answer(200, {}, b"", framing="close", hang_up=True))
    refused(new_wafer(ca))


def test_redirect_loop(ca, new_wafer):
    ca.always("directory", Answer(302, {"Location": ca.url}))
    refused(new_wafer(ca), "redirect")
    assert ca.connections <= 11


def test_redirect_of_a_post_is_refused(ca, new_wafer):
    """RFC 8555 10.2: a signed request goes to no other place than it was signed for."""
    ca.always("newOrder", Answer(307, {"Location": ca.origin + "/acme:v2/newOrder"}))
    refused(new_wafer(ca), "307")


def test_random_bytes_in_good_answers(ca, new_wafer):
    """Each answer has one octet changed at random, up to 60 issuances with a fixed seed: no crash."""
    noise = random.Random(int(os.environ.get("WAFER_SEED", "5")))

    def change(answer):
        if answer.body and noise.random() < 0.3:
            place = noise.randrange(len(answer.body))
            answer.body = answer.body[:place] + bytes([noise.randrange(256)]) + answer.body[place + 1:]
        return answer
    ca.shape = change
    ca.validate = "trust"
    wafer = new_wafer(ca, "--force")
    for _ in range(40):
        result = wafer.run("issue", NAME, status=None)
        assert result.status in (0, FAILED, LATER), result
    ca.ordinary()
    wafer.issue(NAME)
    wafer.check_store()
    ca.violations.clear()  # changed URLs are asked for
