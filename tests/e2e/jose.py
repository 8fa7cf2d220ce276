"""JWS as a CA must check it (RFC 8555 6.2, RFC 7515): nothing that wafer sends is taken on trust."""

import base64
import binascii
import hashlib
import hmac
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


class Malformed(Exception):
    """The request breaks the protocol; the text says how."""


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    """Strict base64url: no padding, no other alphabet, no loose bits."""
    if not isinstance(text, str) or set(text) & set("+/="):
        raise Malformed(f"not base64url: {text!r}")
    try:
        data = base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed(f"not base64url: {text!r}") from error
    if encode(data) != text:
        raise Malformed(f"base64url with loose bits: {text!r}")
    return data


def decode_json(data, what):
    def no_repeats(pairs):
        if len({name for name, _ in pairs}) != len(pairs):
            raise Malformed(f"{what} repeats a member")
        return dict(pairs)
    try:
        return json.loads(data, object_pairs_hook=no_repeats)
    except ValueError as error:
        raise Malformed(f"{what} is not JSON: {data!r}") from error


def public_key(jwk):
    if set(jwk) != {"kty", "crv", "x", "y"} or (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise Malformed(f"jwk {jwk}")
    x, y = decode(jwk["x"]), decode(jwk["y"])
    if len(x) != 32 or len(y) != 32:
        raise Malformed("JWK coordinates are 32 octets (RFC 7518 6.2.1.2)")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
    except ValueError as error:
        raise Malformed("the jwk is no point of P-256") from error


def thumbprint(jwk):
    """RFC 7638."""
    canonical = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, sort_keys=True, separators=(",", ":"))
    return encode(hashlib.sha256(canonical.encode()).digest())


class Jws:
    """A flattened JWS, taken apart; verify() has still to be called."""

    def __init__(self, body):
        outer = decode_json(body, "the JWS")
        if set(outer) != {"protected", "payload", "signature"}:
            raise Malformed(f"JWS members {sorted(outer)}")
        self.signed = f"{outer['protected']}.{outer['payload']}".encode()
        self.protected = decode_json(decode(outer["protected"]), "the protected header")
        self.payload = decode(outer["payload"])
        self.signature = decode(outer["signature"])

    def value(self):
        """The payload as JSON, None for POST-as-GET."""
        return decode_json(self.payload, "the payload") if self.payload else None

    def verify(self, key):
        if self.protected.get("alg") != "ES256" or len(self.signature) != 64:
            raise Malformed("alg is not ES256 with a signature of 64 octets")
        r, s = (int.from_bytes(part, "big") for part in (self.signature[:32], self.signature[32:]))
        try:
            key.verify(encode_dss_signature(r, s), self.signed, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise Malformed("the signature is wrong") from error


def check_binding(binding, url, account_jwk, keys):
    """External account binding (RFC 8555 7.3.4); `keys` is kid to MAC key."""
    jws = Jws(json.dumps(binding).encode())
    if jws.protected.get("alg") != "HS256" or jws.protected.get("url") != url or "nonce" in jws.protected:
        raise Malformed(f"the binding's header is {jws.protected}")
    if jws.value() != account_jwk:
        raise Malformed("the binding is not over the account key")
    key = keys.get(jws.protected.get("kid"))
    if key is None or not hmac.compare_digest(hmac.digest(key, jws.signed, "sha256"), jws.signature):
        raise Malformed("the binding's kid or MAC is wrong")
