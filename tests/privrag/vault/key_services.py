"""Stand-ins on loopback for Azure Key Vault (with its token service) and HashiCorp Vault Transit.

Over TLS under a certificate of their own, with real RSA and AES; they answer the few requests that
the real client libraries make.
"""

import base64
import datetime
import ipaddress
import json
import secrets
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID

DIRECTORY = "11111111-2222-3333-4444-555555555555"
CLIENT_SECRET = "the client's invented secret"
TOKEN = "hvs.invented-token"
_OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class StandIn:
    """A TLS server on loopback; `requests` has the path of each one that was answered."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.ca_file = folder / "ca.pem"
        self.requests: list[str] = []
        self.refusing = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*_certificate(folder, self.ca_file))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"https://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, path: str, headers, body: bytes):
        """(status, headers, JSON)"""
        raise NotImplementedError

    def _handler(self):
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def _do(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = urlsplit(self.path).path
                stand_in.requests.append(f"{self.command} {path}")
                status, headers, reply = stand_in.answer(self.command, path, self.headers, body)
                data = json.dumps(reply).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = _do  # noqa: N815 - the standard library's names

            def log_message(self, *_):
                return

        return Handler


class AzureStandIn(StandIn):
    """One key vault with the key `root`, and the token service of one directory."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._versions: dict[str, rsa.RSAPrivateKey] = {}
        self._tokens: set[str] = set()
        self.new_version()

    def new_version(self) -> None:
        """What rotating a key in Azure does: old versions stay."""
        name = secrets.token_hex(16)
        self._versions[name] = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def replace_key(self) -> None:
        """Another key under the same name: the old one is lost."""
        self._versions = {}
        self.new_version()

    def answer(self, method, path, headers, body):
        if path.startswith(f"/{DIRECTORY}/"):
            return self._token(path, body)
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self._tokens:
            challenge = (
                f'Bearer authorization="{self.address}/{DIRECTORY}", '
                f'resource="https://0.0.1:{self.port}"'  # the parent "domain" of 127.0.0.1
            )
            return 401, {"WWW-Authenticate": challenge}, {"error": {"code": "Unauthorized"}}
        if self.refusing:
            return 403, {}, {"error": {"code": "Forbidden", "message": "KeyDisabled"}}
        _, _, key, *rest = path.split("/")
        version = rest[0] if rest and rest[0] else list(self._versions)[-1]
        if key != "root" or version not in self._versions:
            return 404, {}, {"error": {"code": "KeyNotFound", "message": "no such key"}}
        private = self._versions[version]
        kid = f"{self.address}/keys/root/{version}"
        if method == "GET":
            numbers = private.public_key().public_numbers()
            jwk = {
                "kid": kid,
                "kty": "RSA",
                "key_ops": ["wrapKey", "unwrapKey"],
                "n": _b64(numbers.n.to_bytes(256, "big")),
                "e": _b64(numbers.e.to_bytes(3, "big")),
            }
            return 200, {}, {"key": jwk, "attributes": {"enabled": True}}
        asked = json.loads(body)
        assert asked["alg"] == "RSA-OAEP-256"
        assert rest[-1] == "unwrapkey"  # the library wraps by itself, with the public key
        try:
            plain = private.decrypt(_unb64(asked["value"]), _OAEP)
        except ValueError:
            return 400, {}, {"error": {"code": "BadParameter", "message": "bad value"}}
        return 200, {}, {"kid": kid, "value": _b64(plain)}

    def _token(self, path, body):
        base = f"{self.address}/{DIRECTORY}"
        if path.endswith("openid-configuration"):
            return (
                200,
                {},
                {
                    "issuer": f"{base}/v2.0",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                },
            )
        if parse_qs(body.decode()).get("client_secret") != [CLIENT_SECRET]:
            return 401, {}, {"error": "invalid_client", "error_description": "wrong secret"}
        token = secrets.token_hex(16)
        self._tokens.add(token)
        return 200, {}, {"access_token": token, "token_type": "Bearer", "expires_in": 3600}


class TransitStandIn(StandIn):
    """A Transit engine with the derived key `root`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._versions = [secrets.token_bytes(32)]

    def new_version(self) -> None:
        self._versions.append(secrets.token_bytes(32))

    def replace_key(self) -> None:
        self._versions = [secrets.token_bytes(32)]

    def answer(self, method, path, headers, body):
        if headers.get("X-Vault-Token") != TOKEN or self.refusing:
            return 403, {}, {"errors": ["permission denied"]}
        parts = path.split("/")  # '', v1, transit, operation, (kind,) key
        if parts[-1] != "root":
            return 404, {}, {"errors": []}
        if method == "GET":
            return 200, {}, {"data": {"type": "aes256-gcm96", "derived": True}}
        asked = json.loads(body)
        context = base64.b64decode(asked["context"])
        match parts[3]:
            case "datakey":
                plain = secrets.token_bytes(asked["bits"] // 8)
                data = {"plaintext": base64.b64encode(plain).decode()}
                data["ciphertext"] = self._encrypt(plain, context)
            case "encrypt":
                data = {"ciphertext": self._encrypt(base64.b64decode(asked["plaintext"]), context)}
            case "decrypt":
                try:
                    plain = self._decrypt(asked["ciphertext"], context)
                except (InvalidTag, IndexError):
                    return 400, {}, {"errors": ["cipher: message authentication failed"]}
                data = {"plaintext": base64.b64encode(plain).decode()}
        return 200, {}, {"data": data}

    def _encrypt(self, plain: bytes, context: bytes) -> str:
        nonce = secrets.token_bytes(12)
        sealed = self._cipher(len(self._versions), context).encrypt(nonce, plain, None)
        return f"vault:v{len(self._versions)}:{base64.b64encode(nonce + sealed).decode()}"

    def _decrypt(self, ciphertext: str, context: bytes) -> bytes:
        _, version, data = ciphertext.split(":")
        raw = base64.b64decode(data)
        return self._cipher(int(version[1:]), context).decrypt(raw[:12], raw[12:], None)

    def _cipher(self, version: int, context: bytes) -> AESGCM:
        key = HKDF(hashes.SHA256(), 32, None, context).derive(self._versions[version - 1])
        return AESGCM(key)


def _certificate(folder: Path, ca_file: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    ca_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file = folder / "server.key"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return ca_file, key_file


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
