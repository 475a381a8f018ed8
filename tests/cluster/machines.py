"""What the demonstration runs: database servers, stand-ins for Microsoft's side, nodes, and a balancer before them.

All of it lies in one temporary folder, and goes with this process however that ends.
"""

import calendar
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
POSTGRES = str(ROOT / "tests" / "postgres")
PATIENCE = 60


class Failed(Exception):
    """Something that the demonstration needs does not work."""


def until(what, holds, seconds=PATIENCE, pause=0.05):
    """Waits for something and gives it, and how long that took."""
    began = time.monotonic()
    while True:
        found = holds()
        if found:
            return found, time.monotonic() - began
        if time.monotonic() - began > seconds:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(pause)


def free_port():
    """Below those that systems give away by themselves, so that nobody gets it before it is used."""
    while True:
        port = 15000 + secrets.randbelow(17000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def program():
    """The program to show: PARTNERLOG, or what is built now."""
    named = os.environ.get("PARTNERLOG")
    if named:
        return str(pathlib.Path(named).resolve())
    print("building partnerlog …", flush=True)
    # As the tests build it, so that it is not built once more for itself.
    subprocess.run(["cargo", "build", "--locked", "--tests"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str((ROOT / target / "debug" / "partnerlog").resolve())


class Folder:
    """The temporary folder. A process of its own waits for the end of this one, and then ends the database servers and
    removes the folder: also when this one is killed."""

    def __init__(self, keep):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="partnerlog-cluster-"))
        # Where root starts it, the servers are another user's. What is secret is readable by its owner alone.
        self.path.chmod(0o711)
        reading, self.writing = os.pipe()
        self.sweeper = os.fork()
        if self.sweeper == 0:
            os.setsid()
            for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(name, signal.SIG_IGN)
            os.close(self.writing)
            os.read(reading, 1)
            for server in sorted(self.path.glob("*/data")):
                if keep:
                    command = [POSTGRES, "crash", str(server.parent)]
                else:
                    command = [POSTGRES, "stop", str(server.parent)]
                subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            if not keep:
                shutil.rmtree(self.path, ignore_errors=True)
            os._exit(0)
        os.close(reading)
        os.set_inheritable(self.writing, False)

    def write(self, name, text):
        path = self.path / name
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return str(path)

    def end(self):
        os.close(self.writing)
        os.waitpid(self.sweeper, 0)


class Process:
    """A program that ends with this one."""

    def __init__(self, folder, name, command, settings=None):
        self.name = name
        self.log = folder.path / f"{name}.log"
        self.command = command
        # Nothing of what the surroundings say of another installation.
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("PARTNERLOG")}
        self.environment.update(settings or {})
        self.running = None

    def start(self):
        with open(self.log, "ab") as log:
            self.running = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def is_running(self):
        return self.running is not None and self.running.poll() is None

    def kill(self):
        self.running.kill()
        self.running.wait()

    def ask_to_end(self):
        self.running.terminate()
        return self.running.wait(PATIENCE)

    def said(self):
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def end(self):
        if self.is_running():
            self.kill()


