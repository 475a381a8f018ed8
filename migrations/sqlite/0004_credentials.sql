-- The newest refresh token of each App+User account, sealed with a key that is not in here.
CREATE TABLE credential (
    tenant_id   TEXT PRIMARY KEY,
    revision    INTEGER NOT NULL,   -- drawn anew with every change, so that nobody writes over what they have not seen
    key_id      BLOB NOT NULL,      -- which key sealed it
    sealed      BLOB NOT NULL,
    obtained_at INTEGER NOT NULL,   -- when a user consented, or the settings' token was taken over
    used_at     INTEGER NOT NULL    -- when an access token was last got with it
) STRICT, WITHOUT ROWID;

-- How asking for an access token ended last, for each account.
CREATE TABLE token_request (
    tenant_id TEXT PRIMARY KEY,
    at        INTEGER NOT NULL,
    delegated INTEGER NOT NULL,     -- 1 App+User, 0 App-only
    trouble   TEXT,                 -- a code; NULL: a token came
    said      TEXT                  -- the identity platform's own code, such as AADSTS50076
) STRICT, WITHOUT ROWID;
