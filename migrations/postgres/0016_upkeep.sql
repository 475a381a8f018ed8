-- Looks after the parts of the tables that have a month, after much was added to it: what waits to be sorted into the index
-- of its texts is, and a part that the server knows nothing of yet is counted. Otherwise whoever adds next, or the server
-- itself within minutes, does that. With the rights of its owner, as `month_of`.
CREATE FUNCTION look_after(at BIGINT) RETURNS VOID LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    suffix CONSTANT TEXT := CASE
        WHEN at < 630822816000000000 THEN '_before'
        WHEN at >= 662695776000000000 THEN '_after'
        ELSE to_char(TIMESTAMP '0001-01-01' + make_interval(secs => (at / 10000000)::DOUBLE PRECISION), '_YYYY_MM')
    END;
    -- Of what records are looked for by; counting words would take the longest.
    keys   CONSTANT JSONB := '{"record": "", "version": "(account, seq, ticks, record)", "search": "(record, account, ticks)"}';
    part   REGCLASS;
    parent TEXT;
BEGIN
    FOREACH parent IN ARRAY ARRAY['record', 'version', 'search'] LOOP
        part := to_regclass(format('%I.%I', current_schema(), parent || suffix));
        PERFORM gin_clean_pending_list(i.indexrelid)
           FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
          WHERE i.indrelid = part AND a.amname = 'gin';
        IF (SELECT reltuples <= 0 FROM pg_class WHERE oid = part) THEN
            EXECUTE format('ANALYZE %s %s', part, keys ->> parent);
        END IF;
    END LOOP;
END
$$;
DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION look_after(BIGINT) SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE ALL ON FUNCTION look_after(BIGINT) FROM PUBLIC;
