"""A certificate from Pebble, first and again: what is asked of the CA and what is left on disk."""

import stat

import pytest

FIRST = ["GET dir", "HEAD nonce-plz", "POST sign-me-up", "POST order-plz", "POST authZ", "POST chalZ",
         "POST authZ", "POST finalize-order", "POST my-order", "POST certZ"]
RENEWAL = [kind for kind in FIRST if kind != "POST sign-me-up"]


def but_for_polls(kinds):
    """How often wafer must poll is up to Pebble's speed: on a busy machine it is asked before it is
    ready, or it is ready before it answers. test_requests_of_a_ca_in_step counts the polls as well."""
    once = [kind for i, kind in enumerate(kinds) if i == 0 or kind != kinds[i - 1]]
    return [kind for kind in once if kind != "POST my-order"]


def test_first_issue(pebble, new_wafer, tmp_path):
    wafer = new_wafer(pebble)
    wafer.issue("a.test")
    live = wafer.live("a.test")
    assert live.names == ["a.test"]
    assert live.key.curve.name == "secp256r1"
    live.verify(pebble.fetch("roots/0"), tmp_path)
    assert live.chain_pem.split() == pebble.fetch("intermediates/0").split()
    assert stat.S_IMODE((wafer.state / "store").stat().st_mode) == 0o600
    assert stat.S_IMODE(wafer.state.stat().st_mode) == 0o700
    wafer.check_store()


def test_requests_of_first_issue_and_renewal(pebble, new_wafer):
    wafer, part = new_wafer(pebble), pebble.since_now()
    wafer.issue("a.test")
    assert but_for_polls(part.kinds()) == but_for_polls(FIRST)
    part = pebble.since_now()
    wafer.run("renew", "--force")
    assert but_for_polls(part.kinds()) == but_for_polls(RENEWAL)


def test_requests_of_a_ca_in_step(start_ca, new_wafer):
    """A CA that is ready when wafer asks: 10 requests, then 9, and not one poll too many."""
    ca = start_ca(validate="sync", slow_finalize=1)

    def not_yet(request, proceed):
        answer = proceed()
        answer.body = answer.body.replace(b'"status": "valid"', b'"status": "processing"')
        assert b"processing" in answer.body
        return answer
    ca.always("challenge", not_yet)
    wafer = new_wafer(ca)
    wafer.issue("a.test")
    first = ["directory", "newNonce", "newAccount", "newOrder", "authorization", "challenge",
             "authorization", "finalize", "order", "certificate"]
    assert [endpoint for endpoint, _ in ca.requests] == first
    ca.requests.clear()
    wafer.run("renew", "--force")
    assert [endpoint for endpoint, _ in ca.requests] == [endpoint for endpoint in first if endpoint != "newAccount"]


def test_one_handshake_for_all(proxy, pebble24, new_wafer):
    wafer = new_wafer(proxy, http_port=pebble24.http_port)
    wafer.issue("a.test")
    assert (proxy.connections, proxy.handshakes) == (1, 1)
    proxy.reset()
    wafer.run("renew", "--force")
    assert (proxy.connections, proxy.handshakes) == (1, 1)


def test_renewal_replaces_all_files(pebble, new_wafer, tmp_path):
    wafer = new_wafer(pebble)
    wafer.issue("a.test")
    old = wafer.live("a.test")
    wafer.run("renew", "--force")
    new = wafer.live("a.test")
    assert new.cert.serial_number != old.cert.serial_number
    new.verify(pebble.fetch("roots/0"), tmp_path)


@pytest.mark.parametrize("again", [["renew"], ["renew", "a.test"], ["issue", "a.test"]])
def test_nothing_due_asks_nothing(pebble24, new_wafer, again):
    wafer = new_wafer(pebble24)
    wafer.issue("a.test")
    part, before, store = pebble24.since_now(), wafer.live("a.test"), wafer.store()
    wafer.run(*again)
    assert part.requests() == []
    assert wafer.live("a.test").fullchain_pem == before.fullchain_pem
    assert wafer.store() == store


def test_renew_remembers_how_it_was_issued(pebble24, new_wafer):
    wafer = new_wafer(pebble24)
    wafer.issue("a.test")
    wafer.ca, wafer.options = [], []
    part, old = pebble24.since_now(), wafer.live("a.test")
    wafer.run("renew", "--force")
    assert part.new_orders() == 1
    assert wafer.live("a.test").cert.serial_number != old.cert.serial_number


def test_five_names(pebble, new_wafer, tmp_path):
    names = ["e.test", "a.test", "d.test", "b.test", "c.test"]
    wafer = new_wafer(pebble)
    wafer.issue(*names)
    live = wafer.live("e.test")
    assert sorted(live.names) == sorted(names)  # Pebble sorts
    live.verify(pebble.fetch("roots/0"), tmp_path)


def test_order_of_names_is_kept(ca, new_wafer):
    names = ["e.test", "a.test", "d.test", "b.test", "c.test"]
    wafer = new_wafer(ca)
    wafer.issue(*names)
    order = next(payload for endpoint, payload in ca.requests if endpoint == "newOrder")
    assert [identifier["value"] for identifier in order["identifiers"]] == names
    assert wafer.live("e.test").names == names


def test_changed_names_are_ordered_at_once(pebble24, new_wafer):
    wafer = new_wafer(pebble24)
    wafer.issue("a.test")
    wafer.issue("a.test", "b.test")
    assert sorted(wafer.live("a.test").names) == ["a.test", "b.test"]
    part = pebble24.since_now()
    wafer.issue("a.test", "b.test")
    assert part.requests() == []


def test_second_certificate_uses_the_same_account(pebble24, new_wafer):
    wafer, part = new_wafer(pebble24), pebble24.since_now()
    wafer.issue("a.test")
    wafer.issue("b.test")
    assert part.new_accounts() == 1
    assert wafer.live("a.test").names == ["a.test"]
    assert wafer.live("b.test").names == ["b.test"]
    assert wafer.live("a.test").key_pem != wafer.live("b.test").key_pem
    part = pebble24.since_now()
    wafer.run("renew", "--force")
    assert part.new_orders() == 2


@pytest.mark.parametrize("reuse", [False, True])
def test_key_is_new_unless_reused(pebble24, new_wafer, reuse):
    wafer = new_wafer(pebble24, *(["--reuse-key"] if reuse else []))
    wafer.issue("a.test")
    old = wafer.live("a.test")
    wafer.run("renew", "--force")
    new = wafer.live("a.test")
    assert new.cert.serial_number != old.cert.serial_number
    assert (new.key_pem == old.key_pem) is reuse


def test_email_becomes_the_contact(ca, new_wafer):
    wafer = new_wafer(ca, "--email", "admin@a.test")
    wafer.issue("a.test")
    account = next(payload for endpoint, payload in ca.requests if endpoint == "newAccount")
    assert account == {"contact": ["mailto:admin@a.test"], "termsOfServiceAgreed": True}


def test_dry_run_contacts_nobody(pebble24, new_wafer):
    wafer, part = new_wafer(pebble24), pebble24.since_now()
    wafer.run("issue", "-n", "a.test")
    assert part.requests() == []
    assert not (wafer.state / "store").exists() and not (wafer.state / "live").exists()
