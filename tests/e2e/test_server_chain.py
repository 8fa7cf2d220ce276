"""The certificate chain of the CA's HTTPS server: what is taken although it is unusual, and what is
refused although BearSSL's validator would take it."""

import pytest
from cryptography import x509

import server_chain
from client import DONE, FAILED
from server_chain import ANY, BOTH, CLIENT_ONLY, ServerChain, authority, constraints, server

NAME = "a.test"


@pytest.fixture
def connect(start_ca, new_wafer, tmp_path):
    """connect(*shown, root=, status=): issues a certificate from a CA whose server shows this chain;
    returns the error, "" after success."""
    def connect(*shown, root, status=DONE):
        ca = start_ca(files=ServerChain(tmp_path, *shown, root=root))
        result = new_wafer(ca).run("issue", NAME, status=status)
        assert (ca.requests == []) == (status != DONE)
        return result.error() if status else ""
    return connect


def plain(**options):
    """A sound root, intermediate and server's certificate."""
    root = authority("Root")
    inter = authority("Inter", root)
    return root, inter, server(inter, **options)


# ---- signatures

@pytest.mark.parametrize("root_key, inter_key, leaf_key, digest", [
    ("2048", "2048", "2048", "sha512"), ("p256", "p256", "p256", "sha512"), ("p384", "p384", "p256", "sha512"),
    ("3072", "p384", "2048", "sha512"), ("2048", "p256", "p384", "sha384")])
def test_long_hashes(connect, root_key, inter_key, leaf_key, digest):
    root = authority("Root", key=root_key, digest=digest)
    inter = authority("Inter", root, key=inter_key, digest=digest)
    connect(server(inter, key=leaf_key, digest=digest), inter, root=root)


@pytest.mark.parametrize("key", ["2048", "p256"])
def test_sha1_is_refused(connect, key):
    root = authority("Root", key=key)
    inter = authority("Inter", root, key=key)
    error = connect(server(inter, digest="sha1"), inter, root=root, status=FAILED)
    assert "signature algorithm" in error and "SHA-256" in error


# ---- keys

@pytest.mark.parametrize("root_key, inter_key, leaf_key", [
    ("p256", "p256", "1024"), ("p256", "1024", "p256"), ("2048", "2048", "1536"), ("p256", "2040", "p256")])
def test_weak_rsa_keys_are_refused(connect, root_key, inter_key, leaf_key):
    root = authority("Root", key=root_key)
    inter = authority("Inter", root, key=inter_key)
    error = connect(server(inter, key=leaf_key), inter, root=root, status=FAILED)
    assert "2048 bits" in error


def test_weak_root_is_refused(connect):
    root = authority("Root", key="1024")
    inter = authority("Inter", root)
    error = connect(server(inter), inter, root=root, status=FAILED)
    assert "2048 bits" in error


# ---- extended key usage

@pytest.mark.parametrize("leaf_usage, inter_usage", [(CLIENT_ONLY, None), (None, CLIENT_ONLY), (BOTH, CLIENT_ONLY)])
def test_usage_without_server_authentication(connect, leaf_usage, inter_usage):
    root = authority("Root")
    inter = authority("Inter", root, more=[(inter_usage, False)] if inter_usage else [])
    leaf = server(inter, more=[(leaf_usage, False)] if leaf_usage else [])
    error = connect(leaf, inter, root=root, status=FAILED)
    assert "serverAuth" in error


@pytest.mark.parametrize("leaf_usage, inter_usage", [(BOTH, BOTH), (ANY, ANY), (BOTH, ANY)])
def test_usage_with_server_authentication(connect, leaf_usage, inter_usage):
    root = authority("Root")
    inter = authority("Inter", root, more=[(inter_usage, False)])
    connect(server(inter, more=[(leaf_usage, False)]), inter, root=root)


# ---- name constraints; the server's names are localhost, 127.0.0.1 and ::1 where not said otherwise

ADDRESSES = ["127.0.0.0/8", "::1/128"]


@pytest.mark.parametrize("permitted, excluded, names", [
    (["localhost"], [], None), (ADDRESSES, [], None), (["LOCALHOST", *ADDRESSES], ["example", "10.0.0.0/8"], None),
    (["test"], [], ["127.0.0.1", "a.b.test"]), ([".test"], ["c.test"], ["127.0.0.1", "a.b.test", "*.test"])])
def test_observed_constraints(connect, permitted, excluded, names):
    root = authority("Root")
    inter = authority("Inter", root, more=[(constraints(permitted, excluded), False)])
    leaf = server(inter, names=names) if names else server(inter)
    connect(leaf, inter, root=root)


@pytest.mark.parametrize("permitted, excluded, names", [
    (["example"], [], None), (["host"], [], None), (["a.localhost"], [], None), ([], ["localhost"], None),
    (["10.0.0.0/8"], [], None), (["127.0.0.0/8"], [], None), ([], ["127.0.0.0/8"], None), ([], ["::/0"], None),
    ([".test"], [], ["127.0.0.1", "test"]), (["a.test"], [], ["127.0.0.1", "*.test"])])
