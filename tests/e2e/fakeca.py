"""A scripted ACME CA. By default it is a strict one: it verifies signatures, nonces, url and kid,
fetches http-01 answers and issues real certificates. Tests tell it where to behave differently.

    ca.once("newOrder", step)      the next request to that endpoint gets `step`
    ca.always("newOrder", step)    every further one does
    ca.edit["order"] = function    changes the JSON of each directory, account, order,
                                   authorization or challenge before it is sent
    ca.shape = function            changes every Answer just before it is sent
    ca.forget_accounts(answer)     it knows no account any more, and says so with `answer`
    ca.make_chain = function       (csr, names) -> PEM in place of a proper chain

A step is an Answer, raw bytes, None (hang up), or a function of (request, proceed), which may call
proceed() for the ordinary answer. Endpoints: directory, newNonce, newAccount, newOrder, order,
authorization, challenge, finalize, certificate.

ca.requests lists (endpoint, payload) of all requests; ca.violations what broke the protocol: the
fixture fails the test when there is any.
"""

import copy
import email.utils
import http.client
import secrets

from cryptography import x509

import jose
import pki
from tlsserver import Answer, TlsServer, json_answer, problem

PLAIN_GETS = ("directory", "newNonce")
POSTS = ("newAccount", "newOrder", "order", "authorization", "challenge", "finalize", "certificate")


