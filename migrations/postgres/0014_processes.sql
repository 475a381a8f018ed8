-- What several processes need of each other, and may do to each other.

-- How often each program, or all managers, asked something of all processes together: until when that is paid for. Nothing
-- that has to outlast the server.
CREATE UNLOGGED TABLE request_rate (
    asker TEXT COLLATE "C" PRIMARY KEY,   -- 'token 7', 'application …', 'collect'
    due   BIGINT NOT NULL                 -- microseconds since 1970, by the server's clock
);

-- As it was, but for temporary tables: whoever may call it can make some, which must not stand in for ours.
CREATE OR REPLACE FUNCTION month_of(at BIGINT) RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    zero   CONSTANT TIMESTAMP := '0001-01-01';
    month  TIMESTAMP;
    parent TEXT;
    part   TEXT;
BEGIN
    IF at < 630822816000000000 OR at >= 662695776000000000 THEN
        RETURN;
    END IF;
    month := date_trunc('month', zero + make_interval(secs => (at / 10000000)::DOUBLE PRECISION));
    FOREACH parent IN ARRAY ARRAY['record', 'version', 'search'] LOOP
        part := parent || to_char(month, '_YYYY_MM');
        IF to_regclass(format('%I.%I', current_schema(), part)) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, parent);
            IF parent = 'search' THEN
                EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 128)', part);
            END IF;
            -- Unlike making it as a part at once, this lets others read meanwhile.
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', parent, part,
                (extract(epoch FROM month - zero) * 10000000)::BIGINT,
                (extract(epoch FROM month + INTERVAL '1 month' - zero) * 10000000)::BIGINT);
        END IF;
    END LOOP;
END
$$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION month_of(BIGINT) SET search_path = %I, pg_temp', current_schema());
END $$;
