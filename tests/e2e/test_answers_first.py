"""All answers stand before the first of them is announced, so that an order that cannot be proven costs no failed
validation; what went wrong while the CA validated is taken up again, and told in the CA's words."""

import http.client
import json

import pytest

from client import FAILED, LATER
from firmware import Firmware
from tlsserver import Answer, json_answer, problem

NAME = "a.test"
NAMES = [f"{letter}.test" for letter in "abcdefghij"]
URN = "urn:ietf:params:acme:error:"
BROKEN = b"noise\r\n"


def kinds(ca):
    return [endpoint for endpoint, _ in ca.requests]


def edited(change):
    """A step: the ordinary answer with its JSON changed."""
    def step(request, proceed):
        answer = proceed()
        answer.body = json.dumps(change(json.loads(answer.body))).encode()
        return answer
    return step


def of_the_tenth(change):
    """Changes what the CA shows of the tenth name's authorization alone."""
    return lambda value: change(value) if value["identifier"]["value"] == NAMES[9] else value


# ---- first all, then the first

def test_all_answers_stand_before_the_first_is_announced(ca, new_wafer):
    seen = []

    def step(request, proceed):
        if not seen:
            for authorization in ca.authorizations:
                connection = http.client.HTTPConnection("127.0.0.1", ca.http_port, timeout=20)
                connection.request("GET", "/.well-known/acme-challenge/" + authorization["token"])
                seen.append(connection.getresponse().status)
                connection.close()
        return proceed()
    ca.always("challenge", step)
    wafer = new_wafer(ca)
    wafer.issue(*NAMES)
    assert seen == [200] * 10
    first = kinds(ca).index("challenge")
    assert kinds(ca)[4:first] == ["authorization"] * 10 and kinds(ca)[first:first + 10] == ["challenge"] * 10
    assert kinds(ca)[first + 10:] == ["order", "finalize", "certificate"]  # one look for all
    assert sorted(wafer.live(NAME).names) == NAMES


CANNOT = {
    "no challenge": lambda value: dict(value, challenges=[]),
    "another type": lambda value: dict(value, challenges=[dict(c, type="dns-01") for c in value["challenges"]]),
    "no token": lambda value: dict(value, challenges=[dict(c, token=None) for c in value["challenges"]]),
    "token is a path": lambda value: dict(value, challenges=[dict(c, token="../x") for c in value["challenges"]]),
    "no url": lambda value: dict(value, challenges=[dict(c, url=7) for c in value["challenges"]]),
    "long url": lambda value: dict(value, challenges=[dict(c, url="https://127.0.0.1/" + "x" * 300) for c in value["challenges"]]),
    "deactivated": lambda value: dict(value, status="deactivated"),
    "another name": lambda value: dict(value, identifier=dict(type="dns", value="other.test")),
}


@pytest.mark.parametrize("why", CANNOT)
def test_the_tenth_name_cannot_be_proven(ca, new_wafer, why):
    """None of the others was announced: none becomes invalid."""
    ca.edit["authorization"] = of_the_tenth(CANNOT[why])
    wafer = new_wafer(ca)
    wafer.issue(*NAMES, status=None)
    assert ca.count("challenge") == 0 and ca.count("authorization") == 10
    assert {a["status"] for a in ca.authorizations} == {"pending"}
    ca.ordinary()
    wafer.issue(*NAMES)


@pytest.mark.parametrize("count, length", [(100, 0), (100, 40), (33, 200)])
def test_many_names(ca, new_wafer, count, length):
    names = [f"{'x' * min(length, 60)}{n}.{('y' * 50 + '.') * (length // 60)}test" for n in range(count)]
    real = ca._url  # as long as those of a public CA
    ca._url = lambda endpoint, number=None: real(endpoint, number if number is None else f"{number:060}")
    wafer = new_wafer(ca)
    wafer.issue(*names)
    assert sorted(wafer.live(names[0]).names) == sorted(names)
    assert ca.count("authorization") == ca.count("challenge") == count and ca.count("order") == 1


def test_hundred_names_at_pebble(pebble, new_wafer):
    names = [f"host-{n}.example.test" for n in range(100)]
    wafer, part = new_wafer(pebble), pebble.since_now()
    wafer.issue(*names)
    assert sorted(wafer.live(names[0]).names) == sorted(names)
    assert part.kinds().count("POST chalZ") == 100 and part.invalid_orders() == 0


def test_more_names_than_the_command_takes(ca, new_wafer):
    result = new_wafer(ca).issue(*[f"n{n}.test" for n in range(101)], status=2)
    assert "100" in result.err and ca.requests == []


def test_some_names_are_slow(ca, new_wafer):
    """The order is pending when it is looked at: then each authorization is asked for."""
    ca.once("order", edited(lambda value: dict(value, status="pending")))
    new_wafer(ca).issue(*NAMES[:3])
    assert kinds(ca)[10:] == ["order"] + ["authorization"] * 3 + ["finalize", "certificate"]


