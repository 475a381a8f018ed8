-- The newest refresh token of each App+User account, sealed with a key that is not in here.
CREATE TABLE credential (
    tenant_id   TEXT COLLATE "C" PRIMARY KEY,
    revision    BIGINT NOT NULL,   -- drawn anew with every change, so that nobody writes over what they have not seen
    key_id      BYTEA NOT NULL,      -- which key sealed it
    sealed      BYTEA NOT NULL,
    obtained_at BIGINT NOT NULL,   -- when a user consented, or the settings' token was taken over
    used_at     BIGINT NOT NULL    -- when an access token was last got with it
);

-- How asking for an access token ended last, for each account.
CREATE TABLE token_request (
    tenant_id TEXT COLLATE "C" PRIMARY KEY,
    at        BIGINT NOT NULL,
    delegated BIGINT NOT NULL,     -- 1 App+User, 0 App-only
    trouble   TEXT COLLATE "C",                 -- a code; NULL: a token came
    said      TEXT COLLATE "C"                  -- the identity platform's own code, such as AADSTS50076
);
