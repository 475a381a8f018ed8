# Where records are sent as they are archived. Names and answers from outside are isolated by the pages.

streams-title = Streams
streams-lead = A stream sends activities to another system as they are archived: every version of every record, in the order of archiving, each at least once.
streams-none = There is no stream
streams-new = New stream
streams-new-title = New stream: { $kind }
streams-no-key = Streams need a key to keep addresses and tokens under.
streams-no-key-remedy = Make a key with: openssl rand -base64 32. Put it into the settings as key_secret in [credentials] (or into a file that key_secret_file names), keep a copy apart from the backups, and restart partnerlog.
streams-sealed-remedy = Put the former key into credentials.previous_key_secret and run partnerlog credentials rotate. If that key is lost, choose Change and type the address and the secret again.

streams-kind-webhook = Webhook
streams-kind-webhook-hint = A signed request for each record (Standard Webhooks), for programs of your own and automation services.
streams-kind-ndjson = NDJSON over HTTP
streams-kind-ndjson-hint = Batches of records, one JSON object a line, for SIEMs and data pipelines that take lines over HTTPS.
streams-kind-splunk = Splunk HEC
streams-kind-splunk-hint = Batches of events for Splunk’s HTTP Event Collector, and for others that speak it.
streams-kind-syslog = Syslog over TLS
streams-kind-syslog-hint = A message for each record (RFC 5424 over TLS, RFC 5425).

streams-kind = Kind
streams-to = Goes to
streams-what = Sends
streams-state = State
streams-made-label = Made
streams-made = { $at }, by { $by }
streams-everything = Everything
streams-from-view = As the view “{ $name }” selected when this was saved. Changing or deleting the view changes nothing here.

streams-current = Up to date
streams-sending = Sending
streams-failing = Not accepted since { $since }. Tried { $n ->
    [one] once
   *[other] { $n } times
}; next try { $next }.
streams-paused-by = Paused by { $by }, { $at }
streams-paused-gone = Paused by itself, { $at }: the receiver says that it is gone.
streams-paused-copied = Paused when this archive was copied, { $at }: the other one may still send.
streams-paused-failing = Paused by itself, { $at }: nothing was accepted for five days.
streams-behind = { $n ->
    [one] { $number } record behind
   *[other] { $number } records behind
}
streams-behind-some = { $n ->
    [one] { $number } archived record still to look through
   *[other] { $number } archived records still to look through
}
streams-last = Last delivery { $at }: { $outcome }
streams-last-test = test, { $outcome }

streams-outcome-accepted = Accepted
streams-outcome-refused = Refused
streams-outcome-not-this = Refused for what was sent
streams-outcome-gone = Gone for good
streams-outcome-busy = Asked to wait
streams-outcome-redirected = Redirected; nothing is sent elsewhere
streams-outcome-timed-out = No answer in time
streams-outcome-unreachable = Not reachable
streams-outcome-certificate = Certificate not trusted
streams-outcome-forbidden = Address not allowed: it is this machine, its own link or a cloud’s metadata service
streams-outcome-broke-off = Broken off
streams-outcome-not-understood = Its filters are not understood any more
streams-outcome-left-out = Left out on request
streams-outcome-sealed = The key that this stream is kept under is not in the settings.

streams-pause = Pause
streams-resume = Resume
streams-test = Send test
streams-test-hint = A test sends one event that says that it is a test and holds no record.
streams-tested = Test
streams-test-event = Test event
streams-said = Answer
streams-change = Change
streams-change-title = Change a stream
streams-delete = Delete
streams-delete-title = Delete this stream?
streams-delete-text = Nothing is sent any more, and its log is deleted. The archive stays as it is.
streams-move = Send again, or skip
streams-move-hint = Everything archived after that point is sent, also what was sent before. Receivers recognize what they have by its ID and version.
streams-move-do = Go on from there
streams-skip = Leave out the next record
streams-skip-hint = Where the receiver will never take one record, the stream can go on without it.
streams-from-now = Only what is archived from now on
streams-from-now-hint = Whatever waits is left out.
streams-from-beginning = Everything in the archive
streams-from-date = What was archived since this day:
streams-since = Day
streams-begin = Begin with

