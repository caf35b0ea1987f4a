-- Waits until nobody else migrates, and keeps others waiting until the transaction ends.
-- $1 bigint  a number that means this to all our processes
SELECT pg_advisory_xact_lock($1)
