"""What Azure has and a laptop has not: an endpoint that gives out tokens, and certificates for Azure's names."""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CLIENT_ID = "11111111-2222-3333-4444-555555555555"
OBJECT_ID = "66666666-7777-8888-9999-000000000000"
HEADER = "the header that Azure puts into the app's environment"
KEY = "only this service can sign with it, and nobody here checks"


@dataclass
class TokenService:
    """The identity endpoint of App Service; `skew` is by how many seconds its clock is ahead of ours."""

    lifetime: float = 86_400
    skew: float = 0
    delay: float = 0
    failing: bool = False
    issued: list[tuple[str, str]] = field(default_factory=list)
    on_issue: Callable[[str, str], None] = lambda resource, token: None

    def valid(self, token: str, resource: str) -> bool:
        """Whether the token was issued for that resource and is not over, by this service's clock."""
        if (resource, token) not in self.issued:
            return False
        expires: float = jwt.decode(token, KEY, algorithms=["HS256"], options={"verify_signature": False})["exp"]
        return time.time() + self.skew < expires

    def tokens(self, resource: str) -> list[str]:
        """Those that were issued for a resource, the last one last."""
        return [token for asked, token in self.issued if asked == resource]

    def issue(self, resource: str) -> dict[str, str]:
        """The answer to a request; it takes effect before the caller gets it."""
        expires = time.time() + self.skew + self.lifetime
        claims = {"aud": resource, "oid": OBJECT_ID, "exp": expires, "jti": str(len(self.issued))}
        token = jwt.encode(claims, KEY, algorithm="HS256")
        self.on_issue(resource, token)
        self.issued.append((resource, token))
        answer = {"access_token": token, "expires_on": str(int(expires)), "resource": resource}
        return {**answer, "token_type": "Bearer", "client_id": CLIENT_ID}


@contextmanager
def serving(service: TokenService) -> Iterator[str]:
    """The address of the endpoint while it runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(service.delay)
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            known = self.headers["X-IDENTITY-HEADER"] == HEADER and asked.get("client_id") == CLIENT_ID
            if service.failing:
                self.close_connection = True  # and no answer
            elif not known or asked.get("api-version") != "2019-08-01":
                self._answer(400, {"statusCode": 400, "message": "Nobody here is called so."})
            else:
                self._answer(200, service.issue(asked["resource"]))

        def _answer(self, status: int, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Nothing: the test tells what it saw."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/msi/token"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Certificates:
    """Files: the authority that clients trust, and a certificate with its key for some names."""

    authority: Path
    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """What a server proves itself with."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def certified(folder: Path, names: list[str]) -> Certificates:
    """Certificates for these names by an authority that is made for this test alone."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the test")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    usage = x509.KeyUsage(True, False, False, False, False, True, True, encipher_only=False, decipher_only=False)
    authority = (
        _builder(root, root, root_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    known = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    certificate = (
        _builder(subject, root, key.public_key())
        .add_extension(known, critical=False)
        .add_extension(issuer, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    made = Certificates(folder / "authority.pem", folder / "certificate.pem", folder / "key.pem")
    made.authority.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
    )