class Server:
    """A database server, with an empty database for the nodes."""

    def __init__(self, folder):
        self.folder = folder.path
        self.now = "primary"
        self.address = {"primary": self._tests_postgres("start", "primary", "synchronous_commit=on")}
        self.password = secrets.token_hex(16)
        self.ask(f"CREATE ROLE partnerlog LOGIN PASSWORD '{self.password}'")
        self.ask("CREATE DATABASE partnerlog OWNER partnerlog")

    def _tests_postgres(self, what, name, *arguments):
        ran = subprocess.run(
            [POSTGRES, what, str(self.folder / name), *arguments], capture_output=True, text=True, check=False
        )
        if ran.returncode != 0:
            raise Failed(ran.stderr.strip())
        return ran.stdout.strip()

    def url(self):
        """Of all, so that whoever has it finds the one that can be written to."""
        hosts = ",".join(re.search(r"@([^/]+)/", address)[1] for address in self.address.values())
        return f"postgres://partnerlog@{hosts}/partnerlog?target_session_attrs=read-write"

    def ask(self, sql):
        ran = subprocess.run(
            [POSTGRES, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", sql, self.address[self.now]],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise Failed(f"{sql}: {ran.stderr.strip()}")
        return ran.stdout.strip()


class Servers(Server):
    """A primary and a replica that follows it."""

    def __init__(self, folder, synchronous):
        super().__init__(folder)
        self.address["replica"] = self._tests_postgres("replica", "replica", str(self.folder / "primary"))
        if synchronous:
            # A commit is answered when the replica has it, too.
            self.ask("ALTER SYSTEM SET synchronous_standby_names = 'replica'")
            self.ask("SELECT pg_reload_conf()")
        wanted = "sync" if synchronous else "async"
        until("replication", lambda: self.ask("SELECT sync_state FROM pg_stat_replication") == wanted)

    def end_connections(self):
        """Of everybody but ourselves; how many there were."""
        ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'partnerlog'"
        return int(self.ask(ended))

    def crash(self):
        self._tests_postgres("crash", "primary")

    def promote(self):
        self._tests_postgres("promote", "replica")
        self.now = "replica"


class StandIn(Process):
    """Partner Center and an identity provider; something new happens every `pace` seconds."""

    def __init__(self, folder, program, public_url, records, pace=2):
        command = [program, "stand-in", "--public-url", public_url, "--records", str(records), "--pace", str(pace)]
        super().__init__(folder, "stand-in", command)
        self.start()
        until("the stand-ins", lambda: "api_url = " in self.said() or not self.is_running())
        if not self.is_running():
            raise Failed(self.said())
        self.settings = self.said()[self.said().index("[sign_in]") :].split("\n{")[0]

    def value(self, section, key):
        after = self.settings.split(section + "\n", 1)[1]
        return re.search(rf'^{key} = "([^"]*)"', after, re.MULTILINE)[1]

    def token(self):
        """What lets a program ask the stand-in Partner Center."""
        account = "[[partner_center]]"
        form = "&".join(
            [
                "grant_type=client_credentials",
                f"client_id={self.value(account, 'client_id')}",
                f"client_secret={self.value(account, 'client_secret')}",
                "scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2F.default",
            ]
        )
        authority = f"{self.value(account, 'authority_url')}/{self.value(account, 'tenant_id')}/oauth2/v2.0/token"
        with urllib.request.urlopen(authority, form.encode()) as answer:
            return json.load(answer)["access_token"]


class Node(Process):
    """One of several `partnerlog serve`."""

    def __init__(self, folder, name, program, settings):
        self.port = free_port()
        super().__init__(
            folder,
            name,
            [program, "serve", "--config", settings],
            {"PARTNERLOG_SERVER__LISTEN": f"127.0.0.1:{self.port}"},
        )

    def is_ready(self):
        if not self.is_running():
            raise Failed(f"{self.name} ended: {self.said()[-2000:]}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def events(self):
        """What it logged, and when (seconds since 1970)."""
        for line in self.said().splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            moment = event.get("timestamp", "").rstrip("Z")
            whole, _, fraction = moment.partition(".")
            try:
                seconds = time.strptime(whole, "%Y-%m-%dT%H:%M:%S")
            except ValueError:
                continue
            yield calendar.timegm(seconds) + float(f"0.{fraction or 0}"), event.get("message", "")


BALANCER = """\
global
  maxconn 400
  stats socket {folder}/balancer.sock mode 600 level admin
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout check 4s
  # Whoever is not there has taken nothing: another node is asked. Only what changes nothing is asked again of one that broke
  # off before it answered.
  retries 3
  option redispatch 1
  retry-on conn-failure empty-response
  errorfile 503 {folder}/no-node.http
frontend people_and_programs
  bind 127.0.0.1:{port}
  default_backend nodes
backend nodes
  balance roundrobin
  option forwardfor
  http-request disable-l7-retry unless {{ method GET HEAD }}
  option httpchk GET /readyz
  http-check expect status 200
  # A node closes what rests for ten seconds.
  default-server check inter 1s fall 2 rise 1 pool-purge-delay 4s
{servers}
"""

# What the balancer itself says when no node is ready, as while the database fails over.
NO_NODE = """\
HTTP/1.1 503 Service Unavailable\r
Retry-After: 5\r
Cache-Control: no-store\r
Content-Type: text/plain; charset=utf-8\r
Content-Length: 49\r
Connection: close\r
\r
The archive does not answer. Try again shortly.\r
"""


class Balancer(Process):
    """HAProxy: asks the nodes whether they are ready, and is told who is to be spared."""

    def __init__(self, folder, port, nodes):
        haproxy = shutil.which("haproxy", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if not haproxy:
            raise Failed("haproxy is missing: install it (Debian: apt-get install haproxy)")
        self.socket = str(folder.path / "balancer.sock")
        folder.write("no-node.http", NO_NODE)
        servers = "\n".join(f"  server {node.name} 127.0.0.1:{node.port}" for node in nodes)
        settings = folder.write("haproxy.cfg", BALANCER.format(folder=folder.path, port=port, servers=servers))
        super().__init__(folder, "balancer", [haproxy, "-db", "-f", settings])
        self.start()
        until("the balancer", lambda: os.path.exists(self.socket) or not self.is_running())
        if not self.is_running():
            raise Failed(self.said())

    def tell(self, command):
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self.socket)
            line.sendall(command.encode() + b"\n")
            said = b""
            while part := line.recv(65536):
                said += part
        return said.decode()

    def is_up(self, node):
        for row in self.tell("show stat").splitlines():
            cells = row.split(",")
            if cells[:2] == ["nodes", node.name]:
                return cells[17] == "UP"
        return False

    def requests_at(self, node):
        for row in self.tell("show stat").splitlines():
            cells = row.split(",")
            if cells[:2] == ["nodes", node.name]:
                return int(cells[4])
        return 0

    def spare(self, node):
        """Sends nothing new to a node, and waits until it has answered."""
        self.tell(f"set server nodes/{node.name} state drain")
        until("an idle node", lambda: self.requests_at(node) == 0)

    def use(self, node):
        self.tell(f"set server nodes/{node.name} state ready")
        until(f"{node.name} in use", lambda: self.is_up(node))
