"""A plain ACME client: the harness's own proof that Pebble, the proxy and the fake CA work
without wafer. Nothing here is shared with wafer."""

import base64
import hashlib
import http.client
import json
import ssl
import time
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import pki


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Reference:
    def __init__(self, url, root, webroot):
        self.webroot = webroot
        self.key = pki.new_key()
        numbers = self.key.public_key().public_numbers()
        self.jwk = dict(crv="P-256", kty="EC", x=b64(numbers.x.to_bytes(32, "big")), y=b64(numbers.y.to_bytes(32, "big")))
        canonical = json.dumps(self.jwk, sort_keys=True, separators=(",", ":")).encode()
        self.thumbprint = b64(hashlib.sha256(canonical).digest())
        parts = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=20,
                                                      context=ssl.create_default_context(cafile=str(root)))
        self.kid = self.nonce = None
        self.directory = json.loads(self.request("GET", url)[1])
        self.request("HEAD", self.directory["newNonce"])

    def request(self, method, url, body=None):
        headers = {"User-Agent": "reference/1"}
        if body is not None:
            headers["Content-Type"] = "application/jose+json"
        self.connection.request(method, urllib.parse.urlsplit(url).path, body, headers)
        answer = self.connection.getresponse()
        self.nonce = answer.headers.get("Replay-Nonce", self.nonce)
        return answer, answer.read()

    def post(self, url, payload=None):
        protected = dict(alg="ES256", nonce=self.nonce, url=url)
        protected.update({"kid": self.kid} if self.kid else {"jwk": self.jwk})
        head = b64(json.dumps(protected).encode())
        body = b64(json.dumps(payload).encode()) if payload is not None else ""
        r, s = decode_dss_signature(self.key.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256())))
        signature = b64(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        answer, data = self.request("POST", url, json.dumps(dict(protected=head, payload=body, signature=signature)))
        assert answer.status < 300, (url, answer.status, data)
        return answer, data

    def poll(self, url):
        for _ in range(100):
            value = json.loads(self.post(url)[1])
            if value["status"] not in ("pending", "processing"):
                return value
            time.sleep(0.02)
        raise TimeoutError(url)

    def issue(self, names):
        """Returns the chain in PEM and the key."""
        answer, _ = self.post(self.directory["newAccount"], {"termsOfServiceAgreed": True})
        self.kid = answer.headers["Location"]
        answer, data = self.post(self.directory["newOrder"], {"identifiers": [dict(type="dns", value=n) for n in names]})
        url, order = answer.headers["Location"], json.loads(data)
        for authz in order["authorizations"]:
            challenges = json.loads(self.post(authz)[1])["challenges"]
            challenge = next(c for c in challenges if c["type"] == "http-01")
            self.webroot.put(challenge["token"], f"{challenge['token']}.{self.thumbprint}")
            self.post(challenge["url"], {})
            assert self.poll(authz)["status"] == "valid"
        key = pki.new_key()
        csr = (x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
               .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
               .sign(key, hashes.SHA256()))
        self.post(order["finalize"], {"csr": b64(csr.public_bytes(serialization.Encoding.DER))})
        order = self.poll(url)
        return self.post(order["certificate"])[1], key
