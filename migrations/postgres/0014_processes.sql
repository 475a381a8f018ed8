-- What several processes need of each other, and may do to each other.

-- How often each program, or all managers, asked something of all processes together: until when that is paid for. Nothing
-- that has to outlast the server.
CREATE UNLOGGED TABLE request_rate (
    asker TEXT COLLATE "C" PRIMARY KEY,   -- 'token 7', 'application …', 'collect'
    due   BIGINT NOT NULL                 -- microseconds since 1970, by the server's clock
);