streams-log = Deliveries
streams-log-none = Nothing has been sent yet.
streams-log-outcome = Outcome
streams-log-records = Records
streams-records = { $n ->
    [one] { $number } record
   *[other] { $number } records
}
streams-record = Record
streams-first = First record
streams-last-record = Last record
streams-took = { $n } ms

streams-key = The signing key
streams-key-once = Copy it now: it is not shown again. With it the receiver makes sure that requests come from here.

streams-done-created = The stream was created.
streams-done-changed = The stream was changed.
streams-done-moved = The stream goes on from there.
streams-done-skipped = The record is left out. The stream goes on with the next one.
streams-done-not-skipped = Nothing was left out: the record was accepted meanwhile, or none was waiting.
streams-done-paused = The stream is paused. It keeps its place.
streams-done-resumed = The stream goes on where it was.
streams-done-deleted = The stream was deleted.

streams-name = Name
streams-filter-hint = The filters and the search of a saved view. Its From and To do not count: a stream has no end.
streams-url = Address
streams-url-hint = Begins with https://. Redirects are not followed.
streams-url-hint-splunk = Scheme, host and port are enough: the path of the event collector is added.
streams-url-local = In this installation, http:// on this machine will do, too.
streams-url-kept = Leave empty to keep the present one ({ $shown }). The address may hold a secret, so it is not shown.
streams-host = Host
streams-port = Port
streams-largest = Longest message
streams-largest-hint = Of a longer record the longest fields are left out, and the message says which.
streams-bytes = { $number } bytes
streams-auth = The receiver asks for
streams-auth-bearer = a bearer token
streams-auth-header = a header of its own
streams-auth-none = nothing
streams-header = Header
streams-header-hint = Only for a header of its own: its name, such as X-Api-Key.
streams-secret = Token, or value of the header
streams-secret-hint = It is kept sealed and never shown again.
streams-secret-kept = Leave empty to keep the present one, as long as the host stays the same.
streams-token = HEC token
streams-index = Index
streams-index-hint = Leave empty for the one that the token stands for.
streams-gzip = Compress with gzip
streams-new-key = Make a new signing key
streams-new-key-hint = For a day, requests are signed with both keys.
streams-ca = Certificate authority of your own
streams-ca-hint = Certificates in PEM, where the receiver’s is signed by none that this machine trusts. Only these are trusted then.
streams-as-received = Records are sent as they were received, hidden values included. Making, changing, moving, pausing, resuming and deleting a stream is noted in the access log.
streams-create = Create stream
streams-save = Save

streams-fault-name-missing = Type a name, so that later somebody knows where this goes.
streams-fault-name-long = The name is longer than { $n } characters. Shorten it.
streams-fault-name-odd = The name has line breaks or control characters. Type it again without them.
streams-fault-full = There are { $most } streams, and that is as many as there can be. Delete one to make another.
streams-fault-no-key = The settings have no key to keep this under. The page Streams says how to make one.
streams-fault-meanwhile = Somebody else changed this stream meanwhile. Open Change again.
streams-fault-url-missing = Type the address.
streams-fault-url-odd = This is no address. Addresses look like https://siem.example/ingest.
streams-fault-url-https = The address must begin with https://.
streams-fault-url-password = Leave the user and the password out of the address.
streams-fault-forbidden = Streams may not go to this machine, its own link or a cloud’s metadata service.
streams-fault-secret-missing = Type the token.
streams-fault-secret-odd = The token has characters that cannot be sent, or is longer than 1,000.
streams-fault-header-odd = This header cannot be set. Type another name, such as X-Api-Key.
streams-fault-index-odd = An index has letters, digits, “_” and “-”, at most 80.
streams-fault-host-missing = Type the host.
streams-fault-host-odd = This is no host. Type a name or an IP address, without a port.
streams-fault-port-odd = A port is a number from 1 to 65535.
streams-fault-largest-odd = Choose how long a message can be.
streams-fault-ca-odd = These are no certificates in PEM, or something other than certificates is among them.
streams-fault-since-odd = Choose a day.

streams-noted-created = Stream made
streams-noted-changed = Stream changed
streams-noted-moved = Stream moved to another place in the archive
streams-noted-paused = Stream paused
streams-noted-resumed = Stream resumed
streams-noted-deleted = Stream deleted

error-no-stream-title = There is no such stream
error-no-stream-text = The stream was deleted, or the address is incomplete.
error-no-stream-remedy = Look for it on the page Streams.
