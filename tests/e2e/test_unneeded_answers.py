"""What of an answer is not needed does no harm: a page of HTML where the status says enough, headers that nobody asked
for, a problem document that is too long, what came before the request. What is needed and is not there is an error."""

import contextlib
import json
import socket

import pytest

from client import FAILED, LATER
from firmware import Firmware
from tlsserver import Answer, json_answer, problem

NAME = "a.test"
URN = "urn:ietf:params:acme:error:"
PAGE = b"<html><head><style>p { margin: 0 }</style></head><body>" + b"<p>The server is busy.</p>\r\n" * 300 + b"</body></html>"
ENDPOINTS = ("directory", "newNonce", "newAccount", "newOrder", "authorization", "challenge", "finalize", "certificate")
TOO_LARGE = "larger"


def page(status, headers=None, **how):
    return Answer(status, {"Content-Type": "text/html", **(headers or {})}, how.pop("body", PAGE), **how)


def breaks_off(answer, body):
    """So many octets of its body come."""
    answer.cut = len(answer.octets(True)) + body
    return answer


def refused(wafer, status, *says):
    result = wafer.issue(NAME, status=status)
    error = result.error()
    for text in says:
        assert text in error, error
    assert TOO_LARGE not in error and "fewer names" not in error, error
    return result


# ---- pages with a status that says enough

FRAMINGS = {
    "length": {},
    "chunked": dict(framing="chunked", piece=100),
    "until_close": dict(framing="close"),
    "breaks_off": dict(cut=5000),
    "bad_chunks": dict(framing="none", headers={"Transfer-Encoding": "chunked"}, hang_up=True),
    "endless": dict(body=PAGE * 100),
}


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_page_then_good(ca, new_wafer, endpoint, framing):
    """A 503 of a proxy is repeated; its page is dropped, however it ends."""
    how = dict(FRAMINGS[framing])
    ca.once(endpoint, page(503, {"Retry-After": "0", **how.pop("headers", {})}, **how))
    new_wafer(ca).issue(NAME)
    assert len(ca.orders) == 1


@pytest.mark.parametrize("status, code, says", [
    (429, LATER, "rate"), (503, LATER, "503"), (502, LATER, "502"), (404, FAILED, "404"), (403, FAILED, "403"),
    (302, FAILED, "302"), (408, LATER, "408"), (500, LATER, "500")])
def test_page_is_judged_by_its_status(ca, new_wafer, status, code, says):
    ca.always("newOrder", page(status, {"Retry-After": "3600"}))
    wafer = new_wafer(ca)
    result = wafer.run("issue", NAME, "--json", status=code)
    assert TOO_LARGE not in result.err and "fewer names" not in result.err
    error = [event for event in result.json() if event["event"] == "error"][0]
    assert error["retry_after"] == 3600 and error["status"] == status and says in error["text"]


@pytest.mark.parametrize("endpoint", ["newNonce", "certificate", "authorization", "finalize"])
def test_rate_limit_with_a_page(ca, new_wafer, endpoint):
    """Its Retry-After is kept for the next run."""
    ca.always(endpoint, page(429, {"Retry-After": "3600"}))
    wafer = new_wafer(ca)
    refused(wafer, LATER, "rate")
    ca.ordinary()
    ca.requests.clear()
    wafer.issue(NAME, status=LATER)
    assert ca.requests == []


@pytest.mark.parametrize("endpoint", ["directory", "newOrder", "authorization", "finalize"])
def test_page_with_status_200(ca, new_wafer, endpoint):
    """Where JSON is needed it is none, and not too large."""
    ca.always(endpoint, page(200, {"Location": ca.origin + "/acme:v2/order/0"}))
    refused(new_wafer(ca), LATER, "JSON")


@pytest.mark.parametrize("body", [b"", PAGE, b'{"status": "valid", "orders": "' + b"x" * 70000 + b'"}', b"\0" * 70000])
@pytest.mark.parametrize("endpoint", ["newAccount", "challenge"])
def test_body_that_nobody_reads(ca, new_wafer, endpoint, body):
    def step(request, proceed):
        answer = proceed()
        answer.body = body
        return answer
    ca.always(endpoint, step)
    new_wafer(ca).issue(NAME)


