-- The tables and functions of hooklatch's PostgreSQL store. Store.Migrate runs
-- this and Store.Schema returns it, with the store's namespace in all names:
-- hooklatch_claims is hooklatch_orders_claims for the namespace orders. It can be
-- run again and again.

-- Fences rise over all keys. The cache must stay at 1, its default: sessions
-- that take numbers in advance would hand them out in another order.
CREATE SEQUENCE IF NOT EXISTS hooklatch_fences AS bigint;

-- One row for each delivery. Its states are those of package idempotency.
--
-- until and state are in no index on purpose: a row is claimed, extended and
-- completed in place, without touching an index (a heap-only update). The
-- fillfactor keeps room for that in each page, on a full disk too.
CREATE TABLE IF NOT EXISTS hooklatch_claims (
    fence       bigint      NOT NULL, -- of the last grant
    until       timestamptz NOT NULL, -- end of the lease, or of the retention
    seen_at     timestamptz NOT NULL, -- when the row was made, or Sweep last kept it
    lease       interval    NOT NULL, -- that the holder last asked for
    owner       uuid        NOT NULL, -- of the last grant: the attempt
    state       smallint    NOT NULL, -- 0 released or forgotten, 2 in flight, 3 done
    key         bytea       NOT NULL, -- 32 bytes
    fingerprint bytea       NOT NULL, -- 32 bytes, a digest of the body
    CONSTRAINT hooklatch_claims_key PRIMARY KEY (key)
) WITH (fillfactor = 85);
CREATE INDEX IF NOT EXISTS hooklatch_claims_seen_at ON hooklatch_claims (seen_at);

-- One row for each signed content, for the replay guard.
CREATE TABLE IF NOT EXISTS hooklatch_digests (
    until  timestamptz NOT NULL,
    digest bytea       NOT NULL, -- 32 bytes
    key    bytea       NOT NULL, -- of the delivery that it first came with
    CONSTRAINT hooklatch_digests_digest PRIMARY KEY (digest)
);
CREATE INDEX IF NOT EXISTS hooklatch_digests_until ON hooklatch_digests (until);

-- Claims and bindings are functions: one round trip each, whose plans the server
-- keeps, although a connection pooler may stand before it. What is known already
-- is only read. A function whose body changes gets another name, for replicas of
-- two versions run side by side.
--
-- Each pass of a loop sees what has been committed by then. The clock is read
-- after the row, and decides with it. A server that was made read-only may no
-- longer know what is done, and answers nothing.

CREATE OR REPLACE FUNCTION hooklatch_claim(
    p_key bytea, p_owner uuid, p_fingerprint bytea, p_lease interval,
    OUT o_state smallint, OUT o_fence bigint, OUT o_fingerprint bytea, OUT o_rest interval
) LANGUAGE plpgsql AS $$
DECLARE
    c      hooklatch_claims;
    t      timestamptz;
    locked boolean := false;
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN
        RAISE read_only_sql_transaction USING MESSAGE = 'the server is read-only';
    END IF;
    o_state := 2;
    o_fingerprint := p_fingerprint;
    LOOP
        SELECT * INTO c FROM hooklatch_claims WHERE key = p_key;
        t := clock_timestamp();
        IF NOT FOUND THEN
            -- The fence can't be overtaken before the row is there: a row
            -- stays long after its claim has ended.
            locked := false;
            INSERT INTO hooklatch_claims (fence, until, seen_at, lease, owner, state, key, fingerprint)
            VALUES (nextval('hooklatch_fences'), t + p_lease, t, p_lease, p_owner, 2, p_key, p_fingerprint)
            ON CONFLICT DO NOTHING RETURNING fence INTO o_fence;
            IF FOUND THEN
                RETURN;
            END IF;
        ELSIF c.until > t AND (c.state = 3 OR c.owner <> p_owner AND c.until <= t + c.lease) THEN
            o_state := c.state;
            o_fingerprint := c.fingerprint;
            IF c.state = 2 THEN
                o_rest := c.until - t;
            END IF;
            RETURN;
        ELSIF NOT locked THEN
            PERFORM FROM hooklatch_claims WHERE key = p_key FOR NO KEY UPDATE;
            locked := FOUND;
        ELSIF c.state = 2 AND c.owner = p_owner THEN
            o_fence := c.fence;
            UPDATE hooklatch_claims SET until = t + p_lease, lease = p_lease WHERE key = p_key;
            RETURN;
        ELSIF c.until > t THEN
            -- More is left than the holder asked for: the clock was set back.
            o_fingerprint := c.fingerprint;
            o_rest := c.lease;
            UPDATE hooklatch_claims SET until = t + c.lease WHERE key = p_key;
            RETURN;
        ELSE
            UPDATE hooklatch_claims SET
                fence = nextval('hooklatch_fences'), until = t + p_lease, lease = p_lease,
                owner = p_owner, state = 2, fingerprint = p_fingerprint
            WHERE key = p_key RETURNING fence INTO o_fence;
            RETURN;
        END IF;
    END LOOP;
END $$;

CREATE OR REPLACE FUNCTION hooklatch_bind(p_digest bytea, p_key bytea, p_ttl interval)
RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    d hooklatch_digests;
    t timestamptz;
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN
        RAISE read_only_sql_transaction USING MESSAGE = 'the server is read-only';
    END IF;
    LOOP
        SELECT * INTO d FROM hooklatch_digests WHERE digest = p_digest;
        t := clock_timestamp();
        IF NOT FOUND THEN
            INSERT INTO hooklatch_digests (until, digest, key) VALUES (t + p_ttl, p_digest, p_key)
            ON CONFLICT DO NOTHING;
        ELSIF d.until > t THEN
            RETURN d.key;
        ELSE
            UPDATE hooklatch_digests SET until = t + p_ttl, key = p_key
            WHERE digest = p_digest AND until <= t;
        END IF;
        IF FOUND THEN
            RETURN p_key;
        END IF;
    END LOOP;
END $$;