def test_order_with_fewer_authorizations_than_names(ca, new_wafer):
    """RFC 8555 7.1.3: they need not be one to one."""
    def newly(request, proceed):
        answer = proceed()
        ca.authorizations[1]["status"] = "valid"
        return answer
    ca.once("newOrder", newly)
    ca.edit["order"] = lambda value: dict(value, authorizations=value["authorizations"][:1])
    new_wafer(ca).issue(*NAMES[:2])
    assert ca.count("authorization") == 2 and ca.count("challenge") == 1


# ---- whose authorization it is

FOREIGN = ["evil\x1b]0;", "\x1b[2Ja.test", "../../etc/passwd", "other.test", "a.test.evil.test", "xa.test", "*.test", "", "a.test\n", "a.test.",
           "127.0.0.1", "\u00e4.test", "a" * 300, 7, None]


@pytest.mark.parametrize("value", FOREIGN)
def test_identifier_that_nobody_ordered(ca, new_wafer, tmp_path, value):
    www = tmp_path / "www"
    www.mkdir()
    wafer = new_wafer(ca)
    wafer.options = ["--solver", f"webroot:{www}"]
    ca.edit["authorization"] = lambda shown: dict(shown, identifier=dict(type="dns", value=value))
    result = wafer.issue(NAME, status=LATER)
    assert "\x1b" not in result.out + result.err and "evil" not in result.out + result.err
    assert "authorization" in result.error()
    assert ca.count("challenge") == 0 and not [p for p in www.rglob("*") if p.is_file()]