@pytest.mark.parametrize("status", [200, 204])
def test_nothing_where_json_is_needed(ca, new_wafer, status):
    ca.always("authorization", Answer(status, {}, b""))
    refused(new_wafer(ca), LATER, "JSON")


def test_order_whose_body_breaks_off(ca, new_wafer):
    """Its place is known by then: the next run goes on with it."""
    ca.shape = lambda answer: breaks_off(answer, 20) if "order/" in answer.headers.get("Location", "") else answer
    wafer = new_wafer(ca)
    wafer.issue(NAME, status=LATER)
    ca.ordinary()
    wafer.issue(NAME)
    assert len(ca.orders) == 1


# ---- problem documents

def long_problem(kind, **members):
    return dict(type=URN + kind, detail="as we say", status=403, **members)


SUBPROBLEMS = [dict(type=URN + "caa", detail="d" * 100, identifier=dict(type="dns", value=f"n{n}.test")) for n in range(370)]
DOCUMENTS = {
    "padding_behind": long_problem("caa", padding="x" * 70000),
    "padding_before": {"a": "x" * 70000, "b": ["\\\"\u4f60" * 1500, {"type": "no", "c": [1, "]"]}], **long_problem("caa")},
    "subproblems": long_problem("caa", subproblems=SUBPROBLEMS),
    "sorted": dict(sorted(long_problem("caa", subproblems=SUBPROBLEMS).items())),
    "many_tokens": {"list": [0] * 5000, **long_problem("caa")},
    "escapes": {"n": "\U0001f600\n" * 5000, **long_problem("caa")},
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("how", [{}, dict(framing="chunked", piece=77)])
def test_long_problem(ca, new_wafer, name, how):
    answer = Answer(403, {"Content-Type": "application/problem+json"}, json.dumps(DOCUMENTS[name]).encode(), **how)
    ca.always("newOrder", answer)
    refused(new_wafer(ca), FAILED, "as we say", "caa")


def test_long_detail(ca, new_wafer):
    """Its beginning is shown, whatever its characters."""
    for text in ("as we say, " + "y" * 70000, "as we say, " + "\u4f60\u597d" * 7500):
        for ascii_only in (False, True):
            body = json.dumps(dict(type=URN + "caa", detail=text), ensure_ascii=ascii_only).encode()
            ca.once("newOrder", Answer(403, {}, body))
            refused(new_wafer(ca), FAILED, "as we say", "caa")


@pytest.mark.parametrize("left", [60, 75, 76, 90])
def test_problem_that_breaks_off(ca, new_wafer, left):
    """What has come of it is used, as far as its members are whole or texts."""
    body = json.dumps(dict(type=URN + "rejectedIdentifier", detail="as we say", subproblems=SUBPROBLEMS)).encode()
    ca.shape = lambda answer: breaks_off(answer, left) if answer.status == 403 else answer
    ca.always("newOrder", Answer(403, {}, body))
    says = ["rejectedIdentifier"] if left > 65 else []
    refused(new_wafer(ca), FAILED, *says)


def test_cut_document_is_not_a_whole_one(ca, new_wafer):
    """An order of which only the first members have come is no order."""
    def step(request, proceed):
        answer = proceed()
        value = json.loads(answer.body)
        answer.body = json.dumps({**value, "padding": "x" * 70000}).encode()
        return answer
    ca.always("newOrder", step)
    result = new_wafer(ca).issue(NAME, status=None)
    assert result.status in (FAILED, LATER) and ca.count("authorization") == 0


@pytest.mark.parametrize("endpoint", ["newAccount", "newOrder", "authorization", "finalize"])
def test_problem_with_status_200(ca, new_wafer, endpoint):
    answer = problem("caa", "as we say", 403)
    answer.status = 200
    ca.always(endpoint, answer)
    refused(new_wafer(ca), FAILED, "as we say", "caa")


@pytest.mark.parametrize("kind", ["about:blank", URN + "malformed", "https://proxy.test/too-many"])
def test_429_is_a_rate_limit_whatever_it_says(ca, new_wafer, kind):
    ca.always("newOrder", json_answer(dict(type=kind, detail="as we say"), 429, Retry_After="3600"))
    wafer = new_wafer(ca)
    refused(wafer, LATER, "as we say")
    ca.requests.clear()
    wafer.issue(NAME, status=LATER)
    assert ca.requests == []


# ---- headers

LONG_HEADERS = {
    "unknown": {"X-Unknown": "x" * 5000},
    "policy": {"Content-Security-Policy": "default-src 'none'; " * 200},
    "cookies": {"Set-Cookie": ["a=" + "b" * 700] * 5},
    "long_name": {"X-" + "n" * 700: "1"},
    "link": {"Link": f"<https://ca.test/{'l' * 700}>;rel=\"index\""},
    "location": {"Location": "https://ca.test/" + "l" * 700},
    "location_too_long_for_a_line": {"Location": "/" + "l" * 5000},
    "retry_after": {"Retry-After": "9" * 700},
    "date": {"Date": "Thu, 01 Jan 2026 00:00:00 GMT" + " " * 700},
    "connection": {"Connection": "keep-alive" + ", x" * 300},
}


@pytest.mark.parametrize("endpoint", ["directory", "newNonce", "authorization", "challenge", "finalize", "certificate"])
@pytest.mark.parametrize("name", LONG_HEADERS)
def test_long_header(ca, new_wafer, endpoint, name):
    def step(request, proceed):
        answer = proceed()
        answer.headers.update(LONG_HEADERS[name])
        return answer
    ca.always(endpoint, step)
    new_wafer(ca).issue(NAME)


def test_long_nonces(ca, new_wafer):
    """One that there is no room for counts as none; only who never gets another is lost."""
    def step(request, proceed):
        answer = proceed()
        answer.headers["Replay-Nonce"] = "n" * 700
        return answer
    for endpoint in ("newAccount", "newOrder", "authorization", "challenge", "finalize", "certificate"):
        ca.always(endpoint, step)
    new_wafer(ca).issue(NAME)
    ca.always("newNonce", step)
    error = new_wafer(ca).issue(NAME, status=LATER).error()
    assert "Nonce" in error


@pytest.mark.parametrize("endpoint", ["newAccount", "newOrder"])
@pytest.mark.parametrize("length", [300, 700, 5000])
def test_long_location_where_it_is_needed(ca, new_wafer, endpoint, length):
    def step(request, proceed):
        answer = proceed()
        answer.headers["Location"] = "https://ca.test/" + "l" * length
        return answer
    ca.always(endpoint, step)
    error = new_wafer(ca).issue(NAME, status=None).error()
    assert "Location" in error


def test_long_link_of_an_alternate_chain(ca, new_wafer):
    """There is no such chain for wafer: it takes the first one and says so."""
    def step(request, proceed):
        answer = proceed()
        answer.headers["Link"] = f"<{ca.origin}/acme:v2/certificate/{'l' * 700}>;rel=\"alternate\""
        return answer
    ca.always("certificate", step)
    result = new_wafer(ca).issue(NAME, "--preferred-chain", "Other root")
    assert "preferred chain" in result.err


@pytest.mark.parametrize("blank", ["\r\n ", "\r\n\t", "\r\n \t ", "\n "])
def test_folded_headers(ca, new_wafer, blank):
    """Of headers that matter, too (RFC 9112 5.2)."""
    def change(answer):
        answer.headers["X-Folded"] = f"a{blank}b{blank}c"
        if "Location" in answer.headers:
            answer.headers["Location"] = blank + answer.headers["Location"]
        if "Replay-Nonce" in answer.headers:
            answer.headers["Replay-Nonce"] = blank + answer.headers["Replay-Nonce"] + blank
        return answer
    ca.shape = change
    new_wafer(ca).issue(NAME)


def test_no_compression_is_wanted(ca, new_wafer):
    seen = []
    ordinary = ca.answer

    def answer(request):
        seen.append(request.headers.get("accept-encoding"))
        return ordinary(request)
    ca.answer = answer
    new_wafer(ca).issue(NAME)
    assert set(seen) == {"identity"}


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_informational_answers_before(ca, new_wafer, endpoint):
    def step(request, proceed):
        answer = proceed()
        answer.headers.setdefault("Replay-Nonce", ca.new_nonce())
        early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>;rel=preload\r\nRetry-After: 9\r\n\r\n"
        return early + answer.octets(request.method == "HEAD")
    ca.once(endpoint, step)
    new_wafer(ca).issue(NAME)


# ---- connections

@pytest.mark.parametrize("status", [408, 421])
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_status_that_blames_the_connection(ca, new_wafer, endpoint, status):
    ca.once(endpoint, page(status))
    new_wafer(ca).issue(NAME)
    assert ca.handshakes == 2 and len(ca.orders) == 1


@pytest.mark.parametrize("status", [408, 421])
def test_it_is_repeated_once(ca, new_wafer, status):
    ca.always("newOrder", page(status))
    refused(new_wafer(ca), LATER, str(status))
    assert ca.count("newOrder") == 2


UNASKED = {
    "408": b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "200": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "noise": b"\r\n\r\n",
    "end": b"",
}


@pytest.mark.parametrize("name", UNASKED)
@pytest.mark.parametrize("endpoint", ["directory", "newAccount", "challenge", "finalize"])
def test_what_comes_before_the_request(start_ca, tmp_path, name, endpoint):
    """It is nothing that the next request could be answered by: that goes over a new connection. Answer and what
    nobody asked for come in one TCP segment, each as a record of its own."""
    ca = start_ca(validate="trust")
    said = []
    write = ca._write

    def write_more(tls, answer, head_only):
        if not said or said[-1] != "next":
            return write(tls, answer, head_only)
        said[-1] = "done"
        tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        goes_on = write(tls, answer, head_only)
        if UNASKED[name]:
            tls.sendall(UNASKED[name])
        else:
            tls.settimeout(0)
            with contextlib.suppress(OSError):
                tls.unwrap()  # sends close_notify, and does not wait for the answer to it
        tls.settimeout(None)
        tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
        return goes_on

    def step(request, proceed):
        said.append("next")
        return proceed()
    ca._write = write_more
    ca.once(endpoint, step)
    result = Firmware(tmp_path, ca).run()
    assert result["certificate"] == "found" and said == ["done"]
    assert ca.count("newOrder") == ca.count("finalize") == 1


# ---- not that far yet

@pytest.mark.parametrize("status", [404, 425])
@pytest.mark.parametrize("endpoint", ["authorization", "challenge", "finalize", "order", "certificate"])
@pytest.mark.parametrize("body", ["page", "problem"])
def test_url_that_is_not_known_yet(start_ca, tmp_path, status, endpoint, body):
    """A CA of several machines: what one has handed out the next one does not know for a while."""
    ca = start_ca(validate="trust", slow_finalize=1)
    for _ in range(3):
        ca.once(endpoint, page(status) if body == "page" else problem("malformed", "no such thing", status))
    result = Firmware(tmp_path, ca).run("skip")
    assert result["certificate"] == "found" and len(ca.orders) == 1


@pytest.mark.parametrize("endpoint", ["authorization", "certificate"])
def test_url_that_is_never_known(start_ca, tmp_path, endpoint):
    ca = start_ca(validate="trust")
    ca.always(endpoint, problem("malformed", "no such thing", 404))
    result = Firmware(tmp_path, ca).run("skip", status=1)
    assert 2 <= ca.count(endpoint) <= 6 and result.number("skipped") < 60000


@pytest.mark.parametrize("endpoint", ["directory", "newNonce", "newAccount", "newOrder"])
def test_404_of_a_url_that_stands(ca, new_wafer, endpoint):
    """What is in the directory is known at once, or never."""
    ca.always(endpoint, page(404))
    refused(new_wafer(ca), FAILED, "404")
    assert ca.count(endpoint) == 1


@pytest.mark.parametrize("endpoint", ["directory", "newNonce", "newOrder"])
def test_425_of_a_url_that_stands(start_ca, tmp_path, endpoint):
    ca = start_ca(validate="trust")
    ca.once(endpoint, page(425, {"Retry-After": "2"}))
    result = Firmware(tmp_path, ca).run("skip")
    assert result["certificate"] == "found" and result.number("skipped") >= 2000


def test_503_on_new_nonce_says_when(ca, new_wafer):
    """An answer without a body, to HEAD."""
    ca.always("newNonce", page(503, {"Retry-After": "3600"}))
    result = new_wafer(ca).run("issue", NAME, "--json", status=LATER)
    assert [event["retry_after"] for event in result.json() if event["event"] == "error"] == [3600]
