-- Tokens with which programs read the API. Of a token itself only its SHA-256 is kept.
CREATE TABLE api_token (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB NOT NULL UNIQUE,
    name       TEXT NOT NULL,          -- what it is for; bounded
    rights     TEXT NOT NULL,          -- 'read'; more may follow, separated by blanks
    customers  TEXT NOT NULL,          -- the ids of the only customers it is for, separated by blanks; '' for all
    created_at INTEGER NOT NULL,       -- milliseconds since 1970
    created_by TEXT NOT NULL,          -- for display; bounded
    expires_at INTEGER,                -- NULL: never
    used_at    INTEGER,                -- to the minute; NULL: never
    revoked_at INTEGER,
    revoked_by TEXT
) STRICT;
