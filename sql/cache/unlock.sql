-- Gives back what try_lock.sql took.
-- $1 bigint  the number it was taken by
SELECT pg_advisory_unlock($1::bigint)
