-- Where records are sent as they are archived. Where to and with which secrets is sealed with a key that is not in here.
CREATE TABLE stream (
    id            INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
    name          TEXT NOT NULL,       -- bounded
    kind          TEXT NOT NULL,       -- 'webhook', 'ndjson', 'splunk', 'syslog'; more may follow
    shown         TEXT NOT NULL,       -- scheme, host and port, for display
    query         TEXT NOT NULL,       -- which records: a query string of the log, without dates
    view          TEXT,                -- the name of the saved view that the query string was taken from, as of then
    key_id        BLOB NOT NULL,       -- which key sealed it
    sealed        BLOB NOT NULL,
    revision      INTEGER NOT NULL,    -- ascends with every change by a person, so that nobody goes on as before it
    moves         INTEGER NOT NULL,    -- ascends whenever somebody moves the position
    position      INTEGER NOT NULL,    -- versions up to that one were accepted, or are none of this stream's
    created_at    INTEGER NOT NULL,    -- milliseconds since 1970
    created_by    TEXT NOT NULL,       -- for display; bounded
    paused_at     INTEGER,             -- NULL: it is sent
    paused_by     TEXT,                -- NULL: by itself
    pause_reason  TEXT,                -- a code
    failing_since INTEGER,             -- NULL: what was sent last was accepted
    tries         INTEGER NOT NULL DEFAULT 0,
    retry_at      INTEGER
) STRICT;

-- How sending went, the last of each stream. Bookkeeping, not archive: old ones are deleted.
CREATE TABLE stream_delivery (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    stream   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    test     INTEGER NOT NULL,         -- 1: a test event, no record
    records  INTEGER NOT NULL,         -- how many were accepted, or else how many were not
    first    TEXT,                     -- the ids of the first and the last of them
    last     TEXT,
    outcome  TEXT NOT NULL,            -- a code
    status   INTEGER,                  -- of HTTP
    took     INTEGER NOT NULL,         -- milliseconds
    said     TEXT NOT NULL             -- the beginning of what the far side answered; hostile
) STRICT;
CREATE INDEX stream_delivery_stream ON stream_delivery (stream, id);
