"""A certificate whose key is held by a secure element that only signs."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from firmware import Firmware

SIGNER, OTHER = "signer=7", "signer=8"
KEY_ERROR = ("the key is not valid or its owner refused to sign", "the certificate's key")


def public_numbers(secret):
    return ec.derive_private_key(secret, ec.SECP256R1()).public_key().public_numbers()


@pytest.fixture
def ca(start_ca):
    """Validates at once: the tests here are about what comes then."""
    return start_ca(validate="trust")


def assert_held_elsewhere(result):
    assert result["certificate"] == "found"
    assert result.number("key_length") == 0 and result["key"] == "there is no such value"


def assert_one_order(ca, secret=7):
    assert len(ca.orders) == len(ca.issued) == ca.count("finalize") == 1
    assert ca.issued[0].public_key().public_numbers() == public_numbers(secret)


def test_signer(ca, device):
    result = device.run("skip", SIGNER)
    assert_held_elsewhere(result)
    assert_one_order(ca)
    assert (result.number("public_key"), result.number("sign")) == (2, 1)  # the request's, and to compare the certificate's


def test_signer_against_pebble(pebble, tmp_path):
    part = pebble.since_now()
    result = Firmware(tmp_path, pebble).run(SIGNER)
    assert_held_elsewhere(result)
    assert part.new_orders() == 1


def test_signer_after_a_software_key(ca, device):
    """The old key goes with the old certificate."""
    first = device.run("skip")
    assert first.number("key_length") == 32 and first["key"] == "here"
    assert_held_elsewhere(device.run("skip", SIGNER, "again"))
    assert ca.issued[1].public_key().public_numbers() == public_numbers(7)
    assert device.run("skip", "again")["key"] == "here"
    assert ca.issued[2].public_key().public_numbers() not in [c.public_key().public_numbers() for c in ca.issued[:2]]


@pytest.mark.parametrize("call", ["public_key:1", "sign:1"])
def test_signer_fails_at_the_request(ca, device, call):
    """The order stays, and nothing was sent for it."""
    result = device.run("skip", SIGNER, f"fail={call}", status=1)
    assert (result["error"], result["subject"]) == KEY_ERROR and result["step"] == "finalize"
    assert result["certificate"] != "found" and ca.count("finalize") == 0
    assert_held_elsewhere(device.run("skip", SIGNER, "again"))
    assert_one_order(ca)


def test_signer_fails_at_the_certificate(ca, device):
    """Whether the certificate is for its key cannot be told: it is not thrown away, nor kept."""
    result = device.run("skip", SIGNER, "fail=public_key:2", status=1)
    assert (result["error"], result["subject"]) == KEY_ERROR and result["step"] == "certificate"
    assert result["certificate"] != "found"
    assert_held_elsewhere(device.run("skip", SIGNER, "again"))
    assert_one_order(ca)


@pytest.mark.parametrize("part", ["/authorization/", "/finalize/", "/certificate/"])
def test_resumed_with_the_signer(ca, device, part):
    device.cut(part, "skip", SIGNER)
    assert_held_elsewhere(device.run("skip", SIGNER))
    assert_one_order(ca)


@pytest.mark.parametrize("first, then", [([], [SIGNER]), ([SIGNER], [])])
def test_order_of_another_kind_of_key(ca, device, first, then):
    """An order whose key is of the other kind is not gone on with."""
    device.cut("/finalize/", "skip", *first)
    assert device.run("skip", *then)["certificate"] == "found"
    assert len(ca.orders) == 2 and len(ca.issued) == 1


def test_another_element(ca, device):
    """The order was finalized with the key of an element that is gone: its certificate is none for the new one."""
    device.cut("/certificate/", "skip", SIGNER)
    result = device.run("skip", OTHER, status=1)
    assert result["subject"] == "its key is not ours" and result["certificate"] != "found"
    assert_held_elsewhere(device.run("skip", OTHER, "again"))
    assert len(ca.orders) == 2
    assert ca.issued[1].public_key().public_numbers() == public_numbers(8)
