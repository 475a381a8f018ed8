"""Those who use the nodes through the balancer, each with what it saw."""

import html
import http.client
import json
import re
import threading
import time
import urllib.parse
import urllib.request

# What became of a request.
ANSWERED, TOLD_TO_WAIT, REFUSED, BROKEN = "answered", "told to wait", "refused", "broken off"

# A program would wait as long as it is told to; these ask again soon, so that it shows when there are answers again.
IMPATIENCE = 0.5


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    def text(self):
        return self.body.decode("utf-8")


class Client(threading.Thread):
    """Asks for something again and again. A request is taken down with when it began and ended and what became of it."""

    kind = ""
    pause = 0.5

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port = port
        self.ends = threading.Event()
        self.tally = []
        self.remarks = []
        self.connection = None
        self.cookies = {}

    def turn(self):
        """Asks once; says whether the answer was good."""
        raise NotImplementedError

    def run(self):
        while not self.ends.is_set():
            try:
                good = self.turn()
            except Exception as error:  # A fault of the demonstration's own must not look like silence.
                self.remarks.append(f"{type(error).__name__}: {error}")
                good = False
            self.ends.wait(self.pause if good else IMPATIENCE)

    def ask(self, method, path, good, headers=None, form=None):
        """The answer where it is good, by its status and by what `good` says of it; None otherwise."""
        headers = dict(headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            # As a browser says of its own forms.
            headers["Sec-Fetch-Site"] = "same-origin"
        body = urllib.parse.urlencode(form) if form is not None else None
        began = time.time()
        answer, outcome, remark = None, BROKEN, ""
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            # Throws where the end is missing.
            answer = Answer(response, response.read())
            for cookie in response.headers.get_all("Set-Cookie") or []:
                pair, _, attributes = cookie.partition(";")
                name, _, value = pair.partition("=")
                if "Max-Age=0" in attributes:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = value
            if answer.status == 503 and answer.headers.get("Retry-After"):
                outcome, remark = TOLD_TO_WAIT, answer.headers["Retry-After"]
            else:
                fault = good(answer)
                outcome, remark = (REFUSED, f"{answer.status}: {fault}") if fault else (ANSWERED, "")
        except (OSError, http.client.HTTPException) as error:
            remark = f"{type(error).__name__}: {error}"
        if outcome == BROKEN and self.connection is not None:
            self.connection.close()
            self.connection = None
        self.tally.append((began, time.time(), outcome, f"{method} {path.split('?')[0]} {remark}".strip()))
        return answer if outcome == ANSWERED else None


def status(*wanted):
    return lambda answer: "" if answer.status in wanted else f"not {wanted}"


def as_text(record):
    """A record as a text: the same for the same."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False)


def pages(ask, first):
    """All records, page by page, by Partner Center's API or by ours; None where a page cannot be had."""
    path, headers = first, {}
    records = []
    while path:
        answer = ask(path, headers)
        if answer is None:
            return None
        records += answer["items"]
        following = (answer.get("links") or {}).get("next")
        headers = {header["key"]: header["value"] for header in following["headers"]} if following else {}
        path = "/v1" + following["uri"] if following else None
    return records


class Reads(Client):
    """A program that reads the records of the last days by the API, page by page, newest first."""

    kind = "API"
    pause = 0.3

    def __init__(self, port, token, first_day):
        super().__init__(port)
        self.token = token
        self.first = f"/v1/auditrecords?startDate={first_day}&size=100"
        self.next = (self.first, {})
        self.seen = set()

    def turn(self):
        path, headers = self.next
        answer = self.ask("GET", path, self.fault_of, {"Authorization": f"Bearer {self.token}", **headers})
        if answer is None:
            return False
        body = json.loads(answer.body)
        self.seen.update(map(as_text, body["items"]))
        following = (body.get("links") or {}).get("next")
        self.next = (self.first, {})
        if following:
            self.next = ("/v1" + following["uri"], {it["key"]: it["value"] for it in following["headers"]})
        return True

    @staticmethod
    def fault_of(answer):
        if answer.status != 200:
            return answer.text()[:100]
        dates = [record["operationDate"] for record in json.loads(answer.body)["items"]]
        return "" if dates == sorted(dates, reverse=True) else "the newest is not first"


class Exports(Client):
    """A program that takes the log away as a file."""

    kind = "exports"
    pause = 1.0

    def __init__(self, port, token, first_day):
        super().__init__(port)
        self.token = token
        self.first_day = first_day
        self.turns = 0

    def turn(self):
        self.turns += 1
        which = "ndjson" if self.turns % 2 else "csv-plain"
        path = f"/activity/export?from={self.first_day}&to=&tz=UTC&format={which}"
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.ask("GET", path, self.ndjson if which == "ndjson" else self.csv, headers) is not None

    @staticmethod
    def ndjson(answer):
        if answer.status != 200:
            return answer.text()[:100]
        lines = answer.text().splitlines()
        records = {as_text(json.loads(line)) for line in lines}
        return "" if lines and len(records) == len(lines) else f"{len(lines)} lines of {len(records)} records"

    @staticmethod
    def csv(answer):
        if answer.status != 200:
            return answer.text()[:100]
        return "" if answer.text().count("\r\n") > 1 else "no rows"


class Person(Client):
    """Somebody with a browser."""

    def sign_in(self):
        begun = self.ask("GET", "/sign-in/start", status(303))
        if begun is None:
            return False
        with urllib.request.urlopen(begun.headers["Location"]) as page:
            text = page.read().decode()
        action, request, user = (
            html.unescape(re.search(rf'{before}="([^"]+)"', text)[1])
            for before in ("<form method=\"post\" action", 'name="request" value', 'name="user" value')
        )
        decision = urllib.parse.urljoin(begun.headers["Location"], action)
        parts = urllib.parse.urlsplit(decision)
        provider = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        form = urllib.parse.urlencode({"request": request, "user": user})
        provider.request("POST", parts.path, form, {"Content-Type": "application/x-www-form-urlencoded"})
        back = urllib.parse.urlsplit(provider.getresponse().headers["Location"])
        provider.close()
        entered = self.ask(
            "GET",
            f"{back.path}?{back.query}",
            lambda it: "" if it.headers.get("Location") == "/activity" else "not let in",
        )
        return entered is not None


class Looks(Person):
    """Somebody who stays signed in and looks at pages."""

    kind = "pages"
    pages = (
        "/activity?from={day}",
        "/activity?from={day}&q=user",
        "/customers",
        "/activity?from={day}&status=failed",
        "/coverage",
        "/views",
    )

    def __init__(self, port, first_day):
        super().__init__(port)
        self.first_day = first_day
        self.turns = 0
        self.is_in = False

    def turn(self):
        if not self.is_in:
            self.is_in = self.sign_in()
            return self.is_in
        self.turns += 1
        path = self.pages[self.turns % len(self.pages)].format(day=self.first_day)
        return self.ask("GET", path, self.fault_of) is not None

    @staticmethod
    def fault_of(answer):
        if answer.status != 200:
            return f"led to {answer.headers.get('Location')}" if answer.status == 303 else answer.text()[:100]
        return "" if answer.text().rstrip().endswith("</html>") else "the page has no end"


class SignsIn(Person):
    """People who sign in, one after another."""

    kind = "signing in"
    pause = 1.5

    def turn(self):
        self.cookies = {}
        return self.sign_in()


class Saves(Person):
    """Somebody who saves views of the log: what was said to be saved must be there at the end."""

    kind = "saving"
    pause = 0.8

    def __init__(self, port):
        super().__init__(port)
        self.is_in = False
        self.tried = 0
        self.saved, self.unknown = set(), set()

    def turn(self):
        if not self.is_in:
            self.is_in = self.sign_in()
            return self.is_in
        # As many as somebody may have.
        if self.tried >= 190:
            return True
        self.tried += 1
        name = f"View {self.tried}"
        form = {"name": name, "query": "status=failed", "dates": "7"}
        done = self.ask("POST", "/views", status(303), form=form)
        (self.saved if done else self.unknown).add(name)
        return done is not None

    def listed(self):
        """How often each of them is in the list."""
        page = self.ask("GET", "/views", status(200))
        if page is None:
            return None
        names = re.findall(r">(View \d+)<", page.text())
        return {name: names.count(name) for name in set(names)}
