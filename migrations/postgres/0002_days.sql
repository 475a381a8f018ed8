-- What is known of a day beyond its last reading, so that a page can say whether it is complete.
ALTER TABLE day
    ADD COLUMN trouble   TEXT COLLATE "C",            -- the kind of what went wrong, as a code
    ADD COLUMN whole_at  BIGINT,                      -- the last reading that showed all of it
    ADD COLUMN probed_at BIGINT,                      -- the last time its count was compared
    ADD COLUMN known     BIGINT NOT NULL DEFAULT 0,   -- shown again and skipped, over all readings
    ADD COLUMN late      BIGINT NOT NULL DEFAULT 0,   -- appeared after the day was first complete
    ADD COLUMN changed   BIGINT NOT NULL DEFAULT 0;   -- got another version

ALTER TABLE run
    ADD COLUMN trouble   TEXT COLLATE "C",
    ADD COLUMN throttled BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN late      BIGINT NOT NULL DEFAULT 0;