@pytest.mark.parametrize("name, shown", [("a.test", "A.TEST"), ("*.a.test", "a.test"), ("*.a.test", "*.A.test"), ("192.0.2.7", "192.0.2.7"),
                                         ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1")])
def test_identifier_in_another_form(start_ca, tmp_path, name, shown):
    ca = start_ca(validate="trust")
    ca.edit["authorization"] = lambda value: dict(value, wildcard=True, identifier=dict(value["identifier"], value=shown))
    assert Firmware(tmp_path, ca, name).run("skip")["certificate"] == "found"


# ---- an interrupted run

def test_answers_come_back_up(ca, new_wafer):
    """wafer is gone before the CA has looked; when it is back, nothing is announced a second time."""
    real, ca._fetch = ca._fetch, lambda authorization: None
    ca.edit["challenge"] = lambda value: dict(value, status="processing") if ca.count("challenge") and value["status"] == "pending" else value
    looks = []

    def look(request, proceed):
        looks.append(request)
        if len(looks) == 2:
            return BROKEN
        if len(looks) == 4:  # the second one of the second run: by now the answer is up again
            real(ca.authorizations[0])
        return proceed()
    ca.always("authorization", look)
    wafer = new_wafer(ca)
    wafer.issue(NAME, status=LATER)
    wafer.issue(NAME)
    assert len(looks) == 4 and len(ca.orders) == 1 and ca.count("challenge") == 1


# ---- a challenge that is left with an error (RFC 8555 8.2)

def stuck(ca, times, status="processing", kind="dns"):
    """The first `times` validations go wrong, and the challenge keeps the error."""
    state = dict(told=0)

    def step(request, proceed):
        state["told"] += 1
        if state["told"] > times:
            return proceed()
        ca._note(request, "challenge")
        return json_answer(dict(type="http-01", status=status, url=ca.origin, token="x"))

    def show(value):
        if 0 < state["told"] <= times:
            return dict(value, status=status, error=dict(type=URN + kind, detail="no A record found", status=400))
        return value
    ca.always("challenge", step)
    ca.edit["challenge"] = show
    return state


@pytest.mark.parametrize("status", ["processing", "pending"])
@pytest.mark.parametrize("times", [1, 2])
def test_error_that_passes(start_ca, tmp_path, status, times):
    ca = start_ca(validate="trust")
    stuck(ca, times, status)
    assert Firmware(tmp_path, ca).run("skip")["certificate"] == "found"
    assert ca.count("challenge") == times + 1 and len(ca.orders) == 1


@pytest.mark.parametrize("status", ["processing", "pending"])
@pytest.mark.parametrize("kind", ["dns", "connection", "rejectedIdentifier"])
def test_error_that_stays(start_ca, tmp_path, status, kind):
    """It is told soon, and the order is given up."""
    ca = start_ca(validate="trust")
    stuck(ca, 99, status, kind)
    device = Firmware(tmp_path, ca)
    result = device.run("skip", status=1)
    assert result["error"] == "the CA could not validate a name" and result["subject"] == NAME
    assert result.action == "backoff" and result.number("skipped") < 30000
    assert ca.count("challenge") == 3
    ca.ordinary()
    assert device.run("skip", "again")["certificate"] == "found"
    assert len(ca.orders) == 2


@pytest.mark.parametrize("limit", ["wait=1600", "operation=1600"])
def test_error_is_the_reason_when_the_wait_is_over(start_ca, tmp_path, limit):
    ca = start_ca(validate="trust")
    stuck(ca, 99)
    result = Firmware(tmp_path, ca).run("skip", limit, status=1)
    assert result["error"] == "the CA could not validate a name" and result["subject"] == NAME


def test_error_of_an_earlier_run(start_ca, tmp_path):
    """A resumed challenge that was left with an error is announced."""
    ca = start_ca(validate="trust")
    state, device = stuck(ca, 1), Firmware(tmp_path, ca)
    device.cut("/authorization/0", "skip")
    state["told"] = 1
    assert device.run("skip")["certificate"] == "found"
    assert ca.count("challenge") == 1 and len(ca.orders) == 1


def test_second_announcement_is_told(ca, new_wafer):
    ca.validate = "trust"
    stuck(ca, 1)
    events = new_wafer(ca, "--json").issue(NAME).json()
    assert [e["step"] for e in events if e["event"] == "retry"] == ["validation"]


# ---- the answer to the announcement

@pytest.mark.parametrize("refusal", [problem("malformed", "it is being validated", 400), Answer(400, {}, b""), Answer(409, {}, b"busy"),
                                     problem("conflict", "it is being validated", 409), problem("malformed", "the authorization is valid", 403)])
def test_refused_for_the_ca_knows_already(ca, new_wafer, refusal):
    def step(request, proceed):
        proceed()
        return refusal
    ca.once("challenge", step)
    new_wafer(ca).issue(NAME)
    assert ca.count("challenge") == 1 and len(ca.orders) == 1


@pytest.mark.parametrize("kind, http", [("unauthorized", 403), ("incorrectResponse", 400), ("connection", 400), ("rejectedIdentifier", 403),
                                        ("malformed", 400)])
def test_refusal_is_the_reason(ca, new_wafer, kind, http):
    """Of a failed validation, which passes perhaps: the next run orders anew."""
    ca.always("challenge", problem(kind, "the CA's own words", http))
    wafer = new_wafer(ca)
    error = wafer.issue(NAME, status=LATER).error()
    assert "the CA's own words" in error and NAME in error
    ca.ordinary()
    wafer.issue(NAME)
    assert len(ca.orders) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_reason_that_only_the_answer_has(ca, new_wafer, count):
    ca.validate = "sync"
    good, ca.http_port = ca.http_port, 9
    ca.edit["authorization"] = lambda value: dict(value, challenges=[
        {k: v for k, v in c.items() if k != "error"} for c in value["challenges"]])
    error = new_wafer(ca, http_port=good).issue(*NAMES[:count], status=LATER).error()
    assert "Connection refused" in error and NAME in error


def test_failure_that_is_no_validation(ca, new_wafer):
    """The order goes on."""
    wafer = new_wafer(ca)
    ca.once("challenge", BROKEN)
    wafer.issue(NAME, status=LATER)
    wafer.issue(NAME)
    assert len(ca.orders) == 1


# ---- what a failed validation means

@pytest.mark.parametrize("kind, status", [("rejectedIdentifier", LATER), ("unsupportedIdentifier", LATER), ("malformed", LATER), ("badCSR", LATER),
                                          ("accountDoesNotExist", LATER), ("madeUp", LATER), ("dns", LATER), ("caa", FAILED),
                                          ("userActionRequired", FAILED)])
@pytest.mark.parametrize("count", [1, 2])
def test_error_of_a_challenge(ca, new_wafer, kind, status, count):
    ca._fetch = lambda authorization: authorization.update(status="invalid", error=dict(
        type=URN + kind, detail="as we say", status=400))
    error = new_wafer(ca).issue(*NAMES[:count], status=status).error()
    assert "as we say" in error and NAME in error
    assert ca.count("newAccount") == 1


def test_which_name_made_the_order_invalid(ca, new_wafer):
    real = ca._fetch
    ca._fetch = lambda a: real(a) if a["identifier"]["value"] != "c.test" else a.update(status="invalid", error=dict(
        type=URN + "dns", detail="no A record found", status=400))
    error = new_wafer(ca).issue(*NAMES[:4], status=LATER).error()
    assert "c.test" in error and "no A record found" in error


def test_order_that_is_invalid_with_sound_authorizations(ca, new_wafer):
    ca.always("order", edited(lambda value: dict(value, status="invalid", error=dict(type=URN + "caa", detail="CAA says no"))))
    assert "CAA says no" in new_wafer(ca).issue(*NAMES[:2], status=FAILED).error()