class FakeCa(TlsServer):
    """validate: "async" (after the challenge's answer, as Pebble does), "sync" (before it, as
    step-ca does) or "trust" (valid at once, nothing is fetched); slow_finalize: how often the
    order is shown as processing; eab: kid to MAC key, required when given."""

    def __init__(self, server, http_port, address="127.0.0.1", validate="async", slow_finalize=0, eab=None):
        self.http_port, self.validate, self.slow_finalize, self.eab = http_port, validate, slow_finalize, eab
        self.root_ca = pki.Authority("Fake root")
        self.issuing_ca = pki.Authority("Fake issuing", parent=self.root_ca)
        self.requests = []
        self.accounts, self.orders, self.authorizations, self.issued = {}, [], [], []
        self.edit, self.shape, self.make_chain = {}, lambda answer: answer, self.proper_chain
        self.nonce_everywhere, self.registered, self._says_unknown = True, 0, None
        self._nonces, self._once, self._always = set(), {}, {}
        super().__init__(server, address)
        self.url = self.origin + "/acme:v2/directory"

    # ---- scripting

    def once(self, endpoint, step):
        self._once.setdefault(endpoint, []).append(step)

    def always(self, endpoint, step):
        self._always[endpoint] = step

    def ordinary(self):
        """Forgets all steps, edits and shapes."""
        self._once, self._always, self.edit = {}, {}, {}
        self.shape, self.make_chain = lambda answer: answer, self.proper_chain

    def forget_accounts(self, answer):
        """Whose account it was gets a new one, with a URL of its own, when the same key registers."""
        with self.lock:
            self.accounts, self._says_unknown = {}, answer

    def count(self, endpoint):
        return sum(1 for name, _ in self.requests if name == endpoint)

    # ---- dispatch

    def answer(self, request):
        path = request.path.partition("?")[0].split("/")
        endpoint, number = path[2] if len(path) > 2 else "?", path[3] if len(path) > 3 else ""
        with self.lock:
            steps = self._once.get(endpoint)
            step = steps.pop(0) if steps else self._always.get(endpoint, Ellipsis)
        proceed = lambda: self._ordinary_answer(request, endpoint, number)
        if step is Ellipsis:
            answer = proceed()
        else:
            if not callable(step):
                self._note(request, endpoint)
            answer = step(request, proceed) if callable(step) else step
        if isinstance(answer, Answer):
            if endpoint != "directory" and (self.nonce_everywhere or answer.status < 400):
                answer.headers.setdefault("Replay-Nonce", self.new_nonce())
            answer.headers.setdefault("Date", email.utils.formatdate(usegmt=True))
            answer = self.shape(answer)
        return answer

    def _note(self, request, endpoint):
        """Lists a request that a step answers without looking at it."""
        payload = None
        if request.method == "POST":
            try:
                payload = jose.Jws(request.body).value()
            except jose.Malformed as error:
                self.violations.append(f"{endpoint}: {error}")
        self.requests.append((endpoint, payload))

    def new_nonce(self):
        nonce = secrets.token_urlsafe(24)
        self._nonces.add(nonce)
        return nonce

    def _ordinary_answer(self, request, endpoint, number):
        try:
            if "user-agent" not in request.headers:
                raise jose.Malformed("no User-Agent (RFC 8555 6.1)")
            if endpoint in PLAIN_GETS:
                if request.method not in ("GET", "HEAD"):
                    raise jose.Malformed(f"{request.method} of {endpoint}")
                self.requests.append((endpoint, None))
                return getattr(self, "_" + endpoint)()
            if endpoint not in POSTS:
                raise jose.Malformed(f"no such endpoint: {request.method} {request.path}")
            if self._says_unknown and endpoint != "newAccount" and jose.Jws(request.body).protected["kid"] not in self.accounts:
                self._note(request, endpoint)
                return copy.deepcopy(self._says_unknown)
            jws, key = self._authenticate(request, endpoint)
            payload = jws.value()
            self.requests.append((endpoint, payload))
            if jws.protected["nonce"] not in self._nonces:
                return problem("badNonce", "that nonce is not known")
            self._nonces.remove(jws.protected["nonce"])
            if endpoint == "newAccount":
                return self._newAccount(jws, payload, request)
            with self.lock:
                return getattr(self, "_" + endpoint)(*([int(number)] if number else []), payload, key)
        except jose.Malformed as error:
            self.violations.append(f"{endpoint}: {error}")
            return problem("malformed", str(error))

    def _authenticate(self, request, endpoint):
        if request.method != "POST" or request.headers.get("content-type") != "application/jose+json":
            raise jose.Malformed(f"{request.method} with Content-Type {request.headers.get('content-type')}")
        jws = jose.Jws(request.body)
        wanted = {"alg", "nonce", "url", "jwk" if endpoint == "newAccount" else "kid"}
        if set(jws.protected) != wanted:
            raise jose.Malformed(f"protected header has {sorted(jws.protected)}")
        if jws.protected["url"] != self.origin + request.path:
            raise jose.Malformed(f"url is {jws.protected['url']}, the request went to {request.path}")
        jwk = jws.protected.get("jwk") or self._jwk_of(jws.protected["kid"])
        jws.verify(jose.public_key(jwk))
        return jws, jwk

    def _jwk_of(self, kid):
        for url, jwk in self.accounts.items():
            if url == kid:
                return jwk
        raise jose.Malformed(f"no account {kid}")

    # ---- endpoints

    def _url(self, endpoint, number=None):
        return f"{self.origin}/acme:v2/{endpoint}" + ("" if number is None else f"/{number}")

    def _json(self, kind, value, status=200, **headers):
        return json_answer(self.edit.get(kind, lambda v: v)(value), status, **headers)

    def _directory(self):
        names = ("newNonce", "newAccount", "newOrder", "revokeCert", "keyChange")
        value = {name: self._url(name) for name in names}
        value["meta"] = {"externalAccountRequired": bool(self.eab), "website": "https://ca.test/"}
        return self._json("directory", value)

    def _newNonce(self):
        return Answer(200, {"Cache-Control": "no-store"})

    def _newAccount(self, jws, payload, request):
        jwk = jws.protected["jwk"]
        with self.lock:
            for url, known in self.accounts.items():
                if known == jwk:
                    return self._json("account", {"status": "valid"}, Location=url)
            if payload.get("onlyReturnExisting"):
                return problem("accountDoesNotExist", "no account has this key")
            if self.eab:
                if "externalAccountBinding" not in payload:
                    return problem("externalAccountRequired", "an external account is required", 403)
                jose.check_binding(payload["externalAccountBinding"], self.origin + request.path, jwk, self.eab)
            self.registered += 1
            url = self._url("account", self.registered)
            self.accounts[url] = jwk
        return self._json("account", {"status": "valid", "contact": payload.get("contact", [])}, 201, Location=url)

    def _newOrder(self, payload, key):
        order = dict(status="pending", identifiers=payload["identifiers"], authorizations=[], key=key, left=0)
        for identifier in payload["identifiers"]:
            number = len(self.authorizations)
            order["authorizations"].append(self._url("authorization", number))
            self.authorizations.append(dict(
                status="pending", identifier=identifier, token=secrets.token_urlsafe(32), key=key, error=None))
        self.orders.append(order)
        number = len(self.orders) - 1
        answer = self._order(number, None, key)
        answer.status, answer.headers["Location"] = 201, self._url("order", number)
        return answer

    def _order(self, number, payload, key):
        order = self.orders[number]
        states = [self.authorizations[int(u.rsplit("/")[-1])]["status"] for u in order["authorizations"]]
        if order["status"] == "pending" and all(state == "valid" for state in states):
            order["status"] = "ready"
        elif order["status"] == "pending" and "invalid" in states:
            order["status"] = "invalid"
        elif order["status"] == "processing":
            order["left"] -= 1
            order["status"] = "processing" if order["left"] > 0 else "valid"
        value = dict(status=order["status"], identifiers=order["identifiers"], authorizations=order["authorizations"],
                     expires="2126-01-01T00:00:00.25Z", finalize=self._url("finalize", number))
        if order["status"] == "valid":
            value["certificate"] = self._url("certificate", number)
        return self._json("order", value)

    def _authorization(self, number, payload, key):
        authorization = self.authorizations[number]
        value = dict(status=authorization["status"], identifier=authorization["identifier"],
                     challenges=[self._challenge_value(number)])
        return self._json("authorization", value)

    def _challenge_value(self, number):
        authorization = self.authorizations[number]
        value = dict(type="http-01", url=self._url("challenge", number), token=authorization["token"],
                     status=authorization["status"])
        if authorization["error"]:
            value["error"] = authorization["error"]
        return self.edit.get("challenge", lambda v: v)(value)

    def _challenge(self, number, payload, key):
        if payload != {}:
            raise jose.Malformed(f"a challenge is answered with {{}}, not {payload}")
        authorization = self.authorizations[number]
        if authorization["status"] == "pending":
            if self.validate == "trust":
                authorization["status"] = "valid"
            elif self.validate == "sync":
                self._fetch(authorization)
            else:
                self._spawn(self._fetch, authorization)
        return json_answer(self._challenge_value(number))

    def _finalize(self, number, payload, key):
        order = self.orders[number]
        self._order(number, None, key)
        if order["status"] != "ready":
            return problem("orderNotReady", f"the order is {order['status']}", 403)
        csr = x509.load_der_x509_csr(jose.decode(payload["csr"]))
        wanted = [i["value"] for i in order["identifiers"]]
        self._check_csr(csr, wanted, key)
        order["chain"] = self.make_chain(csr, wanted)
        order["left"] = self.slow_finalize
        order["status"] = "processing" if self.slow_finalize else "valid"
        answer = self._order(number, None, key) if not self.slow_finalize else self._json("order", dict(
            status="processing", identifiers=order["identifiers"], authorizations=order["authorizations"],
            finalize=self._url("finalize", number)))
        return answer  # without Location, as Pebble 2.10

    def _certificate(self, number, payload, key):
        return Answer(200, {"Content-Type": "application/pem-certificate-chain"}, self.orders[number]["chain"])

    # ---- what a CA does behind its API

    def _check_csr(self, csr, wanted, account):
        san = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [str(name.value) for name in san]
        if not csr.is_signature_valid or names != wanted:
            raise jose.Malformed(f"the CSR is for {names}, the order for {wanted}")
        if csr.public_key().public_numbers() == jose.public_key(account).public_numbers():
            raise jose.Malformed("the CSR has the account's key")

    def _fetch(self, authorization):
        """http-01 (RFC 8555 8.3) from 127.0.0.1."""
        token, name = authorization["token"], authorization["identifier"]["value"]
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=20)
            connection.request("GET", "/.well-known/acme-challenge/" + token, headers={"Host": name})
            answer = connection.getresponse()
            body = answer.read().decode().rstrip()
            connection.close()
            good = answer.status == 200 and body == f"{token}.{jose.thumbprint(authorization['key'])}"
            error = None if good else ("unauthorized", f"got status {answer.status} and {body[:80]!r}")
        except OSError as failure:
            error = ("connection", f"{name}: {failure}")
        with self.lock:
            authorization["status"] = "invalid" if error else "valid"
            if error:
                authorization["error"] = dict(type="urn:ietf:params:acme:error:" + error[0], detail=error[1], status=400)

    def proper_chain(self, csr, names, **validity):
        leaf = self.issuing_ca.issue(csr.public_key(), names, **validity)
        self.issued.append(leaf)
        return b"".join(pki.cert_pem(c) for c in [leaf] + self.issuing_ca.chain())
