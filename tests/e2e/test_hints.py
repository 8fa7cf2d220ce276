"""The next step in an error is one that fits: what was given, whose key it is, which name the CA means."""

import pytest

from client import FAILED
from test_csr import request
from tlsserver import problem

NAME = "a.test"
BUG = "report this as a bug"


def error_of(ca, wafer, endpoint, kind, *args, http=403, subproblems=None):
    body = dict(subproblems=subproblems) if subproblems else {}
    ca.always(endpoint, problem(kind, "as we say", http, {"Retry-After": "0"}, **body))
    error = wafer.issue(*(args or [NAME]), status=None).error()
    assert BUG not in error and "://" not in error.split("check that port 80")[-1].partition(";")[0]
    return error


def test_caa_names_the_domain(ca, new_wafer):
    """Not the endpoint that has told it."""
    error = error_of(ca, new_wafer(ca), "finalize", "caa")
    assert f"CAA record of {NAME}" in error


def test_port_80_of_the_domain(ca, new_wafer):
    error = error_of(ca, new_wafer(ca), "challenge", "connection", http=400)
    assert f"check that port 80 of {NAME} reaches" in error


@pytest.mark.parametrize("options, says", [((), "name it with --csr"), (("--reuse-key",), "order without --reuse-key")])
def test_bad_public_key(ca, new_wafer, options, says):
    error = error_of(ca, new_wafer(ca), "finalize", "badPublicKey", NAME, *options)
    assert says in error and ("--reuse-key" in error) == bool(options)


@pytest.mark.parametrize("kind, says", [("badCSR", "make the request in --csr anew"), ("badPublicKey", "a key that the CA takes")])
def test_somebodys_own_request(ca, new_wafer, tmp_path, kind, says):
    wafer = new_wafer(ca)
    assert says in error_of(ca, wafer, "finalize", kind, "--csr", request(tmp_path, f"DNS:{NAME}"))


def test_no_challenge(ca, new_wafer):
    """Where no wildcard was asked for, none is in the hint."""
    ca.edit["authorization"] = lambda value: dict(value, challenges=[dict(c, type="dns-01") for c in value["challenges"]])
    error = new_wafer(ca).issue(NAME, status=FAILED).error()
    assert "wildcard" not in error and f"no http-01 for {NAME}" in error and "--challenge none" in error


@pytest.mark.parametrize("kind", ["rejectedIdentifier", "unsupportedIdentifier"])
def test_which_name(ca, new_wafer, kind):
    """Nobody has told which: "this name" would be a guess."""
    error = error_of(ca, new_wafer(ca), "newOrder", kind, NAME, "b.test")
    assert "this name" not in error and "the name that the CA means" in error


def test_names_that_the_ca_tells(ca, new_wafer):
    wafer = new_wafer(ca)
    told = [dict(type="urn:ietf:params:acme:error:rejectedIdentifier", detail="no", identifier=dict(type="dns", value="b.test"))]
    ca.always("newOrder", problem("rejectedIdentifier", "as we say", 403, subproblems=told))
    result = wafer.issue(NAME, "b.test", status=FAILED)
    assert "the names below" in result.err and "  b.test: no" in result.err


@pytest.mark.parametrize("kind", ["malformed", "invalidContact", "unsupportedContact"])
def test_contact_is_wanted(ca, new_wafer, kind):
    assert "give one with --email" in error_of(ca, new_wafer(ca), "newAccount", kind, http=400)
    other = error_of(ca, new_wafer(ca), "newAccount", "invalidContact", NAME, "--email", "a@example.org", http=400)
    assert "give another address with --email" in other


def test_wrong_binding_and_500(ca, new_wafer, tmp_path):
    """As some servers answer a wrong key identifier."""
    (tmp_path / "key").write_text("AAAA")
    (tmp_path / "key").chmod(0o600)
    options = ["--eab-kid", "k", "--eab-key-file", tmp_path / "key"]
    assert "check --eab-kid" in error_of(ca, new_wafer(ca), "newAccount", "serverInternal", NAME, *options, http=500)


