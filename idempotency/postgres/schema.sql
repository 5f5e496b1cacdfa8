-- The tables of hooklatch's PostgreSQL store. Store.Migrate runs this, and
-- Store.Schema returns it with other names; it can be run again and again.

-- Fences rise over all keys. The cache must stay at 1, its default: sessions
-- that take numbers in advance would hand them out in another order.
CREATE SEQUENCE IF NOT EXISTS hooklatch_fences AS bigint;

-- One row for each delivery. Its states are those of package idempotency.
--
-- until and state are in no index on purpose: a row is claimed, extended and
-- completed in place, without touching an index (a heap-only update).
CREATE TABLE IF NOT EXISTS hooklatch_claims (
    fence       bigint      NOT NULL, -- of the last grant
    until       timestamptz NOT NULL, -- end of the lease, or of the retention
    seen_at     timestamptz NOT NULL, -- when the row was made, or Sweep last kept it
    owner       uuid        NOT NULL, -- of the last grant: the attempt
    state       smallint    NOT NULL, -- 0 released, 2 in flight, 3 done
    key         bytea       NOT NULL, -- 32 bytes
    fingerprint bytea       NOT NULL, -- 32 bytes, a digest of the body
    CONSTRAINT hooklatch_claims_key PRIMARY KEY (key)
);
CREATE INDEX IF NOT EXISTS hooklatch_claims_seen_at ON hooklatch_claims (seen_at);

-- One row for each signed content, for the replay guard.
CREATE TABLE IF NOT EXISTS hooklatch_seals (
    until timestamptz NOT NULL,
    seal  bytea       NOT NULL, -- 32 bytes
    key   bytea       NOT NULL, -- of the delivery that it first came with
    CONSTRAINT hooklatch_seals_seal PRIMARY KEY (seal)
);
CREATE INDEX IF NOT EXISTS hooklatch_seals_until ON hooklatch_seals (until);
