-- What was removed because its archive keeps so many months only. A file never removes anything itself: it may be the copy
-- of an archive that did.
CREATE TABLE removal (
    id        INTEGER PRIMARY KEY AUTOINCREMENT, -- in the order of removing
    at        INTEGER NOT NULL,   -- milliseconds since 1970
    month     INTEGER NOT NULL,   -- the first tick of the month that was removed
    kept_from INTEGER NOT NULL,   -- in ticks: what is dated before is gone, and is not archived again
    records   INTEGER NOT NULL,   -- 0: nothing was there
    versions  INTEGER NOT NULL
) STRICT;

-- What stays of each version that was removed: enough to tell what was removed from what is missing, and what it was.
CREATE TABLE tombstone (
    seq       INTEGER PRIMARY KEY,
    record    INTEGER NOT NULL,
    account   INTEGER NOT NULL,
    event_key BLOB NOT NULL,      -- the record's identity, as it was
    ordinal   INTEGER NOT NULL,
    content   BLOB NOT NULL,      -- 128 bits: what it said
    removal   INTEGER NOT NULL
) STRICT;
CREATE INDEX tombstone_record ON tombstone (record);
CREATE INDEX tombstone_event ON tombstone (event_key, ordinal);