@pytest.mark.parametrize("url", ["", "no URL", "http://127.0.0.1/", "https://", "//x", "ftp://127.0.0.1/x"])
@pytest.mark.parametrize("member", ["newNonce", "newOrder"])
def test_bad_url_of_a_ca(ca, new_wafer, url, member):
    """It is the CA's, or the wrong --ca: no bug of wafer."""
    ca.edit["directory"] = lambda value: dict(value, **{member: url})
    error = new_wafer(ca).issue(NAME, status=None).error()
    assert BUG not in error and ("--ca" in error or "who runs the CA" in error), error


PROFILES = {"classic": "as ever", "short": "six days", "x" * 80: "longer than any"}


def refuse_profile(ca, kind, profiles):
    ca.edit["directory"] = lambda value: dict(value, meta=dict(value["meta"], profiles=profiles) if profiles is not None else value["meta"])
    ca.always("newOrder", problem(kind, "not this one", 400))


@pytest.mark.parametrize("kind", ["invalidProfile", "malformed"])
@pytest.mark.parametrize("profiles, says", [
    (PROFILES, "choose with --profile what the CA offers (classic, short)"), ({}, "this CA has no profiles: leave --profile out"),
    (None, "this CA has no profiles"), ("odd", "this CA has no profiles"), ({"one": 7}, "offers (one)")])
def test_profiles_that_there_are(ca, new_wafer, kind, profiles, says):
    wafer = new_wafer(ca)
    refuse_profile(ca, kind, profiles)
    result = wafer.issue(NAME, "--profile", "shrot", status=FAILED)
    assert says in result.error() and "not this one" in result.error()
    assert result.out.count("directory") <= 2  # its line, with the URL in it: the question for the profiles shows nothing


def test_profiles_that_are_not_told(ca, new_wafer):
    """The CA does not answer any more: what it refused is told all the same."""
    wafer = new_wafer(ca)

    def refuse(request, proceed):
        ca.always("directory", problem("serverInternal", "gone", 503))
        return problem("invalidProfile", "not this one", 400)
    ca.always("newOrder", refuse)
    error = wafer.issue(NAME, "--profile", "shrot", status=FAILED).error()
    assert "not this one" in error and "choose a profile that the CA offers" in error


def test_no_profile_was_given(ca, new_wafer):
    refuse_profile(ca, "malformed", PROFILES)
    assert "profile" not in new_wafer(ca).issue(NAME, status=FAILED).error()


@pytest.mark.parametrize("length", [300, 1500, 3900])
def test_long_details(ca, new_wafer, length):
    """Let's Encrypt's URL for a paused account stands at the end of a long detail."""
    wafer = new_wafer(ca)
    url = "https://portal.ca.test/sfe/v1/unpause?jwt=" + "eyJ0".ljust(length - 200, "x")
    detail = f"Your account is temporarily prevented from requesting certificates for {NAME}. Please visit: {url}"
    ca.always("newOrder", problem("rateLimited", detail, 429))
    result = wafer.issue(NAME, "--json", status=FAILED)
    assert detail in result.err and any(event.get("detail") == detail for event in result.json())


def test_too_long_details(ca, new_wafer):
    wafer = new_wafer(ca)
    ca.always("newOrder", problem("rateLimited", "words " * 600 + "https://portal.ca.test/" + "x" * 900, 429))
    error = wafer.issue(NAME, status=FAILED).error()
    assert "words ... (rateLimited" in error and "https://" not in error


def test_each_of_many_subproblems(ca, new_wafer):
    """A hundred names, all of them refused, are all told."""
    wafer = new_wafer(ca)
    names = [f"host-{n}.example.test" for n in range(100)]
    told = [dict(type="urn:ietf:params:acme:error:rejectedIdentifier", detail=f"{name} is not for us to say",
                 identifier=dict(type="dns", value=name)) for name in names]
    ca.always("newOrder", problem("rejectedIdentifier", "as we say", 403, subproblems=told))
    result = wafer.issue(*names, status=FAILED)
    assert [name for name in names if f"  {name}: {name} is not for us to say (rejectedIdentifier)" not in result.err] == []
