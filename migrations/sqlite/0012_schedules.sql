-- Exports that are made again and again. Where to is a name in the settings, which alone hold addresses and secrets.
CREATE TABLE schedule (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: files are called by it
    name        TEXT NOT NULL,     -- bounded
    query       TEXT NOT NULL,     -- a query string of /activity/export, without dates
    view        TEXT,              -- the name of the saved view that the filters were taken from, as of then
    rhythm      TEXT NOT NULL,     -- 'daily', 'weekly', 'monthly'; more may follow
    hour        INTEGER NOT NULL,  -- of the zone in the query string
    contents    TEXT NOT NULL,     -- 'period': the day, week or month before; 'new': what was archived since
    destination TEXT NOT NULL,     -- its name in the settings
    revision    INTEGER NOT NULL,  -- ascends with every change by a person, so that nobody goes on as before it
    next_due    INTEGER NOT NULL,  -- milliseconds since 1970
    position    INTEGER NOT NULL,  -- versions up to that one are in deliveries; for 'new'
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,     -- for display; bounded
    paused_at   INTEGER,           -- NULL: it goes on
    paused_by   TEXT
) STRICT;

-- Each file that a schedule has made or is to make: what is in it is settled before it is made the first time, so that
-- another try makes the same one.
CREATE TABLE schedule_delivery (
    id          INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of falling due
    schedule    INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    file        TEXT NOT NULL,     -- its name at the destination
    query       TEXT NOT NULL,     -- a query string of /activity/export, with its dates
    after       INTEGER,           -- of these records those whose newest version is after that one
    up_to       INTEGER,           -- and not after this one; both or neither
    tries       INTEGER NOT NULL DEFAULT 0,
    tried_at    INTEGER,           -- when the last try ended
    retry_at    INTEGER,           -- NULL: nothing more is to be done
    outcome     TEXT,              -- a code; NULL: not tried yet
    said        TEXT NOT NULL DEFAULT '', -- the beginning of what the destination said; hostile
    export      INTEGER,           -- the number of the last try in the list of exports
    read_until  INTEGER,           -- up to when accounts had been read when it was made, where that was before its end
    UNIQUE (schedule, file)
) STRICT;
CREATE INDEX schedule_delivery_schedule ON schedule_delivery (schedule, id);