@pytest.mark.parametrize("above", [False, True])
def test_violated_constraints(connect, permitted, excluded, names, above):
    """Not critical, in the issuer of the server's certificate and in that one's issuer."""
    limits = [(constraints(permitted, excluded), False)]
    root = authority("Root")
    upper = authority("Upper", root, more=limits if above else [])
    inter = authority("Inter", upper, more=[] if above else limits)
    leaf = server(inter, names=names) if names else server(inter)
    error = connect(leaf, inter, upper, root=root, status=FAILED)
    assert "name constraints" in error


def test_critical_constraints_are_not_known(connect):
    root = authority("Root")
    inter = authority("Inter", root, more=[(constraints(["localhost"]), True)])
    error = connect(server(inter), inter, root=root, status=FAILED)
    assert "critical extension" in error


# ---- order, and what does not belong

def shown(case):
    """What the server shows, and the root."""
    root, inter, leaf = plain()
    other = authority("Other")
    stranger = server(other, name="stranger")
    old = authority("Old", other, begins=-800, ends=-400)
    same_name = authority("Inter", root, key=inter.key, begins=-800, ends=-400)
    weak = authority("Inter", root, key=inter.key, more=[(CLIENT_ONLY, False)])
    cross = authority("Root", other, key=root.key, begins=-100)
    chains = {
        "leaf twice": (leaf, leaf, inter),
        "leaf three times": (leaf, leaf, leaf, inter),
        "intermediate twice": (leaf, inter, inter),
        "an unrelated one between": (leaf, other, inter),
        "two unrelated ones between": (leaf, stranger, other, inter),
        "an unrelated one that has expired between": (leaf, old, inter),
        "an unrelated one behind": (leaf, inter, old),
        "root sent, too": (leaf, inter, root),
        "root sent twice": (leaf, inter, root, root),
        "root before the intermediate": (leaf, root, inter),
        "root signed by another": (leaf, inter, cross),
        "root signed by another, and that one": (leaf, inter, cross, other),
        "an expired one of the same name and key between": (leaf, same_name, inter),
        "one of the same name and key for clients between": (leaf, weak, inter),
        "all twice": (leaf, leaf, inter, inter, root, root),
    }
    return chains[case] if case else list(chains), root


@pytest.mark.parametrize("case", shown(None)[0])
def test_what_does_not_belong_is_passed_over(connect, case):
    chain, root = shown(case)
    connect(*chain, root=root)


def test_limits_of_what_stands_behind_the_root_do_not_matter(connect):
    """Cross-signed for clients, weak, forbidden: the chain is whole before."""
    root, inter, leaf = plain()
    other = authority("Other", key="1024", digest="sha1")
    cross = authority("Root", other, key=root.key, digest="sha1",
                      more=[(CLIENT_ONLY, False), (constraints(["example"]), False)])
    connect(leaf, inter, cross, other, root=root)


@pytest.mark.parametrize("order", ["leaf upper inter", "inter leaf", "upper inter leaf", "inter leaf upper"])
def test_wrong_order(connect, order):
    root = authority("Root")
    upper = authority("Upper", root)
    inter = authority("Inter", upper)
    one = {"upper": upper, "inter": inter, "leaf": server(inter)}
    error = connect(*(one[name] for name in order.split()), root=root, status=FAILED)
    assert "wrong order" in error


def test_intermediate_missing(connect):
    root, _, leaf = plain()
    error = connect(leaf, root=root, status=FAILED)
    assert "no trusted root" in error


def test_intermediate_expired(connect):
    root = authority("Root")
    inter = authority("Inter", root, begins=-800, ends=-1)
    error = connect(server(inter), inter, root=root, status=FAILED)
    assert "expired" in error and "clock" in error


# ---- version 1

@pytest.mark.parametrize("key", ["p256", "2048"])
def test_root_of_version_1(connect, tmp_path, key):
    root = server_chain.version_1_root(tmp_path, "Old root", key)
    inter = authority("Inter", root)
    connect(server(inter), inter, root=root)


def test_root_of_version_1_signs_the_server(connect, tmp_path):
    root = server_chain.version_1_root(tmp_path, "Old root")
    connect(server(root), root=root)


def test_intermediate_of_version_1_is_refused(connect, tmp_path):
    root = authority("Root")
    inter = server_chain.version_1(tmp_path, "Inter", root)
    error = connect(server(inter), inter, root=root, status=FAILED)
    assert "not a CA's" in error


def test_intermediate_of_version_1_is_no_anchor(connect, tmp_path):
    inter = server_chain.version_1(tmp_path, "Inter", authority("Root"))
    error = connect(server(inter), root=inter, status=FAILED)
    assert "no trusted root" in error


# ---- size

def test_large_certificate(connect):
    """Fails closed, and says which knob it was."""
    root = authority("Root")
    inter = authority("Inter", root)
    names = [*server_chain.pki.LOOPBACK, *(f"n{i}.example" for i in range(8000))]
    error = connect(server(inter, names=names), inter, root=root, status=FAILED)
    assert "WAFER_WORK_SIZE" in error
    huge = authority("Inter", root, key=inter.key,
                     more=[(x509.SubjectAlternativeName([x509.DNSName(name) for name in names[3:]]), False)])
    error = connect(server(inter), huge, root=root, status=FAILED)
    assert "WAFER_WORK_SIZE" in error
